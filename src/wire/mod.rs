//! The lowest layer: little-endian integers, records, strings and times as stored in a file.
//!
//! This module does not know the names of codes, opens no files, and does not allocate memory per field.

mod ascii;
pub(crate) mod codec;
pub(crate) mod cursor;
mod field;
pub(crate) mod head;
mod key;
pub(crate) mod layout;
pub(crate) mod macros;
mod offset;
mod record;
#[cfg(feature = "serde")]
mod serialize;
mod string;
mod time;
mod width;

pub(crate) use ascii::{Ascii, FrontText, HexDigits};
pub(crate) use field::{Field, put};
pub use key::ProcessKey;
pub use offset::UtcOffset;
pub(crate) use record::OffsetEntry;
#[cfg(feature = "serde")]
pub(crate) use serialize::{hex, hex_or_null, nothing};
pub use string::PmlStr;
pub(crate) use string::Utf8Chunks;
pub use time::{FileTime, Ticks};
pub use width::PointerWidth;
