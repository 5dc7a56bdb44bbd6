//! `pml save`.

use std::path::PathBuf;

use clap::Args;
use indicatif::HumanCount;
use procmon_parser::write::{SaveOptions, Summary};
use procmon_parser::{Compat, Event, LogsStream};

use crate::args::compat;
use crate::args::extension::LOGS;
use crate::args::input::InputArgs;
use crate::args::redact::RedactArgs;
use crate::args::select::SelectArgs;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output::{self, Output};
use crate::io::progress::Progress;
use crate::io::source::Source;
use crate::term::{counted, note, report_overlaps, report_unreadable, warn};

#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    select: SelectArgs,
    /// Output log, replaced atomically; "-" is standard output.
    #[arg(short, long, value_name = "OUT.pml")]
    output: PathBuf,
    /// Procmon version whose way of saving to reproduce; "complete" saves without loss.
    ///
    /// Filters and queries compare with the output of this version. A version of Procmon saves all profiling events,
    /// even those that the filter hides, and omits the parts of the tables and the header that Procmon omits.
    /// "complete" saves exactly the events that the filter shows. The prefix "procmon-" can be omitted.
    #[arg(long, default_value_t, value_name = "VERSION", value_parser = compat::parser())]
    compat: Compat,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) fn run(args: &SaveArgs) -> Result<Outcome, Failure> {
    output::refuse_inputs(Some(&args.output), args.redact.files().chain(args.select.files()))?;
    LOGS.choose(Some(&args.output), None)?;
    let selection = args.select.read()?;
    let (inputs, outcome) = input::open(&args.input)?;
    selection.warn(|| input::indexes(&inputs));
    let logs = input::logs(&inputs);
    let selector = selection.compile(&logs, &selection.style().compat(args.compat))?;
    let mut output = Output::create_binary(Some(&args.output), input::files_to_keep(&inputs))?;
    let events = inputs.iter().map(|input| input.event_count()).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut counter = progress.counter();
    let mut passed = 0;
    let single = args.in_stored_order(&inputs);
    let keep = |event: Event<'_>| {
        counter.tick();
        passed += 1;
        let number = if single.is_some() { event.ordinal().into() } else { passed - 1 };
        selector.is_in_range(event, number) && (args.compat.saves_hidden(event) || selector.shows(event))
    };
    let redactor = args.redact.redactor(&logs)?;
    let summary = output.write_seekable(|file| {
        let mut options = SaveOptions::new().compat(args.compat);
        if let Some(redactor) = &redactor {
            options = options.redact(redactor);
        }
        // As Procmon does, keep the stored order of the events of a single file; merging sorts them by time.
        let summary = match single {
            Some(log) => options.save(&mut *file, log, keep),
            None => options.merge(&mut *file, &logs, keep),
        }?;
        if let Some(redactor) = &redactor {
            redactor.verify(&LogsStream::new(&*file)?)?;
        }
        Ok(summary)
    });
    drop(progress);
    let summary = summary.map_err(|error| Failure::writing_log(&args.output, error))?;
    input::check_unchanged(&inputs)?;
    output.finish()?;
    selector.report(summary.events, events);
    report_names(summary.differing_names);
    if redactor.is_some() {
        report_redaction(&args.redact, &summary);
    }
    report_overlaps(&summary);
    if let Some(first) = &summary.first_error {
        report_unreadable(summary.unreadable, events, first);
    }
    Ok(if summary.unreadable + summary.overlapping > 0 { Outcome::Incomplete } else { outcome })
}

/// Warns that files have different names for a host or port.
fn report_names(differing: u64) {
    if differing > 0 {
        let names = if differing == 1 { "1 host or port has" } else { &format!("{differing} hosts or ports have") };
        warn(&format!("{names} a different name in a later file; the name from the earlier file is written"));
    }
}

impl SaveArgs {
    /// Returns the log if its events are written in stored order instead of by time. Procmon keeps the stored order of
    /// a single file, and also of several files of a capture.
    fn in_stored_order<'i>(&self, inputs: &'i [Input]) -> Option<&'i LogsStream<Source>> {
        match inputs {
            [input] if input.paths.len() == 1 || self.compat != Compat::Complete => Some(&input.log),
            _ => None,
        }
    }
}

/// Reports what was replaced, and what kinds of names the log still has.
fn report_redaction(args: &RedactArgs, summary: &Summary) {
    let events = counted(summary.events, "event", "events");
    match summary.redacted {
        0 => note(&format!("redacted: no names found in {events} (tables not counted)")),
        redacted => note(&format!("redacted: names in {} of {events} (tables not counted)", HumanCount(redacted))),
    }
    if summary.blanked > 0 {
        let names = counted(summary.blanked, "name", "names");
        note(&format!("redacted: {names} replaced by the same number of characters, in data of unknown structure"));
    }
    note(&format!("not redacted: {}", args.kept().join(", ")));
}
