//! The overview of a log. The fields are the keys of the JSON.

use std::fs;
use std::path::Path;

use procmon_parser::index::{Index, Warning};
use procmon_parser::summary::{ClassSummary, OperationSummary, ProcessSummary, Summary};
use serde::Serialize;

use crate::io::input::Input;
use crate::view::events::{Events, class_name, operation_name};
use crate::view::system::System;
use crate::view::time::{Seconds, iso, iso_if_known};

/// The overview of a log.
#[derive(Debug, Serialize)]
pub(super) struct LogInfo {
    pub(super) files: Vec<FileInfo>,
    pub(super) system: System,
    pub(super) events: Events,
    pub(super) classes: Vec<ClassInfo>,
    pub(super) processes: Vec<ProcessInfo>,
    pub(super) warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FileInfo {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) format_version: u32,
    pub(super) events: u32,
    /// The earliest and the latest time of an event, ISO 8601 in UTC.
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// The time between the end of the previous file and the start of this one; `None` if they overlap.
    pub(super) gap_seconds: Option<Seconds>,
}

#[derive(Debug, Serialize)]
pub(super) struct ClassInfo {
    pub(super) name: String,
    pub(super) events: u64,
    pub(super) operations: Vec<OperationInfo>,
}

#[derive(Debug, Serialize)]
pub(super) struct OperationInfo {
    pub(super) name: String,
    pub(super) events: u64,
    /// The number of events that failed.
    pub(super) failed: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct ProcessInfo {
    pub(super) pid: u32,
    pub(super) parent_pid: u32,
    pub(super) name: String,
    pub(super) image_path: String,
    pub(super) command_line: String,
    pub(super) user: String,
    pub(super) integrity: String,
    pub(super) is_64bit: bool,
    pub(super) started: Option<String>,
    pub(super) ended: Option<String>,
    pub(super) events: u64,
}

impl LogInfo {
    pub(super) fn new(
        mut files: Vec<FileInfo>,
        input: &Input,
        summary: &Summary,
        overlaps: &[(Index, Warning)],
    ) -> Self {
        FileInfo::add_times(&mut files, input, summary);
        Self {
            files,
            system: System::new(input.log.index().system()),
            events: Events::new(summary),
            classes: summary.classes().iter().map(ClassInfo::new).collect(),
            processes: summary.processes().into_iter().filter_map(ProcessInfo::new).collect(),
            warnings: warnings(input, summary, overlaps),
        }
    }
}

/// Returns the warnings about the files and the processes of a log.
fn warnings(input: &Input, summary: &Summary, overlaps: &[(Index, Warning)]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (path, index) in input.paths.iter().zip(input.log.indexes()) {
        let file = if input.paths.len() > 1 { format!("{}: ", path.display()) } else { String::new() };
        let of_events = overlaps.iter().filter(|(of, _)| of.ptr_eq(index)).map(|(_, warning)| warning);
        warnings.extend(index.warnings().iter().chain(of_events).map(|warning| format!("{file}{warning}")));
    }
    for process in summary.processes().iter().filter(|process| process.is_misnamed()) {
        let (pid, name, image) = (process.pid(), process.name(), process.first_image().unwrap_or_default());
        warnings.push(format!("process {pid} is named {name}, but the first image that it loaded is {image}"));
    }
    warnings
}

impl FileInfo {
    /// Returns the files of a log with their current sizes. Call it before the events are read: a file may grow
    /// meanwhile.
    pub(super) fn all(input: &Input) -> Vec<Self> {
        input.paths.iter().zip(input.log.indexes()).map(|(path, index)| Self::new(path, index)).collect()
    }

    fn new(path: &Path, index: &Index) -> Self {
        Self {
            path: path.display().to_string(),
            bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
            format_version: index.format_version(),
            events: index.event_count(),
            first: None,
            last: None,
            gap_seconds: None,
        }
    }

    /// Adds the times of the events.
    fn add_times(files: &mut [Self], input: &Input, summary: &Summary) {
        let mut end = None;
        for (file, index) in files.iter_mut().zip(input.log.indexes()) {
            let Some((first, last)) = summary.span_of(index) else { continue };
            (file.first, file.last) = (iso(first), iso(last));
            file.gap_seconds = end.filter(|end| *end < first).map(|end| Seconds(first.since(end)));
            end = end.max(Some(last));
        }
    }
}

impl ClassInfo {
    fn new(class: &ClassSummary) -> Self {
        Self {
            name: class_name(class.class()),
            events: class.events(),
            operations: class.operations().iter().map(OperationInfo::new).collect(),
        }
    }
}

impl OperationInfo {
    fn new(operation: &OperationSummary) -> Self {
        Self { name: operation_name(operation), events: operation.events(), failed: operation.failed() }
    }
}

impl ProcessInfo {
    /// Returns a process; `None` for the entry that counts the events of processes missing from the process table.
    fn new(summary: ProcessSummary<'_>) -> Option<Self> {
        let process = summary.process()?;
        Some(Self {
            pid: process.pid(),
            parent_pid: process.parent_pid(),
            name: process.name().to_owned(),
            image_path: process.image_path().to_owned(),
            command_line: process.command_line().to_owned(),
            user: process.user().to_owned(),
            integrity: process.integrity().to_owned(),
            is_64bit: process.is_64bit(),
            started: iso_if_known(process.start_time()),
            ended: summary.end_time().and_then(iso),
            events: summary.events(),
        })
    }
}
