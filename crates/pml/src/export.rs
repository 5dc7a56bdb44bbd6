//! `pml export`.

use std::io::Write;
use std::num::NonZero;
use std::path::Path;

use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::export::{ExportSummary as Summary, Pipeline, Source, csv::Csv, xml::Xml};
use procmon_parser::{AccountNames, Error, Event, Index, Style};

use crate::cli::{self, Columns, ExportArgs, Format};
use crate::compress::{Compression, Encoder};
use crate::input::{self, Input, Stream};
use crate::output::Output;
use crate::progress::Progress;
use crate::select::Selection;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &ExportArgs) -> Result<Outcome, Failure> {
    let (format, compression) = format(args)?;
    let selection = args.select.read()?;
    let inputs = input::open_streams(&args.input)?;
    let output = Output::create(args.output.as_deref(), &inputs)?;
    let style = style(args, &selection, &inputs)?;
    let selector = selection.compile(&inputs, &style);
    let export = Export {
        format,
        columns: columns(format, args.columns.clone(), &selection),
        style,
        stacks: args.stacks,
        timesketch: args.timesketch,
        threads: args.threads,
        no_progress: args.input.no_progress,
    };
    let name = args.output.as_deref().map_or("standard output".into(), |path| path.display().to_string());
    let failed = |error: Error| written_to(&name, error);
    let mut out = Encoder::new(compression, output).map_err(|error| failed(error.into()))?;
    let matches = |event: Event<'_>| selector.matches(event);
    let summary = export.write(&mut out, &inputs[..], input::indexes(&inputs), &matches).map_err(failed)?;
    out.finish().map_err(|error| failed(error.into()))?.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, inputs[..].event_count() as u64, &first);
            Outcome::Incomplete
        }
    })
}

/// Writes the selected events of a log into a file, in a format as it is by default. The columns are those of the
/// selection if there are none.
pub(crate) fn to_file(
    input: &Input,
    path: &Path,
    format: Format,
    selection: &Selection,
    columns: Option<Columns>,
    no_progress: bool,
) -> Result<Summary, Failure> {
    let mut output = Output::create(Some(path), std::slice::from_ref(input))?;
    let style = selection.style();
    let selector = selection.compile(std::slice::from_ref(input), &style);
    let columns = self::columns(format, columns, selection);
    let export = Export { format, columns, style, stacks: false, timesketch: false, threads: None, no_progress };
    let matches = |event: Event<'_>| selector.matches(event);
    let summary = export.write(&mut output, &input.log, input.log.indexes(), &matches);
    let summary = summary.map_err(|error| written_to(&path.display().to_string(), error))?;
    output.finish()?;
    Ok(summary)
}

/// What to write, by the options and the name of the file.
fn format(args: &ExportArgs) -> Result<(Format, Compression), Failure> {
    let (compression, name) = args.output.as_deref().map_or((Compression::None, None), |path| {
        let (compression, name) = Compression::of(path);
        (compression, Some(name))
    });
    let format = args.format.or_else(|| name.and_then(format_of)).unwrap_or(Format::Csv);
    let wrong = |option: &str, needs: &str| Err(Failure::Usage(format!("{option} needs --format {needs}")));
    match format {
        Format::Csv if args.stacks => wrong("--stacks", "xml or jsonl"),
        Format::Csv | Format::Xml if args.timesketch => wrong("--timesketch", "jsonl"),
        _ => Ok((format, compression)),
    }
}

/// The columns that were asked for; of a table, else those of the selection.
fn columns(format: Format, asked: Option<Columns>, selection: &Selection) -> Option<Columns> {
    match format {
        Format::Jsonl => asked,
        Format::Csv | Format::Xml => asked.or_else(|| selection.columns()),
    }
}

fn format_of(name: &Path) -> Option<Format> {
    let extension = name.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Format::Csv),
        "xml" => Some(Format::Xml),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

/// How events are exported, wherever they come from and go to.
struct Export {
    format: Format,
    /// JSON Lines without columns have all that is known.
    columns: Option<Columns>,
    style: Style,
    stacks: bool,
    timesketch: bool,
    threads: Option<NonZero<usize>>,
    no_progress: bool,
}

impl Export {
    /// Writes the events for which `matches` is true; the threads ask it.
    fn write<'i, S: Source + ?Sized>(
        self,
        out: impl Write,
        events: &S,
        indexes: impl IntoIterator<Item = &'i Index>,
        matches: &(dyn Fn(Event<'_>) -> bool + Sync),
    ) -> procmon_parser::Result<Summary> {
        let progress = Progress::new(events.event_count() as u64, self.no_progress);
        let mut add = |events| progress.add(events);
        let mut pipeline = Pipeline::new().progress(&mut add).filter(matches);
        if let Some(threads) = self.threads {
            pipeline = pipeline.threads(threads);
        }
        let Self { columns, style, stacks, timesketch, .. } = self;
        let table = || columns.clone().unwrap_or_default().0;
        match self.format {
            Format::Csv => pipeline.run(out, events, Csv::new(&table(), style)),
            Format::Xml => pipeline.run(out, events, Xml::new(indexes, &table(), style).with_stacks(stacks)),
            Format::Jsonl => {
                let mut json = JsonLines::new(style).with_stacks(stacks).with_timesketch(timesketch);
                if let Some(Columns(columns)) = &columns {
                    json = json.with_columns(columns);
                }
                pipeline.run(out, events, json)
            }
        }
    }
}

fn style(args: &ExportArgs, selection: &Selection, inputs: &[Input<Stream>]) -> Result<Style, Failure> {
    let mut accounts = AccountNames::default();
    if args.accounts.are_of_log(args.compat) {
        for input in inputs {
            input.log.for_each(|event| event.into_iter().for_each(|event| accounts.add_event(event)))?;
        }
    }
    Ok(Style::new()
        .compat(args.compat)
        .utc_offset(args.utc_offset.0)
        .advanced_names(args.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
        .resolve_addresses(args.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
        .accounts(accounts))
}

/// Names the file that could not be written; an error of reading names its own.
fn written_to(name: &str, error: Error) -> Failure {
    match error.path() {
        Some(_) => error.into(),
        None => Failure::Io(name.to_owned(), error.into()),
    }
}

/// Says on standard error how much of the logs is missing.
pub(crate) fn report_unreadable(unreadable: u64, events: u64, first: &Error) {
    let (on, off) = (cli::WARNING.render(), cli::WARNING.render_reset());
    anstream::eprintln!("{on}warning:{off} {unreadable} of {events} events could not be read; the first: {first}");
}
