//! Fixed records of the file, declared once: header, process, module, icon, host, port.
//!
//! Fields that nobody has explained are kept under the name of their offset.

use binrw::binrw;

use super::{FileTime, PointerWidth};

/// The file header, 0x3A8 bytes at the start of every log; the same in 32- and 64-bit logs.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// `PML_`.
    pub(crate) magic: [u8; 4],
    /// Format version, 9 since Procmon 3.4; 4 to 9 are read alike.
    pub(crate) version: u32,
    /// 1 in a log of a 64-bit Windows: the width of pointers in processes, modules, stacks and details.
    pub(crate) is_64bit: u32,
    /// NetBIOS name of the computer, filled with NUL.
    pub(crate) computer_name: [u16; 16],
    /// Windows folder, without a trailing backslash, filled with NUL.
    pub(crate) system_root: [u16; 260],
    /// Number of events.
    pub(crate) event_count: u32,
    /// Zero in every log seen.
    pub(crate) unknown_238: u64,
    /// Offset of the first event.
    pub(crate) events_offset: u64,
    /// Offset of the event-offset array.
    pub(crate) event_offsets_offset: u64,
    /// Offset of the process table.
    pub(crate) processes_offset: u64,
    /// Offset of the strings table.
    pub(crate) strings_offset: u64,
    /// Offset of the icon table.
    pub(crate) icons_offset: u64,
    /// Highest address of user mode; frames above it are the kernel's.
    pub(crate) maximum_application_address: u64,
    /// Windows' OSVERSIONINFOEXW of the computer.
    pub(crate) os_version: OsVersionInfo,
    /// Number of logical processors.
    pub(crate) processors: u32,
    /// Physical memory in bytes.
    pub(crate) physical_memory: u64,
    /// Size of this header.
    pub(crate) header_size: u32,
    /// Zero in every log seen.
    pub(crate) unknown_39c: u32,
    /// Offset of the host and port tables; 0 if there are none.
    pub(crate) hosts_offset: u64,
}

impl FileHeader {
    /// Size of the header in bytes.
    pub(crate) const SIZE: usize = 0x3A8;
}

/// Windows' OSVERSIONINFOEXW, 284 bytes.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OsVersionInfo {
    /// Size of this structure, 284.
    pub(crate) size: u32,
    /// Major version of Windows.
    pub(crate) major: u32,
    /// Minor version of Windows.
    pub(crate) minor: u32,
    /// Build number of Windows.
    pub(crate) build: u32,
    /// 2 on every Windows of the NT line.
    pub(crate) platform_id: u32,
    /// Name of the service pack, filled with NUL.
    pub(crate) service_pack: [u16; 128],
    /// Major version of the service pack.
    pub(crate) service_pack_major: u16,
    /// Minor version of the service pack.
    pub(crate) service_pack_minor: u16,
    /// Product suites.
    pub(crate) suite_mask: u16,
    /// 1 workstation, 2 domain controller, 3 server.
    pub(crate) product_type: u8,
    /// Reserved by Windows.
    pub(crate) reserved: u8,
}

/// A record of the process table, without its modules.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProcessRecord {
    /// Key of the process, to which events refer.
    pub(crate) index: u32,
    /// Process id.
    pub(crate) pid: u32,
    /// Process id of the parent.
    pub(crate) parent_pid: u32,
    /// Key of the parent, which the table need not hold.
    pub(crate) parent_index: u32,
    /// Logon session (LUID).
    pub(crate) authentication_id: u64,
    /// Terminal-services session.
    pub(crate) session: u32,
    /// Filler.
    pub(crate) unknown_1c: u32,
    /// When the process was created.
    #[br(map = FileTime)]
    #[bw(map = |time| time.0)]
    pub(crate) start_time: FileTime,
    /// When the process exited; 0 if it had not.
    #[br(map = FileTime)]
    #[bw(map = |time| time.0)]
    pub(crate) end_time: FileTime,
    /// UAC virtualization: 0 off, 1 on, anything else not applicable.
    pub(crate) virtualized: u32,
    /// 1 for a native process of a 64-bit Windows, else 0.
    pub(crate) is_64bit: u32,
    /// String: integrity level.
    pub(crate) integrity: u32,
    /// String: user.
    pub(crate) user: u32,
    /// String: process name.
    pub(crate) name: u32,
    /// String: path of the image.
    pub(crate) image_path: u32,
    /// String: command line.
    pub(crate) command_line: u32,
    /// String: company.
    pub(crate) company: u32,
    /// String: version.
    pub(crate) version: u32,
    /// String: description.
    pub(crate) description: u32,
    /// Index of the 16-pixel icon; 0 for none.
    pub(crate) small_icon: u32,
    /// Index of the 32-pixel icon; 0 for none.
    pub(crate) large_icon: u32,
    /// Procmon's marker of where the modules are; its low byte is 1 in every log seen.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub(crate) modules_pointer: u64,
    /// Number of modules, which follow.
    pub(crate) module_count: u32,
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
    pub(crate) const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 0x6C } else { 0x68 }
    }
}

/// A module of a process: an image that was loaded into it at some time.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ModuleRecord {
    /// Low half of the time at which it was loaded.
    pub(crate) load_time_low: u32,
    /// Filler, in 64-bit logs only.
    #[brw(if(width.is_64bit()))]
    pub(crate) unknown_04: u32,
    /// Address of its first byte.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub(crate) base: u64,
    /// Size in memory, in bytes.
    pub(crate) size: u32,
    /// String: path.
    pub(crate) path: u32,
    /// String: version.
    pub(crate) version: u32,
    /// String: company.
    pub(crate) company: u32,
    /// String: description.
    pub(crate) description: u32,
    /// `TimeDateStamp` of the PE header; 0 if it could not be read.
    pub(crate) time_date_stamp: u32,
    /// Zero in every log seen.
    pub(crate) unknown_28: [u32; 3],
    /// `SizeOfImage` of the PE header; 0 if it could not be read.
    pub(crate) size_of_image: u32,
    /// Zero in every log seen.
    pub(crate) unknown_38: u32,
    /// High half of the time at which it was loaded.
    pub(crate) load_time_high: u32,
}

impl ModuleRecord {
    /// Size in bytes.
    pub(crate) const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 64 } else { 56 }
    }

    /// When the module was loaded.
    pub(crate) fn load_time(&self) -> FileTime {
        FileTime(u64::from(self.load_time_high) << 32 | u64::from(self.load_time_low))
    }
}

/// The head of an icon; its image follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IconRecord {
    /// Width and height that Procmon asked for, in pixels; the image may have another.
    pub(crate) dimension: u32,
    /// Size of the image in bytes.
    pub(crate) size: u32,
}

/// The head of a host; its name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostRecord {
    /// Address: IPv6, or IPv4 in the first four bytes and zeros.
    pub(crate) address: [u8; 16],
    /// Size of the name in bytes, its NUL included; 0 if it was not resolved.
    pub(crate) name_size: u32,
}

/// The head of a port; its name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortRecord {
    /// Port number.
    pub(crate) port: u16,
    /// 1 for TCP, 0 for UDP.
    pub(crate) is_tcp: u16,
    /// Size of the name in bytes, its NUL included.
    pub(crate) name_size: u32,
}

impl HostRecord {
    /// Size in bytes, without the name.
    pub(crate) const SIZE: usize = 20;
}

impl PortRecord {
    /// Size in bytes, without the name.
    pub(crate) const SIZE: usize = 8;
}

impl IconRecord {
    /// Size in bytes, without the image.
    pub(crate) const SIZE: usize = 8;
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use binrw::{BinRead, BinWrite};

    use super::FileHeader;

    #[test]
    fn every_byte_of_a_header_survives() {
        let bytes: Vec<u8> = (0..=250).cycle().take(FileHeader::SIZE).collect();
        let header = FileHeader::read(&mut Cursor::new(&bytes)).unwrap();
        let mut written = Cursor::new(Vec::new());
        header.write(&mut written).unwrap();
        assert_eq!(written.into_inner(), bytes);
    }
}
