//! The statistics as text.

use std::io::{self, Write};

use indicatif::HumanCount;
use procmon_parser::FileTime;

use super::model::{Class, LogStatistics, OperationStatistics, ProcessStatistics, TrafficStatistics};
use crate::term::{fact, heading, printable};
use crate::view::events::class_heading;
use crate::view::table::{Table, count, count_or_empty};
use crate::view::time::{Seconds, readable};
use crate::view::units;

/// Writes all sections of a log.
pub(super) fn write(out: &mut (impl Write + ?Sized), log: &LogStatistics<'_>) -> io::Result<()> {
    write_facts(out, log)?;
    write_classes(out, &log.classes)?;
    if log.processes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    heading(out, "Processes")?;
    write_processes(out, &log.processes)?;
    log.processes.iter().try_for_each(|process| write_process(out, process, log.start))?;
    writeln!(out)?;
    write_definition(out)
}

pub(super) fn write_facts(out: &mut (impl Write + ?Sized), log: &LogStatistics<'_>) -> io::Result<()> {
    for (i, file) in log.files.iter().enumerate() {
        fact(out, if i == 0 { "Log" } else { "" }, file)?;
    }
    log.system.write(out)?;
    log.events.write(out)
}

fn write_classes(out: &mut (impl Write + ?Sized), classes: &[Class]) -> io::Result<()> {
    for class in classes {
        writeln!(out)?;
        heading(out, &class_heading(&class.name, class.events))?;
        write_operations(out, &class.operations)?;
    }
    Ok(())
}

fn write_operations(out: &mut (impl Write + ?Sized), operations: &[OperationStatistics]) -> io::Result<()> {
    let mut table = Table::new(
        "lrrrrrrl",
        &[
            "Operation",
            "Events",
            "Failed",
            "Total (s)",
            "Longest (s)",
            "Bytes read",
            "Bytes written",
            "Results other than SUCCESS",
        ],
    );
    for operation in operations {
        table.row([
            operation.name.clone(),
            count(operation.events),
            count_or_empty(operation.failed),
            operation.seconds.to_string(),
            operation.longest_seconds.to_string(),
            count_or_empty(operation.bytes_read),
            count_or_empty(operation.bytes_written),
            results(operation),
        ]);
    }
    table.write(out)
}

/// Returns the results other than SUCCESS with their counts: `NAME NOT FOUND 12, REPARSE 3`.
pub(super) fn results(operation: &OperationStatistics) -> String {
    let results = operation.results.iter().filter(|result| result.result != "SUCCESS");
    let results: Vec<_> = results.map(|result| format!("{} {}", result.result, HumanCount(result.events))).collect();
    results.join(", ")
}

fn write_processes(out: &mut (impl Write + ?Sized), processes: &[ProcessStatistics<'_>]) -> io::Result<()> {
    let mut table = Table::new(
        "rrlrrrrrl",
        &["PID", "Parent", "Process", "Events", "Failed", "Total (s)", "Bytes read", "Bytes written", "User"],
    );
    for process in processes {
        table.row([
            process.pid.to_string(),
            process.parent_pid.to_string(),
            name(process).into(),
            count(process.events),
            count_or_empty(process.failed),
            process.seconds.to_string(),
            count_or_empty(process.bytes_read),
            count_or_empty(process.bytes_written),
            process.user.into(),
        ]);
    }
    table.write(out)
}

/// Returns the name of a process, or the reason why it has none.
pub(super) fn name<'a>(process: &ProcessStatistics<'a>) -> &'a str {
    if process.in_process_table { process.name } else { "(not in the process table)" }
}

fn write_process(
    out: &mut (impl Write + ?Sized),
    process: &ProcessStatistics<'_>,
    start: Option<FileTime>,
) -> io::Result<()> {
    writeln!(out)?;
    heading(out, &format!("PID {}  {}", process.pid, name(process)))?;
    if process.in_process_table {
        write_identity(out, process)?;
    }
    let failed = if process.failed == 0 { String::new() } else { format!(", {} failed", HumanCount(process.failed)) };
    item(out, "Events", &format!("{}{failed}, {} s in total", HumanCount(process.events), process.seconds))?;
    item(out, "CPU time", &process.cpu_seconds.map_or(String::new(), |Seconds(cpu)| units::time(cpu)))?;
    item(out, "Memory", &memory(process))?;
    if !process.operations.is_empty() {
        writeln!(out)?;
        write_operations(out, &process.operations)?;
    }
    if !process.modules.is_empty() {
        writeln!(out)?;
        write_modules(out, process, start, usize::MAX)?;
    }
    if !process.endpoints.is_empty() {
        writeln!(out)?;
        write_endpoints(out, process, usize::MAX)?;
    }
    Ok(())
}

/// Writes a line with a label and a value, unless the value is empty.
fn item(out: &mut (impl Write + ?Sized), label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<14}{}", printable(value)) }
}

fn write_identity(out: &mut (impl Write + ?Sized), process: &ProcessStatistics<'_>) -> io::Result<()> {
    // Logs have "n/a" for values that Procmon could not determine.
    let is_known = |value: &str| !matches!(value, "" | "n/a");
    let joined = |parts: &[&str]| parts.iter().copied().filter(|part| is_known(part)).collect::<Vec<_>>().join(", ");
    item(out, "Image", &joined(&[process.image_path]))?;
    item(out, "Product", &joined(&[process.description, process.version, process.company]))?;
    item(out, "Command line", &joined(&[process.command_line]))?;
    item(out, "Parent", format!("{} {}", process.parent_pid, process.parent_name).trim_end())?;
    let integrity =
        if is_known(process.integrity) { format!("integrity {}", process.integrity) } else { String::new() };
    let session = format!("session {}", process.session);
    let bits = if process.is_64bit { "64-bit" } else { "32-bit" };
    item(out, "User", &joined(&[process.user, &integrity, &session, bits]))?;
    item(out, "Started", &process.started.as_deref().map_or("unknown".into(), readable))?;
    let lifetime = process.lifetime_seconds.map_or(String::new(), |seconds| format!(" (ran for {seconds} s)"));
    let ended = process.ended.as_deref().map(|end| format!("{}{lifetime}", readable(end)));
    item(out, "Ended", ended.as_deref().unwrap_or("still running at the end of the capture"))
}

/// Returns the peaks of the memory of a process.
fn memory(process: &ProcessStatistics<'_>) -> String {
    let peaks = [("private", process.peak_private_bytes), ("working set", process.peak_working_set)];
    let peaks = peaks.iter().filter_map(|(name, bytes)| Some(format!("{name} {}", units::bytes((*bytes)?))));
    match peaks.collect::<Vec<_>>().join(", ") {
        peaks if peaks.is_empty() => peaks,
        peaks => format!("peak: {peaks}"),
    }
}

/// Writes what failed means.
pub(super) fn write_definition(out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "Failed: the result is an error. BUFFER OVERFLOW, NO MORE FILES and other warnings are not errors.")
}

/// Writes the DLLs of a process. Those that it had loaded before the first event of the log have no time.
pub(super) fn write_modules(
    out: &mut (impl Write + ?Sized),
    process: &ProcessStatistics<'_>,
    start: Option<FileTime>,
    width: usize,
) -> io::Result<()> {
    let mut table = Table::new("lllp", &["DLL loaded at", "Version", "Company", "Path"]).ranks([0, 1, 2, 0]);
    for module in &process.modules {
        let is_known = module.load_time.0 != 0;
        let loaded = match start.filter(|&start| is_known && module.load_time < start) {
            Some(_) => "before the capture".to_owned(),
            None => module.loaded.as_deref().map(readable).unwrap_or_default(),
        };
        table.row([loaded, module.version.into(), module.company.into(), module.path.into()]);
    }
    table.write_fitted(out, width)
}

/// Writes the endpoints of a process.
pub(super) fn write_endpoints(
    out: &mut (impl Write + ?Sized),
    process: &ProcessStatistics<'_>,
    width: usize,
) -> io::Result<()> {
    let titles = &[
        "Protocol",
        "Remote endpoint",
        "Events",
        "Sends",
        "Bytes sent",
        "Receives",
        "Bytes received",
        "Host and service",
    ];
    let mut table = Table::new("lprrrrrp", titles).ranks([4, 0, 0, 2, 0, 2, 0, 3]);
    for endpoint in &process.endpoints {
        let address = match endpoint.address.contains(':') {
            true => format!("[{}]:{}", endpoint.address, endpoint.port),
            false => format!("{}:{}", endpoint.address, endpoint.port),
        };
        let names = [endpoint.host.as_str(), endpoint.service.as_str()].join(" ");
        table.row(traffic(endpoint.protocol, address, &endpoint.traffic, names.trim()));
    }
    if let Some(others) = &process.other_endpoints {
        table.row(traffic("", "other endpoints".into(), others, ""));
    }
    table.write_fitted(out, width)
}

fn traffic(protocol: &str, remote: String, traffic: &TrafficStatistics, names: &str) -> [String; 8] {
    [
        protocol.into(),
        remote,
        count(traffic.events),
        count_or_empty(traffic.sends),
        count_or_empty(traffic.bytes_sent),
        count_or_empty(traffic.receives),
        count_or_empty(traffic.bytes_received),
        names.into(),
    ]
}
