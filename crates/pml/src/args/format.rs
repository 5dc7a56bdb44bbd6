//! Formats of exports.

use std::path::Path;

use clap::ValueEnum;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Procmon's CSV: UTF-8 with a byte-order mark, all cells quoted.
    Csv,
    /// Procmon's XML: processes with their modules, then events.
    Xml,
    /// JSON Lines: an object for each event, with typed values.
    Jsonl,
}

impl Format {
    /// Returns the format that the extension of a file name stands for.
    pub(crate) fn of(name: &Path) -> Option<Self> {
        let extension = name.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "xml" => Some(Self::Xml),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// Returns the extension of files of the format, without a dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Jsonl => "jsonl",
        }
    }
}
