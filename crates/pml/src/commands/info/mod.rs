//! `pml info`.

mod overview;
mod text;

use std::io::{self, Write};

use clap::Args;
use procmon_parser::export::Source;

use crate::args::input::InputArgs;
use crate::error::{Failure, Outcome};
use crate::io::input;
use crate::io::output::print_json;
use crate::io::progress::Progress;
use crate::term::report_unreadable;

use overview::LogInfo;

#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Write JSON: an array with an object for each log.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &InfoArgs) -> Result<Outcome, Failure> {
    let inputs = input::open_streams(&args.input)?;
    let mut progress = Progress::new(inputs[..].event_count() as u64, args.input.no_progress);
    let mut logs = Vec::new();
    let mut outcome = Outcome::Done;
    for input in &inputs {
        let (info, first_error) = LogInfo::of(input, &mut progress)?;
        if let Some(error) = first_error {
            report_unreadable(info.events.unreadable, info.events.total, &error);
            outcome = Outcome::Incomplete;
        }
        logs.push(info);
    }
    drop(progress);
    print(&logs, args.json).map_err(Failure::stdout)?;
    Ok(outcome)
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
