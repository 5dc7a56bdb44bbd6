//! The overview of a log as text.

use std::io::{self, Write};

use procmon_parser::Ticks;

use super::overview::{ClassInfo, FileInfo, LogInfo, ProcessInfo};
use crate::term::{counted, fact, heading, printable};
use crate::view::events::class_heading;
use crate::view::table::{Table, count, count_or_empty};

/// Writes all sections.
pub(super) fn write(out: &mut impl Write, log: &LogInfo) -> io::Result<()> {
    write_files(out, &log.files)?;
    log.system.write(out)?;
    log.events.write(out)?;
    log.classes.iter().try_for_each(|class| write_class(out, class))?;
    write_processes(out, &log.processes)?;
    if !log.warnings.is_empty() {
        heading(out, "Warnings")?;
        for warning in &log.warnings {
            writeln!(out, "  {}", printable(warning))?;
        }
    }
    Ok(())
}

fn write_files(out: &mut impl Write, files: &[FileInfo]) -> io::Result<()> {
    for (i, file) in files.iter().enumerate() {
        let FileInfo { path, format_version, .. } = file;
        let (bytes, events) = (counted(file.bytes, "byte", "bytes"), counted(file.events.into(), "event", "events"));
        let facts = format!("{path} ({bytes}, format version {format_version}, {events})");
        fact(out, if i == 0 { "Log" } else { "" }, &facts)?;
        if files.len() > 1 {
            write_times(out, file)?;
        }
    }
    Ok(())
}

/// Writes the times of a file of a capture, and the gap before it.
fn write_times(out: &mut impl Write, file: &FileInfo) -> io::Result<()> {
    /// Shorter gaps are not shown: nearly always there is one between two files, as between two events.
    const SHORTEST_GAP: Ticks = Ticks::SECOND;
    let (Some(first), Some(last)) = (&file.first, &file.last) else { return Ok(()) };
    let gap = match file.gap_seconds {
        Some(gap) if gap.0 >= SHORTEST_GAP => format!(", after a gap of {gap} s"),
        _ => String::new(),
    };
    fact(out, "", &format!("  {first} to {last}{gap}"))
}

fn write_class(out: &mut impl Write, class: &ClassInfo) -> io::Result<()> {
    writeln!(out)?;
    heading(out, &class_heading(&class.name, class.events))?;
    let mut table = Table::new("lrr", &["Operation", "Events", "Failed"]);
    for operation in &class.operations {
        table.row([operation.name.clone(), count(operation.events), count_or_empty(operation.failed)]);
    }
    table.write(out)
}

fn write_processes(out: &mut impl Write, processes: &[ProcessInfo]) -> io::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    heading(out, "Processes")?;
    let mut table = Table::new("rrlrll", &["PID", "Parent", "Process", "Events", "User", "Command line"]);
    for process in processes {
        table.row([
            process.pid.to_string(),
            process.parent_pid.to_string(),
            process.name.clone(),
            count(process.events),
            process.user.clone(),
            process.command_line.clone(),
        ]);
    }
    table.write(out)
}
