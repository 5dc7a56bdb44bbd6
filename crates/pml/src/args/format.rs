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
    /// Parquet: typed columns for DuckDB, Polars, pandas and Spark.
    Parquet,
    /// Arrow IPC: typed columns; a file, or a stream on standard output.
    Arrow,
}

/// The formats of exported files. A compressed file has a second extension, which is removed first.
pub(crate) const EXPORTS: Formats<Format> = Formats {
    extensions: &[
        ("csv", Format::Csv),
        ("xml", Format::Xml),
        ("jsonl", Format::Jsonl),
        ("ndjson", Format::Jsonl),
        ("parquet", Format::Parquet),
        ("arrow", Format::Arrow),
    ],
    default: Format::Csv,
    advice: "; the first four also with .gz or .zst; --format allows unknown ones",
};

impl Format {
    /// Returns the extension of files of the format, without a dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Returns the format of the text; `None` if files of the format have typed columns, whose names and types
    /// `docs/SCHEMA.md` lists.
    pub(crate) fn text(self) -> Option<TextFormat> {
        match self {
            Self::Csv => Some(TextFormat::Csv),
            Self::Xml => Some(TextFormat::Xml),
            Self::Jsonl => Some(TextFormat::Jsonl),
            Self::Parquet | Self::Arrow => None,
        }
    }
}

/// A format of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFormat {
    Csv,
    Xml,
    Jsonl,
}
