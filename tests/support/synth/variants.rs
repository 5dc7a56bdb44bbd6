//! Variants of finished logs: not closed, damaged, split into several files.

use super::{Log, sample};

/// Returns a log as a crashed capture leaves it: the header fields for the sections are zero.
pub fn unclosed(mut log: Vec<u8>) -> Vec<u8> {
    // The number of events; the offsets of the event-offset array and of the process, string, icon and hosts tables.
    log[0x234..0x238].fill(0);
    log[0x248..0x268].fill(0);
    log[0x3A0..0x3A8].fill(0);
    log
}

/// Damages every 20th event of a log: in turn its offset, the depth of its stack and the size of its detail.
pub fn damage(mut log: Vec<u8>) -> Vec<u8> {
    let word = |log: &[u8], at: usize| u32::from_le_bytes(log[at..at + 4].try_into().expect("four bytes")) as usize;
    let (count, array) = (word(&log, 0x234), word(&log, 0x248));
    for (turn, event) in (10..count).step_by(20).enumerate() {
        let entry = array + 5 * event;
        let record = word(&log, entry);
        match turn % 3 {
            0 => log[entry + 4] = 0xEE,
            1 => log[record + 0x28..record + 0x2A].fill(0xFF),
            _ => log[record + 0x2C..record + 0x30].fill(0xFF),
        }
    }
    log
}

/// Returns the 64-bit sample after [`damage`].
pub fn damaged() -> Vec<u8> {
    damage(sample(true).bytes())
}

/// Returns the 64-bit sample as three segments of a capture. Each has a third of the events and its own tables.
pub fn segments() -> Vec<Log> {
    let whole = sample(true);
    let chunk = whole.events.len().div_ceil(3);
    whole.events.chunks(chunk).map(|events| Log { events: events.to_vec(), ..whole.clone() }).collect()
}
