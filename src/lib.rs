#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may bring this code down"
)]

pub mod code;
pub mod detail;
mod error;
mod event;
pub mod export;
pub mod filter;
pub mod index;
pub mod log;
pub mod pmc;
mod redact;
pub mod summary;
mod text;
pub mod wire;
pub mod write;

pub use code::Column;
pub use detail::Detail;
pub use error::{Error, ErrorKind, Place, Result};
pub use event::{Addresses, Event, Frame, Stack};
pub use filter::{Filter, Rule};
pub use index::{Index, Module, Process, SystemInfo, Warning, WarningKind};
#[cfg(feature = "rayon")]
pub use log::ParEvents;
pub use log::{
    Events, Log, LogsReader, LogsStream, OpenOptions, ReadAt, SalvageReport, SectionState, Window, WindowEvents,
    segment_paths,
};
pub use pmc::{Configuration, SavedFilter};
pub use redact::Redactor;
pub use text::{AccountNames, ColumnText, Compat, Locale, Style};
pub use wire::{FileTime, PmlStr, PointerWidth, ProcessKey, Ticks, UtcOffset};
pub use write::LogsWriter;
