//! `pml info`.

pub(crate) mod text;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use procmon_parser::code::EventClass;
use procmon_parser::export::Source;
use procmon_parser::index::{Index, Process, SystemInfo};
use procmon_parser::{Error, Event, FileTime, Result};
use serde::Serialize;

use crate::cli::InfoArgs;
use crate::export::report_unreadable;
use crate::input::{self, Input, Stream, Tables};
use crate::progress::Progress;
use crate::words::iso;
use crate::{Failure, Outcome};

pub(crate) fn run(args: &InfoArgs) -> Result<Outcome, Failure> {
    let inputs = input::open_streams(&args.input)?;
    let mut progress = Progress::new(inputs[..].event_count() as u64, args.input.no_progress);
    let mut logs = Vec::new();
    let mut outcome = Outcome::Done;
    for input in &inputs {
        let (info, first_error) = LogInfo::of(input, &mut progress)?;
        if let Some(error) = first_error {
            report_unreadable(info.events.unreadable, info.events.total, &error);
            outcome = Outcome::Incomplete;
        }
        logs.push(info);
    }
    drop(progress);
    print(&logs, args.json).map_err(|error| Failure::Io("standard output".into(), error))?;
    Ok(outcome)
}

fn print(logs: &[LogInfo], json: bool) -> io::Result<()> {
    if json {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, logs)?;
        return writeln!(out);
    }
    let mut out = anstream::stdout().lock();
    for (i, log) in logs.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        text::write(&mut out, log)?;
    }
    Ok(())
}

/// What is told of a log. Field for field the JSON.
#[derive(Debug, Serialize)]
struct LogInfo {
    files: Vec<FileInfo>,
    system: System,
    events: Events,
    classes: Vec<ClassInfo>,
    processes: Vec<ProcessInfo>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FileInfo {
    path: String,
    bytes: u64,
    format_version: u32,
    events: u32,
}

/// The header of the first file.
#[derive(Debug, Serialize)]
pub(crate) struct System {
    computer: String,
    windows: String,
    is_64bit: bool,
    system_root: String,
    processors: u32,
    memory_bytes: u64,
    #[serde(skip)]
    memory: String,
}

#[derive(Debug, Serialize)]
struct Events {
    total: u64,
    unreadable: u64,
    /// The earliest and the latest time, ISO 8601 in UTC.
    first: Option<String>,
    last: Option<String>,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct ClassInfo {
    name: String,
    events: u64,
    operations: Vec<OperationInfo>,
}

#[derive(Debug, Serialize)]
struct OperationInfo {
    name: String,
    events: u64,
    /// How many of them failed.
    failed: u64,
}

#[derive(Debug, Serialize)]
struct ProcessInfo {
    pid: u32,
    parent_pid: u32,
    name: String,
    image_path: String,
    command_line: String,
    user: String,
    integrity: String,
    is_64bit: bool,
    started: Option<String>,
    ended: Option<String>,
    events: u64,
}

impl LogInfo {
    fn of(input: &Input<Stream>, progress: &mut Progress) -> Result<(Self, Option<Error>)> {
        let mut counts = Counts::default();
        input.log.for_each(|event| {
            counts.add(event);
            progress.tick();
        })?;
        let info = Self {
            files: input
                .paths
                .iter()
                .zip(input.log.indexes())
                .map(|(path, index)| FileInfo::new(path, index))
                .collect(),
            system: System::new(input.log.index().system()),
            events: counts.events(input.event_count() as u64),
            classes: counts.classes(),
            processes: processes(input, &counts),
            warnings: input.log.indexes().flat_map(|index| index.warnings()).map(ToString::to_string).collect(),
        };
        Ok((info, counts.first_error))
    }
}

impl FileInfo {
    fn new(path: &Path, index: &Index) -> Self {
        Self {
            path: path.display().to_string(),
            bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
            format_version: index.format_version(),
            events: index.event_count(),
        }
    }
}

impl System {
    pub(crate) fn new(system: &SystemInfo) -> Self {
        Self {
            computer: system.computer_name.clone(),
            windows: system.os_name(),
            is_64bit: system.pointer_width.is_64bit(),
            system_root: system.system_root.clone(),
            processors: system.processors,
            memory_bytes: system.physical_memory,
            memory: system.memory(),
        }
    }
}

/// What one pass over the events counts.
#[derive(Debug, Default)]
struct Counts {
    /// By class and name; by class and code where there is no name.
    operations: HashMap<(EventClass, &'static str, u16), Tally>,
    /// By the file that the process is of, and its position there.
    processes: HashMap<(*const Index, usize), u64>,
    first: Option<FileTime>,
    last: Option<FileTime>,
    unreadable: u64,
    first_error: Option<Error>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    events: u64,
    failed: u64,
}

impl Counts {
    fn add(&mut self, event: Result<Event<'_>>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                self.unreadable += 1;
                self.first_error.get_or_insert(error);
                return;
            }
        };
        let key = match event.operation_name() {
            "" | "<Unknown>" => (event.class(), "", event.operation_code()),
            name => (event.class(), name, 0),
        };
        let tally = self.operations.entry(key).or_default();
        tally.events += 1;
        tally.failed += u64::from(event.status().is_error());
        if let Some(process) = event.process() {
            *self.processes.entry((event.index(), process.position())).or_default() += 1;
        }
        let time = event.time();
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    fn events(&self, total: u64) -> Events {
        let span = self.first.zip(self.last).map(|(first, last)| last.since(first).as_secs_f64());
        Events {
            total,
            unreadable: self.unreadable,
            first: self.first.and_then(iso),
            last: self.last.and_then(iso),
            seconds: span.unwrap_or(0.0),
        }
    }

    /// Classes in the order of their codes, operations by how many there are.
    fn classes(&self) -> Vec<ClassInfo> {
        let mut operations: Vec<_> = self.operations.iter().collect();
        operations.sort_by_key(|&(&(class, name, code), tally)| (class, Reverse(tally.events), name, code));
        let mut classes = Vec::new();
        for class in operations.chunk_by(|(a, _), (b, _)| a.0 == b.0) {
            let Some(&(&(code, ..), _)) = class.first() else { continue };
            classes.push(ClassInfo {
                name: code.name().map_or_else(|| format!("Class {}", code.0), str::to_owned),
                events: class.iter().map(|(_, tally)| tally.events).sum(),
                operations: class
                    .iter()
                    .map(|&(&(_, name, code), tally)| OperationInfo::new(name, code, *tally))
                    .collect(),
            });
        }
        classes
    }
}

impl OperationInfo {
    fn new(name: &str, code: u16, Tally { events, failed }: Tally) -> Self {
        let name = if name.is_empty() { format!("Operation {code}") } else { name.to_owned() };
        Self { name, events, failed }
    }
}

/// The processes of all files. A process that several files of a capture know is told once, with its events in all.
fn processes(input: &Input<Stream>, counts: &Counts) -> Vec<ProcessInfo> {
    let mut seen = HashMap::new();
    let mut infos: Vec<ProcessInfo> = Vec::new();
    for index in input.log.indexes() {
        for process in index.processes() {
            let events = counts.processes.get(&(std::ptr::from_ref(index), process.position())).copied().unwrap_or(0);
            let identity = (process.pid(), process.start_time(), process.image_path());
            let position = *seen.entry(identity).or_insert_with(|| {
                infos.push(ProcessInfo::new(process));
                infos.len() - 1
            });
            if let Some(info) = infos.get_mut(position) {
                info.events += events;
            }
        }
    }
    infos.sort_by_key(|info| info.pid);
    infos
}

impl ProcessInfo {
    fn new(process: Process<'_>) -> Self {
        Self {
            pid: process.pid(),
            parent_pid: process.parent_pid(),
            name: process.name().to_owned(),
            image_path: process.image_path().to_owned(),
            command_line: process.command_line().to_owned(),
            user: process.user().to_owned(),
            integrity: process.integrity().to_owned(),
            is_64bit: process.is_64bit(),
            started: iso(process.start_time()),
            ended: process.end_time().and_then(iso),
            events: 0,
        }
    }
}
