//! `pml save`.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use clap::Args;
use procmon_parser::write::SaveOptions;
use procmon_parser::{Compat, Event, FileTime, Style};

use crate::cli::{InputArgs, UtcOffset};
use crate::export::report_unreadable;
use crate::input::{self, Input, Passing};
use crate::output::Output;
use crate::progress::Progress;
use crate::redact::{self, RedactArgs};
use crate::select::{SelectArgs, Selection};
use crate::{Failure, Outcome};

#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// The log to write, whole or not at all; standard output if it is "-".
    #[arg(short, long, value_name = "OUT.pml")]
    pub(crate) output: PathBuf,
    /// Take the events that began at this time or later: 2026-03-02T08:30:00.1234567, in UTC unless an offset such as
    /// +01:00 follows.
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    pub(crate) from: Option<Moment>,
    /// Take the events that began before this time.
    #[arg(long, value_name = "TIME", help_heading = "Selection")]
    pub(crate) to: Option<Moment>,
    /// Take the events from number A on and before number B, counted from 0; either may be left out. Those of several
    /// files are counted in the order of time.
    #[arg(long, value_name = "A..B", help_heading = "Selection")]
    pub(crate) events: Option<Ordinals>,
    /// Whose words filters compare with: complete, procmon-3.94, procmon-3.53, procmon-3.52 or procmon-3.0.
    #[arg(long, default_value_t, value_name = "NAME")]
    pub(crate) compat: Compat,
    /// The time zone of dates in filters: an offset such as +02:00, "UTC", or "local" for today's offset of this
    /// computer.
    #[arg(long, default_value_t, value_name = "OFFSET")]
    pub(crate) utc_offset: UtcOffset,
    #[command(flatten)]
    pub(crate) redact: RedactArgs,
}

/// A time of the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(FileTime);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).ok();
        let without = || {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
                .into_iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|time| time.and_utc())
        };
        let day = || text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0)).map(|time| time.and_utc());
        let time = with_offset.or_else(without).or_else(day);
        let time =
            time.ok_or("expected a time such as 2026-03-02T08:30:00, with an offset such as +01:00 or in UTC")?;
        Ok(Self(time.into()))
    }
}

/// A range of events of the command line.
#[derive(Clone, Debug)]
pub(crate) struct Ordinals(Range<u64>);

impl FromStr for Ordinals {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str, default| match text.trim() {
            "" => Ok(default),
            digits => digits.replace('_', "").parse().map_err(|_| format!("{digits:?} is not the number of an event")),
        };
        let (start, end) = text.split_once("..").ok_or("expected A..B, A.. or ..B")?;
        let range = number(start, 0)?..number(end, u64::MAX)?;
        if range.start > range.end { Err("A is greater than B".to_owned()) } else { Ok(Self(range)) }
    }
}

pub(crate) fn run(args: &SaveArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let inputs = input::open(&args.input)?;
    let selector = selection.compile(&inputs, &args.style(&selection));
    let mut output = Output::create(Some(&args.output), &inputs)?;
    let events = inputs.iter().map(|input| input.log.len() as u64).sum();
    let mut progress = Progress::new(events, args.input.no_progress);
    let mut passed = 0;
    let single = single_file(&inputs);
    let mut passing = Passing::new(&inputs);
    let keep = |event: Event<'_>| {
        progress.tick();
        passing.event(event);
        passed += 1;
        let number = if single.is_some() { event.ordinal().into() } else { passed - 1 };
        args.takes(number, event) && selector.matches(event)
    };
    let logs: Vec<_> = inputs.iter().map(|input| &input.log).collect();
    let redactor = args.redact.redactor(&inputs)?;
    let mut before = Passing::new(&inputs);
    let mut ordering = |event: Event<'_>| before.event(event);
    let summary = output.write_seekable(|file| {
        let mut options = SaveOptions::new().ordering(&mut ordering);
        if let Some(redactor) = &redactor {
            options = options.redact(redactor);
        }
        // One file as Procmon does, in the order in which events stand.
        let summary = match single {
            Some(input) => options.save(&mut *file, &input.log, keep),
            None => options.merge(&mut *file, &logs, keep),
        }?;
        if let Some(redactor) = &redactor {
            redact::verify(redactor, file, &summary)?;
        }
        Ok(summary)
    });
    drop(progress);
    let summary = summary.map_err(|error| Failure::of_writing(&args.output, error))?;
    output.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, events, &first);
            Outcome::Incomplete
        }
    })
}

fn single_file(inputs: &[Input]) -> Option<&Input> {
    match inputs {
        [input] if input.paths.len() == 1 => Some(input),
        _ => None,
    }
}

impl SaveArgs {
    fn style(&self, selection: &Selection) -> Style {
        selection.style().compat(self.compat).utc_offset(self.utc_offset.0)
    }

    fn takes(&self, number: u64, event: Event<'_>) -> bool {
        self.events.as_ref().is_none_or(|events| events.0.contains(&number))
            && self.from.is_none_or(|from| event.time() >= from.0)
            && self.to.is_none_or(|to| event.time() < to.0)
    }
}
