//! Exports of events.

use procmon_arrow::{Columns, Exporter};
use procmon_parser::Event;
use procmon_parser::export::csv::Csv;
use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::export::xml::Xml;
use procmon_parser::export::{ExportSummary, Pipeline};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrow;
use crate::error::{self, Result};
use crate::log::Log;
use crate::output::Target;
use crate::style::{self, Style};
use crate::task::{self, Cancelled};

/// The formats with Procmon's text.
#[derive(Clone, Copy)]
enum Text {
    Csv,
    Xml,
    JsonLines,
}

/// The formats with typed columns.
#[derive(Clone, Copy)]
pub(crate) enum Typed {
    Parquet,
    ArrowFile,
    ArrowStream,
}

enum Format {
    Text(Text),
    Typed(Typed),
}

impl Format {
    /// Returns the format with a name, or that of the extension of the target.
    fn new(name: Option<&str>, target: &Target) -> PyResult<Self> {
        let extension = match target {
            Target::Path(path) => path.extension().and_then(|extension| extension.to_str()),
            Target::Object(_) => None,
        };
        Ok(match name.or(extension).unwrap_or_default().to_ascii_lowercase().as_str() {
            "csv" => Self::Text(Text::Csv),
            "xml" => Self::Text(Text::Xml),
            "jsonl" | "ndjson" => Self::Text(Text::JsonLines),
            "parquet" => Self::Typed(Typed::Parquet),
            "arrow" | "feather" | "ipc" => Self::Typed(Typed::ArrowFile),
            "arrows" => Self::Typed(Typed::ArrowStream),
            other => {
                let known = "'csv', 'xml', 'jsonl', 'parquet', 'arrow' or 'arrows'";
                return Err(PyValueError::new_err(format!("unknown format '{other}': format must be {known}")));
            }
        })
    }
}

/// Writes the events of a log, and returns the number of rows.
pub(crate) fn export(
    py: Python<'_>,
    log: &Log,
    target: &Target,
    format: Option<&str>,
    columns: Option<&Bound<'_, PyAny>>,
    style: Option<&Bound<'_, Style>>,
    stacks: bool,
) -> Result<u64> {
    let format = match Format::new(format, target)? {
        Format::Text(format) => format,
        Format::Typed(format) => return typed(py, log, target, format, arrow::columns(columns, "ns")?, style),
    };
    let titles = columns.map(|columns| columns.extract::<Vec<String>>()).transpose()?;
    let all = matches!(format, Text::JsonLines) && titles.is_none();
    let columns = style::columns(titles)?;
    let style = style::or_default(style);
    let summary = task::run(py, |cancelled| {
        target.write(|out| {
            let matches = |event: Event<'_>| !cancelled.get() && log.selection.has(event);
            let pipeline = Pipeline::new().filter(&matches);
            let out = Checked { out, cancelled };
            let stream = &log.shared.stream;
            let summary: ExportSummary = match format {
                Text::Csv => pipeline.run(out, stream, Csv::new(&columns, style))?,
                Text::Xml => {
                    pipeline.run(out, stream, Xml::new(stream.indexes(), &columns, style).with_stacks(stacks))?
                }
                Text::JsonLines => {
                    let format = JsonLines::new(style).with_stacks(stacks);
                    let format = if all { format } else { format.with_columns(&columns) };
                    pipeline.run(out, stream, format)?
                }
            };
            cancelled.check()?;
            Ok(summary)
        })
    })?;
    error::warn_unreadable(py, summary.unreadable, summary.first_error.as_ref())?;
    Ok(summary.rows)
}

/// Writes the events of a log as typed columns, and returns the number of rows.
pub(crate) fn typed(
    py: Python<'_>,
    log: &Log,
    target: &Target,
    format: Typed,
    columns: Columns,
    style: Option<&Bound<'_, Style>>,
) -> Result<u64> {
    let style = style::or_default(style);
    let summary = task::run(py, |cancelled| {
        target.write_seek(|out| {
            let matches = |event: Event<'_>| !cancelled.get() && log.selection.has(event);
            let exporter = Exporter::new().columns(columns).style(style).filter(&matches);
            let exporter = exporter.log_names([log.shared.name.clone()]);
            let stream = &log.shared.stream;
            let summary = match format {
                Typed::Parquet => exporter.parquet(out, stream)?,
                Typed::ArrowFile => exporter.ipc_file(out, stream)?,
                Typed::ArrowStream => exporter.ipc_stream(out, stream)?,
            };
            cancelled.check()?;
            Ok(summary)
        })
    })?;
    error::warn_unreadable(py, summary.unreadable, summary.first_error.as_ref())?;
    Ok(summary.rows)
}

/// A writer that fails once its output is no longer wanted.
struct Checked<'a> {
    out: &'a mut (dyn std::io::Write + Send),
    cancelled: &'a Cancelled,
}

impl std::io::Write for Checked<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.cancelled.check()?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
