//! The statistics as text.

use std::io::{self, Write};

use indicatif::HumanCount;

use super::model::{
    Class, EndpointStatistics, LogStatistics, OperationStatistics, ProcessStatistics, TrafficStatistics,
};
use crate::term::{fact, heading, printable};
use crate::view::events::class_heading;
use crate::view::table::{Table, count, count_or_empty};
use crate::view::time::readable;

/// Writes all sections of a log.
pub(super) fn write(out: &mut impl Write, log: &LogStatistics<'_>) -> io::Result<()> {
    write_facts(out, log)?;
    write_classes(out, &log.classes)?;
    if log.processes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    heading(out, "Processes")?;
    write_processes(out, &log.processes)?;
    log.processes.iter().try_for_each(|process| write_process(out, process))
}

fn write_facts(out: &mut impl Write, log: &LogStatistics<'_>) -> io::Result<()> {
    for (i, file) in log.files.iter().enumerate() {
        fact(out, if i == 0 { "Log" } else { "" }, file)?;
    }
    log.system.write(out)?;
    log.events.write(out)
}

fn write_classes(out: &mut impl Write, classes: &[Class]) -> io::Result<()> {
    for class in classes {
        writeln!(out)?;
        heading(out, &class_heading(&class.name, class.events))?;
        write_operations(out, &class.operations)?;
    }
    Ok(())
}

fn write_operations(out: &mut impl Write, operations: &[OperationStatistics]) -> io::Result<()> {
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
fn results(operation: &OperationStatistics) -> String {
    let results = operation.results.iter().filter(|result| result.result != "SUCCESS");
    let results: Vec<_> = results.map(|result| format!("{} {}", result.result, HumanCount(result.events))).collect();
    results.join(", ")
}

fn write_processes(out: &mut impl Write, processes: &[ProcessStatistics<'_>]) -> io::Result<()> {
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
fn name<'a>(process: &ProcessStatistics<'a>) -> &'a str {
    if process.in_process_table { process.name } else { "(not in the process table)" }
}

fn write_process(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
    writeln!(out)?;
    heading(out, &printable(&format!("PID {}  {}", process.pid, name(process))))?;
    if process.in_process_table {
        write_identity(out, process)?;
    }
    let failed = if process.failed == 0 { String::new() } else { format!(", {} failed", HumanCount(process.failed)) };
    item(out, "Events", &format!("{}{failed}, {} s in total", HumanCount(process.events), process.seconds))?;
    if !process.operations.is_empty() {
        writeln!(out)?;
        write_operations(out, &process.operations)?;
    }
    if !process.modules.is_empty() {
        writeln!(out)?;
        write_modules(out, process)?;
    }
    if !process.endpoints.is_empty() {
        writeln!(out)?;
        write_endpoints(out, &process.endpoints, process.other_endpoints.as_ref())?;
    }
    Ok(())
}

/// Writes a line with a label and a value, unless the value is empty.
fn item(out: &mut impl Write, label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<14}{}", printable(value)) }
}

fn write_identity(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
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

fn write_modules(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
    let mut table = Table::new("llll", &["DLL loaded at", "Version", "Company", "Path"]);
    for module in &process.modules {
        let loaded = module.loaded.as_deref().map(readable).unwrap_or_default();
        table.row([loaded, module.version.into(), module.company.into(), module.path.into()]);
    }
    table.write(out)
}

fn write_endpoints(
    out: &mut impl Write,
    endpoints: &[EndpointStatistics],
    others: Option<&TrafficStatistics>,
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
    let mut table = Table::new("llrrrrrl", titles);
    for endpoint in endpoints {
        let address = match endpoint.address.contains(':') {
            true => format!("[{}]:{}", endpoint.address, endpoint.port),
            false => format!("{}:{}", endpoint.address, endpoint.port),
        };
        let names = [endpoint.host.as_str(), endpoint.service.as_str()].join(" ");
        table.row(traffic(endpoint.protocol, address, &endpoint.traffic, names.trim()));
    }
    if let Some(others) = others {
        table.row(traffic("", "other endpoints".into(), others, ""));
    }
    table.write(out)
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
