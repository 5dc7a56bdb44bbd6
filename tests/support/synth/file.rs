//! Events of the File System class: functions for the most frequent ones; [`head`] and [`event`] build all others.
//!
//! The detail block is a head of fixed size, the path, and for some operations data after the path. The offsets of the
//! parameters in the head differ between 32-bit and 64-bit logs.

use super::{Block, Event, GARBAGE, Text};

const FILE_SYSTEM: u32 = 3;

pub const CREATE_FILE: u16 = 20;
pub const READ_FILE: u16 = 23;
pub const WRITE_FILE: u16 = 24;
pub const QUERY_INFORMATION_FILE: u16 = 25;
pub const DIRECTORY_CONTROL: u16 = 32;
pub const CLOSE_FILE: u16 = 38;

/// IRP flags.
pub const NON_CACHED: u32 = 0x1;
pub const PAGING_IO: u32 = 0x2;
pub const SYNCHRONOUS_PAGING_IO: u32 = 0x40;
pub const WRITE_THROUGH: u32 = 0x40_0000;
pub const PRIORITY_VERY_LOW: u32 = 1 << 17;
pub const PRIORITY_NORMAL: u32 = 3 << 17;

/// Flags of the filter manager's callback data.
pub const IRP: u32 = 0x1;
pub const FAST_IO: u32 = 0x2;
pub const IRP_SYSTEM_BUFFER: u32 = 0x9;

/// Returns the offset of a parameter for the pointer width.
fn at(bits64: bool, offset64: usize, offset32: usize) -> usize {
    if bits64 { offset64 } else { offset32 }
}

/// Returns the head of a block. The parameters of the operation start at 0x10.
pub fn head(bits64: bool, minor: u8, irp_flags: u32, callback_flags: u32) -> Block {
    Block::new(at(bits64, 0x44, 0x30)).u8(0, minor).bytes(1, &[0xA5; 7]).u32(8, irp_flags).u32(12, callback_flags)
}

/// Returns an event of any operation. `tail` follows the path.
pub fn event(bits64: bool, operation: u16, head: Block, path: Text, tail: &[u8], extra: Option<Vec<u8>>) -> Event {
    let detail = head
        .u16(at(bits64, 0x40, 0x2C), path.info)
        .u16(at(bits64, 0x42, 0x2E), GARBAGE)
        .append(&path.bytes)
        .append(tail)
        // Filler: the driver reserves space for the native path, which is longer than the stored path.
        .append(&[0; 2]);
    Event::new(FILE_SYSTEM, operation, detail.done(), extra)
}

/// Encodes the `Information` of a completed operation, a number of pointer size.
fn information(bits64: bool, value: u32) -> Vec<u8> {
    Block::new(at(bits64, 8, 4)).u32(0, value).done()
}

/// The parameters of CreateFile.
#[derive(Clone, Debug, Default)]
pub struct Create {
    pub desired_access: u32,
    /// 0: supersede, 1: open, 2: create, 3: open or create, 4: overwrite, 5: overwrite or create.
    pub disposition: u8,
    /// The create options, 24 bits.
    pub options: u32,
    pub attributes: u16,
    pub share_mode: u16,
    pub allocation_size: u64,
    /// The SID that the thread impersonates; empty if it does not impersonate.
    pub impersonating: Vec<u8>,
}

impl Create {
    /// Returns parameters that check whether a file exists, as loaders and shells do.
    pub fn look() -> Self {
        Self { desired_access: 0x0010_0080, disposition: 1, options: 0x20_0000, share_mode: 7, ..Self::default() }
    }

    /// Returns parameters that open a file for reading.
    pub fn read() -> Self {
        Self { desired_access: 0x0012_0089, disposition: 1, options: 0x60, share_mode: 5, ..Self::default() }
    }
}

/// Returns a CreateFile event. `result` is the outcome of a successful operation: 0 superseded, 1 opened, 2 created, 3
/// overwritten.
pub fn create_file(bits64: bool, path: impl Into<Text>, create: &Create, result: Option<u32>) -> Event {
    let head = head(bits64, 0, 0, IRP_SYSTEM_BUFFER)
        .u32(at(bits64, 0x18, 0x14), u32::from(create.disposition) << 24 | create.options)
        .u16(at(bits64, 0x20, 0x18), create.attributes)
        .u16(at(bits64, 0x22, 0x1A), create.share_mode)
        .u64(at(bits64, 0x38, 0x24), create.allocation_size);
    let tail = Block::new(8)
        .u32(0, create.desired_access)
        .u8(4, create.impersonating.len() as u8)
        .bytes(5, &[0xA5; 3])
        .append(&create.impersonating);
    let extra = result.map(|result| information(bits64, result));
    event(bits64, CREATE_FILE, head, path.into(), &tail.done(), extra)
}

/// Returns a CloseFile event.
pub fn close_file(bits64: bool, path: impl Into<Text>) -> Event {
    event(bits64, CLOSE_FILE, head(bits64, 0, 0, IRP), path.into(), &[], None)
}

/// Returns a ReadFile event. `read` is the number of bytes read.
pub fn read_file(bits64: bool, path: impl Into<Text>, transfer: Transfer, read: Option<u32>) -> Event {
    let extra = read.map(|read| information(bits64, read));
    event(bits64, READ_FILE, transfer.head(bits64), path.into(), &[], extra)
}

/// Returns a WriteFile event.
pub fn write_file(bits64: bool, path: impl Into<Text>, transfer: Transfer) -> Event {
    event(bits64, WRITE_FILE, transfer.head(bits64), path.into(), &[], None)
}

/// The parameters of ReadFile and WriteFile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Transfer {
    pub offset: u64,
    pub length: u32,
    pub irp_flags: u32,
}

impl Transfer {
    fn head(self, bits64: bool) -> Block {
        let callback_flags = if self.irp_flags & PAGING_IO == 0 { FAST_IO } else { IRP };
        head(bits64, 0, self.irp_flags, callback_flags)
            .u32(at(bits64, 0x10, 0x10), self.length)
            .u64(at(bits64, 0x20, 0x18), self.offset)
    }
}

/// Returns an event that queries information about a file. `length` is the size of the caller's buffer in bytes.
pub fn query_information(bits64: bool, class: u8, path: impl Into<Text>, length: u32, extra: Option<Vec<u8>>) -> Event {
    let head = head(bits64, class, 0, FAST_IO)
        .u32(at(bits64, 0x10, 0x10), length)
        .u32(at(bits64, 0x18, 0x14), u32::from(class));
    event(bits64, QUERY_INFORMATION_FILE, head, path.into(), &[], extra)
}

/// Returns a QueryBasicInformationFile event. `times` are the creation, last access, last write and change times.
pub fn query_basic_information(bits64: bool, path: impl Into<Text>, times: [u64; 4], attributes: u32) -> Event {
    let [creation, last_access, last_write, change] = times;
    let basic =
        Block::new(40).u64(0, creation).u64(8, last_access).u64(16, last_write).u64(24, change).u32(32, attributes);
    query_information(bits64, 4, path, 40, Some(basic.done()))
}

/// Information classes of QueryDirectory.
pub const FILE_DIRECTORY_INFORMATION: u32 = 1;
pub const FILE_FULL_DIRECTORY_INFORMATION: u32 = 2;
pub const FILE_BOTH_DIRECTORY_INFORMATION: u32 = 3;
pub const FILE_NAMES_INFORMATION: u32 = 12;
pub const FILE_ID_BOTH_DIRECTORY_INFORMATION: u32 = 37;
pub const FILE_ID_FULL_DIRECTORY_INFORMATION: u32 = 38;

/// Returns a QueryDirectory event with a buffer of 4,096 bytes. An empty `filter` means no filter. `entries` is the
/// returned data.
pub fn query_directory(
    bits64: bool,
    path: impl Into<Text>,
    class: u32,
    filter: &str,
    entries: Option<Vec<u8>>,
) -> Event {
    let head = head(bits64, 1, 0, IRP).u32(at(bits64, 0x10, 0x10), 4096).u32(at(bits64, 0x20, 0x18), class);
    let filter = Text::wide(filter);
    let tail = Block::new(2).u16(0, filter.info).append(&filter.bytes);
    event(bits64, DIRECTORY_CONTROL, head, path.into(), &tail.done(), entries)
}

/// Returns the entries of a directory in the layout of the information class.
pub fn directory_entries(class: u32, names: &[&str]) -> Vec<u8> {
    let (name_length, name_offset) = match class {
        FILE_DIRECTORY_INFORMATION => (60, 64),
        FILE_FULL_DIRECTORY_INFORMATION => (60, 68),
        FILE_BOTH_DIRECTORY_INFORMATION => (60, 94),
        FILE_NAMES_INFORMATION => (8, 12),
        FILE_ID_BOTH_DIRECTORY_INFORMATION => (60, 104),
        FILE_ID_FULL_DIRECTORY_INFORMATION => (60, 80),
        _ => panic!("unsupported information class {class}"),
    };
    let mut entries = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let name = Text::wide(name).bytes;
        let size = (name_offset + name.len()).next_multiple_of(8);
        let next = if n + 1 == names.len() { 0 } else { size };
        let entry = Block::new(name_offset).u32(0, next as u32).u32(name_length, name.len() as u32).append(&name);
        entries.extend(entry.align(8).done());
    }
    entries
}

/// Returns a NotifyChangeDirectory event. `filter` has `FILE_NOTIFY_CHANGE` flags.
pub fn notify_change_directory(bits64: bool, path: impl Into<Text>, filter: u32) -> Event {
    let head = head(bits64, 2, 0, IRP).u32(at(bits64, 0x10, 0x10), 4096).u32(at(bits64, 0x18, 0x14), filter);
    event(bits64, DIRECTORY_CONTROL, head, path.into(), &[], None)
}
