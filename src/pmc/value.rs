//! The types of option values, with their encoding.

use std::fmt;

use super::font::{Color, LogFont};
use super::rules;
use crate::code::Column;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::wire::PmlStr;

/// The maximum number of columns in a configuration.
pub const MAX_COLUMNS: usize = 64;

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A switch: on or off.
    Switch(bool),
    /// A number.
    Number(u32),
    /// A string.
    Text(String),
    /// A colour.
    Color(Color),
    /// A font.
    Font(LogFont),
    /// The widths of columns in pixels, left to right.
    Widths([u16; MAX_COLUMNS]),
    /// Ids of columns, left to right.
    Columns([Column; MAX_COLUMNS]),
    /// A list of rules.
    Rules(Filter),
}

/// Formats the value as readable text: `on`, `200`, `#80ffff`, or rules as sentences, one per line. Unused widths and
/// columns are omitted.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Color(color) => color.fmt(f),
            Self::Font(font) => font.fmt(f),
            Self::Widths(widths) => join(f, widths.iter().filter(|&&width| width != 0), ", "),
            Self::Columns(columns) => join(f, columns.iter().filter(|column| column.0 != 0), ", "),
            Self::Rules(rules) => join(f, rules.iter(), "\n"),
        }
    }
}

fn join<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: impl Iterator<Item = T>, separator: &str) -> fmt::Result {
    items.enumerate().try_for_each(|(i, item)| write!(f, "{}{item}", if i > 0 { separator } else { "" }))
}

/// A type that options store as their value.
///
/// Procmon copies the bytes of a value over its default, so a short value keeps the end of the default. A value that is
/// too long overwrites the memory after it, and a long font crashes Procmon; here it is an error (measured on Procmon
/// 3.94).
pub(super) trait Stored: Sized + Into<Value> {
    /// Decodes a value, after copying it over `default`. `offset` is the offset of the value in the file, for messages.
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self>;

    /// Encodes the value. The bytes of the previous value are kept where their meaning is unchanged.
    fn to_bytes(&self, previous: &[u8]) -> Vec<u8>;
}

/// Copies the bytes of a value over those of its default.
fn overlay<const N: usize>(mut default: [u8; N], bytes: &[u8], offset: u64) -> Result<[u8; N]> {
    match default.get_mut(..bytes.len()) {
        Some(start) => start.copy_from_slice(bytes),
        None => {
            let expected = "a size in bytes that fits in Procmon's buffer";
            return Err(Error::bad_value(offset, "option.value", bytes.len() as u64, expected));
        }
    }
    Ok(default)
}

macro_rules! values {
    ($($Variant:ident($ty:ty);)*) => { $(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                Self::$Variant(value)
            }
        }

        /// Returns the content of a value of this type.
        impl TryFrom<Value> for $ty {
            type Error = Error;

            fn try_from(value: Value) -> Result<Self> {
                match value {
                    Value::$Variant(value) => Ok(value),
                    other => Err(Error::invalid_text(concat!("a value of type ", stringify!($Variant)), &other.to_string())),
                }
            }
        }
    )* };
}

values! {
    Switch(bool);
    Number(u32);
    Text(String);
    Color(Color);
    Font(LogFont);
    Widths([u16; MAX_COLUMNS]);
    Columns([Column; MAX_COLUMNS]);
    Rules(Filter);
}

impl Stored for u32 {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        overlay(default.to_le_bytes(), bytes, offset).map(Self::from_le_bytes)
    }

    fn to_bytes(&self, _previous: &[u8]) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Stored for bool {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        u32::read(bytes, default.into(), offset).map(|number| number != 0)
    }

    fn to_bytes(&self, previous: &[u8]) -> Vec<u8> {
        u32::from(*self).to_bytes(previous)
    }
}

impl Stored for Color {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        let default = [default.red, default.green, default.blue, 0];
        let [red, green, blue, _] = overlay(default, bytes, offset)?;
        Ok(Self { red, green, blue })
    }

    fn to_bytes(&self, _previous: &[u8]) -> Vec<u8> {
        vec![self.red, self.green, self.blue, 0]
    }
}

impl Stored for String {
    /// Returns the text before the first NUL.
    fn read(bytes: &[u8], _default: Self, _offset: u64) -> Result<Self> {
        Ok(PmlStr::utf16(bytes).until_nul().to_string())
    }

    /// Ends in a NUL if the previous text did: Procmon writes and reads both forms.
    fn to_bytes(&self, previous: &[u8]) -> Vec<u8> {
        let end: &[u16] = if previous.ends_with(&[0, 0]) { &[0] } else { &[] };
        self.encode_utf16().chain(end.iter().copied()).flat_map(u16::to_le_bytes).collect()
    }
}

impl Stored for LogFont {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        Ok(Self::from_bytes(&overlay(default.to_bytes(&[]), bytes, offset)?))
    }

    fn to_bytes(&self, previous: &[u8]) -> Vec<u8> {
        self.to_bytes(previous).to_vec()
    }
}

impl Stored for [u16; MAX_COLUMNS] {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        let mut flat = [0; MAX_COLUMNS * 2];
        flat.copy_from_slice(&default.to_bytes(&[]));
        let mut widths = default;
        for (width, bytes) in widths.iter_mut().zip(overlay(flat, bytes, offset)?.chunks_exact(2)) {
            *width = bytes.first_chunk().map_or(0, |&bytes| u16::from_le_bytes(bytes));
        }
        Ok(widths)
    }

    fn to_bytes(&self, _previous: &[u8]) -> Vec<u8> {
        self.iter().copied().flat_map(u16::to_le_bytes).collect()
    }
}

impl Stored for [Column; MAX_COLUMNS] {
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        let mut flat = [0; MAX_COLUMNS * 4];
        flat.copy_from_slice(&default.to_bytes(&[]));
        let mut columns = default;
        for (column, bytes) in columns.iter_mut().zip(overlay(flat, bytes, offset)?.chunks_exact(4)) {
            *column = Column(bytes.first_chunk().map_or(0, |&bytes| u32::from_le_bytes(bytes)));
        }
        Ok(columns)
    }

    fn to_bytes(&self, _previous: &[u8]) -> Vec<u8> {
        self.iter().flat_map(|column| column.0.to_le_bytes()).collect()
    }
}

impl Stored for Filter {
    /// Returns the default for a list without bytes, as Procmon does.
    fn read(bytes: &[u8], default: Self, offset: u64) -> Result<Self> {
        if bytes.is_empty() { Ok(default) } else { rules::parse(bytes, offset) }
    }

    fn to_bytes(&self, previous: &[u8]) -> Vec<u8> {
        rules::encode(self, if previous.is_empty() { rules::EMPTY } else { previous })
    }
}
