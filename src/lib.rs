//! Reads, filters and writes the files of Sysinternals Process Monitor (Procmon) on any operating system.
//!
//! Process Monitor records what a Windows system does: file, registry, process, thread and network operations, each
//! with its result, its duration and its call stack. It stores them in logs (PML), and its settings in configurations
//! (PMC) and saved filters (PMF). The formats are undocumented. This crate reads and writes all three. It needs neither
//! Procmon nor Windows.
//!
//! - [`LogsReader`] and [`LogsStream`] open logs: 32-bit and 64-bit, format versions 4 to 9, of any size, in one or
//!   several files.
//! - [`Event`] is one operation. [`Event::detail`] decodes its parameters and its outcome into typed values.
//! - [`Event::text`] prints any [`Column`] exactly as Procmon does.
//! - [`Filter`] evaluates Procmon's rules with Procmon's meaning. [`filter::Query`] is a richer language.
//! - [`export`] writes CSV, XML and JSON Lines. [`summary`] counts what each process did, and [`analysis`] computes the
//!   tables of Procmon's Tools menu.
//! - [`write`](mod@write) saves parts of logs, joins logs and creates new ones. [`Redactor`] replaces names.
//! - [`Configuration`] and [`SavedFilter`] read, edit and write PMC and PMF files.
//!
//! Logs come from infected machines and crashed captures. No input makes this crate panic or allocate memory out of
//! proportion to the file, and it contains no `unsafe` code.
//!
//! # Guide
//!
//! - The [tutorial](guide::tutorial) starts at `cargo add` and ends with a small useful program.
//! - The [cookbook](guide::cookbook) has short solutions for common tasks.
//! - [Text](guide::text) explains how to get the same text as Procmon.
//! - [Damage](guide::damage) explains errors, warnings and the recovery of crashed captures.
//! - [Performance](guide::performance) explains what is free, what allocates, and how to use all processors.
//!
//! # Reader or stream
//!
//! There are two ways to open a log:
//!
//! | | [`LogsReader`] | [`LogsStream`] |
//! |---|---|---|
//! | Memory | the whole file, and its tables | the tables, and about 1 MiB for each thread |
//! | Events | in any order, valid as long as the log | in order, valid as long as their window |
//! | Input | a path, bytes, a pipe, a memory map | a path, or anything that is [`ReadAt`] |
//!
//! Use the reader unless the log is large. Both implement [`Log`], the trait that exports, summaries, saves and
//! redaction take, so a function over `&impl Log` works with either.
//!
//! # Reading
//!
//! ```
//! use procmon_parser::detail::FileRequest;
//! use procmon_parser::{Detail, LogsReader};
//!
//! let log = LogsReader::open("fixtures/sample64.pml")?;
//! let mut opened = 0;
//! for event in log.events() {
//!     let event = event?;
//!     let process = event.process().map_or("?", |process| process.name());
//!     if let Ok(Detail::File(file)) = event.detail()
//!         && let FileRequest::Create(create) = file.request
//!     {
//!         println!("{process} opened {}: {} ({})", file.path, create.desired_access, event.status());
//!         opened += 1;
//!     }
//! }
//! assert_eq!(opened, 7);
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! [`Event::target`] returns the file, registry key, connection or process that an event acted on, for all classes
//! alike. [`Event::frames`] returns its call stack with the module of each address. [`Index`] has the tables of the
//! log: processes, modules, icons, hosts, ports, and the captured system.
//!
//! # Filtering
//!
//! A [`Filter`] is a list of Procmon's rules. It is compiled into a [`Matcher`](filter::Matcher), which shows the
//! events that Procmon would show:
//!
//! ```
//! use procmon_parser::{Filter, LogsReader, Rule};
//!
//! let log = LogsReader::open("fixtures/sample64.pml")?;
//! let filter = Filter::from([
//!     Rule::process_name().is("updater.exe").include(),
//!     Rule::result().is("SUCCESS").exclude(),
//!     "Path contains petals then Include".parse()?,
//! ]);
//! let matcher = filter.compile(log.indexes());
//! let shown = log.events().flatten().filter(|event| matcher.matches(*event));
//! assert_eq!(shown.count(), 4);
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! [`filter::Query`] has `and`, `or`, `not` and parentheses: `"Duration more than 250ms and not Result is SUCCESS"`.
//! [`Filter::lint`] finds rules that do not do what they seem to: they match nothing, or other rules hide their events.
//!
//! # Text
//!
//! ```
//! use procmon_parser::{Column, Compat, LogsReader, Style};
//!
//! let log = LogsReader::open("fixtures/sample64.pml")?;
//! let event = log.event(77)?;
//! assert_eq!(event.text(Column::OPERATION).to_string(), "WriteFile");
//! assert_eq!(event.text(Column::DETAIL).to_string(), "Offset: 8,192, Length: 4,096, Priority: Normal");
//!
//! let style = Style::new().compat(Compat::Procmon3_94).utc_offset("+01:00".parse()?);
//! assert_eq!(event.text_in(Column::TIME_OF_DAY, &style).to_string(), "9:30:00.1482276 AM");
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! By default, text is complete and times are in UTC. A [`Style`] selects the version of Procmon whose output to
//! reproduce, the time zone, and the names of accounts and hosts. See the [guide](guide::text).
//!
//! # Writing
//!
//! ```
//! use std::io::Cursor;
//!
//! use procmon_parser::{LogsReader, write};
//!
//! let log = LogsReader::open("fixtures/sample64.pml")?;
//! let mut failures = Cursor::new(Vec::new()); // or a `File`
//! write::save(&mut failures, &log, |event| event.status().is_error())?;
//!
//! let failures = LogsReader::new(failures.into_inner())?;
//! assert_eq!(failures.len(), 6);
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! The result is a log that Procmon opens, byte for byte as Procmon would save these events. [`write::merge`] joins
//! logs, and [`LogsWriter`] writes single events, copied or new.
//!
//! # Configurations
//!
//! ```
//! use procmon_parser::{Configuration, Rule};
//!
//! let mut configuration = Configuration::procmon_default();
//! configuration
//!     .set_drop_filtered_events(true)
//!     .add_filter_rules([Rule::process_name().is("updater.exe").include()]);
//! let pmc = configuration.to_bytes(); // for `Procmon.exe /LoadConfig`
//! assert_eq!(Configuration::parse(&pmc)?, configuration);
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! A configuration keeps every byte of its file, options of newer versions included, so editing one option changes
//! nothing else.
//!
//! # Errors
//!
//! All functions return one [`Error`]. It has a [kind](ErrorKind), and the [place](Place) in the file: offset, field,
//! event. An event that cannot be read is one `Err`, and the next events follow:
//!
//! ```
//! use procmon_parser::LogsReader;
//!
//! let log = LogsReader::open("fixtures/damaged.pml")?;
//! let errors: Vec<_> = log.events().filter_map(Result::err).collect();
//! assert_eq!((errors.len(), log.len()), (8, 165));
//! assert_eq!(errors[0].place().and_then(|place| place.event), Some(10));
//! # Ok::<(), procmon_parser::Error>(())
//! ```
//!
//! [`OpenOptions::salvage`] recovers the events of a log that crashed or was cut off. See the [guide](guide::damage).
//!
//! # Features
//!
//! All features are off by default.
//!
//! | Feature | Adds |
//! |---|---|
//! | `rayon` | `LogsReader::par_events`, a parallel iterator over events |
//! | `regex` | the relation `matches` in [`filter::Query`] |
//! | `serde` | `Serialize` for events, details, tables, configurations and reports |
//! | `jsonl` | `export::jsonl`, JSON Lines; enables `serde` |
//!
//! The minimum supported Rust version is 1.88.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no input may bring this code down"
)]

pub mod analysis;
pub mod code;
pub mod detail;
mod error;
mod event;
pub mod export;
pub mod filter;
#[cfg(any(doc, doctest))]
pub mod guide;
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
    Events, Log, LogsReader, LogsStream, MergedLogs, OpenOptions, ReadAt, SalvageReport, SectionState, Window,
    WindowEvents, segment_paths,
};
pub use pmc::{Configuration, SavedFilter};
pub use redact::Redactor;
pub use text::{AccountNames, ColumnText, Compat, Locale, Style};
pub use wire::{FileTime, PmlStr, PointerWidth, ProcessKey, Ticks, UtcOffset};
pub use write::LogsWriter;

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
