//! Details of the profiling class.

use super::Unknown;
use crate::Result;
use crate::code::ProfilingOperation;
use crate::event::Event;
use crate::wire::{PmlStr, Ticks};

/// Detail of an event of the profiling class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProfilingDetail<'a> {
    /// Processor time of the event's thread since the last sample.
    Thread(ThreadProfiling),
    /// Processor time and memory of the event's process.
    Process(ProcessProfiling),
    /// A line of debug output.
    DebugOutput(PmlStr<'a>),
    /// An operation that nobody has described.
    Unknown(Unknown<'a>),
}

/// A sample of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadProfiling {
    /// Time spent in user mode.
    pub user_time: Ticks,
    /// Time spent in the kernel.
    pub kernel_time: Ticks,
    /// Number of context switches.
    pub context_switches: u32,
}

/// A sample of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessProfiling {
    /// Time spent in user mode.
    pub user_time: Ticks,
    /// Time spent in the kernel.
    pub kernel_time: Ticks,
    /// Working set in bytes.
    pub working_set: u64,
    /// Private memory in bytes.
    pub private_bytes: u64,
}

#[inline]
pub(crate) fn decode<'a>(event: &Event<'a>, operation: ProfilingOperation) -> Result<ProfilingDetail<'a>> {
    let mut detail = event.detail_cursor();
    Ok(match operation {
        ProfilingOperation::THREAD_PROFILING => ProfilingDetail::Thread(ThreadProfiling {
            user_time: Ticks(detail.u32("thread_profiling.user_time")?.into()),
            kernel_time: Ticks(detail.u32("thread_profiling.kernel_time")?.into()),
            context_switches: detail.u32("thread_profiling.context_switches")?,
        }),
        ProfilingOperation::PROCESS_PROFILING => ProfilingDetail::Process(ProcessProfiling {
            user_time: Ticks(detail.u64("process_profiling.user_time")?),
            kernel_time: Ticks(detail.u64("process_profiling.kernel_time")?),
            working_set: detail.u64("process_profiling.working_set")?,
            private_bytes: detail.u64("process_profiling.private_bytes")?,
        }),
        ProfilingOperation::DEBUG_OUTPUT_PROFILING => {
            let info = detail.u16("debug_output.text_info")?;
            ProfilingDetail::DebugOutput(detail.string(info))
        }
        _ => ProfilingDetail::Unknown(Unknown::of(event)),
    })
}
