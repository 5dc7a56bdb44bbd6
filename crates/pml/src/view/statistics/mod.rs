//! Statistics of logs, as text, JSON and CSV.

mod model;
mod overview;
mod pass;
mod sections;
mod table;
mod text;

use std::io::{self, Write};
use std::path::Path;

use procmon_parser::summary::Summary;

use crate::args::extension::Formats;
use crate::args::select::Selection;
use crate::error::Failure;
use crate::io::input::{self, Input};
use crate::io::progress::Progress;
use crate::io::safe_csv::SafeCsv;
use crate::view::document;

pub(crate) use model::{LogStatistics, Order};
pub(crate) use pass::Pass;
pub(crate) use sections::Sections;

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
    let progress = Progress::new(input.event_count(), no_progress);
    let pass = Pass::read(input, |event| selector.matches(event), &progress)?;
    drop(progress);
    input.check_unchanged()?;
    write_logs(
        Some(path),
        input::files_to_keep(std::slice::from_ref(input)),
        &[LogStatistics::new(input, &pass, Order::Pid)],
        (Format::Text, false),
        Sections::ALL,
    )?;
    Ok(pass.summary)
}

/// Writes the statistics of several logs to a file, or to standard output if the path is missing or "-". Refuses to
/// overwrite a file that was read. If `is_safe` is true, a spreadsheet does not evaluate cells of CSV as formulas.
pub(crate) fn write_logs<'a>(
    path: Option<&Path>,
    read: impl IntoIterator<Item = &'a Path>,
    logs: &[LogStatistics<'_>],
    (format, is_safe): (Format, bool),
    sections: Sections,
) -> Result<(), Failure> {
    let width = document::width(path);
    document::write(path, read, format == Format::Text, |out| {
        Ok(write(&mut SafeCsv::new(out, is_safe), logs, format, (sections, width))?)
    })
}

fn write(
    out: &mut dyn Write,
    logs: &[LogStatistics<'_>],
    format: Format,
    (sections, width): (Sections, usize),
) -> io::Result<()> {
    match format {
        Format::Text => {
            for (i, log) in logs.iter().enumerate() {
                if i > 0 {
                    writeln!(out)?;
                }
                match sections.all {
                    true => text::write(out, log)?,
                    false => overview::write(out, log, sections, width)?,
                }
            }
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, logs)?;
            writeln!(out)?;
        }
        Format::Csv => table::write(out, logs)?,
    }
    Ok(())
}
