//! Names of frames.

use std::fmt::{self, Write};

use procmon_parser::analysis::{StackRow, StackRowKind};
use procmon_parser::{Event, Frame};

use crate::texts::{NAME, cut};

/// Returns the frames of an event that have an address, innermost first.
pub(crate) fn frames(event: Event<'_>) -> impl DoubleEndedIterator<Item = Frame<'_>> {
    event.frames().filter(|frame| frame.address != 0)
}

/// Writes the name of a frame, such as `ntdll.dll!0x1a2b`.
pub(crate) fn write_frame<W: Write>(out: &mut W, frame: Frame<'_>) -> fmt::Result {
    match frame.module {
        Some(module) => write_name(out, module.file_name(), frame.address.wrapping_sub(module.base())),
        None => write_name(out, "<unknown>", frame.address),
    }
}

fn write_name<W: Write>(out: &mut W, module: &str, offset: u64) -> fmt::Result {
    write!(out, "{}!{offset:#x}", cut(module, NAME))
}

/// Returns the name of a row of a call tree: a frame, a module, or a process with its PID.
pub(crate) fn row_name(row: &StackRow<'_>) -> String {
    let mut name = String::new();
    // Writing to a string does not fail.
    let _ = match (row.kind, row.pid, row.offset) {
        (StackRowKind::Process, Some(pid), _) => write!(name, "{} ({pid})", cut(row.name, NAME)),
        (_, _, Some(offset)) => write_name(&mut name, row.name, offset),
        _ => name.write_str(cut(row.name, NAME)),
    };
    name
}
