//! The columns Path and Detail of process events.

use std::fmt;

use super::cell::{Cell, Items};
use super::{ColumnText, number, time};
use crate::code::NtStatus;
use crate::detail::{ProcessDetail, ProcessStart, ProcessStatistics, ThreadExit};
use crate::wire::Ticks;

pub(super) fn detail<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    detail: &ProcessDetail<'_>,
) -> fmt::Result {
    match detail {
        ProcessDetail::Defined(process) | ProcessDetail::Create(process) => {
            items.item("PID: ", |cell| number::decimal(cell, process.pid))?;
            items.item("Command line: ", |cell| cx.string(cell, process.command_line))
        }
        ProcessDetail::Exit(statistics) | ProcessDetail::Statistics(statistics) => exit(items, statistics),
        ProcessDetail::ThreadCreate(thread) => {
            items.item("Thread ID: ", |cell| number::decimal(cell, thread.thread_id))
        }
        ProcessDetail::ThreadExit(exit) => thread_exit(cx, items, exit),
        ProcessDetail::LoadImage(image) => {
            items.item("Image Base: ", |cell| number::hex(cell, image.base))?;
            items.item("Image Size: ", |cell| number::hex(cell, image.size))
        }
        ProcessDetail::Start(process) => start(cx, items, process),
        ProcessDetail::SystemStatistics(system) => {
            items.item("Commit Peak: ", |cell| number::grouped(cell, system.peak_commit_bytes()))?;
            items.item("System Calls: ", |cell| number::grouped(cell, system.system_calls))?;
            items.item("Context Switches: ", |cell| number::grouped(cell, system.context_switches))
        }
        ProcessDetail::ThreadProfile(_) | ProcessDetail::Unknown(_) => Ok(()),
    }
}

fn exit<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, exit: &ProcessStatistics) -> fmt::Result {
    let signed = |cell: &mut Cell<'_, W>, span: Ticks| {
        time::signed_seconds(cell, span)?;
        cell.literal(" seconds")
    };
    items.item("Exit Status: ", |cell| number::decimal(cell, exit.exit_code()))?;
    items.item("User Time: ", |cell| signed(cell, exit.user_time))?;
    items.item("Kernel Time: ", |cell| signed(cell, exit.kernel_time))?;
    items.item("Private Bytes: ", |cell| number::grouped(cell, exit.private_bytes))?;
    items.item("Peak Private Bytes: ", |cell| number::grouped(cell, exit.peak_private_bytes))?;
    items.item("Working Set: ", |cell| number::grouped(cell, exit.working_set))?;
    items.item("Peak Working Set: ", |cell| number::grouped(cell, exit.peak_working_set))
}

fn thread_exit<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    exit: &ThreadExit,
) -> fmt::Result {
    if exit.exit_status != NtStatus::PENDING {
        items.item("Exit Status: ", |cell| number::decimal(cell, exit.exit_status.0.cast_signed()))?;
    }
    items.item("Thread ID: ", |cell| number::decimal(cell, cx.event.thread_id()))?;
    items.item("User Time: ", |cell| time::signed_seconds(cell, exit.user_time))?;
    items.item("Kernel Time: ", |cell| time::signed_seconds(cell, exit.kernel_time))
}

fn start<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    start: &ProcessStart<'_>,
) -> fmt::Result {
    items.item("Parent PID: ", |cell| number::decimal(cell, start.parent_pid))?;
    let hidden = cx.style.compat.hides_parameters(cx.event.index().format_version());
    let Some(parameters) = start.parameters.as_ref().filter(|_| !hidden) else { return Ok(()) };
    items.item("Command line: ", |cell| cx.string(cell, parameters.command_line))?;
    items.item("Current directory: ", |cell| cx.string(cell, parameters.current_directory))?;
    items.item("Environment: ", |cell| {
        for variable in parameters.environment {
            cell.literal("\r\n\t")?;
            cell.string(variable)?;
        }
        Ok(())
    })
}

/// Writes the Path column: the path of an image, with a native prefix such as `\SystemRoot` replaced by the system
/// root.
pub(super) fn image_path<W: fmt::Write + ?Sized>(cx: &ColumnText<'_, '_>, cell: &mut Cell<'_, W>) -> fmt::Result {
    let Some(path) = cx.image_path() else { return Ok(()) };
    let (prefix, separator, rest) = path.parts();
    cell.table_string(prefix)?;
    cell.literal(separator)?;
    // Procmon compares the length of the stored path, before the prefix is replaced.
    if cx.blanks(path.stored()) { Ok(()) } else { cell.string(rest) }
}
