//! `pml recover`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use procmon_parser::{SalvageReport, SectionState, write};
use serde::Serialize;

use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output::Output;
use crate::io::progress::Progress;

#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// The damaged log; of a capture in several files (x.pml, x-1.pml, ...) any of them stands for all.
    #[arg(value_name = "BROKEN.pml")]
    log: PathBuf,
    /// The log to write, whole or not at all; standard output if it is "-".
    #[arg(short, long, value_name = "GOOD.pml")]
    output: PathBuf,
    /// Read the named file alone, even if it is part of a capture in several files.
    #[arg(long)]
    single_file: bool,
    /// Say what was lost as JSON.
    #[arg(long)]
    json: bool,
    /// Draw no progress bar; there is none anyway unless standard error is a terminal.
    #[arg(long)]
    no_progress: bool,
}

/// The result of recovering a log.
#[derive(Debug, Serialize)]
struct Report<'a> {
    log: &'a PathBuf,
    output: &'a PathBuf,
    /// Number of events written.
    events: u64,
    /// Whether nothing was lost.
    complete: bool,
    /// The files that were damaged.
    damaged: Vec<&'a SalvageReport>,
}

pub(crate) fn run(args: &RecoverArgs) -> Result<Outcome, Failure> {
    let input = input::open_damaged(&args.log, args.single_file)?;
    let mut output = Output::create(Some(&args.output), std::slice::from_ref(&input))?;
    let is_piped = matches!(output, Output::Stdout(_));
    let progress = Progress::new(input.event_count(), args.no_progress);
    let mut counter = progress.counter();
    let summary = output.write_seekable(|file| {
        write::save(file, &input.log, |_| {
            counter.tick();
            true
        })
    });
    drop(progress);
    let summary = summary.map_err(|error| Failure::writing_log(&args.output, error))?;
    input.check_unchanged()?;
    output.finish()?;
    let report = Report {
        log: &args.log,
        output: &args.output,
        events: summary.events,
        complete: summary.unreadable == 0 && input.log.salvaged().all(is_complete),
        damaged: input.log.salvaged().collect(),
    };
    // Standard output has the log itself.
    let said = if is_piped {
        report.say(args, &input, &mut io::stderr())
    } else {
        report.say(args, &input, &mut io::stdout())
    };
    said.map_err(Failure::stdout)?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}

/// True if all events are there that the file had, as far as can be known.
fn is_complete(lost: &SalvageReport) -> bool {
    let tables = [lost.processes, lost.strings, lost.icons, lost.hosts];
    lost.skipped_bytes == 0 && lost.lost_extras == 0 && tables.iter().all(|&state| state == SectionState::Intact)
}

impl Report<'_> {
    fn say(&self, args: &RecoverArgs, input: &Input, out: &mut impl Write) -> io::Result<()> {
        if args.json {
            serde_json::to_writer_pretty(&mut *out, self)?;
            return writeln!(out);
        }
        for lost in input.log.salvaged() {
            writeln!(out, "{lost}")?;
        }
        if self.damaged.is_empty() {
            writeln!(out, "{}: nothing is lost", args.log.display())?;
        }
        writeln!(out, "{} events written to {}", self.events, args.output.display())
    }
}
