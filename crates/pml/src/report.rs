//! `pml report`: what is written of a capture. `pml capture` ends with the same.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::Local;
use clap::{Args, ValueEnum};
use procmon_parser::{Error, ErrorKind};

use crate::cli::{Columns, Format, WARNING};
use crate::exit::Exit;
use crate::export::report_unreadable;
use crate::input::{self, Input};
use crate::select::{SelectArgs, Selection};
use crate::{Failure, Outcome, export, statistics};

/// The folder of captures, unless another one is named.
pub(crate) const FOLDER: &str = "working";

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The log; of a capture in several files (x.pml, x-1.pml, ...) any of them stands for all.
    #[arg(value_name = "RAW.pml")]
    log: PathBuf,
    #[command(flatten)]
    content: ContentArgs,
    #[command(flatten)]
    select: SelectArgs,
}

/// What a report has, and where it goes.
#[derive(Debug, Args)]
pub(crate) struct ContentArgs {
    /// The folder in which it gets a folder of its own, named by the time.
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub(crate) working: PathBuf,
    /// What to write besides the statistics; several separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST", default_value = "csv")]
    pub(crate) format: Vec<Format>,
    /// Draw no progress bar; there is none anyway unless standard error is a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

pub(crate) fn run(args: &ReportArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let input = open(&args.log)?;
    let folder = new_folder(&args.content.working)?;
    write(&input, &folder, &selection, None, &args.content)
}

/// Opens the log of a capture: salvaged, where it was not closed or is damaged.
///
/// Fails where there is nothing in it.
pub(crate) fn open(log: &Path) -> Result<Input, Failure> {
    let input = input::open_damaged(log, false).map_err(|error| explain(log, error))?;
    for lost in input.log.salvaged() {
        warn(&format!("{}: the log was not closed, or is damaged; what could be read is used: {lost}", log.display()));
    }
    if input.log.is_empty() {
        let exit = if input.log.salvaged().next().is_some() { Exit::NotClosed } else { Exit::Empty };
        return Err(Failure::Capture(exit, format!("{}: no events were recorded{}", log.display(), ADVICE)));
    }
    Ok(input)
}

/// What to do about a log without events.
const ADVICE: &str = ": the filter may hide all of them (see --keep-everything), or nothing happened in the time";

/// What to say of a log that cannot be read at all.
fn explain(log: &Path, failure: Failure) -> Failure {
    let not_closed = |error: &Error| matches!(error.kind(), ErrorKind::UnclosedLog);
    match failure {
        Failure::Log(error) if not_closed(&error) => {
            let message = "the log was not closed, and no event was found in it: Procmon was ended too early";
            Failure::Capture(Exit::NotClosed, format!("{}: {message}", log.display()))
        }
        failure => failure,
    }
}

/// Writes all that is asked for of a log into a folder.
pub(crate) fn write(
    input: &Input,
    folder: &Path,
    selection: &Selection,
    columns: Option<&Columns>,
    args: &ContentArgs,
) -> Result<Outcome, Failure> {
    let mut done = Vec::new();
    let summary = statistics::to_file(input, &folder.join("statistics.txt"), selection, args.no_progress)?;
    if let Some(error) = summary.first_error() {
        report_unreadable(summary.unreadable(), input.log.len() as u64, error);
    }
    for &format in &args.format {
        if done.contains(&format) {
            continue;
        }
        let extension = format.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        let path = folder.join("output").with_extension(extension);
        export::to_file(input, &path, format, selection, columns.cloned(), args.no_progress)?;
        done.push(format);
    }
    anstream::eprintln!("{}", folder.display());
    Ok(match (input.log.salvaged().next(), summary.unreadable()) {
        (Some(_), _) => Outcome::NotClosed,
        (None, 0) => Outcome::Done,
        (None, _) => Outcome::Incomplete,
    })
}

/// Makes a folder that is named by the time, in another folder. Two of one second get different names.
pub(crate) fn new_folder(parent: &Path) -> Result<PathBuf, Failure> {
    let failed = |path: &Path, error| Failure::Io(path.display().to_string(), error);
    fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
    let name = Local::now().format("%Y-%m-%d-%H-%M-%S").to_string();
    let mut path = parent.join(&name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}-{number}"))
            }
            Err(error) => return Err(failed(&path, error)),
            Ok(()) => break,
        }
    }
    Ok(path)
}

/// Says something on standard error that does not end the program.
pub(crate) fn warn(message: &str) {
    let (on, off) = (WARNING.render(), WARNING.render_reset());
    anstream::eprintln!("{on}warning:{off} {message}");
}
