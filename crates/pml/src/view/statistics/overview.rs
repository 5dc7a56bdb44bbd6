//! The statistics as a text that fits a screen.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::model::{LogStatistics, OperationStatistics, ProcessStatistics};
use super::sections::Sections;
use super::text::{name, results, write_definition, write_endpoints, write_facts, write_modules};
use crate::term::{counted, heading};
use crate::view::table::{Table, count, count_or_empty};
use crate::view::time::Seconds;
use crate::view::units;

/// The number of operations that are shown.
const OPERATIONS: usize = 10;
/// The number of processes that are shown.
const PROCESSES: usize = 15;

/// Writes the most frequent operations and the first processes with events, in lines of at most `width` characters.
pub(super) fn write(
    out: &mut (impl Write + ?Sized),
    log: &LogStatistics<'_>,
    sections: Sections,
    width: usize,
) -> io::Result<()> {
    write_facts(out, log)?;
    write_operations(out, log, width)?;
    let processes: Vec<_> = log.processes.iter().filter(|process| process.events > 0).collect();
    write_processes(out, &processes, log.processes.len(), width)?;
    for process in processes {
        let title = format!("PID {}  {}", process.pid, name(process));
        if sections.dlls && !process.modules.is_empty() {
            writeln!(out)?;
            heading(out, &title)?;
            write_modules(out, process, log.start, width)?;
        }
        if sections.network && !process.endpoints.is_empty() {
            writeln!(out)?;
            heading(out, &title)?;
            write_endpoints(out, process, width)?;
        }
    }
    writeln!(out)?;
    write_definition(out)?;
    writeln!(out, "--all shows each process with its operations, DLLs and endpoints.")
}

fn write_operations(out: &mut (impl Write + ?Sized), log: &LogStatistics<'_>, width: usize) -> io::Result<()> {
    let mut operations: Vec<&OperationStatistics> = log.classes.iter().flat_map(|class| &class.operations).collect();
    if operations.is_empty() {
        return Ok(());
    }
    operations.sort_by_key(|operation| Reverse(operation.events));
    writeln!(out)?;
    let others = operations.split_off(OPERATIONS.min(operations.len()));
    let titles = &["Operation", "Class", "Events", "Failed", "Time", "Longest", "Read", "Written", "Other results"];
    let mut table = Table::new("llrrrrrrp", titles).ranks([0, 5, 0, 0, 0, 3, 1, 1, 4]);
    for operation in operations {
        table.row([
            operation.name.clone(),
            operation.class.clone(),
            count(operation.events),
            count_or_empty(operation.failed),
            units::time(operation.seconds.0),
            units::time(operation.longest_seconds.0),
            units::bytes(operation.bytes_read),
            units::bytes(operation.bytes_written),
            results(operation),
        ]);
    }
    if !others.is_empty() {
        let sum =
            |of: fn(&OperationStatistics) -> u64| others.iter().fold(0_u64, |sum, one| sum.saturating_add(of(one)));
        let more = counted(others.len() as u64, "more operation", "more operations");
        table.row([
            format!("({more})"),
            String::new(),
            count(sum(|operation| operation.events)),
            count_or_empty(sum(|operation| operation.failed)),
        ]);
    }
    table.write_fitted(out, width)
}

fn write_processes(
    out: &mut (impl Write + ?Sized),
    processes: &[&ProcessStatistics<'_>],
    all: usize,
    width: usize,
) -> io::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let titles = &["PID", "Process", "Events", "Failed", "Time", "Read", "Written", "CPU", "Memory", "User"];
    let mut table = Table::new("rprrrrrrrp", titles).ranks([0, 0, 0, 0, 2, 3, 3, 1, 1, 4]);
    for process in processes.iter().take(PROCESSES) {
        table.row([
            process.pid.to_string(),
            name(process).into(),
            count(process.events),
            count_or_empty(process.failed),
            units::time(process.seconds.0),
            units::bytes(process.bytes_read),
            units::bytes(process.bytes_written),
            process.cpu_seconds.map_or_else(String::new, |Seconds(cpu)| units::time(cpu)),
            process.peak_private_bytes.map_or_else(String::new, units::bytes),
            process.user.into(),
        ]);
    }
    table.write_fitted(out, width)?;
    let others = processes.get(PROCESSES..).unwrap_or_default();
    if !others.is_empty() {
        let events = others.iter().map(|process| process.events).sum();
        let processes = counted(others.len() as u64, "more process", "more processes");
        writeln!(out, "  ({processes} with {})", counted(events, "event", "events"))?;
    }
    match all - processes.len() {
        0 => Ok(()),
        idle => writeln!(out, "  ({} without events)", counted(idle as u64, "process", "processes")),
    }
}
