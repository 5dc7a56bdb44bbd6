//! Serialization of configurations (feature `serde`), with the names of options and readable values.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Color, Configuration, Key, LogFont, StoredOption, Value};
use crate::wire;

/// Serializes text such as `#80ffff`.
impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Serializes text such as `Consolas, height -13, weight 400`.
impl Serialize for LogFont {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Serializes switches as booleans, colours and fonts as text, and columns as a list of names. Unused widths and
/// columns are omitted.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Color(color) => color.serialize(serializer),
            Self::Font(font) => font.serialize(serializer),
            Self::Widths(widths) => serializer.collect_seq(widths.iter().filter(|&&width| width != 0)),
            Self::Columns(columns) => {
                let used = columns.iter().filter(|column| column.0 != 0);
                serializer.collect_seq(used.map(Text))
            }
            Self::Rules(filter) => filter.serialize(serializer),
        }
    }
}

/// Serializes Procmon's options as Procmon loads them, then the options that it ignores, and the number of bytes after
/// the last option.
impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let loaded = Key::ALL.iter().map(|&key| Entry::Loaded(self, key));
        let options: Vec<_> = loaded.chain(self.ignored_options().map(Entry::Ignored)).collect();
        let mut fields = serializer.serialize_struct("Configuration", 2)?;
        fields.serialize_field("options", &options)?;
        fields.serialize_field("trailing_bytes", &self.trailing().len())?;
        fields.end()
    }
}

enum Entry<'c> {
    /// An option of Procmon, which may be missing.
    Loaded(&'c Configuration, Key),
    Ignored(&'c StoredOption),
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Option", 3)?;
        match self {
            Self::Loaded(configuration, key) => {
                fields.serialize_field("name", key)?;
                match configuration.value(*key) {
                    Ok(value) => fields.serialize_field("value", &value)?,
                    Err(error) => fields.serialize_field("error", &Text(error))?,
                }
                fields.serialize_field("stored", &configuration.option(*key).is_some())?;
            }
            Self::Ignored(option) => {
                fields.serialize_field("name", option.name())?;
                fields.serialize_field("bytes", &Bytes(option.value()))?;
                fields.serialize_field("stored", &true)?;
            }
        }
        fields.end()
    }
}

/// Serializes a value through `Display`.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Serializes bytes as hexadecimal text.
struct Bytes<'b>(&'b [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::hex(self.0, serializer)
    }
}
