//! `pml save`.

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use procmon_parser::write::{SaveOptions, Summary};
use procmon_parser::{Compat, Event, LogsStream, Redactor, Style};

use crate::args::input::InputArgs;
use crate::args::ordinals::Ordinals;
use crate::args::redact::RedactArgs;
use crate::args::select::{SelectArgs, Selection};
use crate::args::time::Moment;
use crate::args::zone::UtcOffset;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input, Source};
use crate::io::output::Output;
use crate::io::progress::Progress;
use crate::term::report_unreadable;

#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    select: SelectArgs,
    /// The log to write, whole or not at all; standard output if it is "-".
    #[arg(short, long, value_name = "OUT.pml")]
    output: PathBuf,
    /// Take the events that began at this time or later: 2026-03-02T08:30:00.1234567, in UTC unless an offset such as
    /// +01:00 follows.
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    from: Option<Moment>,
    /// Take the events that began before this time.
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    to: Option<Moment>,
    /// Take the events from number A on and before number B, counted from 0; either may be left out. Those of several
    /// files are counted in the order of time.
    #[arg(long, value_name = "A..B", help_heading = "Selection")]
    events: Option<Ordinals>,
    /// The program to save like: complete, procmon-3.94, procmon-3.53, procmon-3.52 or procmon-3.0. A version of
    /// Procmon compares filters with its own words, saves all profiling events even if the filter hides them, and drops
    /// what Procmon drops from tables and header. "complete" saves what the filter shows, without a loss.
    #[arg(long, default_value_t, value_name = "NAME")]
    compat: Compat,
    /// The time zone of dates in filters: an offset such as +02:00, "UTC", or "local" for today's offset of this
    /// computer.
    #[arg(long, default_value_t, value_name = "OFFSET")]
    utc_offset: UtcOffset,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) fn run(args: &SaveArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let inputs = input::open(&args.input)?;
    let selector = selection.compile(|| input::indexes(&inputs), &args.style(&selection));
    let mut output = Output::create(Some(&args.output), &inputs)?;
    let events = inputs.iter().map(|input| input.event_count()).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut counter = progress.counter();
    let mut passed = 0;
    let single = args.in_stored_order(&inputs);
    let keep = |event: Event<'_>| {
        counter.tick();
        passed += 1;
        let number = if single.is_some() { event.ordinal().into() } else { passed - 1 };
        args.takes(number, event) && (args.compat.saves_hidden(event) || selector.matches(event))
    };
    let logs = input::logs(&inputs);
    let redactor = args.redact.redactor(&logs)?;
    let summary = output.write_seekable(|file| {
        let mut options = SaveOptions::new().compat(args.compat);
        if let Some(redactor) = &redactor {
            options = options.redact(redactor);
        }
        let summary = match single {
            Some(log) => options.save(&mut *file, log, keep),
            None => options.merge(&mut *file, &logs, keep),
        }?;
        if let Some(redactor) = &redactor {
            verify(redactor, file, &summary)?;
        }
        Ok(summary)
    });
    drop(progress);
    let summary = summary.map_err(|error| Failure::writing_log(&args.output, error))?;
    input::check_unchanged(&inputs)?;
    output.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, events, &first);
            Outcome::Incomplete
        }
    })
}

impl SaveArgs {
    /// Returns the log whose events are written in their stored order, and not in that of time. Procmon keeps the
    /// stored order of one file, and also of several files of a capture.
    fn in_stored_order<'i>(&self, inputs: &'i [Input]) -> Option<&'i LogsStream<Source>> {
        match inputs {
            [input] if input.paths.len() == 1 || self.compat != Compat::Complete => Some(&input.log),
            _ => None,
        }
    }

    fn style(&self, selection: &Selection) -> Style {
        selection.style().compat(self.compat).utc_offset(self.utc_offset.0)
    }

    fn takes(&self, number: u64, event: Event<'_>) -> bool {
        self.events.as_ref().is_none_or(|events| events.0.contains(&number))
            && self.from.is_none_or(|from| event.time() >= from.0)
            && self.to.is_none_or(|to| event.time() < to.0)
    }
}

/// Checks that no replaced name is left in the written log, and prints what was replaced.
fn verify(redactor: &Redactor, file: &File, summary: &Summary) -> procmon_parser::Result<()> {
    redactor.verify(&LogsStream::new(file)?)?;
    anstream::eprintln!("redacted: names in {} of {} events, and in the tables", summary.redacted, summary.events);
    if summary.blanked > 0 {
        anstream::eprintln!("redacted: {} names within bytes of unknown meaning, written over", summary.blanked);
    }
    Ok(())
}
