//! Events on their way into the file.

use std::io::{self, Seek, SeekFrom, Write};

use super::offsets::Offsets;
use crate::wire::layout::FileHeader;
use crate::{Error, ErrorKind, Result};

/// Bytes that are collected before they are written; they should stay in the cache of the processor.
const CHUNK: usize = 128 << 10;

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
    pub(super) offsets: Offsets,
    count: u32,
}

impl<W: Write + Seek> Records<W> {
    /// Begins a log where `out` stands.
    pub(super) fn new(mut out: W, header: &[u8]) -> Result<Self> {
        let start = out.stream_position()?;
        let mut buffer = Vec::with_capacity(CHUNK + (CHUNK >> 2));
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
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        if self.position() > Offsets::GREATEST || self.count == u32::MAX {
            return Err(self.full());
        }
        Ok(self.offsets.reserve()?)
    }

    /// Begins a record, for which there has to be [room](Self::reserve), at the end of the buffer that it gives.
    #[inline]
    pub(super) fn begin(&mut self) -> &mut Vec<u8> {
        self.offsets.push(self.position());
        self.count += 1;
        &mut self.buffer
    }

    #[cold]
    fn full(&self) -> Error {
        match self.count {
            u32::MAX => Error::too_large("header.event_count", 1 << 32, u32::MAX.into()),
            _ => Error::too_large("event.offset", self.position(), Offsets::GREATEST),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let mut sent = 0;
        let mut result = Ok(());
        while let Some(rest) = self.buffer.get(sent..).filter(|rest| !rest.is_empty()) {
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
        self.buffer.drain(..sent);
        result
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
        header.event_offsets_offset = place(5 * u64::from(self.count));
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

/// The bytes of a header.
pub(super) fn header_bytes(header: &FileHeader) -> Result<Vec<u8>> {
    use binrw::BinWrite;
    let mut bytes = io::Cursor::new(Vec::with_capacity(FileHeader::SIZE));
    header.write(&mut bytes).map_err(|error| Error::new(ErrorKind::Io(io::Error::other(error))))?;
    Ok(bytes.into_inner())
}
