//! The form of an event in a trace.

use procmon_parser::code::{Operation, ProcessOperation};
use procmon_parser::detail::{ProcessProfiling, ProfilingDetail, ThreadProfiling};
use procmon_parser::{Detail, Event};

/// The form of an event in a trace.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// An interval.
    Slice,
    /// A point in time.
    Instant(Scope),
    /// A sample of a thread.
    Thread(ThreadProfiling),
    /// A sample of a process.
    Process(ProcessProfiling),
}

/// The owner of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Thread,
    Process,
}

impl Kind {
    pub(crate) fn of(event: Event<'_>) -> Self {
        match event.operation() {
            Operation::Process(ProcessOperation::LOAD_IMAGE) => Self::Instant(Scope::Thread),
            Operation::Process(ProcessOperation::PROCESS_START | ProcessOperation::PROCESS_EXIT) => {
                Self::Instant(Scope::Process)
            }
            Operation::Profiling(_) => match event.detail() {
                Ok(Detail::Profiling(ProfilingDetail::Thread(sample))) => Self::Thread(sample),
                Ok(Detail::Profiling(ProfilingDetail::Process(sample))) => Self::Process(sample),
                _ => Self::Slice,
            },
            _ => Self::Slice,
        }
    }
}
