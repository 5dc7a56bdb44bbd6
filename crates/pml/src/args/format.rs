//! Formats of exports.

use clap::ValueEnum;

use crate::args::extension::Formats;

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

/// The formats of exported files. A compressed file has a second extension, which is removed first.
pub(crate) const EXPORTS: Formats<Format> = Formats {
    extensions: &[("csv", Format::Csv), ("xml", Format::Xml), ("jsonl", Format::Jsonl), ("ndjson", Format::Jsonl)],
    default: Format::Csv,
    advice: ", each also with .gz or .zst; --format allows unknown ones",
};

impl Format {
    /// Returns the extension of files of the format, without a dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Jsonl => "jsonl",
        }
    }
}
