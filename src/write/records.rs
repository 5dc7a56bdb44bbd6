//! Events on their way into the file.

use std::io::{self, Seek, SeekFrom, Write};

use super::offsets::Offsets;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::OffsetEntry;
use crate::wire::layout::FileHeader;

/// Bytes that are collected before they are written; they should stay in the cache of the processor.
const CHUNK: usize = 128 << 10;
/// What is longer than this is rare: an extra block has 64 KiB at most.
const LONG_RECORD: usize = 96 << 10;

/// From this length on, a run goes to the target directly.
const LONG_RUN: usize = 16 << 10;

/// Records that stand one behind the other in their log, and are to be written as they are.
#[derive(Debug, Default)]
pub(super) struct Run<'a> {
    /// The log from the first of them on.
    tail: &'a [u8],
    len: usize,
}

impl<'a> Run<'a> {
    /// An empty run that begins where `tail` does.
    #[inline]
    pub(super) fn new(tail: &'a [u8]) -> Self {
        Self { tail, len: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether a record stands directly behind, and the run is not long enough.
    #[inline]
    pub(super) fn is_continued_by(&self, record: &[u8]) -> bool {
        let behind = self.tail.get(self.len..).and_then(|rest| rest.get(..record.len()));
        self.len < CHUNK && behind.is_some_and(|bytes| std::ptr::eq(bytes, record))
    }

    #[inline]
    pub(super) fn extend(&mut self, len: usize) {
        self.len += len;
    }

    fn bytes(self) -> &'a [u8] {
        self.tail.get(..self.len).unwrap_or_default()
    }
}

/// The event area: a buffer before the file, and where each event is.
///
/// A record goes into the buffer whole or not at all, and what of the buffer has reached the file is known even after an
/// error. So a call that failed can be made again.
#[derive(Debug)]
pub(super) struct Records<W> {
    out: W,
    /// Where in `out` the log begins.
    start: u64,
    buffer: Vec<u8>,
    /// Bytes of the log that are in the file.
    written: u64,
    offsets: Offsets,
    count: u32,
}

impl<W: Write + Seek> Records<W> {
    /// Begins a log where `out` stands.
    pub(super) fn new(mut out: W, header: &[u8]) -> Result<Self> {
        let start = out.stream_position()?;
        let mut buffer = Vec::with_capacity(CHUNK + LONG_RECORD);
        buffer.extend_from_slice(header);
        Ok(Self { out, start, buffer, written: 0, offsets: Offsets::new(), count: 0 })
    }

    pub(super) fn target_mut(&mut self) -> &mut W {
        &mut self.out
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Makes room for a record: what can fail of writing it.
    #[inline]
    pub(super) fn reserve(&mut self) -> Result<()> {
        self.reserve_behind(0)
    }

    /// Makes room for a record behind a run of so many bytes that is not written yet.
    #[inline]
    pub(super) fn reserve_behind(&mut self, run: usize) -> Result<()> {
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        if self.position() + run as u64 > OffsetEntry::MAX || self.count == u32::MAX {
            return Err(self.full());
        }
        Ok(())
    }

    /// Notes a record, for which there has to be [room](Self::reserve_behind), behind a run that is not written yet.
    #[inline]
    pub(super) fn note_behind(&mut self, run: usize) {
        self.offsets.push(self.position() + run as u64);
        self.count += 1;
    }

    /// Writes a run whose records have been noted, and empties it. What the target does not take stays in the buffer.
    pub(super) fn write_run(&mut self, run: &mut Run<'_>) -> Result<()> {
        let bytes = std::mem::take(run).bytes();
        if bytes.len() < LONG_RUN {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        let (sent, result) = match self.flush() {
            Ok(()) => self.send(bytes),
            Err(error) => (0, Err(error)),
        };
        self.buffer.extend_from_slice(bytes.get(sent..).unwrap_or_default());
        Ok(result?)
    }

    /// Begins a record, for which there has to be [room](Self::reserve), at the end of the buffer that it gives.
    #[inline]
    pub(super) fn begin(&mut self) -> &mut Vec<u8> {
        self.note_behind(0);
        &mut self.buffer
    }

    #[cold]
    fn full(&self) -> Error {
        match self.count {
            u32::MAX => Error::too_large("header.event_count", 1 << 32, u32::MAX.into()),
            _ => Error::too_large("event.offset", self.position(), OffsetEntry::MAX),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let (sent, result) = self.send(&buffer);
        self.buffer = buffer;
        self.buffer.drain(..sent);
        result
    }

    /// Hands bytes to the target: how many it took, and why not all.
    fn send(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut sent = 0;
        let mut result = Ok(());
        while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.out.write(rest) {
                Ok(len) if len > 0 => sent += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                failed => {
                    result = failed.and(Err(io::ErrorKind::WriteZero.into()));
                    break;
                }
            }
        }
        self.written += sent as u64;
        (sent, result)
    }

    /// Writes what follows the events, and in the end the header that knows where it is.
    pub(super) fn finish(mut self, tables: &[Vec<u8>; 4], mut header: FileHeader) -> Result<W> {
        let padding = usize::try_from(self.position().wrapping_neg() % 4).unwrap_or_default();
        self.buffer.extend_from_slice([0; 3].get(..padding).unwrap_or_default());
        self.flush()?;
        let mut at = self.written;
        let mut place = |len: u64| {
            let offset = at;
            at += len;
            offset
        };
        let [processes, strings, icons, hosts] = tables;
        header.event_count = self.count;
        header.event_offsets_offset = place(OffsetEntry::array_size(self.count));
        header.processes_offset = place(processes.len() as u64);
        header.strings_offset = place(strings.len() as u64);
        header.icons_offset = place(icons.len() as u64);
        header.hosts_offset = place(hosts.len() as u64);
        self.offsets.write_to(&mut self.out)?;
        for table in tables {
            self.out.write_all(table)?;
        }
        // What the target has not taken may not come behind the header, which says that the log is complete.
        self.out.flush()?;
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&header_bytes(&header)?)?;
        self.out.seek(SeekFrom::Start(self.start + at))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The bytes of the header of a log.
pub(super) fn header_bytes(header: &FileHeader) -> Result<Vec<u8>> {
    use binrw::BinWrite;
    let mut bytes = io::Cursor::new(Vec::with_capacity(FileHeader::SIZE));
    header.write(&mut bytes).map_err(|error| Error::new(ErrorKind::Io(io::Error::other(error))))?;
    Ok(bytes.into_inner())
}
