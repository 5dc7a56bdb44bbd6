//! Names of frames.

use std::fmt::{self, Write};

use procmon_parser::analysis::{StackRow, StackRowKind};
use procmon_parser::{Event, Frame, Module};

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

/// Writes the name of a module, as in the names of its frames.
pub(crate) fn write_module<W: Write>(out: &mut W, module: Module<'_>) -> fmt::Result {
    write_visible(out, module.file_name())
}

/// Writes the name of a frame in one line: control characters become `_`, as in folded stacks.
pub(crate) fn write_name<W: Write>(out: &mut W, module: &str, offset: u64) -> fmt::Result {
    write_visible(out, module)?;
    write!(out, "!{offset:#x}")
}

fn write_visible<W: Write>(out: &mut W, name: &str) -> fmt::Result {
    let name = cut(name, NAME);
    if name.bytes().all(|byte| (b' '..0x7F).contains(&byte)) {
        return out.write_str(name);
    }
    for (index, part) in name.split(char::is_control).enumerate() {
        out.write_str(if index > 0 { "_" } else { "" })?;
        out.write_str(part)?;
    }
    Ok(())
}

/// Returns the name of a row of a call tree: a frame, a module, or a process with its PID.
pub(crate) fn row_name(row: &StackRow<'_>) -> String {
    let mut name = String::new();
    // Writing to a string does not fail.
    let _ = match (row.kind, row.pid, row.offset) {
        (StackRowKind::Process, Some(pid), _) => {
            write_visible(&mut name, row.name).and_then(|()| write!(name, " ({pid})"))
        }
        (_, _, Some(offset)) => write_name(&mut name, row.name, offset),
        _ => write_visible(&mut name, row.name),
    };
    name
}
