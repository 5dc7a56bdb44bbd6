//! The statistics of a log. The fields are the keys of the JSON.

use std::cmp::Reverse;
use std::collections::HashMap;

use clap::ValueEnum;
use procmon_parser::analysis::ActivityRow;
use procmon_parser::code::NtStatus;
use procmon_parser::index::{Module, Process};
use procmon_parser::summary::{ClassSummary, EndpointSummary, OperationSummary, ProcessSummary, Traffic};
use procmon_parser::{FileTime, ProcessKey};
use serde::Serialize;

use super::pass::Pass;
use crate::io::input::Input;
use crate::view::events::{Events, class_name, operation_name};
use crate::view::system::System;
use crate::view::time::{Seconds, iso, iso_if_known};

/// The order of processes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    /// Process ID.
    Pid,
    /// Process name.
    Name,
    /// Number of events, largest first.
    Count,
    /// Total duration of all operations, longest first.
    Duration,
}

/// The statistics of a log.
#[derive(Debug, Serialize)]
pub(crate) struct LogStatistics<'a> {
    pub(super) files: Vec<String>,
    pub(super) system: System,
    pub(super) events: Events,
    pub(super) classes: Vec<Class>,
    pub(super) processes: Vec<ProcessStatistics<'a>>,
    /// The time of the earliest event of the log, selected or not.
    #[serde(skip)]
    pub(super) start: Option<FileTime>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Class {
    pub(super) name: String,
    pub(super) events: u64,
    pub(super) operations: Vec<OperationStatistics>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProcessStatistics<'a> {
    /// False for the entry that counts the events of all processes missing from the process table.
    pub(super) in_process_table: bool,
    pub(super) pid: u32,
    pub(super) name: &'a str,
    pub(super) image_path: &'a str,
    pub(super) command_line: &'a str,
    pub(super) company: &'a str,
    pub(super) version: &'a str,
    pub(super) description: &'a str,
    pub(super) parent_pid: u32,
    pub(super) parent_name: &'a str,
    pub(super) user: &'a str,
    pub(super) integrity: &'a str,
    pub(super) session: u32,
    pub(super) is_64bit: bool,
    pub(super) started: Option<String>,
    pub(super) ended: Option<String>,
    pub(super) lifetime_seconds: Option<Seconds>,
    pub(super) events: u64,
    pub(super) failed: u64,
    pub(super) seconds: Seconds,
    pub(super) bytes_read: u64,
    pub(super) bytes_written: u64,
    /// The CPU time at the exit of the process, or at its last sample.
    pub(super) cpu_seconds: Option<Seconds>,
    /// The peak sizes of the memory in bytes; `None` if the log does not have them.
    pub(super) peak_private_bytes: Option<u64>,
    pub(super) peak_working_set: Option<u64>,
    pub(super) operations: Vec<OperationStatistics>,
    pub(super) modules: Vec<ModuleStatistics<'a>>,
    pub(super) endpoints: Vec<EndpointStatistics>,
    /// The sum of the endpoints past the limit of the summary.
    pub(super) other_endpoints: Option<TrafficStatistics>,
}

#[derive(Debug, Serialize)]
pub(crate) struct OperationStatistics {
    #[serde(skip)]
    pub(super) class: String,
    pub(super) name: String,
    pub(super) events: u64,
    pub(super) failed: u64,
    pub(super) results: Vec<ResultStatistics>,
    pub(super) seconds: Seconds,
    pub(super) longest_seconds: Seconds,
    pub(super) bytes_read: u64,
    pub(super) bytes_written: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResultStatistics {
    pub(super) result: String,
    pub(super) events: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ModuleStatistics<'a> {
    pub(super) path: &'a str,
    pub(super) version: &'a str,
    pub(super) company: &'a str,
    pub(super) description: &'a str,
    pub(super) loaded: Option<String>,
    #[serde(skip)]
    pub(super) load_time: FileTime,
}

#[derive(Debug, Serialize)]
pub(crate) struct EndpointStatistics {
    pub(super) protocol: &'static str,
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) host: String,
    pub(super) service: String,
    #[serde(flatten)]
    pub(super) traffic: TrafficStatistics,
}

#[derive(Debug, Serialize)]
pub(crate) struct TrafficStatistics {
    pub(super) events: u64,
    pub(super) sends: u64,
    pub(super) receives: u64,
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
}

impl<'a> LogStatistics<'a> {
    pub(crate) fn new(input: &Input, pass: &'a Pass, order: Order) -> Self {
        let Pass { summary, activity, start, .. } = pass;
        let rows = activity.rows();
        let activity: HashMap<_, _> = rows.iter().map(|row| (identity(row.process), row)).collect();
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
            events: Events::new(summary),
            classes: summary.classes().iter().map(Class::new).collect(),
            processes: processes
                .into_iter()
                .map(|process| {
                    let row = activity.get(&identity(process.process())).copied();
                    ProcessStatistics::new(process, row)
                })
                .collect(),
            start: *start,
        }
    }
}

/// Returns the values that identify a process in all files of a log.
fn identity(process: Option<Process<'_>>) -> Option<(ProcessKey, u32, FileTime)> {
    process.map(|process| (process.key(), process.pid(), process.start_time()))
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

impl<'a> ProcessStatistics<'a> {
    fn new(summary: ProcessSummary<'a>, activity: Option<&ActivityRow<'_>>) -> Self {
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
            cpu_seconds: activity.and_then(ActivityRow::cpu).map(Seconds),
            peak_private_bytes: activity.map(|row| row.peak_private_bytes).filter(|&bytes| bytes > 0),
            peak_working_set: activity.map(|row| row.peak_working_set).filter(|&bytes| bytes > 0),
            operations,
            modules: summary.modules().into_iter().map(ModuleStatistics::new).collect(),
            endpoints: summary.endpoints().iter().map(EndpointStatistics::new).collect(),
            other_endpoints: summary.other_endpoints().map(TrafficStatistics::new),
        }
    }
}

impl OperationStatistics {
    fn new(operation: &OperationSummary) -> Self {
        let mut results: Vec<_> = operation.results().into_iter().map(ResultStatistics::new).collect();
        if operation.other_results() > 0 {
            results.push(ResultStatistics { result: "other results".into(), events: operation.other_results() });
        }
        Self {
            class: class_name(operation.class()),
            name: operation_name(operation),
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
    /// Names the result as Procmon's Result column does, except for operations that were not completed, whose Result is
    /// empty.
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
            loaded: iso_if_known(module.load_time()),
            load_time: module.load_time(),
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
