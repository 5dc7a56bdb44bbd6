//! Fixed records of the file, declared once: header, event prefix, process, module, icon, host, port.
//!
//! Fields that nobody has explained are kept under the name of their offset.

use binrw::binrw;

use super::macros::record;
use super::{FileTime, PointerWidth, Ticks};
use crate::code::{EventClass, NtStatus};

/// The file header, 0x3A8 bytes at the start of every log; the same in 32- and 64-bit logs.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// `PML_`.
    pub magic: [u8; 4],
    /// Format version, 9 since Procmon 3.4; 4 to 9 are read alike.
    pub version: u32,
    /// 1 in a log of a 64-bit Windows: the width of pointers in processes, modules, stacks and details.
    pub is_64bit: u32,
    /// NetBIOS name of the computer, filled with NUL.
    pub computer_name: [u16; 16],
    /// Windows folder, without a trailing backslash, filled with NUL.
    pub system_root: [u16; 260],
    /// Number of events.
    pub event_count: u32,
    /// Zero in every log seen.
    pub unknown_238: u64,
    /// Offset of the first event.
    pub events_offset: u64,
    /// Offset of the event-offset array.
    pub event_offsets_offset: u64,
    /// Offset of the process table.
    pub processes_offset: u64,
    /// Offset of the strings table.
    pub strings_offset: u64,
    /// Offset of the icon table.
    pub icons_offset: u64,
    /// Highest address of user mode; frames above it are the kernel's.
    pub maximum_application_address: u64,
    /// Windows' OSVERSIONINFOEXW of the computer.
    pub os_version: OsVersionInfo,
    /// Number of logical processors.
    pub processors: u32,
    /// Physical memory in bytes.
    pub physical_memory: u64,
    /// Size of this header.
    pub header_size: u32,
    /// Zero in every log seen.
    pub unknown_39c: u32,
    /// Offset of the host and port tables; 0 if there are none.
    pub hosts_offset: u64,
}

impl FileHeader {
    /// Size of the header in bytes.
    pub const SIZE: usize = 0x3A8;
}

/// Windows' OSVERSIONINFOEXW, 284 bytes.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsVersionInfo {
    /// Size of this structure, 284.
    pub size: u32,
    /// Major version of Windows.
    pub major: u32,
    /// Minor version of Windows.
    pub minor: u32,
    /// Build number of Windows.
    pub build: u32,
    /// 2 on every Windows of the NT line.
    pub platform_id: u32,
    /// Name of the service pack, filled with NUL.
    pub service_pack: [u16; 128],
    /// Major version of the service pack.
    pub service_pack_major: u16,
    /// Minor version of the service pack.
    pub service_pack_minor: u16,
    /// Product suites.
    pub suite_mask: u16,
    /// 1 workstation, 2 domain controller, 3 server.
    pub product_type: u8,
    /// Reserved by Windows.
    pub reserved: u8,
}

record! {
    /// The fixed prefix of every event.
    pub struct EventHeader / EventHeaderRef / EventHeaderOffsets [0x34] {
        /// Key into the process table.
        0x00 process_index: u32,
        /// Id of the thread; 0 for network events.
        0x04 thread_id: u32,
        /// Event class.
        0x08 class: EventClass,
        /// Zero in every log seen; the upper half of the class to some readers, but Procmon ignores it.
        0x0A unknown_0a: u16,
        /// Code of the operation, within its class.
        0x0C operation: u16,
        /// Filler.
        0x0E unknown_0e: u16,
        /// Record number of the driver; network events count from 0x2000_0000. No column shows it.
        0x10 sequence: u32,
        /// How long the operation took; garbage while the status is [`NtStatus::PENDING`].
        0x14 duration: Ticks,
        /// When the operation began, UTC.
        0x1C time: FileTime,
        /// Result of the operation.
        0x24 status: NtStatus,
        /// Number of stack frames.
        0x28 stack_depth: u16,
        /// Filler.
        0x2A unknown_2a: u16,
        /// Size of the detail block in bytes.
        0x2C detail_size: u32,
        /// Offset of the extra block from the start of the event; 0 if there is none.
        0x30 extra_offset: u32,
    }
}

/// A record of the process table, without its modules.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessRecord {
    /// Key of the process, to which events refer.
    pub index: u32,
    /// Process id.
    pub pid: u32,
    /// Process id of the parent.
    pub parent_pid: u32,
    /// Key of the parent, which the table need not hold.
    pub parent_index: u32,
    /// Logon session (LUID).
    pub authentication_id: u64,
    /// Terminal-services session.
    pub session: u32,
    /// Filler.
    pub unknown_1c: u32,
    /// When the process was created.
    pub start_time: FileTime,
    /// When the process exited; 0 if it had not.
    pub end_time: FileTime,
    /// UAC virtualization: 0 off, 1 on, anything else not applicable.
    pub virtualized: u32,
    /// 1 for a native process of a 64-bit Windows, else 0.
    pub is_64bit: u32,
    /// String: integrity level.
    pub integrity: u32,
    /// String: user.
    pub user: u32,
    /// String: process name.
    pub name: u32,
    /// String: path of the image.
    pub image_path: u32,
    /// String: command line.
    pub command_line: u32,
    /// String: company.
    pub company: u32,
    /// String: version.
    pub version: u32,
    /// String: description.
    pub description: u32,
    /// Index of the 16-pixel icon; 0 for none.
    pub small_icon: u32,
    /// Index of the 32-pixel icon; 0 for none.
    pub large_icon: u32,
    /// Procmon's marker of where the modules are; its low byte is 1 in every log seen.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub modules_pointer: u64,
    /// Number of modules, which follow.
    pub module_count: u32,
}

impl ProcessRecord {
    /// A record of zeros.
    pub(crate) const EMPTY: Self = Self {
        index: 0,
        pid: 0,
        parent_pid: 0,
        parent_index: 0,
        authentication_id: 0,
        session: 0,
        unknown_1c: 0,
        start_time: FileTime(0),
        end_time: FileTime(0),
        virtualized: 0,
        is_64bit: 0,
        integrity: 0,
        user: 0,
        name: 0,
        image_path: 0,
        command_line: 0,
        company: 0,
        version: 0,
        description: 0,
        small_icon: 0,
        large_icon: 0,
        modules_pointer: 0,
        module_count: 0,
    };

    /// Size in bytes, without the modules.
    #[must_use]
    pub const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 0x6C } else { 0x68 }
    }
}

/// A module of a process: an image that was loaded into it at some time.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModuleRecord {
    /// Low half of the time at which it was loaded.
    pub load_time_low: u32,
    /// Filler, in 64-bit logs only.
    #[brw(if(width.is_64bit()))]
    pub unknown_04: u32,
    /// Address of its first byte.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub base: u64,
    /// Size in memory, in bytes.
    pub size: u32,
    /// String: path.
    pub path: u32,
    /// String: version.
    pub version: u32,
    /// String: company.
    pub company: u32,
    /// String: description.
    pub description: u32,
    /// `TimeDateStamp` of the PE header; 0 if it could not be read.
    pub time_date_stamp: u32,
    /// Zero in every log seen.
    pub unknown_28: [u32; 3],
    /// `SizeOfImage` of the PE header; 0 if it could not be read.
    pub size_of_image: u32,
    /// Zero in every log seen.
    pub unknown_38: u32,
    /// High half of the time at which it was loaded.
    pub load_time_high: u32,
}

impl ModuleRecord {
    /// Size in bytes.
    #[must_use]
    pub const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 64 } else { 56 }
    }

    /// When the module was loaded.
    #[must_use]
    pub fn load_time(&self) -> FileTime {
        FileTime(u64::from(self.load_time_high) << 32 | u64::from(self.load_time_low))
    }
}

/// The head of an icon; its image follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IconRecord {
    /// Width and height that Procmon asked for, in pixels; the image may have another.
    pub dimension: u32,
    /// Size of the image in bytes.
    pub size: u32,
}

/// The head of a host; its name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostRecord {
    /// Address: IPv6, or IPv4 in the first four bytes and zeros.
    pub address: [u8; 16],
    /// Size of the name in bytes, its NUL included; 0 if it was not resolved.
    pub name_size: u32,
}

/// The head of a port; its name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortRecord {
    /// Port number.
    pub port: u16,
    /// 1 for TCP, 0 for UDP.
    pub is_tcp: u16,
    /// Size of the name in bytes, its NUL included.
    pub name_size: u32,
}

impl HostRecord {
    /// Size in bytes, without the name.
    pub const SIZE: usize = 20;
}

impl PortRecord {
    /// Size in bytes, without the name.
    pub const SIZE: usize = 8;
}

impl IconRecord {
    /// Size in bytes, without the image.
    pub const SIZE: usize = 8;
}

#[binrw::parser(reader, endian)]
fn read_pointer(width: PointerWidth) -> binrw::BinResult<u64> {
    use binrw::BinRead;
    match width {
        PointerWidth::Bits32 => u32::read_options(reader, endian, ()).map(u64::from),
        PointerWidth::Bits64 => u64::read_options(reader, endian, ()),
    }
}

#[binrw::writer(writer, endian)]
fn write_pointer(value: &u64, width: PointerWidth) -> binrw::BinResult<()> {
    use binrw::BinWrite;
    match width {
        // A 32-bit log holds no wider pointer; the writer of one refuses such a value before it comes here.
        PointerWidth::Bits32 => ((*value & 0xFFFF_FFFF) as u32).write_options(writer, endian, ()),
        PointerWidth::Bits64 => value.write_options(writer, endian, ()),
    }
}
