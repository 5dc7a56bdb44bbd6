//! `pml export`.

use std::path::Path;

use procmon_parser::export::jsonl::JsonLines;
use procmon_parser::export::{self, Pipeline, csv::Csv, xml::Xml};
use procmon_parser::{Accounts, Error, Event, Style};

use crate::cli::{self, ExportArgs, Format};
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
    let output = Output::create(args.output.as_deref(), inputs.iter().flat_map(|input| &input.paths))?;
    let style = style(args, &selection, &inputs)?;
    let columns = args.columns.clone().or_else(|| selection.columns()).unwrap_or_default().0;
    let indexes = || inputs.iter().flat_map(|input| input.log.indexes());
    let selector = selection.compile(indexes, &style);
    let export = Export { inputs: &inputs, args, matches: &|event| selector.matches(event) };
    let mut out = Encoder::new(compression, output).map_err(|error| written_to(args, error.into()))?;
    let summary = match format {
        Format::Csv => export.write(&mut out, Csv::new(&columns, style)),
        Format::Xml => export.write(&mut out, Xml::new(indexes(), &columns, style).with_stacks(args.stacks)),
        Format::Jsonl => {
            let format = JsonLines::new(style).with_stacks(args.stacks).with_timesketch(args.timesketch);
            export.write(&mut out, format)
        }
    }
    .map_err(|error| if error.path().is_some() { error.into() } else { written_to(args, error) })?;
    out.finish().map_err(|error| written_to(args, error.into()))?.finish()?;
    Ok(match summary.first_error {
        None => Outcome::Done,
        Some(first) => {
            report_unreadable(summary.unreadable, events(&inputs), &first);
            Outcome::Incomplete
        }
    })
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
        Format::Jsonl if args.columns.is_some() => wrong("--columns", "csv or xml"),
        _ => Ok((format, compression)),
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

fn events(inputs: &[Input<Stream>]) -> u64 {
    inputs.iter().map(|input| export::Source::event_count(input) as u64).sum()
}

/// What is exported, whatever the format.
struct Export<'a> {
    inputs: &'a [Input<Stream>],
    args: &'a ExportArgs,
    /// Says whether an event is written; the threads ask it.
    matches: &'a (dyn Fn(Event<'_>) -> bool + Sync),
}

impl Export<'_> {
    fn write(&self, out: impl std::io::Write, format: impl export::Format) -> procmon_parser::Result<export::Summary> {
        let mut progress = Progress::new(events(self.inputs), self.args.input.no_progress);
        let mut add = |events| progress.add(events);
        let mut pipeline = Pipeline::new().progress(&mut add).filter(self.matches);
        if let Some(threads) = self.args.threads {
            pipeline = pipeline.threads(threads);
        }
        pipeline.run(out, self.inputs, format)
    }
}

fn style(args: &ExportArgs, selection: &Selection, inputs: &[Input<Stream>]) -> Result<Style, Failure> {
    let mut accounts = Accounts::default();
    if args.accounts.are_of_log(args.compat) {
        for input in inputs {
            input.log.for_each(|event| accounts.learn(event))?;
        }
    }
    Ok(Style::new()
        .compat(args.compat)
        .utc_offset(args.utc_offset.0)
        .advanced_names(args.advanced.map_or(selection.advanced_names(), |advanced| advanced.0))
        .resolve_addresses(args.no_resolve.map_or(selection.resolve_addresses(), |no_resolve| !no_resolve.0))
        .accounts(accounts))
}

/// Names the file that could not be written.
fn written_to(args: &ExportArgs, error: Error) -> Failure {
    let name = args.output.as_deref().map_or("standard output".into(), |path| path.display().to_string());
    Failure::Io(name, error.into())
}

/// Says on standard error how much of the logs is missing.
pub(crate) fn report_unreadable(unreadable: u64, events: u64, first: &Error) {
    let (on, off) = (cli::WARNING.render(), cli::WARNING.render_reset());
    anstream::eprintln!("{on}warning:{off} {unreadable} of {events} events could not be read; the first: {first}");
}
