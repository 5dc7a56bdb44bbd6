//! Writing logs: parts of logs, merged logs, and new logs.
//!
//! - [`save`] writes a part of a log and [`merge`] joins logs; [`SaveOptions`] has their options.
//! - [`LogsWriter`] writes a log event by event, copied or new; [`WriterOptions`] has its options.
//! - [`Redactor`] replaces names in everything that is written.

mod event;
mod header;
mod icons;
mod info;
mod names;
mod offsets;
mod options;
mod processes;
mod records;
mod save;
mod strings;
mod table;

pub use event::{NewDetail, NewEvent};
pub use icons::IconId;
pub use info::{ModuleInfo, ProcessInfo, WideString};
pub use options::WriterOptions;
pub use save::{SaveOptions, Summary, merge, save};

use std::io::{Seek, Write};
use std::net::IpAddr;

use crate::code::{EventClass, Protocol};
use crate::detail::DetailBlocks;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventHeader};
use crate::index::{Index, Process, SystemInfo, address_key};
use crate::redact::Redactor;
use crate::wire::layout::FileHeader;
use crate::wire::{PointerWidth, ProcessKey};

use names::Names;
use processes::Processes;
use records::{Records, Run, header_bytes};
use table::put;

/// A writer of logs.
///
/// Events are written in the order in which they are passed. They are not sorted, and Procmon expects them in the order
/// of time. [`finish`](Self::finish) writes the tables and then the header, which has their offsets; until then the
/// file reads as [not closed](ErrorKind::UnclosedLog).
///
/// The tables have the contents and the order that Procmon gives them when it saves a log. From each source log, they
/// take the processes of the copied events, the System process, the modules and strings of these processes, and all
/// hosts and ports. If all events of a log that Procmon saved are copied, the result is identical to that log, byte for
/// byte. From other logs, the writer keeps more than Procmon does; [`WriterOptions::compat`] changes that.
///
/// The writer holds the tables, about 2 bytes for each event, and 1.2 MiB of buffers in memory.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::{LogsReader, LogsWriter};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut writer = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index())?;
/// for event in log.events().flatten().filter(|event| event.status().is_error()) {
///     writer.copy_event(event)?;
/// }
/// let failures = LogsReader::new(writer.finish()?.into_inner())?;
/// assert!(failures.len() < log.len() && failures.index().hosts() == log.index().hosts());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct LogsWriter<W: Write + Seek> {
    records: Records<W>,
    header: Box<FileHeader>,
    width: PointerWidth,
    processes: Processes,
    names: Names,
    /// The encoded blocks of the current event, if its detail is typed. Kept to reuse the memory.
    blocks: DetailBlocks,
    /// Replaces names in everything that is written.
    redactor: Option<Box<Redactor>>,
    /// True if the log is a copy. As in Procmon, a copy gets a record for System even if the source has none.
    is_copy: bool,
    /// True if the tables are written as Procmon writes them.
    like_procmon: bool,
}

impl<W: Write + Seek> LogsWriter<W> {
    /// Starts a new log of the computer that `system` describes, at the current position of `out`. [`WriterOptions`]
    /// has further options.
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use procmon_parser::code::{Operation, ProcessOperation};
    /// use procmon_parser::detail::{Detail, ProcessDetail, ThreadCreate};
    /// use procmon_parser::write::{LogsWriter, NewDetail, NewEvent, ProcessInfo};
    /// use procmon_parser::{Column, FileTime, LogsReader, PointerWidth, SystemInfo};
    ///
    /// let mut system = SystemInfo::new(PointerWidth::Bits64);
    /// system.computer_name = "ORCHID".into();
    /// let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &system)?;
    /// let updater = writer.add_process(&ProcessInfo::new(4711, "updater.exe"))?;
    /// let mut event = NewEvent::new(updater, Operation::Process(ProcessOperation::THREAD_CREATE));
    /// event.time = FileTime(134_169_138_001_234_567);
    /// let mut thread = ThreadCreate::default();
    /// thread.thread_id = 4712;
    /// event.detail = NewDetail::Typed(Detail::Process(ProcessDetail::ThreadCreate(thread)));
    /// writer.write_event(&event)?;
    ///
    /// let log = LogsReader::new(writer.finish()?.into_inner())?;
    /// let event = log.event(0)?;
    /// assert_eq!(event.process().map(|process| process.name()), Some("updater.exe"));
    /// assert_eq!(event.text(Column::DETAIL).to_string(), "Thread ID: 4712");
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the position of `out` cannot be read, or if a name is longer than its field: 15 UTF-16 code units for the
    /// computer name, 259 for the Windows folder, 127 for the service pack.
    pub fn new(out: W, system: &SystemInfo) -> Result<Self> {
        WriterOptions::new().create(out, system)
    }

    /// Starts a log into which events of another log are [copied](Self::copy_event), at the current position of `out`.
    /// It has the header, the System process, the hosts and the ports of that log. [`WriterOptions`] has further
    /// options.
    ///
    /// # Errors
    /// If the position of `out` cannot be read.
    pub fn for_copy(out: W, index: &Index) -> Result<Self> {
        WriterOptions::new().create_for_copy(out, index)
    }

    /// Starts a log with a header. The fields that depend on events and tables are computed later.
    fn begin(out: W, mut header: FileHeader, options: WriterOptions) -> Result<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the header is 936 bytes long")]
        const SIZE: u32 = FileHeader::SIZE as u32;
        header.magic = *b"PML_";
        header.event_count = 0;
        header.unknown_238 = 0;
        header.events_offset = SIZE.into();
        header.event_offsets_offset = 0;
        header.processes_offset = 0;
        header.strings_offset = 0;
        header.icons_offset = 0;
        header.hosts_offset = 0;
        header.header_size = header.header_size.max(SIZE);
        let WriterOptions { redactor, compat } = options;
        if compat.is_procmon() {
            header::clean(&mut header);
        }
        if let Some(redactor) = &redactor {
            redactor.header(&mut header);
        }
        Ok(Self {
            records: Records::new(out, &header_bytes(&header)?)?,
            width: PointerWidth::from_header(header.is_64bit),
            header: Box::new(header),
            processes: Processes::new(compat.is_procmon()),
            names: Names::default(),
            blocks: DetailBlocks::default(),
            redactor: redactor.map(Box::new),
            is_copy: false,
            like_procmon: compat.is_procmon(),
        })
    }

    /// Returns the redactor of [`WriterOptions::redact`], with its counts of replacements so far.
    #[must_use]
    pub fn redactor(&self) -> Option<&Redactor> {
        self.redactor.as_deref()
    }

    /// Writes the buffered bytes, about 128 KiB at most, to the target.
    ///
    /// # Errors
    /// If the target fails. The bytes that it did not accept stay in the buffer.
    pub fn flush(&mut self) -> Result<()> {
        Ok(self.records.flush()?)
    }

    /// Returns the target. Writing to it directly damages the log.
    pub fn target_mut(&mut self) -> &mut W {
        self.records.target_mut()
    }

    /// Returns the number of events written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.count() as usize
    }

    /// Returns true if no event was written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a process, which is written even if it has no events. Returns its key.
    ///
    /// # Errors
    /// If one of its icons was not added before, or if a module has an address of more than 32 bits in a 32-bit log.
    pub fn add_process(&mut self, process: &ProcessInfo) -> Result<ProcessKey> {
        self.processes.add(process, self.width)
    }

    /// Adds a module to a process. Modules are written in Procmon's order: ascending by base address, and at the same
    /// address the newest first.
    ///
    /// # Errors
    /// If the process was not added before, or if the address has more than 32 bits in a 32-bit log.
    pub fn add_module(&mut self, process: ProcessKey, module: &ModuleInfo) -> Result<()> {
        self.processes.add_module(process, module, self.width)
    }

    /// Adds an icon: the bytes of an icon resource, and the width and height in pixels, 16 or 32. Returns its id.
    pub fn add_icon(&mut self, dimension: u32, image: &[u8]) -> IconId {
        self.processes.add_icon(dimension, image)
    }

    /// Adds the name of a host. A name that is empty, or equals the address, means that the address could not be
    /// resolved. If an address gets several names, the first one that is neither empty nor equal to the address is
    /// kept.
    pub fn add_host(&mut self, address: IpAddr, name: &str) {
        self.names.add_host(address_key(address), name);
    }

    /// Adds the name of a port. A name that is empty, or equals the number, means that the port has no name. If a port
    /// gets several names, the first one that is neither empty nor equal to the number is kept.
    pub fn add_port(&mut self, port: u16, protocol: Protocol, name: &str) {
        self.names.add_port(port, protocol, name);
    }

    /// Copies a process of another log, with its modules and icons, even if none of its events is copied. Returns its
    /// key.
    ///
    /// # Errors
    /// Same as [`add_source`](Self::add_source).
    pub fn copy_process(&mut self, process: Process<'_>) -> Result<ProcessKey> {
        let source = self.number_of(process.log_index())?;
        Ok(ProcessKey(self.processes.import(source, process)))
    }

    /// Adds the tables of a log whose events will be copied. [Copying](Self::copy_event) its first event does the same.
    /// When logs are joined, processes of the logs that were added first keep their keys.
    ///
    /// # Errors
    /// If one log is 32-bit and the other 64-bit.
    pub fn add_source(&mut self, index: &Index) -> Result<()> {
        self.number_of(index).map(drop)
    }

    /// Returns the number of a source log. Adds the log to the sources if it is not one of them.
    #[inline]
    fn number_of(&mut self, index: &Index) -> Result<usize> {
        match self.processes.source(index) {
            Some(number) => Ok(number),
            None => self.add_new_source(index),
        }
    }

    #[cold]
    fn add_new_source(&mut self, index: &Index) -> Result<usize> {
        if index.pointer_width() != self.width {
            return Err(Error::new(ErrorKind::MixedPointerWidths));
        }
        if self.like_procmon {
            self.names.import(index.procmon_names());
        } else {
            self.header.version = self.header.version.max(index.header().version);
            self.names.import(index.names());
        }
        Ok(self.processes.add_source(index))
    }

    /// Writes an event with its bytes unchanged, fillers included, and copies the table entries that it refers to.
    ///
    /// Events of several logs, or of several files of a capture, can be copied. If two processes have the same key, the
    /// one that is copied later gets a new key, which is also written to the details of events that refer to it.
    /// Processes of different logs that agree in all columns are written as one. (Procmon joins the files of a capture
    /// without comparing processes: if different processes have the same key, the first one wins.)
    ///
    /// ```
    /// # use procmon_parser::{LogsReader, LogsWriter};
    /// let capture = LogsReader::open("fixtures/segments/capture.pml")?;
    /// let mut writer = LogsWriter::for_copy(std::io::Cursor::new(Vec::new()), capture.index())?;
    /// for event in &capture {
    ///     writer.copy_event(event?)?;
    /// }
    /// let joined = LogsReader::new(writer.finish()?.into_inner())?;
    /// assert_eq!(joined.len(), capture.len());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the target fails, if the log is full (2^32 events, or 2^40 bytes), or if the pointer width of the event's log
    /// differs. The event is then not written, and the call can be repeated.
    pub fn copy_event(&mut self, event: Event<'_>) -> Result<()> {
        let source = self.number_of(event.index())?;
        // Everything that can fail comes first, so that a failed call leaves no part of the event in the log.
        self.records.reserve()?;
        let key = self.processes.note_copy(source, event);
        let redacted = self
            .redactor
            .as_mut()
            .and_then(|redactor| redactor.rewrite(event.operation(), self.width, event.detail_bytes(), event.extra()));
        let buffer = self.records.begin();
        let start = buffer.len();
        match redacted {
            Some(blocks) => {
                buffer.extend_from_slice(event.prefix_and_stack());
                append_blocks(buffer, start, &blocks.detail, blocks.extra.as_deref());
            }
            None => append_copy(buffer, event),
        }
        let record = buffer.get_mut(start..).unwrap_or_default();
        if key != event.process_key().0 {
            put(record, EventHeader::OFFSETS.process_index, key);
        }
        if event.class() == EventClass::PROCESS {
            self.processes.renumber_detail(source, event, record);
        }
        Ok(())
    }

    /// [Copies](Self::copy_event) events. Events that are adjacent in their log are written at once, which is faster.
    ///
    /// ```
    /// # use procmon_parser::{LogsReader, LogsWriter};
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let mut writer = LogsWriter::for_copy(std::io::Cursor::new(Vec::new()), log.index())?;
    /// writer.copy_events(log.events_in(10..30).flatten())?;
    /// let part = LogsReader::new(writer.finish()?.into_inner())?;
    /// assert_eq!(part.len(), 20);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`copy_event`](Self::copy_event). The events before the one that failed are part of the log, even if the
    /// target has not accepted all of their bytes yet.
    pub fn copy_events<'a>(&mut self, events: impl IntoIterator<Item = Event<'a>>) -> Result<()> {
        self.copy_records(events.into_iter().map(|event| (event, event.in_one_piece())))
    }

    /// Copies events, each with its [record](Event::in_one_piece).
    fn copy_records<'a>(&mut self, events: impl Iterator<Item = (Event<'a>, Option<&'a [u8]>)>) -> Result<()> {
        let mut run = Run::default();
        let copied = { events }.try_for_each(|(event, record)| self.copy_in_run(&mut run, event, record));
        self.records.write_run(&mut run)?;
        copied
    }

    /// Adds an event to the run if its bytes stay the same. Otherwise writes the run and then the event.
    #[inline]
    fn copy_in_run<'a>(&mut self, run: &mut Run<'a>, event: Event<'a>, record: Option<&'a [u8]>) -> Result<()> {
        let is_changed = self.redactor.is_some() || event.class() == EventClass::PROCESS;
        let Some(bytes) = record.filter(|_| !is_changed) else {
            self.records.write_run(run)?;
            return self.copy_event(event);
        };
        let source = self.number_of(event.index())?;
        let offset = self.records.reserve_after(run.len())?;
        if self.processes.note_copy(source, event) != event.process_key().0 {
            self.records.write_run(run)?;
            return self.copy_event(event);
        }
        if !run.is_continued_by(bytes) {
            self.records.write_run(run)?;
            *run = Run::new(event.tail());
        }
        self.records.note(offset);
        run.extend(bytes.len());
        Ok(())
    }

    /// Writes a new event of a process that was added before, or of [no process](ProcessKey::NONE).
    ///
    /// # Errors
    /// - If the process was not added before.
    /// - If the detail belongs to a different operation or has a value that does not fit in its field.
    /// - If the stack has more than 65,535 frames, or the extra block more than 65,535 bytes.
    /// - If an address has more than 32 bits in a 32-bit log.
    /// - If the log is full (2^32 events, or 2^40 bytes), or if the target fails.
    ///
    /// The event is then not written.
    pub fn write_event(&mut self, event: &NewEvent<'_>) -> Result<()> {
        let (mut detail, mut extra) = match event.detail {
            NewDetail::Bytes { detail, extra } => (detail, extra),
            NewDetail::Typed(detail) => {
                detail.encode_into(event.operation, self.width, &mut self.blocks)?;
                (self.blocks.detail.as_slice(), self.blocks.extra.as_deref())
            }
        };
        if let Some(redactor) = &mut self.redactor
            && let Some(blocks) = redactor.rewrite(event.operation, self.width, detail, extra)
        {
            (detail, extra) = (&blocks.detail, blocks.extra.as_deref());
        }
        let header = event.header(detail, extra, self.width)?.to_bytes();
        self.records.reserve()?;
        self.processes.note(event.process)?;
        let buffer = self.records.begin();
        let start = buffer.len();
        buffer.extend_from_slice(&header);
        for address in event.stack {
            let [a, b, c, d, high @ ..] = address.to_le_bytes();
            buffer.extend_from_slice(&[a, b, c, d]);
            if self.width.is_64bit() {
                buffer.extend_from_slice(&high);
            }
        }
        append_blocks(buffer, start, detail, extra);
        Ok(())
    }

    /// Writes the tables and then the header. Returns the target, positioned at the end of the log.
    ///
    /// # Errors
    /// If the target fails, or if a table is larger than 4 GiB.
    pub fn finish(self) -> Result<W> {
        let redactor = self.redactor.as_deref();
        let [processes, strings, icons] = self.processes.tables(self.width, self.is_copy, redactor)?;
        let tables = [processes, strings, icons, self.names.table(redactor)?];
        self.records.finish(&tables, *self.header)
    }
}

/// Appends an event. The extra block is put directly after the detail block, wherever it is stored in the source.
#[inline]
fn append_copy(buffer: &mut Vec<u8>, event: Event<'_>) {
    match event.in_one_piece() {
        Some(bytes) => buffer.extend_from_slice(bytes),
        None => append_pieces(buffer, event),
    }
}

#[cold]
fn append_pieces(buffer: &mut Vec<u8>, event: Event<'_>) {
    let start = buffer.len();
    buffer.extend_from_slice(event.prefix_and_stack());
    append_blocks(buffer, start, event.detail_bytes(), event.extra());
}

/// Appends the detail and extra blocks of the event whose prefix and stack are at `start`, and updates the prefix.
fn append_blocks(buffer: &mut Vec<u8>, start: usize, detail: &[u8], extra: Option<&[u8]>) {
    buffer.extend_from_slice(detail);
    let end = u32::try_from(buffer.len() - start).unwrap_or(u32::MAX);
    if let Some(extra) = extra {
        buffer.extend_from_slice(&u16::try_from(extra.len()).unwrap_or(u16::MAX).to_le_bytes());
        buffer.extend_from_slice(extra);
    }
    let record = buffer.get_mut(start..).unwrap_or_default();
    put(record, EventHeader::OFFSETS.detail_size, u32::try_from(detail.len()).unwrap_or(u32::MAX));
    put(record, EventHeader::OFFSETS.extra_offset, if extra.is_some() { end } else { 0 });
}
