//! Shows one event in full.

use std::io::{self, Write};

use procmon_parser::{Event, Style};

use crate::args::columns::Columns;
use crate::term::{heading, printable};

/// The width of the column titles, in characters.
const TITLES: usize = 30;

/// Writes all columns of an event, its decoded detail, and its stack.
pub(crate) fn write(out: &mut impl Write, log: &str, event: Event<'_>, style: &Style) -> io::Result<()> {
    heading(out, &format!("Event {} of {log}", event.ordinal()))?;
    for column in Columns::all().0 {
        let title = column.to_string();
        let text = printable(&event.text_in(column, style).to_string());
        writeln!(out, "{}", format!("  {title:TITLES$}{text}").trim_end())?;
    }
    heading(out, "Decoded detail")?;
    match event.detail() {
        Ok(detail) => {
            for line in serde_json::to_string_pretty(&detail)?.lines() {
                writeln!(out, "  {}", printable(line))?;
            }
        }
        Err(error) => writeln!(out, "  cannot be read: {}", printable(&error.to_string()))?,
    }
    heading(out, "Stack")?;
    write_stack(out, event)
}

/// Writes the frames of the call stack, the innermost first: number, module and offset, address, path of the module.
fn write_stack(out: &mut impl Write, event: Event<'_>) -> io::Result<()> {
    if event.frames().len() == 0 {
        return writeln!(out, "  the log has no stack for this event");
    }
    let frames: Vec<_> = event
        .frames()
        .map(|frame| match frame.module {
            Some(module) => {
                let offset = frame.address.wrapping_sub(module.base());
                let place = format!("{} + {offset:#x}", printable(module.file_name()));
                (place, frame.address, printable(module.path()))
            }
            None => ("unknown module".to_owned(), frame.address, String::new()),
        })
        .collect();
    let width = frames.iter().map(|(place, ..)| place.chars().count()).max().unwrap_or_default();
    for (number, (place, address, path)) in frames.iter().enumerate() {
        let line = format!("  {number:>3}  {place:width$}  {address:#018x}  {path}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
