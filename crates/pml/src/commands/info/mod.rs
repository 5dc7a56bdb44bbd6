//! `pml info`.

mod overview;
mod text;

use std::io::{self, Write};

use clap::Args;
use procmon_parser::summary::Summary;

use crate::args::input::InputArgs;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output::print_json;
use crate::io::progress::Progress;
use crate::term::report_unreadable;
use crate::view::summary::summarize;

use overview::{FileInfo, LogInfo};

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Write JSON: an array with an object for each log.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &InfoArgs) -> Result<Outcome, Failure> {
    let (inputs, mut failures) = input::open_each(&args.input);
    let events = inputs.iter().map(|input| input.event_count()).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut outcome = Outcome::Done;
    let mut logs = Vec::new();
    for input in &inputs {
        match summarize_log(input, &progress) {
            Ok((log, summary)) => {
                if let Some(error) = summary.first_error() {
                    report_unreadable(summary.unreadable(), input.event_count(), error);
                    outcome = Outcome::Incomplete;
                }
                logs.push(log);
            }
            Err(failure) => failures.push(failure),
        }
    }
    drop(progress);
    let (logs, opened) = input::report_failures(logs, failures)?;
    if opened != Outcome::Done {
        outcome = opened;
    }
    print(&logs, args.json).map_err(Failure::stdout)?;
    Ok(outcome)
}

fn summarize_log(input: &Input, progress: &Progress) -> Result<(LogInfo, Summary), Failure> {
    let files = FileInfo::all(input);
    let (summary, overlaps) = summarize(input, progress)?;
    let overlaps = overlaps.warnings(&input.log)?;
    input.check_unchanged()?;
    Ok((LogInfo::new(files, input, &summary, &overlaps), summary))
}

fn print(logs: &[LogInfo], json: bool) -> io::Result<()> {
    if json {
        return print_json(&logs);
    }
    let mut out = anstream::stdout().lock();
    for (i, log) in logs.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        text::write(&mut out, log)?;
    }
    Ok(())
}
