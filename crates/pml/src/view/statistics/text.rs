//! The statistics for people.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::model::{
    Class, EndpointStatistics, LogStatistics, OperationStatistics, ProcessStatistics, TrafficStatistics,
};
use crate::term::{fact, heading, printable};
use crate::view::time::{grouped, seconds};

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
    let unreadable = match log.events.unreadable {
        0 => String::new(),
        unreadable => format!(", {} of them unreadable", grouped(unreadable)),
    };
    fact(out, "Events", &format!("{}{unreadable}", grouped(log.events.total)))?;
    if let (Some(first), Some(last)) = (&log.events.first, &log.events.last) {
        fact(out, "From", first)?;
        fact(out, "To", &format!("{last} ({} s)", seconds(log.events.seconds.0)))?;
    }
    Ok(())
}

/// A table whose first columns hold numbers or names as `alignment` says, one letter for each: `l` or `r`.
struct Columns {
    table: Table,
    titles: &'static [&'static str],
    alignment: &'static str,
}

impl Columns {
    fn new(alignment: &'static str, titles: &'static [&'static str]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(titles);
        Self { table, titles, alignment }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().map(|cell| printable(&cell)));
    }

    /// Writes the table, indented; its titles as a heading.
    fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        for (i, side) in (0..self.titles.len()).zip(self.alignment.chars()) {
            if let Some(column) = self.table.column_mut(i) {
                column.set_padding((1, 1));
                column.set_cell_alignment(if side == 'r' { CellAlignment::Right } else { CellAlignment::Left });
            }
        }
        for (i, line) in self.table.trim_fmt().lines().enumerate() {
            match i {
                0 => heading(out, &format!(" {line}"))?,
                _ => writeln!(out, " {line}")?,
            }
        }
        Ok(())
    }
}

/// Nothing for a zero, so that what there is stands out.
fn some(number: u64) -> String {
    if number == 0 { String::new() } else { grouped(number) }
}

fn write_classes(out: &mut impl Write, classes: &[Class]) -> io::Result<()> {
    for class in classes {
        writeln!(out)?;
        let events = if class.events == 1 { "event" } else { "events" };
        heading(out, &format!("{}: {} {events}", class.name, grouped(class.events)))?;
        write_operations(out, &class.operations)?;
    }
    Ok(())
}

fn write_operations(out: &mut impl Write, operations: &[OperationStatistics]) -> io::Result<()> {
    let mut table = Columns::new(
        "lrrrrrrl",
        &[
            "Operation",
            "Events",
            "Failed",
            "Total (s)",
            "Longest (s)",
            "Bytes read",
            "Bytes written",
            "Results but SUCCESS",
        ],
    );
    for operation in operations {
        table.row([
            operation.name.clone(),
            grouped(operation.events),
            some(operation.failed),
            seconds(operation.seconds.0),
            seconds(operation.longest_seconds.0),
            some(operation.bytes_read),
            some(operation.bytes_written),
            results(operation),
        ]);
    }
    table.write(out)
}

/// The results that are worth a word: `NAME NOT FOUND 12, REPARSE 3`.
fn results(operation: &OperationStatistics) -> String {
    let results = operation.results.iter().filter(|result| result.result != "SUCCESS");
    let results: Vec<_> = results.map(|result| format!("{} {}", result.result, grouped(result.events))).collect();
    results.join(", ")
}

fn write_processes(out: &mut impl Write, processes: &[ProcessStatistics<'_>]) -> io::Result<()> {
    let mut table = Columns::new(
        "rrlrrrrrl",
        &["PID", "Parent", "Process", "Events", "Failed", "Total (s)", "Bytes read", "Bytes written", "User"],
    );
    for process in processes {
        table.row([
            process.pid.to_string(),
            process.parent_pid.to_string(),
            name(process).into(),
            grouped(process.events),
            some(process.failed),
            seconds(process.seconds.0),
            some(process.bytes_read),
            some(process.bytes_written),
            process.user.into(),
        ]);
    }
    table.write(out)
}

/// The name of a process, or why it has none.
fn name<'a>(process: &ProcessStatistics<'a>) -> &'a str {
    if process.in_process_table { process.name } else { "(not in the process table)" }
}

fn write_process(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
    writeln!(out)?;
    heading(out, &printable(&format!("PID {}  {}", process.pid, name(process))))?;
    if process.in_process_table {
        write_identity(out, process)?;
    }
    let failed = if process.failed == 0 { String::new() } else { format!(", {} failed", grouped(process.failed)) };
    item(out, "Events", &format!("{}{failed}, {} s in calls", grouped(process.events), seconds(process.seconds.0)))?;
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

fn item(out: &mut impl Write, label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<14}{}", printable(value)) }
}

fn write_identity(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
    let joined = |parts: &[&str]| parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
    item(out, "Image", process.image_path)?;
    item(out, "Product", &joined(&[process.description, process.version, process.company]))?;
    item(out, "Command line", process.command_line)?;
    item(out, "Parent", format!("{} {}", process.parent_pid, process.parent_name).trim_end())?;
    let integrity =
        if process.integrity.is_empty() { String::new() } else { format!("integrity {}", process.integrity) };
    let session = format!("session {}", process.session);
    let bits = if process.is_64bit { "64-bit" } else { "32-bit" };
    item(out, "User", &joined(&[process.user, &integrity, &session, bits]))?;
    let started = process.started.as_deref().unwrap_or("unknown");
    item(out, "Started", started)?;
    let lifetime = process.lifetime_seconds.map_or(String::new(), |span| format!(" (lived {} s)", seconds(span.0)));
    item(
        out,
        "Ended",
        &process.ended.as_ref().map_or("not within the capture".into(), |end| format!("{end}{lifetime}")),
    )
}

fn write_modules(out: &mut impl Write, process: &ProcessStatistics<'_>) -> io::Result<()> {
    let mut table = Columns::new("llll", &["DLL loaded at", "Version", "Company", "Path"]);
    for module in &process.modules {
        let loaded = module.loaded.clone().unwrap_or_default();
        table.row([loaded, module.version.into(), module.company.into(), module.path.into()]);
    }
    table.write(out)
}

fn write_endpoints(
    out: &mut impl Write,
    endpoints: &[EndpointStatistics],
    others: Option<&TrafficStatistics>,
) -> io::Result<()> {
    let titles = &["Protocol", "Remote end", "Events", "Sends", "Bytes sent", "Receives", "Bytes received", "Names"];
    let mut table = Columns::new("llrrrrrl", titles);
    for endpoint in endpoints {
        let address = match endpoint.address.contains(':') {
            true => format!("[{}]:{}", endpoint.address, endpoint.port),
            false => format!("{}:{}", endpoint.address, endpoint.port),
        };
        let names = [endpoint.host.as_str(), endpoint.service.as_str()].join(" ");
        table.row(traffic(endpoint.protocol, address, &endpoint.traffic, names.trim()));
    }
    if let Some(others) = others {
        table.row(traffic("", "all further ends".into(), others, ""));
    }
    table.write(out)
}

fn traffic(protocol: &str, remote: String, traffic: &TrafficStatistics, names: &str) -> [String; 8] {
    [
        protocol.into(),
        remote,
        grouped(traffic.events),
        some(traffic.sends),
        some(traffic.bytes_sent),
        some(traffic.receives),
        some(traffic.bytes_received),
        names.into(),
    ]
}
