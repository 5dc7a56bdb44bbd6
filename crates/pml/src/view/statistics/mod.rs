//! Statistics of logs, as text, JSON and CSV.

mod model;
mod table;
mod text;

use std::io::{self, Write};
use std::path::Path;

use anstream::StripStream;
use procmon_parser::summary::Summary;

use crate::args::extension::Formats;
use crate::args::select::Selection;
use crate::error::Failure;
use crate::io::escape::Escaper;
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::io::progress::Progress;
use crate::view::summary::summarize;

pub(crate) use model::{LogStatistics, Order};

/// The format of statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Csv,
}

/// The formats of files with statistics.
pub(crate) const FORMATS: Formats<Format> = Formats {
    extensions: &[("txt", Format::Text), ("json", Format::Json), ("csv", Format::Csv)],
    default: Format::Text,
    advice: "; --json and --csv allow unknown ones",
};

/// Writes the statistics of the selected events of a log to a file, as text.
pub(crate) fn to_file(
    input: &Input,
    path: &Path,
    selection: &Selection,
    no_progress: bool,
) -> Result<Summary, Failure> {
    let selector = selection.compile(&[&input.log], &selection.style())?;
    let summary = summarize(input, |event| selector.matches(event), &Progress::new(input.event_count(), no_progress))?;
    input.check_unchanged()?;
    write_logs(
        Some(path),
        input::files_to_keep(std::slice::from_ref(input)),
        &[LogStatistics::new(input, &summary, Order::Pid)],
        Format::Text,
    )?;
    Ok(summary)
}

/// Writes the statistics of several logs to a file, or to standard output if the path is missing or "-". Refuses to
/// overwrite a file that was read.
pub(crate) fn write_logs<'a>(
    path: Option<&Path>,
    read: impl IntoIterator<Item = &'a Path>,
    logs: &[LogStatistics<'_>],
    format: Format,
) -> Result<(), Failure> {
    let failed = |error| Failure::output(path, error);
    let output = Output::create(path, read)?;
    match (output, format) {
        (Output::Stdout(_), Format::Text) => {
            write(&mut io::BufWriter::new(anstream::stdout().lock()), logs, format).map_err(failed)
        }
        (output, _) => {
            let is_terminal = output.is_terminal();
            let mut output = Escaper::new(output, is_terminal);
            let out: &mut dyn Write = &mut output;
            write(&mut io::BufWriter::new(StripStream::new(out)), logs, format).map_err(failed)?;
            output.finish().map_err(failed)?.finish()
        }
    }
}

fn write(out: &mut impl Write, logs: &[LogStatistics<'_>], format: Format) -> io::Result<()> {
    match format {
        Format::Text => {
            for (i, log) in logs.iter().enumerate() {
                if i > 0 {
                    writeln!(out)?;
                }
                text::write(out, log)?;
            }
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, logs)?;
            writeln!(out)?;
        }
        Format::Csv => table::write(out, logs)?,
    }
    out.flush()
}
