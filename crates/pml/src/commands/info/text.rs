//! The overview of a log for people.

use std::io::{self, Write};

use super::overview::{LogInfo, ProcessInfo};
use crate::term::{fact, heading, printable};
use crate::view::time::grouped;

/// Writes all sections.
pub(super) fn write(out: &mut impl Write, log: &LogInfo) -> io::Result<()> {
    write_facts(out, log)?;
    write_operations(out, log)?;
    write_processes(out, &log.processes)?;
    if !log.warnings.is_empty() {
        heading(out, "Warnings")?;
        for warning in &log.warnings {
            writeln!(out, "  {warning}")?;
        }
    }
    Ok(())
}

fn write_facts(out: &mut impl Write, log: &LogInfo) -> io::Result<()> {
    for (i, file) in log.files.iter().enumerate() {
        let label = if i == 0 { "Log" } else { "" };
        let (bytes, events) = (grouped(file.bytes), grouped(file.events.into()));
        fact(
            out,
            label,
            &format!("{} ({bytes} bytes, format version {}, {events} events)", file.path, file.format_version),
        )?;
    }
    log.system.write(out)?;
    let events = &log.events;
    let unreadable = match events.unreadable {
        0 => String::new(),
        unreadable => format!(", {} of them unreadable", grouped(unreadable)),
    };
    fact(out, "Events", &format!("{}{unreadable}", grouped(events.total)))?;
    if let (Some(first), Some(last)) = (&events.first, &events.last) {
        fact(out, "From", first)?;
        fact(out, "To", &format!("{last} ({:.3} s)", events.seconds))?;
    }
    Ok(())
}

fn write_operations(out: &mut impl Write, log: &LogInfo) -> io::Result<()> {
    for class in &log.classes {
        writeln!(out)?;
        heading(out, &format!("{:<44} {:>13} {:>13}", class.name, grouped(class.events), "failed"))?;
        for operation in &class.operations {
            let failed = if operation.failed == 0 { String::new() } else { grouped(operation.failed) };
            writeln!(out, "  {:<42} {:>13} {failed:>13}", operation.name, grouped(operation.events))?;
        }
    }
    Ok(())
}

fn write_processes(out: &mut impl Write, processes: &[ProcessInfo]) -> io::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    heading(
        out,
        &format!("{:>7} {:>7}  {:<28} {:>13}  {:<24} Command line", "PID", "Parent", "Process", "Events", "User"),
    )?;
    for process in processes {
        let ProcessInfo { pid, parent_pid, events, .. } = process;
        let [name, user, command_line] =
            [&process.name, &process.user, &process.command_line].map(|text| printable(text));
        writeln!(out, "{pid:>7} {parent_pid:>7}  {name:<28} {:>13}  {user:<24} {command_line}", grouped(*events))?;
    }
    Ok(())
}
