//! The computer on which a log was captured.

use crate::error::{Error, Result};
use crate::wire::PointerWidth;
use crate::wire::layout::{FileHeader, OsVersionInfo};

/// The computer on which a log was captured, and its version of Windows, from the header of the log.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let system = log.index().system();
/// assert!(system.pointer_width.is_64bit());
/// println!("{}: {}, {}", system.computer_name, system.os_name(), system.memory());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SystemInfo {
    /// The NetBIOS name of the computer.
    pub computer_name: String,
    /// The Windows folder, such as `C:\Windows`, without a trailing backslash.
    pub system_root: String,
    /// The width of pointers: 64 bits for a 64-bit Windows.
    pub pointer_width: PointerWidth,
    /// The major version of Windows.
    pub os_major: u32,
    /// The minor version of Windows.
    pub os_minor: u32,
    /// The build number of Windows.
    pub os_build: u32,
    /// The platform id of Windows: 2 for every Windows of the NT line. Procmon prints it after the build number.
    pub platform_id: u32,
    /// True for a server edition.
    pub is_server: bool,
    /// The name of the service pack; empty if none is installed.
    pub service_pack: String,
    /// The number of logical processors.
    pub processors: u32,
    /// The size of the physical memory in bytes.
    pub physical_memory: u64,
    /// The highest user-mode address.
    pub maximum_application_address: u64,
}

impl SystemInfo {
    /// Creates the description of an unnamed computer with Windows 10.
    #[must_use]
    pub fn new(pointer_width: PointerWidth) -> Self {
        Self {
            computer_name: String::new(),
            system_root: r"C:\Windows".to_owned(),
            pointer_width,
            os_major: 10,
            os_minor: 0,
            os_build: 19_045,
            platform_id: 2,
            is_server: false,
            service_pack: String::new(),
            processors: 1,
            physical_memory: 0,
            maximum_application_address: pointer_width.select(0x7FFF_FFFE_FFFF, 0x7FFE_FFFF),
        }
    }

    /// Reads the description from a file header.
    pub(crate) fn of(header: &FileHeader) -> Self {
        let os = &header.os_version;
        Self {
            computer_name: until_nul(&header.computer_name),
            system_root: until_nul(&header.system_root),
            pointer_width: PointerWidth::from_header(header.is_64bit),
            os_major: os.major,
            os_minor: os.minor,
            os_build: os.build,
            platform_id: os.platform_id,
            is_server: os.product_type > 1,
            service_pack: until_nul(&os.service_pack),
            processors: header.processors,
            physical_memory: header.physical_memory,
            maximum_application_address: header.maximum_application_address,
        }
    }

    /// Returns the version of Windows in the form in which Procmon prints it, such as `Windows 7, Service Pack 1 (build
    /// 7601.2)`. The number after the build is the platform id, not a revision. Procmon itself calls Windows 11
    /// `Windows 10`, and each server since 2016 `Windows Server 2016`.
    #[must_use]
    pub fn os_name(&self) -> String {
        self.os_name_of_build(self.os_build)
    }

    /// Returns the version of Windows as Procmon prints it.
    pub(crate) fn procmon_os_name(&self) -> String {
        self.os_name_of_build(0)
    }

    /// Returns the version of Windows, with the name of a product of this build.
    fn os_name_of_build(&self, build: u32) -> String {
        let pack = if self.service_pack.is_empty() { "" } else { ", " };
        format!("{}{pack}{} (build {}.{})", self.product(build), self.service_pack, self.os_build, self.platform_id)
    }

    fn product(&self, build: u32) -> String {
        let name = match (self.os_major, self.os_minor, self.is_server) {
            (5, 0, _) => "Windows 2000",
            (5, 1, _) => "Windows XP",
            (5, 2, false) => "Windows XP Professional x64 Edition",
            (5, 2, true) => "Windows Server 2003",
            (6, 0, false) => "Windows Vista",
            (6, 0, true) => "Windows Server 2008",
            (6, 1, false) => "Windows 7",
            (6, 1, true) => "Windows Server 2008 R2",
            (6, 2, false) => "Windows 8",
            (6, 2, true) => "Windows Server 2012",
            (6, 3, false) => "Windows 8.1",
            (6, 3, true) => "Windows Server 2012 R2",
            (10, 0, false) if build >= 22_000 => "Windows 11",
            (10, 0, false) => "Windows 10",
            (10, 0, true) => match build {
                26_100.. => "Windows Server 2025",
                20_348.. => "Windows Server 2022",
                17_763.. => "Windows Server 2019",
                _ => "Windows Server 2016",
            },
            (major, minor, _) => return format!("Windows {major}.{minor}"),
        };
        name.to_owned()
    }

    /// Returns the physical memory in units of 2^30 bytes, rounded down to hundredths, such as `3.99 GB`.
    #[must_use]
    pub fn memory(&self) -> String {
        let hundredths = (u128::from(self.physical_memory) * 100) >> 30;
        format!("{}.{:02} GB", hundredths / 100, hundredths % 100)
    }

    /// Returns the header of a log of this computer in format version 9. Fields that depend on events and tables are 0.
    pub(crate) fn to_header(&self) -> Result<FileHeader> {
        let service_pack_major = self.service_pack.rsplit(' ').next().and_then(|number| number.parse().ok());
        Ok(FileHeader {
            magic: *b"PML_",
            version: 9,
            is_64bit: self.pointer_width.is_64bit().into(),
            computer_name: filled("header.computer_name", &self.computer_name)?,
            system_root: filled("header.system_root", &self.system_root)?,
            event_count: 0,
            unknown_238: 0,
            events_offset: 0,
            event_offsets_offset: 0,
            processes_offset: 0,
            strings_offset: 0,
            icons_offset: 0,
            maximum_application_address: self.maximum_application_address,
            os_version: OsVersionInfo {
                size: 284,
                major: self.os_major,
                minor: self.os_minor,
                build: self.os_build,
                platform_id: self.platform_id,
                service_pack: filled("header.service_pack", &self.service_pack)?,
                service_pack_major: service_pack_major.unwrap_or_default(),
                service_pack_minor: 0,
                suite_mask: 0x100, // VER_SUITE_SINGLEUSERTS, which every workstation has
                product_type: if self.is_server { 3 } else { 1 },
                reserved: 0,
            },
            processors: self.processors,
            physical_memory: self.physical_memory,
            header_size: 0,
            unknown_39c: 0,
            hosts_offset: 0,
        })
    }
}

fn until_nul(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}

/// Returns text as a field of the header, padded with at least one NUL.
fn filled<const N: usize>(field: &'static str, text: &str) -> Result<[u16; N]> {
    let mut units = [0; N];
    let len = text.encode_utf16().count();
    if len >= N {
        return Err(Error::too_large(field, len as u64, N as u64 - 1));
    }
    units.iter_mut().zip(text.encode_utf16()).for_each(|(place, unit)| *place = unit);
    Ok(units)
}
