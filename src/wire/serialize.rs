//! Serialization with serde (feature `serde`).
//!
//! Codes are serialized as `{code, name}`, flags as `{bits, names}`, times as ISO 8601 text, time spans as the number
//! of ticks of 100 ns, and bytes as hexadecimal text. Formats that are not for humans get times as numbers and bytes as
//! bytes. The keys of a structure are the names of its fields or getters.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{FileTime, HexDigits, PmlStr};

/// Bytes that are serialized as hexadecimal text without spaces, or as bytes if the format is not for humans.
#[derive(Clone, Copy)]
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; 128];
        for chunk in self.0.chunks(buffer.len() / 2) {
            let mut len = 0;
            for (pair, &byte) in buffer.chunks_exact_mut(2).zip(chunk) {
                pair.copy_from_slice(&HexDigits::LOWER.pair(byte));
                len += 2;
            }
            f.write_str(buffer.get(..len).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default())?;
        }
        Ok(())
    }
}

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(self.0) }
    }
}

/// Serializes bytes as hexadecimal text.
pub(crate) fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    Hex(bytes).serialize(serializer)
}

/// Serializes optional bytes as hexadecimal text or null.
pub(crate) fn hex_or_null<S: Serializer>(bytes: &Option<&[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.map(Hex).serialize(serializer)
}

/// Serializes a variant without fields as an empty structure, so that all variants of an enum are structures.
pub(crate) fn nothing<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Nothing {}
    Nothing {}.serialize(serializer)
}

impl Serialize for PmlStr<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_str() {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

/// Serializes as text such as `2020-07-12T01:18:20.5034798Z`, or as the text of the number if Windows does not accept
/// the time. Formats that are not for humans get the number, in a newtype struct.
impl Serialize for FileTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_newtype_struct("FileTime", &self.0);
        }
        if self.is_valid() {
            serializer.serialize_str(self.iso8601().as_str())
        } else {
            serializer.collect_str(&self.0)
        }
    }
}
