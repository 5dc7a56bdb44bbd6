//! Descriptions of processes and modules to write.

use std::fmt;

use super::IconId;
use crate::index::{Module, Process, TableString};
use crate::wire::{FileTime, ProcessKey};

/// A string for the strings table: UTF-16 that need not be valid, as in Windows.
///
/// ```
/// use procmon_parser::write::WideString;
///
/// let name = WideString::from("updater.exe");
/// assert_eq!(name.to_string(), "updater.exe");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct WideString(Box<[u16]>);

impl WideString {
    /// Returns the UTF-16 code units, without a final NUL.
    #[must_use]
    pub fn units(&self) -> &[u16] {
        &self.0
    }
}

impl From<&str> for WideString {
    fn from(text: &str) -> Self {
        text.encode_utf16().collect()
    }
}

impl From<String> for WideString {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<TableString<'_>> for WideString {
    /// Keeps all code units, unpaired surrogates included.
    fn from(string: TableString<'_>) -> Self {
        string.units().collect()
    }
}

impl FromIterator<u16> for WideString {
    fn from_iter<I: IntoIterator<Item = u16>>(units: I) -> Self {
        Self(units.into_iter().collect())
    }
}

impl fmt::Display for WideString {
    /// Writes the string, with U+FFFD for each unpaired surrogate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf16_lossy(&self.0))
    }
}

impl fmt::Debug for WideString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf16_lossy(&self.0))
    }
}

/// A process to add to a log.
///
/// ```
/// use procmon_parser::write::ProcessInfo;
///
/// let mut process = ProcessInfo::new(4711, "updater.exe");
/// process.image_path = r"C:\Program Files\Petals\updater.exe".into();
///
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let copied: Vec<ProcessInfo> = log.index().processes().map(ProcessInfo::from).collect();
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// The preferred key. If another process of the log has it, the writer chooses a free one.
    pub key: ProcessKey,
    /// The process id.
    pub pid: u32,
    /// The process id of the parent.
    pub parent_pid: u32,
    /// The key of the parent, which need not be in the log.
    pub parent_key: ProcessKey,
    /// The LUID of the logon session.
    pub authentication_id: u64,
    /// The id of the terminal-services session.
    pub session: u32,
    /// The time of creation, UTC.
    pub start_time: FileTime,
    /// The time of exit, UTC; `None` if the process is still running.
    pub end_time: Option<FileTime>,
    /// UAC virtualization: 0 is off, 1 is on, any other value means not applicable.
    pub virtualized: u32,
    /// True for a native process of a 64-bit Windows.
    pub is_64bit: bool,
    /// The integrity level: `System`, `High`, `Medium`, `Low` or `Untrusted`.
    pub integrity: WideString,
    /// The user: `DOMAIN\name`, or a SID as a string.
    pub user: WideString,
    /// The name of the process.
    pub name: WideString,
    /// The path of the image. Procmon looks for kernel modules in the first process with the image path `System`.
    pub image_path: WideString,
    /// The command line.
    pub command_line: WideString,
    /// The company, from the version resource of the image.
    pub company: WideString,
    /// The version, from the version resource of the image.
    pub version: WideString,
    /// The description, from the version resource of the image.
    pub description: WideString,
    /// The icon of 16 pixels.
    pub small_icon: IconId,
    /// The icon of 32 pixels.
    pub large_icon: IconId,
    /// The modules, in any order. The writer sorts them as Procmon does: by base address, and modules with the same
    /// base from newest to oldest.
    pub modules: Vec<ModuleInfo>,
}

impl ProcessInfo {
    /// Creates a process with an id and a name. All other fields are empty.
    #[must_use]
    pub fn new(pid: u32, name: impl Into<WideString>) -> Self {
        Self { pid, name: name.into(), ..Self::default() }
    }
}

/// A module to add to a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleInfo {
    /// The load time, UTC. Stack frames of earlier events are not resolved to the module.
    pub load_time: FileTime,
    /// The base address.
    pub base: u64,
    /// The size in memory, in bytes.
    pub size: u32,
    /// The path of the image.
    pub path: WideString,
    /// The version, from the version resource of the image.
    pub version: WideString,
    /// The company, from the version resource of the image.
    pub company: WideString,
    /// The description, from the version resource of the image.
    pub description: WideString,
    /// The `TimeDateStamp` of the PE header.
    pub time_date_stamp: Option<u32>,
    /// The `SizeOfImage` of the PE header, in bytes.
    pub size_of_image: Option<u32>,
}

impl ModuleInfo {
    /// Creates a module with a path, a base address and a size in bytes. All other fields are empty.
    #[must_use]
    pub fn new(path: impl Into<WideString>, base: u64, size: u32) -> Self {
        Self { path: path.into(), base, size, ..Self::default() }
    }
}

impl From<Process<'_>> for ProcessInfo {
    /// Copies everything except the icons, which are numbers in the icon table of the process's log.
    /// [`copy_process`](super::LogsWriter::copy_process) copies them too.
    fn from(process: Process<'_>) -> Self {
        let record = process.record();
        let string = |number| process.string(number).map(WideString::from).unwrap_or_default();
        Self {
            key: process.key(),
            pid: record.pid,
            parent_pid: record.parent_pid,
            parent_key: process.parent_key(),
            authentication_id: record.authentication_id,
            session: record.session,
            start_time: record.start_time,
            end_time: process.end_time(),
            virtualized: record.virtualized,
            is_64bit: process.is_64bit(),
            integrity: string(record.integrity),
            user: string(record.user),
            name: string(record.name),
            image_path: string(record.image_path),
            command_line: string(record.command_line),
            company: string(record.company),
            version: string(record.version),
            description: string(record.description),
            small_icon: IconId::default(),
            large_icon: IconId::default(),
            modules: process.modules().map(ModuleInfo::from).collect(),
        }
    }
}

impl From<Module<'_>> for ModuleInfo {
    fn from(module: Module<'_>) -> Self {
        let record = module.record();
        let string = |number| module.string(number).map(WideString::from).unwrap_or_default();
        Self {
            load_time: module.load_time(),
            base: record.base,
            size: record.size,
            path: string(record.path),
            version: string(record.version),
            company: string(record.company),
            description: string(record.description),
            time_date_stamp: module.time_date_stamp(),
            size_of_image: module.size_of_image(),
        }
    }
}
