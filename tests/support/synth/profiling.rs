//! Events of the Profiling class. Times are in units of 100 ns.

use super::{Block, Event, PENDING, Text};

const PROFILING: u32 = 4;

/// Returns a Thread Profiling event, which has the resource usage of a thread since the previous sample.
pub fn thread(user_time: u32, kernel_time: u32, context_switches: u32) -> Event {
    let detail = Block::new(12).u32(0, user_time).u32(4, kernel_time).u32(8, context_switches);
    Event::new(PROFILING, 0, detail.done(), None)
}

/// Returns a Process Profiling event.
pub fn process(user_time: u64, kernel_time: u64, working_set: u64, private_bytes: u64) -> Event {
    let detail = Block::new(32).u64(0, user_time).u64(8, kernel_time).u64(16, working_set).u64(24, private_bytes);
    Event::new(PROFILING, 1, detail.done(), None)
}

/// Returns a Debug Output Profiling event.
pub fn debug_output(text: impl Into<Text>) -> Event {
    let text = text.into();
    let detail = Block::new(2).u16(0, text.info).append(&text.bytes);
    Event::new(PROFILING, 2, detail.done(), None).with_status(PENDING)
}
