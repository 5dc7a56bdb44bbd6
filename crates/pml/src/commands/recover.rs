//! `pml recover`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use procmon_parser::{Fate, Salvaged, write};
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
    damaged: Vec<DamagedFile<'a>>,
}

/// The loss of one file.
#[derive(Debug, Serialize)]
struct DamagedFile<'a> {
    path: Option<&'a PathBuf>,
    events: u32,
    declared_events: Option<u32>,
    skipped_bytes: u64,
    /// The first ranges that were skipped, as offsets of start and end.
    skipped: Vec<[u64; 2]>,
    cut_event: Option<u64>,
    lost_extra_blocks: u32,
    header: String,
    offsets: String,
    processes: String,
    strings: String,
    icons: String,
    hosts: String,
    rebuilt_processes: u32,
    unnamed_processes: u32,
}

impl<'a> From<&'a Salvaged> for DamagedFile<'a> {
    fn from(lost: &'a Salvaged) -> Self {
        Self {
            path: lost.path.as_ref(),
            events: lost.events,
            declared_events: lost.declared_events,
            skipped_bytes: lost.skipped_bytes,
            skipped: lost.skipped.iter().map(|range| [range.start, range.end]).collect(),
            cut_event: lost.cut_event,
            lost_extra_blocks: lost.lost_extras,
            header: lost.header.to_string(),
            offsets: lost.offsets.to_string(),
            processes: lost.processes.to_string(),
            strings: lost.strings.to_string(),
            icons: lost.icons.to_string(),
            hosts: lost.hosts.to_string(),
            rebuilt_processes: lost.rebuilt_processes,
            unnamed_processes: lost.unnamed_processes,
        }
    }
}

pub(crate) fn run(args: &RecoverArgs) -> Result<Outcome, Failure> {
    let input = input::open_damaged(&args.log, args.single_file)?;
    let mut output = Output::create(Some(&args.output), std::slice::from_ref(&input))?;
    let is_piped = matches!(output, Output::Stdout(_));
    let mut progress = Progress::new(input.log.len() as u64, args.no_progress);
    let summary = output.write_seekable(|file| {
        write::save(file, &input.log, |_| {
            progress.tick();
            true
        })
    });
    drop(progress);
    let summary = summary.map_err(|error| Failure::writing_log(&args.output, error))?;
    output.finish()?;
    let report = Report {
        log: &args.log,
        output: &args.output,
        events: summary.events,
        complete: summary.unreadable == 0 && input.log.salvaged().all(is_complete),
        damaged: input.log.salvaged().map(DamagedFile::from).collect(),
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

/// Returns whether all events and tables of a file were found, as far as that can be known.
fn is_complete(lost: &Salvaged) -> bool {
    let tables = [lost.processes, lost.strings, lost.icons, lost.hosts];
    lost.skipped_bytes == 0 && lost.lost_extras == 0 && tables.iter().all(|&fate| fate == Fate::Intact)
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
