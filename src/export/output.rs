//! The buffer that formats append to.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};

/// A buffer for a part of a file. It can pass on its bytes before a long part is complete, so that memory stays
/// bounded: if many frames or processes share one long path, the stack of an event or the list of processes can be
/// thousands of times as long as the log.
pub struct Output<'o> {
    bytes: &'o mut Vec<u8>,
    /// Writes the bytes, and empties the buffer.
    pass_on: &'o mut dyn FnMut(&mut Vec<u8>),
}

/// The length in bytes at which a buffer passes on its bytes before the part is complete.
const FULL: usize = 1 << 20;

impl<'o> Output<'o> {
    pub(super) fn new(bytes: &'o mut Vec<u8>, pass_on: &'o mut dyn FnMut(&mut Vec<u8>)) -> Self {
        Self { bytes, pass_on }
    }

    /// Passes on the bytes if there are many. Called between two lines, because line ends must not be divided.
    #[inline]
    pub(super) fn flush_if_large(&mut self) {
        if self.bytes.len() >= FULL {
            (self.pass_on)(self.bytes);
        }
    }
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("len", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Deref for Output<'_> {
    type Target = Vec<u8>;

    #[inline]
    fn deref(&self) -> &Vec<u8> {
        self.bytes
    }
}

impl DerefMut for Output<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        self.bytes
    }
}

/// Appends bytes, and passes on earlier ones if there are many. The last bytes stay in the buffer.
impl io::Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush_if_large();
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
