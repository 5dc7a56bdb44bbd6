//! The fixed records of a file: header, process, module, icon, host and port.
//!
//! Fields with an unknown meaning are kept. They are named for their offset.

use binrw::binrw;

use super::{FileTime, PointerWidth};

/// The file header: the first 0x3A8 bytes of a log. Its layout is the same in 32-bit and 64-bit logs.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// The signature `PML_`.
    pub(crate) magic: [u8; 4],
    /// The format version: 9 since Procmon 3.4. Versions 4 to 9 are read in the same way.
    pub(crate) version: u32,
    /// 1 for a 64-bit Windows, else 0. It sets the width of pointers in processes, modules, stacks and details.
    pub(crate) is_64bit: u32,
    /// The NetBIOS name of the computer, filled with NULs.
    pub(crate) computer_name: [u16; 16],
    /// The Windows folder, without a trailing backslash, filled with NULs.
    pub(crate) system_root: [u16; 260],
    /// The number of events.
    pub(crate) event_count: u32,
    /// Unknown: 0 in every known log.
    pub(crate) unknown_238: u64,
    /// The file offset of the first event.
    pub(crate) events_offset: u64,
    /// The file offset of the event-offset array.
    pub(crate) event_offsets_offset: u64,
    /// The file offset of the process table.
    pub(crate) processes_offset: u64,
    /// The file offset of the strings table.
    pub(crate) strings_offset: u64,
    /// The file offset of the icon table.
    pub(crate) icons_offset: u64,
    /// The highest user-mode address. Stack frames above it belong to the kernel.
    pub(crate) maximum_application_address: u64,
    /// The `OSVERSIONINFOEXW` of Windows.
    pub(crate) os_version: OsVersionInfo,
    /// The number of logical processors.
    pub(crate) processors: u32,
    /// The size of the physical memory in bytes.
    pub(crate) physical_memory: u64,
    /// The size of this header in bytes.
    pub(crate) header_size: u32,
    /// Unknown: 0 in every known log.
    pub(crate) unknown_39c: u32,
    /// The file offset of the hosts and ports tables; 0 if there are none.
    pub(crate) hosts_offset: u64,
}

impl FileHeader {
    /// The size of the header in bytes.
    pub(crate) const SIZE: usize = 0x3A8;
}

/// The `OSVERSIONINFOEXW` structure of Windows, 284 bytes.
#[binrw]
#[brw(little)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OsVersionInfo {
    /// The size of this structure in bytes: 284.
    pub(crate) size: u32,
    /// The major version of Windows.
    pub(crate) major: u32,
    /// The minor version of Windows.
    pub(crate) minor: u32,
    /// The build number of Windows.
    pub(crate) build: u32,
    /// The platform id: 2 for every Windows of the NT line.
    pub(crate) platform_id: u32,
    /// The name of the service pack, filled with NULs.
    pub(crate) service_pack: [u16; 128],
    /// The major version of the service pack.
    pub(crate) service_pack_major: u16,
    /// The minor version of the service pack.
    pub(crate) service_pack_minor: u16,
    /// The mask of product suites.
    pub(crate) suite_mask: u16,
    /// The product type: 1 for a workstation, 2 for a domain controller, 3 for a server.
    pub(crate) product_type: u8,
    /// Reserved by Windows.
    pub(crate) reserved: u8,
}

impl OsVersionInfo {
    /// A structure of zeros.
    pub(crate) const EMPTY: Self = Self {
        size: 0,
        major: 0,
        minor: 0,
        build: 0,
        platform_id: 0,
        service_pack: [0; 128],
        service_pack_major: 0,
        service_pack_minor: 0,
        suite_mask: 0,
        product_type: 0,
        reserved: 0,
    };
}

/// A record of the process table, without its modules.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProcessRecord {
    /// The key of the process, by which events refer to it.
    pub(crate) index: u32,
    /// The process id (PID).
    pub(crate) pid: u32,
    /// The process id (PID) of the parent.
    pub(crate) parent_pid: u32,
    /// The key of the parent, which need not be in the table.
    pub(crate) parent_index: u32,
    /// The id (LUID) of the logon session.
    pub(crate) authentication_id: u64,
    /// The Remote Desktop Services (terminal services) session id.
    pub(crate) session: u32,
    /// Filler.
    pub(crate) unknown_1c: u32,
    /// The creation time of the process, in UTC.
    #[br(map = FileTime)]
    #[bw(map = |time| time.0)]
    pub(crate) start_time: FileTime,
    /// The exit time of the process, in UTC; 0 if it was still running.
    #[br(map = FileTime)]
    #[bw(map = |time| time.0)]
    pub(crate) end_time: FileTime,
    /// UAC virtualization: 0 for off, 1 for on, any other value for not applicable.
    pub(crate) virtualized: u32,
    /// 1 for a 64-bit process, else 0.
    pub(crate) is_64bit: u32,
    /// The number of a string: the integrity level.
    pub(crate) integrity: u32,
    /// The number of a string: the user.
    pub(crate) user: u32,
    /// The number of a string: the process name.
    pub(crate) name: u32,
    /// The number of a string: the path of the image file.
    pub(crate) image_path: u32,
    /// The number of a string: the command line.
    pub(crate) command_line: u32,
    /// The number of a string: the company.
    pub(crate) company: u32,
    /// The number of a string: the version.
    pub(crate) version: u32,
    /// The number of a string: the description.
    pub(crate) description: u32,
    /// The index of the 16-pixel icon in the icon table; 0 for none.
    pub(crate) small_icon: u32,
    /// The index of the 32-pixel icon in the icon table; 0 for none.
    pub(crate) large_icon: u32,
    /// An internal value of Procmon. The lowest byte is 1 in every known log, the others are filler.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub(crate) modules_pointer: u64,
    /// The number of modules. Their records follow.
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

    /// Returns the size in bytes, without the modules.
    pub(crate) const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 0x6C } else { 0x68 }
    }
}

/// A module of a process: an image file that was loaded into it.
#[binrw]
#[brw(little)]
#[br(import(width: PointerWidth))]
#[bw(import(width: PointerWidth))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ModuleRecord {
    /// The low half of the load time.
    pub(crate) load_time_low: u32,
    /// Filler, in 64-bit logs only.
    #[brw(if(width.is_64bit()))]
    pub(crate) unknown_04: u32,
    /// The base address: the address of the first byte.
    #[br(parse_with = read_pointer, args(width))]
    #[bw(write_with = write_pointer, args(width))]
    pub(crate) base: u64,
    /// The size in memory, in bytes.
    pub(crate) size: u32,
    /// The number of a string: the path of the image file.
    pub(crate) path: u32,
    /// The number of a string: the version.
    pub(crate) version: u32,
    /// The number of a string: the company.
    pub(crate) company: u32,
    /// The number of a string: the description.
    pub(crate) description: u32,
    /// The `TimeDateStamp` of the PE header; 0 if Procmon could not read it.
    pub(crate) time_date_stamp: u32,
    /// Unknown: 0 in every known log.
    pub(crate) unknown_28: [u32; 3],
    /// The `SizeOfImage` of the PE header; 0 if Procmon could not read it.
    pub(crate) size_of_image: u32,
    /// Unknown: 0 in every known log.
    pub(crate) unknown_38: u32,
    /// The high half of the load time.
    pub(crate) load_time_high: u32,
}

impl ModuleRecord {
    /// Returns the size in bytes.
    pub(crate) const fn size(width: PointerWidth) -> usize {
        if width.is_64bit() { 64 } else { 56 }
    }

    /// Returns the load time, in UTC.
    pub(crate) fn load_time(&self) -> FileTime {
        FileTime(u64::from(self.load_time_high) << 32 | u64::from(self.load_time_low))
    }
}

/// The head of an icon entry. The image follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IconRecord {
    /// The width and height that Procmon requested, in pixels. The image can have a different size.
    pub(crate) dimension: u32,
    /// The size of the image in bytes.
    pub(crate) size: u32,
}

/// The head of a host entry. The name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostRecord {
    /// The address: IPv6, or IPv4 in the first four bytes, followed by zeros.
    pub(crate) address: [u8; 16],
    /// The size of the name in bytes, including its NUL; 0 if there is no name.
    pub(crate) name_size: u32,
}

/// The head of a port entry. The name follows.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PortRecord {
    /// The port number.
    pub(crate) port: u16,
    /// 1 for TCP, 0 for UDP. A name with any other number is not shown.
    pub(crate) is_tcp: u16,
    /// The size of the name in bytes, including its NUL.
    pub(crate) name_size: u32,
}

impl HostRecord {
    /// The size in bytes, without the name.
    pub(crate) const SIZE: usize = 20;
}

impl PortRecord {
    /// The size in bytes, without the name.
    pub(crate) const SIZE: usize = 8;
}

impl IconRecord {
    /// The size in bytes, without the image.
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
        // The writer has already refused addresses of more than 32 bits, so no bits are lost.
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
    fn a_file_header_survives_a_round_trip() {
        let bytes: Vec<u8> = (0..=250).cycle().take(FileHeader::SIZE).collect();
        let header = FileHeader::read(&mut Cursor::new(&bytes)).unwrap();
        let mut written = Cursor::new(Vec::new());
        header.write(&mut written).unwrap();
        assert_eq!(written.into_inner(), bytes);
    }
}
