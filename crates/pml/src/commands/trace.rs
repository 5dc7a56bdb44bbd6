//! `pml trace`.

use std::io::{self, BufWriter, Write};
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use procmon_parser::{Event, Log};
use procmon_trace::{Summary, TraceWriter};

use crate::args::input::InputArgs;
use crate::args::number::parse_nonzero;
use crate::args::select::SelectArgs;
use crate::args::stacks::{By, Weight};
use crate::args::trace::TraceFormat;
use crate::error::{Failure, Outcome};
use crate::io::compress::{Compression, Encoder};
use crate::io::escape::Escaper;
use crate::io::input;
use crate::io::output::{self, Output};
use crate::io::progress::Progress;
use crate::term::{counted, report_unreadable, warn};
use crate::view::export::failure;

// `--to` is the format here; the end of the range of times is `--until`.
#[derive(Debug, Args)]
#[command(mut_arg("to", |to| to.alias(None::<&str>).long("until")))]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Output file, replaced atomically [default: standard output].
    ///
    /// A name that ends in .gz or .zst compresses the output; Perfetto, Firefox Profiler and speedscope open .gz. "-"
    /// is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format of the trace [default: by the file extension, or else perfetto].
    ///
    /// The extensions are .perfetto.json, .firefox.json, .speedscope.json, .folded and .svg. A file with any other
    /// extension needs this option.
    #[arg(long = "to", value_enum, value_name = "FORMAT")]
    format: Option<TraceFormat>,
    /// Weight of a stack (speedscope, folded and svg).
    #[arg(long, value_enum, value_name = "WEIGHT", default_value_t = Weight::Count)]
    weight: Weight,
    /// Part of a frame that distinguishes it from others (speedscope, folded and svg).
    #[arg(long, value_enum, value_name = "PART", default_value_t = By::Offset)]
    by: By,
    /// Add the call stack to the arguments of each event (perfetto).
    ///
    /// The other formats always have the stacks.
    #[arg(long)]
    stacks: bool,
    /// Number of threads [default: number of logical CPUs].
    ///
    /// The number does not affect the output.
    #[arg(long, value_name = "N", value_parser = parse_nonzero)]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    select: SelectArgs,
}

pub(crate) fn run(args: &TraceArgs) -> Result<Outcome, Failure> {
    let path = args.output.as_deref();
    output::refuse_inputs(path, args.input.files())?;
    let (format, compression) = format(args)?;
    let selection = args.select.read()?;
    let (inputs, opened) = input::open(&args.input)?;
    let read = input::files_to_keep(&inputs).chain(args.select.files());
    let output = match compression {
        Compression::None => Output::create(path, read)?,
        Compression::Gzip | Compression::Zstd => Output::create_binary(path, read)?,
    };
    let style = selection.style();
    selection.warn(|| input::indexes(&inputs));
    let logs = input::logs(&inputs);
    let selector = selection.compile(&logs, &style)?;
    let matches = |event: Event<'_>| selector.matches(event);
    let events = logs[..].event_count() as u64;
    let progress = Progress::new(events, args.input.no_progress);
    let add = |events| progress.add(events);
    let title = title(&inputs);
    let writer = writer(args).style(style).title(&title).filter(&matches).progress(&add);

    let failed = |error: procmon_parser::Error| failure(path, error);
    let is_terminal = output.is_terminal();
    let output = Escaper::new(output, is_terminal);
    let mut out = BufWriter::new(Encoder::new(compression, output).map_err(|error| failed(error.into()))?);
    let summary = write(&writer, format, &mut out, &logs[..]).map_err(failed)?;
    let out = out.into_inner().map_err(io::IntoInnerError::into_error);
    let output = out.and_then(Encoder::finish).and_then(Escaper::finish).map_err(|error| failed(error.into()))?;
    drop(progress);
    input::check_unchanged(&inputs)?;
    output.finish()?;
    selector.report(summary.events, events);
    Ok(outcome(opened, &summary, events))
}

fn writer<'a>(args: &TraceArgs) -> TraceWriter<'a> {
    let writer = TraceWriter::new().stacks(args.stacks).modules_only(args.by == By::Module).weight(args.weight.into());
    match args.threads {
        Some(threads) => writer.threads(threads),
        None => writer,
    }
}

fn write<L: Log + Sync + ?Sized>(
    writer: &TraceWriter<'_>,
    format: TraceFormat,
    out: impl Write,
    log: &L,
) -> procmon_parser::Result<Summary> {
    match format {
        TraceFormat::Perfetto => writer.perfetto(out, log),
        TraceFormat::Firefox => writer.firefox(out, log),
        TraceFormat::Speedscope => writer.speedscope(out, log),
        TraceFormat::Folded => writer.folded(out, log),
        TraceFormat::Svg => writer.svg(out, log),
    }
}

/// Returns the names of the logs without their folders.
fn title(inputs: &[input::Input]) -> String {
    let names = inputs.iter().filter_map(|input| input.paths.first()?.file_name());
    names.map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(", ")
}

/// Returns the format and the compression, which depend on the options and on the name of the output file.
fn format(args: &TraceArgs) -> Result<(TraceFormat, Compression), Failure> {
    let (compression, name) = args.output.as_deref().map_or((Compression::None, None), |path| {
        let (compression, name) = Compression::of(path);
        (compression, Some(name))
    });
    let format = TraceFormat::choose(name, args.format)?;
    let wrong = |option: &str, needs: &str| Err(Failure::Usage(format!("{option} needs --to {needs}")));
    match format {
        TraceFormat::Perfetto | TraceFormat::Firefox if args.weight == Weight::Time => {
            wrong("--weight time", "speedscope, folded or svg")
        }
        TraceFormat::Perfetto | TraceFormat::Firefox if args.by == By::Module => {
            wrong("--by module", "speedscope, folded or svg")
        }
        _ if args.stacks && format != TraceFormat::Perfetto => wrong("--stacks", "perfetto"),
        _ => Ok((format, compression)),
    }
}

/// Reports what is missing in a trace.
fn outcome(opened: Outcome, summary: &Summary, events: u64) -> Outcome {
    if summary.shortened > 0 {
        let shortened = counted(summary.shortened, "event", "events");
        warn(&format!("the innermost frames of {shortened} are omitted: the call tree is too large"));
    }
    match &summary.first_error {
        None => opened,
        Some(first) => {
            report_unreadable(summary.unreadable, events, first);
            Outcome::Incomplete
        }
    }
}
