//! Texts of events and processes.

use std::fmt::{self, Write};

use procmon_parser::{Column, Event, Process, Style};

use crate::directory::Id;

/// The maximum number of characters of the name of a module or of a process.
pub(crate) const NAME: usize = 255;

/// Writes the name of the operation of an event; its code if it has no name.
pub(crate) fn write_operation<W: Write>(out: &mut W, event: Event<'_>, style: &Style) -> fmt::Result {
    match event.operation_name() {
        "" => write!(out, "<Unknown {}>", event.operation_code()),
        _ => event.text_in(Column::OPERATION, style).write_to(out),
    }
}

/// Returns the name of a process. It ends with the PID if the id of the process is a different number.
pub(crate) fn process_name(process: Option<Process<'_>>, id: Id) -> String {
    let Some(process) = process else { return "(unknown process)".to_owned() };
    let name = cut(process.name(), NAME);
    if id.is_substitute { format!("{name} (PID {})", process.pid()) } else { name.to_owned() }
}

/// Returns the start of a text. A crafted table can share a long text among all of its entries.
pub(crate) fn cut(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    match text.char_indices().nth(characters) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}
