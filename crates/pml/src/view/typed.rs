//! Exports with typed columns: Parquet and Arrow.

use std::collections::HashSet;
use std::io;
use std::num::NonZero;
use std::path::Path;

use procmon_arrow::{Columns, Exporter, Table};
use procmon_parser::export::ExportSummary;
use procmon_parser::{Event, Log, Style};

use crate::args::format::Format;
use crate::error::Failure;
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::io::progress::Progress;

/// The options of an export with typed columns.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) columns: Columns,
    pub(crate) style: Style,
    pub(crate) threads: Option<NonZero<usize>>,
    pub(crate) no_progress: bool,
}

impl Typed {
    /// Writes the events for which `matches` returns true. Several threads call it. `path` is the path of the output, and
    /// `names` has the name of the log for each file.
    ///
    /// Arrow is written as a file to a file, and as a stream to anything else.
    pub(crate) fn write<L: Log + Sync + ?Sized>(
        &self,
        format: Format,
        output: &mut Output,
        path: Option<&Path>,
        log: &L,
        names: Vec<String>,
        matches: &(dyn Fn(Event<'_>) -> bool + Sync),
    ) -> Result<ExportSummary, Failure> {
        let progress = Progress::new(log.event_count() as u64, self.no_progress);
        let add = |events| progress.add(events);
        let exporter = self.exporter(names).filter(matches).progress(&add);
        let summary = match (format, &mut *output) {
            (Format::Arrow, Output::File(_)) => output.write_seekable(|file| exporter.ipc_file(file, log)),
            (Format::Arrow, _) => exporter.ipc_stream(&mut *output, log),
            _ => output.write_seekable(|file| exporter.parquet(file, log)),
        };
        summary.map(to_export_summary).map_err(|error| failure(path, error))
    }

    /// Returns an exporter of logs with these options. `names` has the name of the log for each file.
    pub(crate) fn exporter(&self, names: Vec<String>) -> Exporter<'_> {
        let exporter = Exporter::new().columns(self.columns.clone()).style(self.style.clone()).log_names(names);
        match self.threads {
            Some(threads) => exporter.threads(threads),
            None => exporter,
        }
    }

    /// Writes a table that accompanies the events. `names` has the name of the log for each file.
    pub(crate) fn write_table(
        &self,
        table: Table,
        output: &mut Output,
        path: &Path,
        inputs: &[Input],
        names: &[String],
    ) -> Result<(), Failure> {
        let logs = &input::logs(inputs)[..];
        let timestamps = self.columns.resolution();
        let written = output.write_seekable(|file| table.parquet(file, logs, names, timestamps));
        written.map_err(|error| failure(Some(path), error))
    }
}

/// Returns the name of the log for each file of the logs: the name of its first file, or its path if two names are
/// equal, so that a name identifies a log.
pub(crate) fn log_names(inputs: &[Input]) -> Vec<String> {
    let name = |input: &Input| {
        let name = input.paths.first().and_then(|path| path.file_name());
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    let mut names: Vec<_> = inputs.iter().map(name).collect();
    if names.iter().collect::<HashSet<_>>().len() < names.len() {
        names = inputs.iter().map(Input::name).collect();
    }
    inputs.iter().zip(names).flat_map(|(input, name)| vec![name; input.log.indexes().len()]).collect()
}

fn to_export_summary(summary: procmon_arrow::Summary) -> ExportSummary {
    let mut export = ExportSummary::default();
    // The rows of a text export include those of unreadable events.
    export.rows = summary.rows + summary.unreadable;
    export.unreadable = summary.unreadable;
    export.first_error = summary.first_error;
    export
}

/// Returns the failure of an export. Names the output, unless the error comes from a log.
pub(crate) fn failure(output: Option<&Path>, error: procmon_arrow::Error) -> Failure {
    match error {
        procmon_arrow::Error::Log(error) if error.path().is_some() => error.into(),
        procmon_arrow::Error::Log(error) => Failure::output(output, error),
        procmon_arrow::Error::Io(error) => Failure::output(output, error),
        error => Failure::output(output, io::Error::other(error)),
    }
}
