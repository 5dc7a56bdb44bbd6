//! The statistics as CSV, with a row for each operation of each process.

use std::io::{self, Write};

use super::model::{LogStatistics, OperationStatistics, ProcessStatistics};

const TITLES: [&str; 19] = [
    "Log",
    "PID",
    "Process Name",
    "Image Path",
    "Command Line",
    "Parent PID",
    "User",
    "Integrity",
    "Started",
    "Ended",
    "Event Class",
    "Operation",
    "Events",
    "Failed",
    "Results",
    "Total Duration (s)",
    "Longest Duration (s)",
    "Bytes Read",
    "Bytes Written",
];

pub(super) fn write(out: &mut (impl Write + ?Sized), logs: &[LogStatistics<'_>]) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(TITLES).map_err(io_error)?;
    for log in logs {
        let name = log.files.first().map_or("", String::as_str);
        for process in &log.processes {
            for operation in &process.operations {
                table.write_record(row(name, process, operation)).map_err(io_error)?;
            }
        }
    }
    table.flush()
}

/// Returns the error of the output. The conversion of the library would hide its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn row(log: &str, process: &ProcessStatistics<'_>, operation: &OperationStatistics) -> [String; TITLES.len()] {
    [
        log.into(),
        process.pid.to_string(),
        process.name.into(),
        process.image_path.into(),
        process.command_line.into(),
        process.parent_pid.to_string(),
        process.user.into(),
        process.integrity.into(),
        process.started.clone().unwrap_or_default(),
        process.ended.clone().unwrap_or_default(),
        operation.class.clone(),
        operation.name.clone(),
        operation.events.to_string(),
        operation.failed.to_string(),
        results(operation),
        operation.seconds.plain(),
        operation.longest_seconds.plain(),
        operation.bytes_read.to_string(),
        operation.bytes_written.to_string(),
    ]
}

/// Returns all results with their counts: `SUCCESS=12; NAME NOT FOUND=3`.
fn results(operation: &OperationStatistics) -> String {
    let results: Vec<_> =
        operation.results.iter().map(|result| format!("{}={}", result.result, result.events)).collect();
    results.join("; ")
}
