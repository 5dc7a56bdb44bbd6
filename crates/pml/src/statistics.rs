//! `pml statistics`.

mod table;
mod text;

use std::cmp::Reverse;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use anstream::StripStream;
use clap::{Args, ValueEnum};
use procmon_parser::Ticks;
use procmon_parser::code::NtStatus;
use procmon_parser::filter::Matcher;
use procmon_parser::index::{Module, Process};
use procmon_parser::summary::{ClassSummary, EndpointSummary, OperationSummary, ProcessSummary, Summary, Traffic};
use serde::{Serialize, Serializer};

use crate::cli::InputArgs;
use crate::export::report_unreadable;
use crate::info::System;
use crate::input::{self, Input, Passing};
use crate::output::Output;
use crate::progress::Progress;
use crate::select::{SelectArgs, Selection};
use crate::words::iso;
use crate::{Failure, Outcome};

#[derive(Debug, Args)]
pub(crate) struct StatisticsArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The file to write, whole or not at all; standard output if there is none, or if it is "-".
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    select: SelectArgs,
    /// How to sort the processes.
    #[arg(long, value_enum, default_value_t = Order::Pid, value_name = "ORDER")]
    by: Order,
    /// Write JSON: an array with an object for each log.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV: a row for each operation of each process.
    #[arg(long)]
    csv: bool,
}

/// How processes are sorted.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    /// By process id.
    Pid,
    /// By name.
    Name,
    /// By number of events, the most first.
    Count,
    /// By the time that all calls took, the longest first.
    Duration,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
enum Format {
    Text,
    Json,
    Csv,
}

pub(crate) fn run(args: &StatisticsArgs) -> Result<Outcome, Failure> {
    let selection = args.select.read()?;
    let inputs = input::open(&args.input)?;
    let selector = selection.compile(&inputs, &selection.style());
    let events = inputs.iter().map(|input| input.log.len() as u64).sum();
    let progress = Progress::new(events, args.input.no_progress);
    let mut outcome = Outcome::Done;
    let mut logs = Vec::new();
    for input in &inputs {
        let summary = summarize(input, &selector, &progress);
        if let Some(error) = summary.first_error() {
            report_unreadable(summary.unreadable(), input.log.len() as u64, error);
            outcome = Outcome::Incomplete;
        }
        logs.push(LogStatistics::new(input, &summary, args.by));
    }
    drop(progress);
    let format = match (args.json, args.csv) {
        (true, _) => Format::Json,
        (_, true) => Format::Csv,
        _ => Format::Text,
    };
    write_logs(args.output.as_deref(), &inputs, &logs, format)?;
    Ok(outcome)
}

/// Writes the overview of the selected events of a log, as text, into a file.
pub(crate) fn to_file<'a>(
    input: &'a Input,
    path: &Path,
    selection: &Selection,
    no_progress: bool,
) -> Result<Summary<'a>, Failure> {
    let inputs = std::slice::from_ref(input);
    let selector = selection.compile(inputs, &selection.style());
    let summary = summarize(input, &selector, &Progress::new(input.log.len() as u64, no_progress));
    write_logs(Some(path), inputs, &[LogStatistics::new(input, &summary, Order::Pid)], Format::Text)?;
    Ok(summary)
}

fn write_logs(
    path: Option<&Path>,
    inputs: &[Input],
    logs: &[LogStatistics<'_>],
    format: Format,
) -> Result<(), Failure> {
    let name = path.map_or("standard output".into(), |path| path.display().to_string());
    let failed = |error| Failure::Io(name, error);
    match path.filter(|path| path.as_os_str() != "-") {
        None => write(&mut io::BufWriter::new(anstream::stdout().lock()), logs, format).map_err(failed),
        Some(path) => {
            let mut output = Output::create(Some(path), inputs)?;
            let out: &mut dyn Write = &mut output;
            write(&mut io::BufWriter::new(StripStream::new(out)), logs, format).map_err(failed)?;
            output.finish()
        }
    }
}

fn write(out: &mut impl Write, logs: &[LogStatistics<'_>], format: Format) -> io::Result<()> {
    match format {
        Format::Text => {
            for (i, log) in logs.iter().enumerate() {
                if i > 0 {
                    writeln!(out)?;
                }
                text::write(out, log)?;
            }
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, logs)?;
            writeln!(out)?;
        }
        Format::Csv => table::write(out, logs)?,
    }
    out.flush()
}

/// Sums up the events of a log that match, on all processors.
fn summarize<'a>(input: &'a Input, selector: &Matcher, progress: &Progress) -> Summary<'a> {
    /// Fewer events than this are not worth a thread.
    const PART: usize = 100_000;
    let log = &input.log;
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let part = log.len().div_ceil(processors).max(PART);
    let sum_up = |start: usize| {
        let mut summary = Summary::new();
        log.indexes().for_each(|index| summary.add_index(index));
        let mut pending = 0;
        let mut passing = Passing::new(std::slice::from_ref(input));
        let events = log.events_in(start..start.saturating_add(part)).inspect(|event| {
            event.iter().for_each(|event| passing.event(*event));
            pending += 1;
            if pending % 4096 == 0 {
                progress.add(4096);
            }
        });
        summary.extend(events.filter(|event| event.as_ref().map_or(true, |event| selector.matches(*event))));
        summary
    };
    if log.len() <= part {
        return sum_up(0);
    }
    thread::scope(|scope| {
        let parts: Vec<_> = (0..log.len()).step_by(part).map(|start| scope.spawn(move || sum_up(start))).collect();
        let mut whole = Summary::new();
        for part in parts {
            match part.join() {
                Ok(part) => whole.merge(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        whole
    })
}

/// What is told of a log. Field for field the JSON.
#[derive(Debug, Serialize)]
struct LogStatistics<'a> {
    files: Vec<String>,
    system: System,
    events: Events,
    classes: Vec<Class>,
    processes: Vec<ProcessStatistics<'a>>,
}

#[derive(Debug, Serialize)]
struct Events {
    total: u64,
    unreadable: u64,
    /// The earliest and the latest time, ISO 8601 in UTC.
    first: Option<String>,
    last: Option<String>,
    seconds: Seconds,
}

#[derive(Debug, Serialize)]
struct Class {
    name: String,
    events: u64,
    operations: Vec<OperationStatistics>,
}

#[derive(Debug, Serialize)]
struct ProcessStatistics<'a> {
    /// Whether it is a process, and not what stands for the events of processes that the table does not have.
    in_process_table: bool,
    pid: u32,
    name: &'a str,
    image_path: &'a str,
    command_line: &'a str,
    company: &'a str,
    version: &'a str,
    description: &'a str,
    parent_pid: u32,
    parent_name: &'a str,
    user: &'a str,
    integrity: &'a str,
    session: u32,
    is_64bit: bool,
    started: Option<String>,
    ended: Option<String>,
    lifetime_seconds: Option<Seconds>,
    events: u64,
    failed: u64,
    seconds: Seconds,
    bytes_read: u64,
    bytes_written: u64,
    operations: Vec<OperationStatistics>,
    modules: Vec<ModuleStatistics<'a>>,
    endpoints: Vec<EndpointStatistics>,
    /// The endpoints beyond the limit that have no entry of their own.
    other_endpoints: Option<TrafficStatistics>,
}

#[derive(Debug, Serialize)]
struct OperationStatistics {
    #[serde(skip)]
    class: String,
    name: String,
    events: u64,
    failed: u64,
    results: Vec<ResultStatistics>,
    seconds: Seconds,
    longest_seconds: Seconds,
    bytes_read: u64,
    bytes_written: u64,
}

#[derive(Debug, Serialize)]
struct ResultStatistics {
    result: String,
    events: u64,
}

#[derive(Debug, Serialize)]
struct ModuleStatistics<'a> {
    path: &'a str,
    version: &'a str,
    company: &'a str,
    description: &'a str,
    loaded: Option<String>,
}

#[derive(Debug, Serialize)]
struct EndpointStatistics {
    protocol: &'static str,
    address: String,
    port: u16,
    host: String,
    service: String,
    #[serde(flatten)]
    traffic: TrafficStatistics,
}

#[derive(Debug, Serialize)]
struct TrafficStatistics {
    events: u64,
    sends: u64,
    receives: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

/// A span of time; in JSON, seconds.
#[derive(Clone, Copy, Debug)]
struct Seconds(Ticks);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_secs_f64())
    }
}

impl<'a> LogStatistics<'a> {
    fn new(input: &'a Input, summary: &Summary<'a>, order: Order) -> Self {
        let mut processes = summary.processes();
        match order {
            Order::Pid => {}
            Order::Name => processes.sort_by_key(|process| process.name().to_lowercase()),
            Order::Count => processes.sort_by_key(|process| Reverse(process.events())),
            Order::Duration => processes.sort_by_cached_key(|process| Reverse(process.duration())),
        }
        Self {
            files: input.paths.iter().map(|path| path.display().to_string()).collect(),
            system: System::new(input.log.index().system()),
            events: Events {
                total: summary.events() + summary.unreadable(),
                unreadable: summary.unreadable(),
                first: summary.first_time().and_then(iso),
                last: summary.last_time().and_then(iso),
                seconds: Seconds(summary.span()),
            },
            classes: summary.classes().iter().map(Class::new).collect(),
            processes: processes.into_iter().map(ProcessStatistics::new).collect(),
        }
    }
}

impl Class {
    fn new(class: &ClassSummary) -> Self {
        Self {
            name: class_name(class.class()),
            events: class.events(),
            operations: class.operations().iter().map(OperationStatistics::new).collect(),
        }
    }
}

fn class_name(class: procmon_parser::code::EventClass) -> String {
    class.name().map_or_else(|| format!("Class {}", class.0), str::to_owned)
}

impl<'a> ProcessStatistics<'a> {
    fn new(summary: ProcessSummary<'_, 'a>) -> Self {
        let process = summary.process();
        let text = |of: fn(Process<'a>) -> &'a str| process.map_or("", of);
        let operations: Vec<_> = summary.operations().iter().map(OperationStatistics::new).collect();
        let start = process.map(Process::start_time).filter(|start| start.0 != 0);
        Self {
            in_process_table: process.is_some(),
            pid: summary.pid(),
            name: summary.name(),
            image_path: text(Process::image_path),
            command_line: text(Process::command_line),
            company: text(Process::company),
            version: text(Process::version),
            description: text(Process::description),
            parent_pid: process.map_or(0, Process::parent_pid),
            parent_name: process.and_then(Process::parent).map_or("", Process::name),
            user: text(Process::user),
            integrity: text(Process::integrity),
            session: process.map_or(0, Process::session),
            is_64bit: process.is_some_and(Process::is_64bit),
            started: start.and_then(iso),
            ended: summary.end_time().and_then(iso),
            lifetime_seconds: start.zip(summary.end_time()).map(|(start, end)| Seconds(end.since(start))),
            events: summary.events(),
            failed: summary.failed(),
            seconds: Seconds(summary.duration()),
            bytes_read: operations.iter().fold(0, |sum, operation| operation.bytes_read.saturating_add(sum)),
            bytes_written: operations.iter().fold(0, |sum, operation| operation.bytes_written.saturating_add(sum)),
            operations,
            modules: summary.modules().into_iter().map(ModuleStatistics::new).collect(),
            endpoints: summary.endpoints().iter().map(EndpointStatistics::new).collect(),
            other_endpoints: summary.other_endpoints().map(TrafficStatistics::new),
        }
    }
}

impl OperationStatistics {
    fn new(operation: &OperationSummary) -> Self {
        let name = match operation.code() {
            Some(code) => format!("Operation {code}"),
            None => operation.name().to_owned(),
        };
        let mut results: Vec<_> = operation.results().into_iter().map(ResultStatistics::new).collect();
        if operation.other_results() > 0 {
            results.push(ResultStatistics { result: "other results".into(), events: operation.other_results() });
        }
        Self {
            class: class_name(operation.class()),
            name,
            events: operation.events(),
            failed: operation.failed(),
            results,
            seconds: Seconds(operation.duration()),
            longest_seconds: Seconds(operation.longest()),
            bytes_read: operation.bytes_read(),
            bytes_written: operation.bytes_written(),
        }
    }
}

impl ResultStatistics {
    /// Names as in Procmon's Result column, but for an operation that was not complete: that has no name there.
    fn new((status, events): (NtStatus, u64)) -> Self {
        let result = if status == NtStatus::PENDING { "not completed".to_owned() } else { status.to_string() };
        Self { result, events }
    }
}

impl<'a> ModuleStatistics<'a> {
    fn new(module: Module<'a>) -> Self {
        Self {
            path: module.path(),
            version: module.version(),
            company: module.company(),
            description: module.description(),
            loaded: Some(module.load_time()).filter(|time| time.0 != 0).and_then(iso),
        }
    }
}

impl EndpointStatistics {
    fn new(endpoint: &EndpointSummary<'_>) -> Self {
        Self {
            protocol: endpoint.protocol.name(),
            address: endpoint.remote.address.to_string(),
            port: endpoint.remote.port,
            host: endpoint.host.to_owned(),
            service: endpoint.service.to_owned(),
            traffic: TrafficStatistics::new(endpoint.traffic),
        }
    }
}

impl TrafficStatistics {
    fn new(traffic: Traffic) -> Self {
        let Traffic { events, sends, receives, bytes_sent, bytes_received, .. } = traffic;
        Self { events, sends, receives, bytes_sent, bytes_received }
    }
}
