//! The columns Path and Detail of profiling events.

use std::fmt;

use super::cell::{Cell, Items};
use super::{ColumnText, number, time};
use crate::code::ProfilingOperation;
use crate::detail::ProfilingDetail;
use crate::wire::Ticks;

pub(super) fn path<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    operation: ProfilingOperation,
    cell: &mut Cell<'_, W>,
) -> fmt::Result {
    match operation {
        ProfilingOperation::THREAD_PROFILING => {
            cell.literal("Thread ")?;
            number::decimal(cell, cx.event.thread_id())
        }
        _ => Ok(()),
    }
}

pub(super) fn detail<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    detail: &ProfilingDetail<'_>,
) -> fmt::Result {
    match detail {
        ProfilingDetail::Thread(sample) => {
            items.item("User Time: ", |cell| time::seconds(cell, sample.user_time))?;
            items.item("Kernel Time: ", |cell| time::seconds(cell, sample.kernel_time))?;
            items.item("Context Switches: ", |cell| number::decimal(cell, sample.context_switches))
        }
        ProfilingDetail::Process(sample) => {
            let seconds = |cell: &mut Cell<'_, W>, span: Ticks| {
                time::seconds(cell, span)?;
                cell.literal(" seconds")
            };
            items.item("User Time: ", |cell| seconds(cell, sample.user_time))?;
            items.item("Kernel Time: ", |cell| seconds(cell, sample.kernel_time))?;
            items.item("Private Bytes: ", |cell| number::grouped(cell, sample.private_bytes))?;
            items.item("Working Set: ", |cell| number::grouped(cell, sample.working_set))
        }
        ProfilingDetail::DebugOutput(text) => items.item("Output: ", |cell| cx.string(cell, *text)),
        ProfilingDetail::Unknown(_) => Ok(()),
    }
}
