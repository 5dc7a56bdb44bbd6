//! Reports as HTML pages.

use std::io::BufWriter;
use std::path::Path;

use procmon_report::{Embed, Report, ReportOptions};

use crate::args::select::Selection;
use crate::error::Failure;
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::view::export::failure;

/// The number of logs that a title names.
const NAMED: usize = 3;

/// Writes the page of the selected events of logs to a file, or to standard output if the path is "-". Refuses to
/// overwrite a file of the logs or one of the files in `keep`.
pub(crate) fn to_file<'a>(
    inputs: &'a [Input],
    path: &Path,
    keep: impl IntoIterator<Item = &'a Path>,
    selection: &Selection,
    embed: Option<Embed>,
) -> Result<Report, Failure> {
    let read = input::files_to_keep(inputs).chain(keep);
    let mut output = Output::create(Some(path), read)?;
    let logs = input::logs(inputs);
    let selector = selection.compile(&logs, &selection.style())?;
    let report = Report::of(&logs, &options(inputs, selection, embed), |event| selector.matches(*event))?;
    input::check_unchanged(inputs)?;
    report.write_to(BufWriter::new(&mut output)).map_err(|error| failure(Some(path), error))?;
    output.finish()?;
    Ok(report)
}

fn options(inputs: &[Input], selection: &Selection, embed: Option<Embed>) -> ReportOptions {
    let mut options = ReportOptions::new()
        .title(&title(inputs))
        .generator(concat!("pml ", env!("CARGO_PKG_VERSION")))
        .style(selection.style())
        .utc_offset(selection.utc_offset())
        .embed(embed.unwrap_or_default());
    for input in inputs {
        for path in &input.paths {
            options = options.file(&name(inputs, path), input.size(path), &note(input, path));
        }
        for lost in input.log.salvaged() {
            options = options.warning(&format!("The log was not closed or is damaged. {lost}"));
        }
    }
    if !selection.is_everything() {
        options = options.warning("The report contains only the selected events.");
    }
    options
}

/// Returns the name of a file. The names of files in different folders can be equal, so the page of several logs shows
/// their paths.
fn name(inputs: &[Input], path: &Path) -> String {
    match inputs {
        [_] => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}

fn title(inputs: &[Input]) -> String {
    let names = inputs.iter().filter_map(|input| input.paths.first()).map(|path| name(inputs, path));
    match inputs.len() {
        0 | 1 => names.collect(),
        count => {
            let more = if count > NAMED { ", …" } else { "" };
            format!("{count} logs: {}{more}", names.take(NAMED).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns a note on a file that was salvaged.
fn note(input: &Input, path: &Path) -> String {
    let Some(report) = input.log.salvaged().find(|report| report.path.as_deref() == Some(path)) else {
        return String::new();
    };
    let of = report.declared_events.map_or_else(String::new, |declared| format!(" of {declared}"));
    format!("not closed or damaged; {}{of} events recovered", report.events)
}
