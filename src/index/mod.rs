//! The header and tables of a file, read once when the file is opened.
//!
//! An [`Index`] owns its tables; it does not hold the file or the events. It is immutable, so threads can share it.

mod addresses;
mod capture;
mod history;
mod hosts;
mod icons;
mod processes;
mod strings;
mod system;
pub(crate) mod table;
mod warnings;

pub use hosts::{Host, Port};
pub(crate) use hosts::{StoredName, address_key, is_host_name, is_port_name};
pub use icons::Icon;
pub(crate) use processes::file_name;
pub use processes::{Module, Process};
pub use strings::TableString;
pub use system::SystemInfo;
pub use warnings::{Warning, WarningKind};

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use crate::code::Protocol;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::layout::FileHeader;
use crate::wire::{FileTime, OffsetEntry, PointerWidth, ProcessKey};

use capture::Capture;
pub(crate) use hosts::Hosts;
pub(crate) use icons::Icons;
pub(crate) use processes::{Processes, is_system_path};
pub(crate) use strings::{Interner, Strings};
use table::{Source, Table};
pub(crate) use warnings::Warnings;

/// The header and tables of one file of a capture.
///
/// An index is a reference-counted handle: cloning it is cheap. It is immutable, so threads can share it.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let index = log.index();
/// for process in index.processes() {
///     println!("{:>6} {}", process.pid(), process.name());
/// }
/// assert_eq!(index.warnings(), []);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Index {
    container: Arc<Container>,
    /// The capture, if it has several files.
    capture: Option<Arc<Capture>>,
    warnings: Arc<[Warning]>,
    // Copies of the values that every event needs, to save a pointer dereference.
    events: Range<u64>,
    width: PointerWidth,
    origin: FileTime,
}

/// Two handles are equal if they are from the same opened file. The content of the tables is not compared.
impl PartialEq for Index {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other)
    }
}

impl Eq for Index {}

impl Hash for Index {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.container).hash(state);
    }
}

/// The data that the clones of an index share.
#[derive(Debug)]
struct Container {
    header: FileHeader,
    system: SystemInfo,
    tables: Tables,
}

/// The tables of a file.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) strings: Strings,
    pub(crate) processes: Processes,
    pub(crate) icons: Icons,
    pub(crate) hosts: Hosts,
}

impl Index {
    /// Reads the header and tables of a file.
    pub(crate) fn parse(file: &dyn Source) -> Result<Self> {
        let header = read_header(file)?;
        check_sections(&header, file.len())?;
        let mut warnings = Warnings::default();
        let table = |offset: u64| Table { source: file, offset };
        let strings = Strings::parse(table(header.strings_offset), &mut warnings)?;
        let width = PointerWidth::from_header(header.is_64bit);
        let processes = Processes::parse(table(header.processes_offset), width, &strings, &mut warnings)?;
        let icons = Icons::parse(table(header.icons_offset)).unwrap_or_else(|error| {
            warn_of(&mut warnings, WarningKind::UnreadableIcons, &error);
            Icons::default()
        });
        let hosts = read_hosts(&header, table(header.hosts_offset), &mut warnings);
        Ok(Self::from_parts(header, Tables { strings, processes, icons, hosts }, warnings))
    }

    /// Creates an index from a header and tables that were read elsewhere.
    pub(crate) fn from_parts(header: FileHeader, tables: Tables, warnings: Warnings) -> Self {
        let system = SystemInfo::of(&header);
        Self {
            events: header.events_offset..header.event_offsets_offset,
            width: PointerWidth::from_header(header.is_64bit),
            origin: FileTime(0),
            container: Arc::new(Container { header, system, tables }),
            capture: None,
            warnings: warnings.into_vec().into(),
        }
    }

    /// Returns true if both are handles to the same index. Opening a file again creates a new index.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let index = log.index().clone();
    /// assert!(log.event(0)?.index().ptr_eq(&index));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.container, &other.container)
    }

    #[inline]
    fn tables(&self) -> &Tables {
        &self.container.tables
    }

    /// Returns the section of events: its start and end, in bytes from the start of the file.
    #[inline]
    pub(crate) fn events(&self) -> &Range<u64> {
        &self.events
    }

    /// Returns the header as stored, including unknown fields.
    pub(crate) fn header(&self) -> &FileHeader {
        &self.container.header
    }

    /// Returns the format version, from 4 to 9. Procmon writes version 9 since Procmon 3.4.
    #[must_use]
    pub fn format_version(&self) -> u32 {
        self.header().version
    }

    /// Returns the description of the computer on which the log was captured.
    #[must_use]
    pub fn system(&self) -> &SystemInfo {
        &self.container.system
    }

    /// Returns true if the log was captured on a 64-bit Windows.
    #[inline]
    #[must_use]
    pub fn is_64bit(&self) -> bool {
        self.width.is_64bit()
    }

    /// Returns the width of pointers in this log.
    #[inline]
    #[must_use]
    pub fn pointer_width(&self) -> PointerWidth {
        self.width
    }

    /// Returns the number of events in this file.
    #[must_use]
    pub fn event_count(&self) -> u32 {
        self.container.header.event_count
    }

    /// Returns the string with this index in the strings table; `None` past its end.
    #[must_use]
    pub fn string(&self, number: u32) -> Option<TableString<'_>> {
        self.tables().strings.string(number)
    }

    /// Returns the number of strings in the strings table.
    #[must_use]
    pub fn string_count(&self) -> usize {
        self.tables().strings.len()
    }

    /// Returns an iterator over the processes, in the order of the table.
    pub fn processes(&self) -> impl ExactSizeIterator<Item = Process<'_>> + DoubleEndedIterator {
        (0..self.tables().processes.len()).map(|position| Process::new(self, position))
    }

    /// Returns the process with a key: the first one if several have the same key, or `None` if there is none.
    #[inline]
    #[must_use]
    pub fn process(&self, key: ProcessKey) -> Option<Process<'_>> {
        self.tables().processes.position(key.0).map(|position| Process::new(self, position))
    }

    /// Returns the System process, whose modules are those of the kernel: the first one with the image path `System`.
    pub(crate) fn system_process(&self) -> Option<Process<'_>> {
        let tables = self.tables();
        tables.processes.system(&tables.strings).map(|position| Process::new(self, position))
    }

    /// Returns the process at a position in the table.
    pub(crate) fn process_at(&self, position: usize) -> Option<Process<'_>> {
        (position < self.tables().processes.len()).then(|| Process::new(self, position))
    }

    /// Returns the position in the table of the process with a key.
    #[inline]
    pub(crate) fn process_position(&self, key: ProcessKey) -> Option<usize> {
        self.tables().processes.position(key.0)
    }

    /// Returns, for each process in the order of the table, the key with which [`process`](Self::process) finds it, or
    /// `None` if no key finds it. The key in the record of the process can be a different one.
    pub(crate) fn process_keys(&self) -> Vec<Option<u32>> {
        self.tables().processes.keys()
    }

    /// Returns an iterator over the icons, in the order of the table.
    pub fn icons(&self) -> impl ExactSizeIterator<Item = Icon<'_>> {
        (0..self.tables().icons.len())
            .map(|number| self.icon(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or(NO_ICON))
    }

    /// Returns the icon with this index in the icon table; `None` past its end.
    #[must_use]
    pub fn icon(&self, number: u32) -> Option<Icon<'_>> {
        self.tables().icons.icon(number)
    }

    /// Returns the hosts, sorted by address.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.tables().hosts.hosts
    }

    /// Returns the ports, sorted by number.
    #[must_use]
    pub fn ports(&self) -> &[Port] {
        &self.tables().hosts.ports
    }

    /// Returns the entry of a host, given its address in the form of the table: IPv6, or IPv4 followed by 12 zero
    /// bytes.
    ///
    /// If the entry has no name and another file of the capture has an entry with a name, returns the entry of the last
    /// such file. Procmon resolves names late, so they are often in later files only.
    #[must_use]
    pub fn host(&self, address: &[u8; 16]) -> Option<&Host> {
        let own = &self.tables().hosts;
        let Some(capture) = &self.capture else { return own.host(address) };
        let best = own.named_host(address).or_else(|| capture.names().host(address));
        best.or_else(|| own.host(address))
    }

    /// Returns the entry of a port. If it has no name and another file of the capture has an entry with a name, returns
    /// the entry of the last such file.
    #[must_use]
    pub fn port(&self, port: u16, protocol: Protocol) -> Option<&Port> {
        let own = &self.tables().hosts;
        let Some(capture) = &self.capture else { return own.port(port, protocol) };
        let best = own.named_port(port, protocol).or_else(|| capture.names().port(port, protocol));
        best.or_else(|| own.port(port, protocol))
    }

    /// Returns the hosts and ports tables from which Procmon names the endpoints in all files of the capture: those of
    /// the last file that has them.
    pub(crate) fn procmon_names(&self) -> &Hosts {
        self.capture.as_ref().and_then(|capture| capture.last_names()).unwrap_or(&self.tables().hosts)
    }

    /// Returns the system root with which Procmon completes the image paths in all files of the capture: that of the
    /// first file.
    pub(crate) fn procmon_system_root(&self) -> &str {
        self.capture.as_ref().map_or(&self.system().system_root, |capture| capture.system_root())
    }

    /// Joins files to one capture, so that they share names.
    pub(crate) fn join<'i>(files: impl Iterator<Item = &'i mut Self>) {
        let files: Vec<_> = files.collect();
        let [first, _, ..] = files.as_slice() else { return };
        let capture = Arc::new(Capture::new(&first.container, files.iter().map(|file| &file.container)));
        files.into_iter().for_each(|file| file.capture = Some(Arc::clone(&capture)));
    }

    /// Returns true if both are files of one capture.
    pub(crate) fn is_of_same_capture(&self, other: &Self) -> bool {
        let captures = self.capture.as_ref().zip(other.capture.as_ref());
        self.ptr_eq(other) || captures.is_some_and(|(one, another)| Arc::ptr_eq(one, another))
    }

    /// Returns the warnings about the header and the tables, and about the file as a part of its capture.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Adds warnings to those of the tables.
    pub(crate) fn add_warnings(&mut self, warnings: Warnings) {
        let warnings = warnings.into_vec();
        if !warnings.is_empty() {
            self.warnings = self.warnings.iter().cloned().chain(warnings).collect();
        }
    }

    /// Returns the time of the first event of the whole capture, in UTC. The Relative Time column counts from it.
    #[inline]
    #[must_use]
    pub fn origin(&self) -> FileTime {
        self.origin
    }

    /// Returns the hosts and ports tables of the file.
    pub(crate) fn names(&self) -> &Hosts {
        &self.tables().hosts
    }

    pub(crate) fn set_origin(&mut self, origin: FileTime) {
        self.origin = origin;
    }

    /// Returns the module that an address belonged to at a time.
    ///
    /// This follows Procmon's rule: of the modules of `process` that cover the address and were loaded by that time,
    /// the last one in stored order counts. If there is none, the modules of the first process with the image path
    /// `System` are searched in the same way; upper and lower case are equal, and the path ends at its first NUL. The
    /// result is `None` if the module found has no path, and for address 0. A module that ends at 2^64 or above, or at
    /// 2^32 or above in a 32-bit log, covers no address.
    #[must_use]
    pub fn module_at(&self, process: ProcessKey, address: u64, time: FileTime) -> Option<Module<'_>> {
        self.modules_of(process)(address, time)
    }

    /// Returns a function that does [`module_at`](Self::module_at) for many addresses of one process.
    #[inline]
    pub(crate) fn modules_of<'a>(
        &'a self,
        process: ProcessKey,
    ) -> impl Fn(u64, FileTime) -> Option<Module<'a>> + Clone {
        let frames = self.tables().processes.frames_of(&self.tables().strings, self.pointer_width(), process.0);
        move |address, time| frames.module_at(address, time).map(|found| Module::new(self, found))
    }

    /// Returns true if [`module_at`](Self::module_at) returns the same for some addresses at any later time.
    pub(crate) fn are_settled(
        &self,
        process: ProcessKey,
        addresses: impl Iterator<Item = u64> + Clone,
        time: FileTime,
    ) -> bool {
        self.tables()
            .processes
            .frames_of(&self.tables().strings, self.pointer_width(), process.0)
            .are_settled(addresses, time)
    }
}

const NO_ICON: Icon<'static> = Icon::PLACEHOLDER;

/// Reads the header, and checks its signature, version and size.
pub(crate) fn read_header(file: &dyn Source) -> Result<FileHeader> {
    let file = Table { source: file, offset: 0 };
    let start = file.bytes(0, file.len().min(4), "header.magic")?;
    if let Some(magic) = start.first_chunk::<4>().filter(|magic| *magic != b"PML_") {
        return Err(Error::at(ErrorKind::InvalidSignature { found: *magic }, 0, "header.magic"));
    }
    let header: FileHeader = file.record(0, FileHeader::SIZE, "header", ())?;
    if !(4..=9).contains(&header.version) {
        return Err(Error::at(ErrorKind::UnsupportedVersion { version: header.version }, 4, "header.version"));
    }
    Ok(header)
}

/// Checks the section offsets as Procmon does (docs/PML-FORMAT.md, "Validity checks"), and that the file has room for
/// the event-offset array.
fn check_sections(header: &FileHeader, len: u64) -> Result<()> {
    let sections = [
        (0x240, "header.events_offset", header.events_offset),
        (0x248, "header.event_offsets_offset", header.event_offsets_offset),
        (0x250, "header.processes_offset", header.processes_offset),
        (0x258, "header.strings_offset", header.strings_offset),
        (0x260, "header.icons_offset", header.icons_offset),
    ];
    for (at, field, offset) in sections {
        if offset == 0 {
            return Err(Error::at(ErrorKind::UnclosedLog, at, field));
        }
    }
    for (at, field, offset) in sections {
        if offset > len {
            return Err(Error::bad_value(at, field, offset, "an offset within the file"));
        }
    }
    let order = |ok: bool, at, field, value, expected| {
        if ok { Ok(()) } else { Err(Error::bad_value(at, field, value, expected)) }
    };
    let (events, offsets) = (header.events_offset, header.event_offsets_offset);
    let processes = header.processes_offset;
    order(
        events <= offsets,
        0x248,
        "header.event_offsets_offset",
        offsets,
        "an offset at or past the start of the events",
    )?;
    order(
        offsets <= processes,
        0x250,
        "header.processes_offset",
        processes,
        "an offset at or past the start of the event-offset array",
    )?;
    let (strings, icons) = (header.strings_offset, header.icons_offset);
    order(
        processes < strings,
        0x258,
        "header.strings_offset",
        strings,
        "an offset past the start of the process table",
    )?;
    order(processes < icons, 0x260, "header.icons_offset", icons, "an offset past the start of the process table")?;
    let (need, have) = (OffsetEntry::array_size(header.event_count), len - offsets);
    order(
        need <= have,
        0x234,
        "header.event_count",
        header.event_count.into(),
        "a count whose event-offset array fits in the file",
    )
}

/// Reads the hosts and ports tables. Like Procmon, opens a log even if it has no such tables or they are unreadable;
/// hosts and ports then have no names.
fn read_hosts(header: &FileHeader, table: Table<'_>, warnings: &mut Warnings) -> Hosts {
    if header.hosts_offset == 0 || !has_hosts_offset(header) || header.version < Hosts::FIRST_VERSION {
        return Hosts::default();
    }
    let (hosts, end) = Hosts::parse(table);
    if let Err(error) = end {
        warn_of(warnings, WarningKind::UnreadableHosts, &error);
    }
    hosts
}

/// Returns true if the stored size of the header includes all nonzero bytes of the hosts offset. Procmon reads the
/// header up to this size (measured on Procmon 3.94).
fn has_hosts_offset(header: &FileHeader) -> bool {
    const HOSTS_OFFSET: u32 = 0x3A0;
    let bytes = header.header_size.saturating_sub(HOSTS_OFFSET);
    header.hosts_offset.checked_shr(8 * bytes.min(8)).unwrap_or_default() == 0
}

/// Adds a warning at the place of an error.
fn warn_of(warnings: &mut Warnings, kind: WarningKind, error: &Error) {
    let (offset, field) = error.place().map_or((0, ""), |place| (place.offset, place.field));
    warnings.add(kind, offset, field);
}
