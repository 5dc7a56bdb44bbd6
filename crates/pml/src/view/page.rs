//! Reports as HTML pages.

use std::io::BufWriter;
use std::path::Path;

use procmon_report::{Embed, Report, ReportOptions};

use crate::args::select::Selection;
use crate::error::Failure;
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::view::export::failure;

/// Writes the page of the selected events of a log to a file, or to standard output if the path is "-". Refuses to
/// overwrite a file of the log or one of the files in `keep`.
pub(crate) fn to_file<'a>(
    input: &'a Input,
    path: &Path,
    keep: impl IntoIterator<Item = &'a Path>,
    selection: &Selection,
    embed: Option<Embed>,
) -> Result<Report, Failure> {
    let read = input::files_to_keep(std::slice::from_ref(input)).chain(keep);
    let mut output = Output::create(Some(path), read)?;
    let selector = selection.compile(&[&input.log], &selection.style())?;
    let report = Report::of(&input.log, &options(input, selection, embed), |event| selector.matches(*event))?;
    input.check_unchanged()?;
    report.write_to(BufWriter::new(&mut output)).map_err(|error| failure(Some(path), error))?;
    output.finish()?;
    Ok(report)
}

fn options(input: &Input, selection: &Selection, embed: Option<Embed>) -> ReportOptions {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let title = input.paths.first().map(|path| name(path)).unwrap_or_default();
    let mut options = ReportOptions::new()
        .title(&title)
        .generator(concat!("pml ", env!("CARGO_PKG_VERSION")))
        .style(selection.style())
        .utc_offset(selection.utc_offset())
        .embed(embed.unwrap_or_default());
    for path in &input.paths {
        options = options.file(&name(path), input.size(path));
    }
    for lost in input.log.salvaged() {
        options = options.warning(&format!("The log was not closed or is damaged. {lost}"));
    }
    if !selection.is_everything() {
        options =
            options.warning("The report is about selected events only; the other events of the log are left out.");
    }
    options
}
