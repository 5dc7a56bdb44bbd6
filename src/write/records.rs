//! Buffered writing of event records.

use std::io::{self, Seek, SeekFrom, Write};

use super::offsets::Offsets;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::OffsetEntry;
use crate::wire::layout::FileHeader;

/// The number of bytes that are collected before a write. Small enough to stay in the processor's cache.
const CHUNK: usize = 128 << 10;
/// The room for one more record after a full chunk, in bytes. Longer records, which make the buffer grow, are rare: an
/// extra block has at most 64 KiB.
const LONG_RECORD: usize = 96 << 10;

/// The length in bytes from which a run is written to the target directly instead of being copied into the buffer.
const LONG_RUN: usize = 16 << 10;

/// Records that are adjacent in their log and are written unchanged, with a single copy.
#[derive(Debug, Default)]
pub(super) struct Run<'a> {
    /// The bytes of the log from the first record on.
    tail: &'a [u8],
    /// The total length of the records in bytes.
    len: usize,
}

impl<'a> Run<'a> {
    /// Creates an empty run at the start of `tail`.
    #[inline]
    pub(super) fn new(tail: &'a [u8]) -> Self {
        Self { tail, len: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns true if a record directly follows the run in memory and the run may still grow.
    #[inline]
    pub(super) fn is_continued_by(&self, record: &[u8]) -> bool {
        let following = self.tail.get(self.len..).and_then(|rest| rest.get(..record.len()));
        // The addresses are compared, not the contents: equal bytes elsewhere would not be adjacent.
        self.len < CHUNK && following.is_some_and(|bytes| std::ptr::eq(bytes, record))
    }

    #[inline]
    pub(super) fn extend(&mut self, len: usize) {
        self.len += len;
    }

    fn bytes(self) -> &'a [u8] {
        self.tail.get(..self.len).unwrap_or_default()
    }
}

/// The writer of the event area, with a buffer and the offsets of the events.
///
/// A record is put into the buffer completely or not at all, and the number of bytes that the target has accepted is
/// known even after an error. So a call that failed can be repeated.
#[derive(Debug)]
pub(super) struct Records<W> {
    out: W,
    /// The position of the log in `out`.
    start: u64,
    buffer: Vec<u8>,
    /// The number of bytes of the log that the target has accepted.
    written: u64,
    offsets: Offsets,
    count: u32,
}

impl<W: Write + Seek> Records<W> {
    /// Starts a log at the current position of `out`.
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

    /// Returns the offset in the log at which the next byte will be written.
    fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Makes room for a record. Fails if writing a record would fail, so that the following steps cannot fail.
    #[inline]
    pub(super) fn reserve(&mut self) -> Result<()> {
        self.reserve_after(0).map(drop)
    }

    /// Makes room for a record after a run of `run` bytes that is not written yet. Returns the offset of the record in
    /// the log.
    #[inline]
    pub(super) fn reserve_after(&mut self, run: usize) -> Result<u64> {
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        let offset = self.position() + run as u64;
        if offset > OffsetEntry::MAX || self.count == u32::MAX {
            return Err(self.full());
        }
        Ok(offset)
    }

    /// Adds the offset of a record, which [`reserve_after`](Self::reserve_after) returned.
    #[inline]
    pub(super) fn note(&mut self, offset: u64) {
        self.offsets.push(offset);
        self.count += 1;
    }

    /// Writes a run whose offsets were already added, and empties it. The bytes that the target does not accept stay in
    /// the buffer.
    #[inline]
    pub(super) fn write_run(&mut self, run: &mut Run<'_>) -> Result<()> {
        if run.len == 0 { Ok(()) } else { self.write_records(run) }
    }

    fn write_records(&mut self, run: &mut Run<'_>) -> Result<()> {
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

    /// Adds the offset of a new record, and returns the buffer to append it to. Call [`reserve`](Self::reserve) first.
    #[inline]
    pub(super) fn begin(&mut self) -> &mut Vec<u8> {
        self.note(self.position());
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

    /// Writes bytes to the target. Returns the number of bytes that it accepted, and the error if it did not accept
    /// all.
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

    /// Writes the event-offset array and the tables, then the header with their offsets.
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
        // A complete header marks the log as closed, so all other bytes must reach the target before it.
        self.out.flush()?;
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&header_bytes(&header)?)?;
        self.out.seek(SeekFrom::Start(self.start + at))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Encodes the header of a log.
pub(super) fn header_bytes(header: &FileHeader) -> Result<Vec<u8>> {
    use binrw::BinWrite;
    let mut bytes = io::Cursor::new(Vec::with_capacity(FileHeader::SIZE));
    header.write(&mut bytes).map_err(|error| Error::new(ErrorKind::Io(io::Error::other(error))))?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::Records;
    use crate::wire::OffsetEntry;

    #[test]
    fn a_record_begins_at_an_offset_of_forty_bits() {
        let mut records = Records::new(Cursor::new(Vec::new()), &[0; 10]).unwrap();
        let max_len = usize::try_from(OffsetEntry::MAX - 10).unwrap();
        assert_eq!(records.reserve_after(max_len).unwrap(), OffsetEntry::MAX);
        for run in [max_len + 1, max_len + 2, 2 * max_len] {
            assert!(records.reserve_after(run).is_err());
        }
    }
}
