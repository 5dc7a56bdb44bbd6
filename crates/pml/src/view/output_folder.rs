//! The output folder of a log: its statistics, event tables and HTML page.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::Local;
use procmon_parser::{Error, ErrorKind};

use crate::args::columns::Columns;
use crate::args::content::ContentArgs;
use crate::args::select::Selection;
use crate::error::{Exit, Failure, Outcome};
use crate::io::input::{self, Input};
use crate::term::{note, report_unreadable, warn};
use crate::view::{export, page, statistics};

/// Opens the log of a capture. Salvages a log that was not closed or is damaged.
///
/// Fails if the log has no events.
pub(crate) fn open(log: &Path) -> Result<Input, Failure> {
    let input = open_any(log)?;
    if input.log.is_empty() {
        let exit = if input.log.salvaged().next().is_some() { Exit::NotClosed } else { Exit::Empty };
        return Err(Failure::Capture(exit, format!("{}: no events were recorded{}", log.display(), ADVICE)));
    }
    Ok(input)
}

/// Opens the log of a capture, which may have no events. Salvages a log that was not closed or is damaged.
pub(crate) fn open_any(log: &Path) -> Result<Input, Failure> {
    let input = input::open_damaged(log, false).map_err(|error| explain(log, error))?;
    for lost in input.log.salvaged() {
        warn(&format!("the log was not closed or is damaged; using what could be read:\n{lost}"));
    }
    Ok(input)
}

/// The end of the message about a log without events.
const ADVICE: &str =
    "; the filter may have hidden all of them (see --keep-everything), or nothing happened during the capture";

/// Replaces the failure to salvage a log that was not closed with one that states the likely cause.
fn explain(log: &Path, failure: Failure) -> Failure {
    let not_closed = |error: &Error| matches!(error.kind(), ErrorKind::UnclosedLog);
    match failure {
        Failure::Log(error) if not_closed(&error) => {
            let message = "the log was not closed and contains no events: Procmon was ended too early";
            Failure::Capture(Exit::NotClosed, format!("{}: {message}", log.display()))
        }
        failure => failure,
    }
}

/// Writes the statistics, the event tables and the HTML page of a log to a folder.
pub(crate) fn write(
    input: &Input,
    folder: &Path,
    selection: &Selection,
    columns: Option<&Columns>,
    args: &ContentArgs,
) -> Result<Outcome, Failure> {
    let mut done = Vec::new();
    let summary = statistics::to_file(input, &folder.join("statistics.txt"), selection, args.no_progress)?;
    let events = input.event_count();
    if let Some(error) = summary.first_error() {
        report_unreadable(summary.unreadable(), events, error);
    }
    let mut unreadable = summary.unreadable();
    for &format in &args.format {
        if done.contains(&format) {
            continue;
        }
        let path = folder.join("output").with_extension(format.extension());
        let export = export::to_file(input, &path, format, selection, columns.cloned(), args.no_progress)?;
        // More events than in the previous pass are unreadable if the log was changed in between.
        if let Some(error) = export.first_error.filter(|_| export.unreadable > unreadable) {
            report_unreadable(export.unreadable, events, &error);
            unreadable = export.unreadable;
        }
        done.push(format);
    }
    let inputs = std::slice::from_ref(input);
    let page = page::to_file(inputs, &folder.join("report.html"), [], selection, args.embed)?;
    note(&folder.display().to_string());
    Ok(outcome(inputs, unreadable.max(page.unreadable())))
}

/// Returns the outcome of a report on logs with a number of unreadable events.
pub(crate) fn outcome(inputs: &[Input], unreadable: u64) -> Outcome {
    match (inputs.iter().find_map(|input| input.log.salvaged().next()), unreadable) {
        (Some(_), _) => Outcome::NotClosed,
        (None, 0) => Outcome::Done,
        (None, _) => Outcome::Incomplete,
    }
}

/// Creates a folder named after the local time, with a number appended if the name is taken.
pub(crate) fn new_folder(parent: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(parent).map_err(|error| Failure::file(parent, error))?;
    let name = Local::now().format("%Y-%m-%d-%H-%M-%S").to_string();
    let mut path = parent.join(&name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}-{number}"))
            }
            Err(error) => return Err(Failure::file(&path, error)),
            Ok(()) => break,
        }
    }
    Ok(path)
}
