//! The floor of bytes: little-endian integers, records, strings and times as they lie in the file.
//!
//! Nothing here knows what a code is called, opens a file, or allocates per field.

pub(crate) mod codec;
pub(crate) mod cursor;
mod field;
pub(crate) mod head;
pub(crate) mod layout;
pub(crate) mod macros;
mod record;
#[cfg(feature = "serde")]
mod serialize;
mod string;
mod time;
mod width;

pub(crate) use field::{Field, put};
pub(crate) use record::OffsetEntry;
#[cfg(feature = "serde")]
pub(crate) use serialize::{hex, hex_or_null, nothing};
pub use string::PmlStr;
pub(crate) use string::Utf8Chunks;
pub use time::{FileTime, Iso8601, Ticks};
pub use width::PointerWidth;
