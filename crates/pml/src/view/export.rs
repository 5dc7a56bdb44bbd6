//! Exports of events.

use std::io::Write;
use std::num::NonZero;
use std::path::Path;

use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::export::{ExportSummary, LogNames, Pipeline, csv::Csv, xml::Xml};
use procmon_parser::{Error, Event, Log, Style};

use crate::args::columns::Columns;
use crate::args::format::{Format, TextFormat};
use crate::args::select::Selection;
use crate::error::Failure;
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::io::progress::Progress;
use crate::view::typed::{self, Typed};

/// The options of an export.
pub(crate) struct Export {
    pub(crate) format: TextFormat,
    /// The columns to write. `None` stands for the default columns, and in JSON Lines for all known values of an event.
    pub(crate) columns: Option<Columns>,
    pub(crate) style: Style,
    /// The names of the logs, if each row has one. XML has none.
    pub(crate) log_names: Option<LogNames>,
    pub(crate) stacks: bool,
    pub(crate) timesketch: bool,
    pub(crate) threads: Option<NonZero<usize>>,
    pub(crate) no_progress: bool,
}

impl Export {
    /// Writes the events for which `matches` returns true. Several threads call it.
    pub(crate) fn write<L: Log + Sync + ?Sized>(
        self,
        out: impl Write,
        log: &L,
        matches: &(dyn Fn(Event<'_>) -> bool + Sync),
    ) -> procmon_parser::Result<ExportSummary> {
        let progress = Progress::new(log.event_count() as u64, self.no_progress);
        let mut add = |events| progress.add(events);
        let mut pipeline = Pipeline::new().progress(&mut add).filter(matches);
        if let Some(threads) = self.threads {
            pipeline = pipeline.threads(threads);
        }
        let Self { columns, style, log_names, stacks, timesketch, .. } = self;
        let table = || columns.clone().unwrap_or_default().0;
        match self.format {
            TextFormat::Csv => {
                let mut csv = Csv::new(&table(), style);
                if let Some(names) = log_names {
                    csv = csv.with_log_names(names);
                }
                pipeline.run(out, log, csv)
            }
            TextFormat::Xml => pipeline.run(out, log, Xml::new(log.indexes(), &table(), style).with_stacks(stacks)),
            TextFormat::Jsonl => {
                let mut json = JsonLines::new(style).with_stacks(stacks).with_timesketch(timesketch);
                if let Some(Columns(columns)) = &columns {
                    json = json.with_columns(columns);
                }
                if let Some(names) = log_names {
                    json = json.with_log_names(names);
                }
                pipeline.run(out, log, json)
            }
        }
    }
}

/// Writes the selected events of a log to a file, with the default options of the format. Without `columns`, CSV and
/// XML have those of the selection.
pub(crate) fn to_file(
    input: &Input,
    path: &Path,
    format: Format,
    selection: &Selection,
    columns: Option<Columns>,
    no_progress: bool,
) -> Result<ExportSummary, Failure> {
    let mut output = Output::create(Some(path), input::files_to_keep(std::slice::from_ref(input)))?;
    let style = selection.style();
    let selector = selection.compile(&[&input.log], &style)?;
    let matches = |event: Event<'_>| selector.matches(event);
    let summary = match format.text() {
        Some(format) => {
            let columns = self::columns(format, columns, selection);
            let export = Export {
                format,
                columns,
                style,
                log_names: None,
                stacks: false,
                timesketch: false,
                threads: None,
                no_progress,
            };
            export.write(&mut output, &input.log, &matches).map_err(|error| failure(Some(path), error))?
        }
        None => {
            let typed = Typed { columns: procmon_arrow::Columns::new(), style, threads: None, no_progress };
            let names = typed::log_names(std::slice::from_ref(input));
            typed.write(format, &mut output, Some(path), &input.log, names, &matches)?
        }
    };
    input.check_unchanged()?;
    output.finish()?;
    Ok(summary)
}

/// Returns the columns of an export: the requested ones, or else, in CSV and XML, those of the selection.
pub(crate) fn columns(format: TextFormat, requested: Option<Columns>, selection: &Selection) -> Option<Columns> {
    match format {
        TextFormat::Jsonl => requested,
        TextFormat::Csv | TextFormat::Xml => requested.or_else(|| selection.columns()),
    }
}

/// Returns the failure of an export. Names the output, unless the error names the log that could not be read.
pub(crate) fn failure(output: Option<&Path>, error: Error) -> Failure {
    match error.path() {
        Some(_) => error.into(),
        None => Failure::output(output, error),
    }
}
