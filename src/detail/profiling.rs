//! Details of the profiling class.

use super::{DetailBlocks, Source, Unknown};
use crate::code::ProfilingOperation;
use crate::error::Result;
use crate::wire::codec::{Codec, narrow};
use crate::wire::head::Head;
use crate::wire::{PmlStr, Ticks};

/// The detail of an event of the profiling class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProfilingDetail<'a> {
    /// The CPU time of the event's thread since the last sample.
    Thread(ThreadProfiling),
    /// The CPU time and memory use of the event's process.
    Process(ProcessProfiling),
    /// A line of debug output.
    DebugOutput(PmlStr<'a>),
    /// The undecoded blocks of an operation with an unknown layout.
    Unknown(Unknown<'a>),
}

/// A sample of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThreadProfiling {
    /// The CPU time spent in user mode, in 100-ns ticks.
    pub user_time: Ticks,
    /// The CPU time spent in the kernel, in 100-ns ticks.
    pub kernel_time: Ticks,
    /// The number of context switches.
    pub context_switches: u32,
}

/// A sample of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessProfiling {
    /// The CPU time spent in user mode, in 100-ns ticks.
    pub user_time: Ticks,
    /// The CPU time spent in the kernel, in 100-ns ticks.
    pub kernel_time: Ticks,
    /// The size of the working set, in bytes.
    pub working_set: u64,
    /// The size of the private memory, in bytes.
    pub private_bytes: u64,
}

impl<'a> ProfilingDetail<'a> {
    /// Returns the detail variant of an operation, with default values.
    fn empty(operation: ProfilingOperation) -> Self {
        match operation {
            ProfilingOperation::THREAD_PROFILING => Self::Thread(ThreadProfiling::default()),
            ProfilingOperation::PROCESS_PROFILING => Self::Process(ProcessProfiling::default()),
            ProfilingOperation::DEBUG_OUTPUT_PROFILING => Self::DebugOutput(PmlStr::EMPTY),
            _ => Self::Unknown(Unknown::default()),
        }
    }

    #[inline]
    fn lay_out<C: Codec<'a>>(&mut self, block: &mut C) -> Result<()> {
        match self {
            Self::Thread(sample) => thread_profiling(block, sample),
            Self::Process(sample) => {
                block.field("process_profiling.user_time", &mut sample.user_time)?;
                block.field("process_profiling.kernel_time", &mut sample.kernel_time)?;
                block.field("process_profiling.working_set", &mut sample.working_set)?;
                block.field("process_profiling.private_bytes", &mut sample.private_bytes)
            }
            Self::DebugOutput(text) => {
                block.info("debug_output.text", text)?;
                block.characters(text);
                Ok(())
            }
            Self::Unknown(_) => Ok(()),
        }
    }
}

/// Visits the fields of a thread sample. Its times are stored in 32 bits.
fn thread_profiling<'a, C: Codec<'a>>(block: &mut C, sample: &mut ThreadProfiling) -> Result<()> {
    let ticks = |name, time: Ticks| narrow::<u32>(name, time.0, u32::MAX.into());
    let mut user_time = ticks("thread_profiling.user_time", sample.user_time)?;
    let mut kernel_time = ticks("thread_profiling.kernel_time", sample.kernel_time)?;
    block.field("thread_profiling.user_time", &mut user_time)?;
    block.field("thread_profiling.kernel_time", &mut kernel_time)?;
    block.field("thread_profiling.context_switches", &mut sample.context_switches)?;
    (sample.user_time, sample.kernel_time) = (Ticks(user_time.into()), Ticks(kernel_time.into()));
    Ok(())
}

/// Returns the size in bytes of the numbers at the start of a block, which are its head; 0 if the layout is unknown.
pub(super) fn head_size(operation: ProfilingOperation) -> usize {
    Head::size(|head| ProfilingDetail::empty(operation).lay_out(head))
}

#[inline]
pub(crate) fn decode<'a>(source: &Source<'a>, operation: ProfilingOperation) -> Result<ProfilingDetail<'a>> {
    let mut detail = ProfilingDetail::empty(operation);
    detail.lay_out(&mut source.detail_cursor())?;
    if let ProfilingDetail::Unknown(unknown) = &mut detail {
        *unknown = source.unknown();
    }
    Ok(detail)
}

pub(super) fn encode(
    mut detail: ProfilingDetail<'_>,
    operation: ProfilingOperation,
    blocks: &mut DetailBlocks,
) -> Result<()> {
    blocks.expect_same(&detail, &ProfilingDetail::empty(operation), operation.name())?;
    match detail {
        ProfilingDetail::Unknown(unknown) => blocks.copy(unknown),
        _ => detail.lay_out(&mut blocks.writer()),
    }
}
