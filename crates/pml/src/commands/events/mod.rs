//! `pml events`.

mod context;
mod places;
mod processes;
mod sorter;

use std::io::{self, BufWriter, IsTerminal, Write};

use clap::Args;
use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::filter::Query;
use procmon_parser::{Error, Event, Log, LogsStream, MergedLogs, Style};

use crate::args::columns::{self, Columns};
use crate::args::event_numbers::EventNumbers;
use crate::args::input::InputArgs;
use crate::args::order::{self, SortKey};
use crate::args::select::{self, SelectArgs, Selector};
use crate::args::when::When;
use crate::error::{Failure, Outcome};
use crate::io::escape::Escaper;
use crate::io::input::{self, Input};
use crate::io::progress::Progress;
use crate::io::source::Source;
use crate::term::report_unreadable;
use crate::view::document;
use crate::view::event_details;
use crate::view::event_table::{ColumnChoice, EventTable, Form};

use context::{Context, Same};
use places::{Place, Reader, Stop};
use processes::Processes;
use sorter::Sorter;

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Keep only the events with TEXT in any column; if repeated, with any of the texts.
    ///
    /// Letter case is ignored.
    #[arg(short = 'e', long, value_name = "TEXT")]
    search: Vec<String>,
    /// Treat the texts of --search as regular expressions.
    #[arg(long, requires = "search")]
    regex: bool,
    /// Keep only the events of the processes with this name or PID; can be repeated.
    ///
    /// The extension .exe can be omitted.
    #[arg(long, value_name = "NAME|PID")]
    process: Vec<String>,
    /// Add the descendants of the processes that --process selects.
    #[arg(long, requires = "process")]
    tree: bool,
    /// Columns to show, separated by commas.
    ///
    /// The default is the columns of the configuration, or else Time of Day, Process Name, PID, Operation, Path, Result
    /// and Detail, without Detail on a narrow terminal. "all" shows all columns. Spaces in names can be written as "-".
    #[arg(long, value_name = "LIST", value_parser = columns::parser::<Columns>(), hide_possible_values = true)]
    columns: Option<Columns>,
    /// Stop after N events.
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "last")]
    limit: Option<usize>,
    /// Show only the last N events.
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Sort by time, duration or a column.
    ///
    /// Durations are sorted from long to short, everything else in ascending order.
    #[arg(long, value_name = "KEY", value_parser = order::parser(), hide_possible_values = true)]
    sort: Option<SortKey>,
    /// Reverse the order of the events.
    #[arg(long)]
    reverse: bool,
    /// Order the events of several logs by time.
    #[arg(long, conflicts_with = "sort")]
    merge: bool,
    /// Also show N events before and after each match.
    ///
    /// These are the neighbours in the log, whether they match or not. A line "--" separates groups that are not
    /// adjacent.
    #[arg(short = 'C', long, value_name = "N", conflicts_with_all = ["last", "sort", "reverse", "merge"])]
    context: Option<usize>,
    /// Also show N events before each match.
    #[arg(short = 'B', long, value_name = "N", conflicts_with_all = ["last", "sort", "reverse", "merge"])]
    before: Option<usize>,
    /// Also show N events after each match.
    #[arg(short = 'A', long, value_name = "N", conflicts_with_all = ["last", "sort", "reverse", "merge"])]
    after: Option<usize>,
    /// Show only neighbours of the same thread or process.
    #[arg(long, value_enum, value_name = "WHAT")]
    same: Option<Same>,
    /// Show only the number of events.
    #[arg(long, conflicts_with_all = ["limit", "last", "sort", "context", "before", "after", "json"])]
    count: bool,
    /// Show event N, or the events from A up to but excluding B, in full; can be repeated.
    ///
    /// Shows all columns, the decoded detail, and the call stack. Numbers start at 0 in each log.
    #[arg(
        long,
        value_name = "N|A..B",
        conflicts_with_all = ["limit", "last", "sort", "reverse", "merge", "context", "before", "after", "count"]
    )]
    event: Vec<EventNumbers>,
    /// Write JSON Lines: an object for each event, as "export" does.
    #[arg(long)]
    json: bool,
    /// Show the name of the log with each event [default: auto].
    ///
    /// "auto" shows it if there are several logs.
    #[arg(
        long,
        value_enum,
        value_name = "auto|always|never",
        hide_possible_values = true,
        default_value_t,
        hide_default_value = true
    )]
    log_names: When,
    /// Fit the columns to the width of the terminal [default: auto].
    ///
    /// "auto" fits them if standard output is a terminal; otherwise, tabs separate the columns. In both cases, visible
    /// symbols replace the control characters of the log. To write the exact text to a file or a pipe, use "export" or
    /// --json.
    #[arg(
        long,
        value_enum,
        value_name = "auto|always|never",
        hide_possible_values = true,
        default_value_t,
        hide_default_value = true
    )]
    table: When,
    /// Omit the titles of the columns.
    #[arg(long)]
    no_header: bool,
    #[command(flatten)]
    select: SelectArgs,
}

impl EventsArgs {
    /// Returns the query that `--search` stands for.
    fn query(&self) -> Result<Option<Query>, Failure> {
        if self.search.is_empty() {
            return Ok(None);
        }
        let relation = if self.regex { "matches" } else { "contains" };
        let comparison = |text: &String| {
            let value = text.replace('<', "<U+003C>").replace('"', "\"\"");
            format!("any {relation} \"{value}\"")
        };
        let query: Vec<_> = self.search.iter().map(comparison).collect();
        let query = query.join(" or ").parse();
        query.map(Some).map_err(|error: Error| Failure::Usage(format!("--search: {error}")))
    }

    /// Returns the neighbours to show.
    fn context(&self) -> Option<Context> {
        let [before, after] = [self.before, self.after].map(|number| number.or(self.context).unwrap_or(0));
        let is_wanted = self.before.or(self.after).or(self.context).is_some();
        is_wanted.then(|| Context::new(before, after, self.same))
    }

    /// Returns a sorter; `None` if the events are shown in the order in which they are read.
    fn sorter(&self) -> Option<Sorter> {
        let column = self.sort.map(|SortKey(column)| column);
        if column.is_none() && !self.reverse && self.last.is_none() {
            return None;
        }
        let sorter = Sorter::new(column, self.reverse);
        Some(match (self.limit, self.last) {
            (Some(limit), _) => sorter.first(limit),
            (None, Some(last)) => sorter.last(last),
            (None, None) => sorter,
        })
    }
}

pub(crate) fn run(args: &EventsArgs) -> Result<Outcome, Failure> {
    let mut selection = args.select.read()?;
    selection.add(args.query()?);
    let (inputs, outcome) = input::open(&args.input)?;
    selection.warn(|| input::indexes(&inputs));
    let style = selection.style();
    let logs = input::logs(&inputs);
    let mut show = Show {
        selector: selection.compile(&logs, &style)?,
        processes: Processes::find(&logs, &args.process, args.tree),
        logs: &logs,
        merged: (args.merge && !args.count).then(|| MergedLogs::new(&logs)).transpose()?,
        style: &style,
        is_hidden: args.input.no_progress || args.limit.is_some(),
        counts: Counts::default(),
    };
    if args.count {
        let number = show.count()?;
        writeln!(io::stdout(), "{number}").map_err(Failure::stdout)?;
    } else if !args.event.is_empty() && !args.json {
        show.details(args, &input::names(&inputs))?;
    } else {
        let columns = args.columns.clone().or_else(|| selection.columns());
        let mut table = table(args, columns, &style, &inputs);
        table.begin().map_err(Failure::stdout)?;
        match (args.context(), args.sorter()) {
            _ if !args.event.is_empty() => {
                show.numbered(args, |log, event| table.event(log, event, false).map_err(Failure::stdout))?
            }
            (Some(context), _) => show.with_context(&mut table, context, args.limit)?,
            (None, Some(sorter)) => show.sorted(&mut table, sorter)?,
            (None, None) => show.in_order(&mut table, args.limit)?,
        }
        table.finish().map_err(Failure::stdout)?;
    }
    input::check_unchanged(&inputs)?;
    show.finish(outcome)
}

fn table(args: &EventsArgs, columns: Option<Columns>, style: &Style, inputs: &[Input]) -> EventTable<Box<dyn Write>> {
    let has_names = args.log_names.decide(inputs.len() > 1);
    let is_terminal = io::stdout().is_terminal();
    let stdout = || BufWriter::new(io::stdout().lock());
    let (form, out): (_, Box<dyn Write>) = if args.json {
        let mut json = JsonLines::new(style.clone()).with_stacks(!args.event.is_empty());
        if let Some(Columns(columns)) = &args.columns {
            json = json.with_columns(columns);
        }
        if has_names {
            json = json.with_log_names(input::log_names(inputs));
        }
        (Form::Json(Box::new(json)), Box::new(Escaper::new(stdout(), is_terminal)))
    } else if args.table.decide(is_terminal) {
        (Form::Fitted(document::width(None)), Box::new(BufWriter::new(anstream::stdout().lock())))
    } else {
        (Form::Plain, Box::new(stdout()))
    };
    let columns = columns.map_or(ColumnChoice::Default, |Columns(columns)| ColumnChoice::Chosen(columns));
    let names = has_names.then(|| input::names(inputs));
    let table = EventTable::new(out, columns, style.clone(), names, form);
    if args.no_header { table.without_header() } else { table }
}

/// The counts of events.
#[derive(Default)]
struct Counts {
    selected: u64,
    unreadable: u64,
    first_error: Option<Error>,
    /// True if not all events were read, because enough were found.
    is_partial: bool,
}

/// Reads logs and shows the selected events.
struct Show<'l> {
    selector: Selector,
    processes: Processes,
    logs: &'l [&'l LogsStream<Source>],
    /// The same logs, if their events are read in the order of time.
    merged: Option<MergedLogs<'l, &'l LogsStream<Source>>>,
    style: &'l Style,
    is_hidden: bool,
    counts: Counts,
}

impl Show<'_> {
    fn events(&self) -> u64 {
        self.logs.iter().map(|log| log.len() as u64).sum()
    }

    /// Calls `work` for each event of each log, with whether the event is selected, until `work` stops.
    fn for_each(&mut self, mut work: impl FnMut(Place, Event<'_>, bool) -> Result<(), Stop>) -> Result<(), Failure> {
        let progress = Progress::new(self.events(), self.is_hidden);
        let mut counter = progress.counter();
        let (counts, mut position) = (&mut self.counts, 0);
        let mut read = |log: usize, event: procmon_parser::Result<Event<'_>>| {
            counter.tick();
            let at = position;
            position += 1;
            let event = match event {
                Ok(event) => event,
                Err(error) if error.is_io() => return Err(Stop::from(error)),
                Err(error) => {
                    counts.unreadable += 1;
                    counts.first_error.get_or_insert(error);
                    return Ok(());
                }
            };
            let is_selected = self.selector.matches(event) && self.processes.contains(log, event);
            counts.selected += u64::from(is_selected);
            work(Place::new(at, log, event), event, is_selected)
        };
        let result = match &self.merged {
            Some(merged) => {
                let mut indexes = merged.log_numbers();
                merged.try_for_each(|event| read(indexes.next().unwrap_or_default(), event))
            }
            None => {
                let mut logs = self.logs.iter().enumerate();
                logs.try_for_each(|(index, log)| log.try_for_each(|event| read(index, event)))
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(Stop::Enough) => {
                counts.is_partial = true;
                Ok(())
            }
            Err(Stop::Failed(failure)) => Err(failure),
        }
    }

    fn count(&mut self) -> Result<u64, Failure> {
        self.for_each(|_, _, _| Ok(()))?;
        Ok(self.counts.selected)
    }

    /// Writes the selected events in the order of the logs.
    fn in_order<W: Write>(&mut self, table: &mut EventTable<W>, limit: Option<usize>) -> Result<(), Failure> {
        let mut left = limit.unwrap_or(usize::MAX);
        self.for_each(|place, event, is_selected| {
            if left == 0 {
                return Err(Stop::Enough);
            }
            if is_selected {
                table.event(place.log(), event, false).map_err(Failure::stdout)?;
                left -= 1;
            }
            Ok(())
        })
    }

    /// Writes the selected events in another order.
    fn sorted<W: Write>(&mut self, table: &mut EventTable<W>, mut sorter: Sorter) -> Result<(), Failure> {
        let style = self.style;
        self.for_each(|place, event, is_selected| {
            if is_selected {
                sorter.add(place, event, style);
            }
            Ok(())
        })?;
        let mut reader = Reader::new(self.logs);
        for place in sorter.finish() {
            reader.read(place, |event| table.event(place.log(), event, false).map_err(Failure::stdout))?;
        }
        Ok(())
    }

    /// Writes the selected events and their neighbours.
    fn with_context<W: Write>(
        &mut self,
        table: &mut EventTable<W>,
        mut context: Context,
        limit: Option<usize>,
    ) -> Result<(), Failure> {
        let mut left = limit.unwrap_or(usize::MAX);
        let mut reader = Reader::new(self.logs);
        self.for_each(|place, event, is_selected| {
            if left == 0 && context.is_complete() {
                return Err(Stop::Enough);
            }
            let is_match = is_selected && left > 0;
            let Some(shown) = context.add(place, event, is_match) else { return Ok(()) };
            if shown.is_apart {
                table.separator().map_err(Failure::stdout)?;
            }
            for place in shown.before {
                reader.read(place, |event| table.event(place.log(), event, true).map_err(Failure::stdout))?;
            }
            table.event(place.log(), event, !is_match).map_err(Failure::stdout)?;
            left -= usize::from(is_match);
            Ok(())
        })
    }

    /// Calls `show` with the index of the log and the event, for each selected event that has a requested number in its
    /// log. Fails for a number that no log has.
    fn numbered(
        &mut self,
        args: &EventsArgs,
        mut show: impl FnMut(usize, Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut reader = Reader::new(self.logs);
        for EventNumbers(range) in &args.event {
            let longest = self.logs.iter().map(|log| log.len()).max().unwrap_or_default();
            if range.start >= longest as u64 {
                let message = format!("there is no event {}; the numbers are less than {longest}", range.start);
                return Err(Failure::Usage(message));
            }
            for (index, log) in self.logs.iter().enumerate() {
                let end = usize::try_from(range.end).unwrap_or(usize::MAX).min(log.len());
                for ordinal in usize::try_from(range.start).unwrap_or(usize::MAX)..end {
                    reader.read_ordinal(index, ordinal, |event| {
                        let is_selected = self.selector.matches(event) && self.processes.contains(index, event);
                        if is_selected { show(index, event) } else { Ok(()) }
                    })?;
                }
            }
        }
        self.counts.is_partial = true;
        Ok(())
    }

    /// Writes the events with the requested numbers in full.
    fn details(&mut self, args: &EventsArgs, names: &[String]) -> Result<(), Failure> {
        let mut out = BufWriter::new(anstream::stdout().lock());
        let (style, mut is_first) = (self.style, true);
        self.numbered(args, |log, event| {
            let name = names.get(log).map_or("", String::as_str);
            let blank = if is_first { Ok(()) } else { writeln!(out) };
            is_first = false;
            blank.and_then(|()| event_details::write(&mut out, name, event, style)).map_err(Failure::stdout)
        })?;
        out.flush().map_err(Failure::stdout)
    }

    /// Reports the numbers of events.
    fn finish(self, outcome: Outcome) -> Result<Outcome, Failure> {
        let (counts, events) = (&self.counts, self.events());
        match self.processes.is_everything() {
            _ if counts.is_partial => {}
            true => self.selector.report(counts.selected, events),
            false => select::report(counts.selected, events),
        }
        Ok(match &counts.first_error {
            None => outcome,
            Some(first) => {
                report_unreadable(counts.unreadable, events, first);
                Outcome::Incomplete
            }
        })
    }
}
