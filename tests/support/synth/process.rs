//! Events of the Process class.

use super::{Block, Event, GARBAGE, Process, Text};

const PROCESS: u32 = 1;

fn event(operation: u16, detail: Vec<u8>) -> Event {
    Event::new(PROCESS, operation, detail, None)
}

/// Encodes a SID: `sid(5, &[18])` is `S-1-5-18`.
pub fn sid(authority: u8, sub_authorities: &[u32]) -> Vec<u8> {
    let mut sid = vec![1, sub_authorities.len() as u8, 0, 0, 0, 0, 0, authority];
    sid.extend(sub_authorities.iter().flat_map(|part| part.to_le_bytes()));
    sid
}

/// Returns a Process Defined event for a process that existed when the capture began. The event belongs to its parent.
pub fn defined(process: &Process, user: &[u8], integrity: &[u8]) -> Event {
    described(0, process, user, integrity)
}

/// Returns a Process Create event. The event belongs to the parent of `process`.
pub fn create(process: &Process, user: &[u8], integrity: &[u8]) -> Event {
    described(1, process, user, integrity)
}

fn described(operation: u16, process: &Process, user: &[u8], integrity: &[u8]) -> Event {
    let image_path = Text::wide(&process.image_path);
    let command_line = Text::wide(&process.command_line);
    let detail = Block::new(52)
        .u32(0, process.index)
        .u32(4, process.pid)
        .u32(8, process.parent_index)
        .u32(12, process.parent_pid)
        .u32(16, process.session)
        .u32(20, u32::from(process.bits64))
        .u64(24, process.start_time)
        .u64(32, process.authentication_id)
        .u32(40, process.virtualized)
        .u8(44, user.len() as u8)
        .u8(45, integrity.len() as u8)
        .u16(46, image_path.info)
        .u16(48, command_line.info)
        .u16(50, GARBAGE)
        .append(user)
        .append(integrity)
        .append(&image_path.bytes)
        .append(&command_line.bytes)
        .align(4);
    event(operation, detail.done())
}

/// The resource usage of a process. Times are in units of 100 ns, sizes in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub exit_status: u32,
    pub kernel_time: u64,
    pub user_time: u64,
    pub working_set: u64,
    pub peak_working_set: u64,
    pub private_bytes: u64,
    pub peak_private_bytes: u64,
}

/// Returns a Process Exit event.
pub fn exit(usage: &Usage) -> Event {
    used(2, usage)
}

/// Returns a Process Statistics event.
pub fn statistics(usage: &Usage) -> Event {
    used(8, usage)
}

fn used(operation: u16, usage: &Usage) -> Event {
    let detail = Block::new(52)
        .u32(0, usage.exit_status)
        .u64(4, usage.kernel_time)
        .u64(12, usage.user_time)
        .u64(20, usage.working_set)
        .u64(28, usage.peak_working_set)
        .u64(36, usage.private_bytes)
        .u64(44, usage.peak_private_bytes);
    event(operation, detail.done())
}

/// Returns a Thread Create event.
pub fn thread_create(thread_id: u32) -> Event {
    event(3, Block::new(4).u32(0, thread_id).done())
}

/// Returns a Thread Exit event. `exit_status` is [`PENDING`](super::PENDING) in real logs.
pub fn thread_exit(exit_status: u32, kernel_time: u64, user_time: u64) -> Event {
    event(4, Block::new(20).u32(0, exit_status).u64(4, kernel_time).u64(12, user_time).done())
}

/// Returns a Load Image event.
pub fn load_image(bits64: bool, base: u64, size: u32, path: impl Into<Text>) -> Event {
    let path = path.into();
    let detail = if bits64 {
        Block::new(16).u64(0, base).u32(8, size).u16(12, path.info).u16(14, GARBAGE)
    } else {
        Block::new(12).u32(0, base as u32).u32(4, size).u16(8, path.info).u16(10, GARBAGE)
    };
    event(5, detail.append(&path.bytes).done())
}

/// Returns a Thread Profile event, whose detail is undocumented.
pub fn thread_profile() -> Event {
    event(6, vec![0; 12])
}

/// Returns a Process Start event, which belongs to the new process. Each item of `environment` is `NAME=value`.
pub fn start(parent_pid: u32, command_line: &str, directory: &str, environment: &[&str]) -> Event {
    let command_line = Text::wide(command_line);
    let directory = Text::wide(directory);
    let environment: String = environment.iter().flat_map(|variable| [variable, "\0"]).collect();
    let environment = Text::wide(&environment);
    let detail = Block::new(12)
        .u32(0, parent_pid)
        .u16(4, command_line.info)
        .u16(6, directory.info)
        .u32(8, u32::from(environment.info))
        .append(&command_line.bytes)
        .append(&directory.bytes)
        .append(&environment.bytes)
        .align(4);
    event(7, detail.done())
}

/// Returns a System Statistics event, which has the page size and a `SYSTEM_PERFORMANCE_INFORMATION`.
pub fn system_statistics(page_size: u32, peak_commit_pages: u32, context_switches: u32, system_calls: u32) -> Event {
    let detail =
        Block::new(316).u32(0, page_size).u32(60, peak_commit_pages).u32(300, context_switches).u32(312, system_calls);
    event(9, detail.done())
}
