//! Generates PML logs independently of the library under test.
//!
//! Nothing here uses the library or its layout declarations. Every offset is a literal, so a wrong offset in the
//! library causes a difference. If the generator used the library, reader and writer could share the mistake unnoticed.
//!
//! - [`Log`], [`Process`] and [`Event`] describe the content of a log; [`Log::bytes`] and [`write()`] lay it out.
//! - [`process`], [`registry`], [`file`], [`network`] and [`profiling`] build the events of each class.
//! - [`sample`] returns a small log with events of every kind; [`write_large`] writes a long one for benchmarks.
//! - [`segments`] splits a capture into several files; [`unclosed`] and [`damage`] damage a finished log.
//!
//! Fields that Procmon leaves uninitialized hold [`GARBAGE`], so that a reader that depends on them fails the tests.

mod block;
pub mod file;
mod icon;
mod large;
pub mod network;
pub mod process;
pub mod profiling;
pub mod registry;
mod sample;
mod tables;
mod variants;

use std::borrow::Borrow;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::net::IpAddr;

pub use block::{Block, Text};
pub use icon::icon;
pub use large::{large, large_events, large_tables, write_large};
pub use sample::{SAMPLE_START, sample};
pub use variants::{damage, damaged, segments, unclosed};

/// The value of fields that Procmon leaves uninitialized.
pub const GARBAGE: u16 = 0xA5A5;

/// The status of an operation whose completion was not recorded (`STATUS_PENDING`).
pub const PENDING: u32 = 0x0000_0103;

/// The status of an operation on a path that does not exist (`STATUS_OBJECT_NAME_NOT_FOUND`).
pub const NAME_NOT_FOUND: u32 = 0xC000_0034;

const HEADER_SIZE: usize = 0x3A8;

/// Offsets of the header fields that hold the offsets of the sections.
pub mod header {
    pub const EVENT_OFFSETS: usize = 0x248;
    pub const PROCESSES: usize = 0x250;
    pub const STRINGS: usize = 0x258;
    pub const ICONS: usize = 0x260;
    pub const HOSTS: usize = 0x3A0;
}

/// Returns the offset of a section, read from a header field.
pub fn section(log: &[u8], field: usize) -> usize {
    u64::from_le_bytes(log[field..field + 8].try_into().unwrap()).try_into().unwrap()
}

/// The content of a log: header, tables and events. [`write()`] takes other events.
#[derive(Clone, Debug)]
pub struct Log {
    /// True if the capturing Windows was 64-bit, which sets the width of every pointer in the log.
    pub bits64: bool,
    /// The format version; current versions of Procmon write 9.
    pub version: u32,
    pub computer: String,
    pub system_root: String,
    /// The highest user-mode address; frames above it are kernel frames.
    pub highest_user_address: u64,
    /// Major, minor and build number of Windows.
    pub windows: [u32; 3],
    pub service_pack: String,
    pub service_pack_major: u16,
    pub processors: u32,
    /// Physical memory in bytes.
    pub memory: u64,
    /// The processes in the order of the process table. Procmon uses binary search, so keep them sorted by index.
    pub processes: Vec<Process>,
    /// The icons without the placeholder at index 0: the first of these has index 1.
    pub icons: Vec<Icon>,
    pub hosts: Vec<Host>,
    pub ports: Vec<Port>,
    pub events: Vec<Event>,
}

impl Log {
    /// Returns a log of Windows 10 (64-bit) or Windows 7 (32-bit) without processes and events.
    pub fn new(bits64: bool) -> Self {
        Self {
            bits64,
            version: 9,
            computer: "ORCHID".into(),
            system_root: r"C:\Windows".into(),
            highest_user_address: if bits64 { 0x7FFF_FFFE_FFFF } else { 0x7FFE_FFFF },
            windows: if bits64 { [10, 0, 19045] } else { [6, 1, 7601] },
            service_pack: if bits64 { "" } else { "Service Pack 1" }.into(),
            service_pack_major: u16::from(!bits64),
            processors: 4,
            memory: if bits64 { 0x3_FF7E_6000 } else { 0x7FF7_E000 },
            processes: Vec::new(),
            icons: Vec::new(),
            hosts: Vec::new(),
            ports: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Returns the bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        write(self, &self.events, &mut file).expect("memory takes every write");
        file.into_inner()
    }
}

/// A record of the process table.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The key by which events refer to the process, not its position in the table.
    pub index: u32,
    pub pid: u32,
    pub parent_pid: u32,
    pub parent_index: u32,
    pub authentication_id: u64,
    pub session: u32,
    pub start_time: u64,
    /// 0 while the process runs.
    pub exit_time: u64,
    /// 0: no, 1: yes, `u32::MAX`: not applicable.
    pub virtualized: u32,
    pub bits64: bool,
    pub integrity: String,
    pub user: String,
    pub name: String,
    pub image_path: String,
    pub command_line: String,
    pub company: String,
    pub version: String,
    pub description: String,
    pub small_icon: u32,
    pub big_icon: u32,
    /// The modules by ascending base; of modules with the same base, the one that was loaded last comes first.
    pub modules: Vec<Module>,
}

/// An image that is mapped into a process, or a driver if the process is System.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub load_time: u64,
    pub base: u64,
    pub size: u32,
    pub path: String,
    pub version: String,
    pub company: String,
    pub description: String,
    /// The `TimeDateStamp` of the PE header.
    pub time_stamp: u32,
}

/// An entry of the icon table: a raw icon resource and its requested width in pixels.
#[derive(Clone, Debug)]
pub struct Icon {
    pub dimension: u32,
    pub image: Vec<u8>,
}

/// An entry of the host table. An empty name means that the address was never resolved.
#[derive(Clone, Debug)]
pub struct Host {
    pub address: [u8; 16],
    pub name: String,
}

impl Host {
    pub fn new(address: impl Into<IpAddr>, name: &str) -> Self {
        Self { address: network::address(address.into()), name: name.into() }
    }
}

/// An entry of the port table.
#[derive(Clone, Debug)]
pub struct Port {
    pub number: u16,
    pub tcp: bool,
    pub name: String,
}

impl Port {
    pub fn new(number: u16, tcp: bool, name: &str) -> Self {
        Self { number, tcp, name: name.into() }
    }
}

/// An event, with the fields in the order of its record.
#[derive(Clone, Debug)]
pub struct Event {
    pub process_index: u32,
    pub thread_id: u32,
    pub class: u32,
    pub operation: u16,
    pub sequence: u32,
    /// In units of 100 ns.
    pub duration: u64,
    /// Start, in units of 100 ns since 1601.
    pub time: u64,
    pub status: u32,
    /// The addresses of the frames, innermost first.
    pub stack: Vec<u64>,
    pub detail: Vec<u8>,
    /// The data that the operation returned. The size field has 16 bits; longer data is written in full with the size
    /// 0xFFFF, and the rest belongs to no record, as in logs that Procmon writes.
    pub extra: Option<Vec<u8>>,
    /// The value of the two fields that Procmon leaves uninitialized.
    pub garbage: u16,
}

impl Default for Event {
    fn default() -> Self {
        Self {
            process_index: 0,
            thread_id: 0,
            class: 0,
            operation: 0,
            sequence: 0,
            duration: 0,
            time: 0,
            status: 0,
            stack: Vec::new(),
            detail: Vec::new(),
            extra: None,
            garbage: GARBAGE,
        }
    }
}

impl Event {
    /// Returns an event that has only a class, an operation and its blocks.
    pub fn new(class: u32, operation: u16, detail: Vec<u8>, extra: Option<Vec<u8>>) -> Self {
        Self { class, operation, detail, extra, ..Self::default() }
    }

    /// Returns the event with the given status.
    #[must_use]
    pub fn with_status(self, status: u32) -> Self {
        Self { status, ..self }
    }

    /// Replaces the content of `record` with the record of the event.
    pub fn record(&self, bits64: bool, record: &mut Vec<u8>) {
        let frame = if bits64 { 8 } else { 4 };
        let after_detail = 0x34 + frame * self.stack.len() + self.detail.len();
        let head = Block::new(0x34)
            .u32(0x00, self.process_index)
            .u32(0x04, self.thread_id)
            .u32(0x08, self.class)
            .u16(0x0C, self.operation)
            .u16(0x0E, self.garbage)
            .u32(0x10, self.sequence)
            .u64(0x14, self.duration)
            .u64(0x1C, self.time)
            .u32(0x24, self.status)
            .u16(0x28, self.stack.len() as u16)
            .u16(0x2A, self.garbage)
            .u32(0x2C, self.detail.len() as u32)
            .u32(0x30, if self.extra.is_some() { after_detail as u32 } else { 0 });
        record.clear();
        record.extend_from_slice(&head.done());
        for address in &self.stack {
            record.extend_from_slice(&address.to_le_bytes()[..frame]);
        }
        record.extend_from_slice(&self.detail);
        if let Some(extra) = &self.extra {
            let size = u16::try_from(extra.len()).unwrap_or(u16::MAX);
            record.extend_from_slice(&size.to_le_bytes());
            record.extend_from_slice(extra);
        }
    }
}

/// The number of events in a file and the offsets of its sections.
#[derive(Default)]
struct Sections {
    count: u32,
    offsets: u64,
    processes: u64,
    strings: u64,
    icons: u64,
    hosts: u64,
}

/// Writes a log with the header and the tables of `log`, but with other events.
///
/// Keeps only the offsets of the records in memory. `out` must be at its start; the header is written last.
pub fn write<W: Write + Seek>(
    log: &Log,
    events: impl IntoIterator<Item: Borrow<Event>>,
    out: &mut W,
) -> io::Result<()> {
    out.write_all(&[0; HEADER_SIZE])?;
    let mut records = Records { at: HEADER_SIZE as u64, ..Records::default() };
    let mut record = Vec::new();
    for event in events {
        let event = event.borrow();
        event.record(log.bits64, &mut record);
        out.write_all(&record)?;
        records.add(event.process_index, record.len());
    }
    let padding = records.padding();
    out.write_all(&[0; 4][..padding])?;
    let offsets = records.at + padding as u64;

    out.write_all(&records.offsets)?;
    let tables = tables::Tables::new(log, &records.first_seen);
    let mut sections = Sections { count: records.count, offsets, ..Sections::default() };
    sections.processes = offsets + records.offsets.len() as u64;
    sections.strings = sections.processes + tables.processes.len() as u64;
    sections.icons = sections.strings + tables.strings.len() as u64;
    sections.hosts = sections.icons + tables.icons.len() as u64;
    for table in [&tables.processes, &tables.strings, &tables.icons, &tables.hosts] {
        out.write_all(table)?;
    }
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header(log, &sections))?;
    out.seek(SeekFrom::End(0))?;
    out.flush()
}

/// The records written so far.
#[derive(Default)]
struct Records {
    count: u32,
    /// The file offset of the next record.
    at: u64,
    /// The array of 40-bit offsets.
    offsets: Vec<u8>,
    /// Process indices in the order of their first event.
    first_seen: Vec<u32>,
    last_seen: Option<u32>,
}

impl Records {
    fn add(&mut self, process_index: u32, len: usize) {
        self.offsets.extend_from_slice(&self.at.to_le_bytes()[..5]);
        self.at += len as u64;
        self.count += 1;
        if self.last_seen != Some(process_index) && !self.first_seen.contains(&process_index) {
            self.first_seen.push(process_index);
        }
        self.last_seen = Some(process_index);
    }

    /// Returns the number of bytes that align the event-offset array to 4.
    fn padding(&self) -> usize {
        self.at.wrapping_neg() as usize % 4
    }
}

fn header(log: &Log, sections: &Sections) -> Vec<u8> {
    let [major, minor, build] = log.windows;
    Block::new(HEADER_SIZE)
        .bytes(0x000, b"PML_")
        .u32(0x004, log.version)
        .u32(0x008, u32::from(log.bits64))
        .wide(0x00C, 16, &log.computer)
        .wide(0x02C, 260, &log.system_root)
        .u32(0x234, sections.count)
        .u64(0x240, HEADER_SIZE as u64)
        .u64(0x248, sections.offsets)
        .u64(0x250, sections.processes)
        .u64(0x258, sections.strings)
        .u64(0x260, sections.icons)
        .u64(0x268, log.highest_user_address)
        // 0x270 to 0x38C: an OSVERSIONINFOEXW.
        .u32(0x270, 284)
        .u32(0x274, major)
        .u32(0x278, minor)
        .u32(0x27C, build)
        .u32(0x280, 2)
        .wide(0x284, 128, &log.service_pack)
        .u16(0x384, log.service_pack_major)
        .u16(0x386, 0)
        .u16(0x388, 0x100)
        .u8(0x38A, 1)
        .u32(0x38C, log.processors)
        .u64(0x390, log.memory)
        .u64(0x398, HEADER_SIZE as u64)
        .u64(0x3A0, sections.hosts)
        .done()
}
