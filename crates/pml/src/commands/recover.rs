//! `pml recover`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use procmon_parser::{SalvageReport, SectionState, write};
use serde::Serialize;

use crate::args::extension::LOGS;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output::{Output, write_json};
use crate::io::progress::Progress;
use crate::term::{counted, printable, printable_lines, report_overlaps};

#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// Damaged log to read.
    ///
    /// If you name one file of a capture in several files (x.pml, x-1.pml, ...), all of them are read.
    #[arg(value_name = "BROKEN.pml")]
    log: PathBuf,
    /// Output log, replaced atomically; "-" is standard output.
    #[arg(short, long, value_name = "GOOD.pml")]
    output: PathBuf,
    /// Read only the named file, not the rest of its capture.
    #[arg(long)]
    single_file: bool,
    /// Report the losses as JSON.
    #[arg(long)]
    json: bool,
    /// Never show the progress bar.
    ///
    /// It is only shown if standard error is a terminal.
    #[arg(long)]
    no_progress: bool,
}

/// The result of recovering a log.
#[derive(Debug, Serialize)]
struct Report<'a> {
    log: &'a PathBuf,
    output: &'a PathBuf,
    /// The number of events written.
    events: u64,
    /// True if nothing was lost.
    complete: bool,
    /// The files that were damaged.
    damaged: Vec<&'a SalvageReport>,
}

pub(crate) fn run(args: &RecoverArgs) -> Result<Outcome, Failure> {
    LOGS.choose(Some(&args.output), None)?;
    let input = input::open_damaged(&args.log, args.single_file)?;
    let mut output = Output::create_binary(Some(&args.output), input::files_to_keep(std::slice::from_ref(&input)))?;
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
    report_overlaps(&summary);
    let report = Report {
        log: &args.log,
        output: &args.output,
        events: summary.events,
        complete: summary.unreadable + summary.overlapping == 0 && input.log.salvaged().all(is_complete),
        damaged: input.log.salvaged().collect(),
    };
    // If the log goes to standard output, the report goes to standard error.
    let printed =
        if is_piped { report.write(args, &input, io::stderr()) } else { report.write(args, &input, io::stdout()) };
    printed.map_err(Failure::stdout)?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}

/// Returns true if all events of the file were recovered, as far as can be known.
fn is_complete(lost: &SalvageReport) -> bool {
    let tables = [lost.processes, lost.strings, lost.icons, lost.hosts];
    lost.skipped_bytes == 0
        && lost.overlapping_events == 0
        && lost.lost_extras == 0
        && tables.iter().all(|&state| state == SectionState::Intact)
}

impl Report<'_> {
    /// Writes the report, as JSON or as text.
    fn write(&self, args: &RecoverArgs, input: &Input, mut out: impl Write + IsTerminal) -> io::Result<()> {
        if args.json {
            let is_terminal = out.is_terminal();
            return write_json(out, is_terminal, self);
        }
        for lost in input.log.salvaged() {
            writeln!(out, "{}", printable_lines(&lost.to_string()))?;
        }
        if self.damaged.is_empty() && self.complete {
            writeln!(out, "{}: nothing was lost", printable(&args.log.display().to_string()))?;
        }
        let events = counted(self.events, "event", "events");
        writeln!(out, "wrote {events} to {}", printable(&args.output.display().to_string()))
    }
}
