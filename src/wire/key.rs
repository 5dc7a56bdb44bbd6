//! Keys of the process table.

use std::fmt;

use super::Field;

/// The key of a process in the process table, by which events, processes and details refer to it.
///
/// A key is not a process id (PID): Windows reuses PIDs, but each key of a process table identifies one process.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let event = log.event(0)?;
/// assert_eq!(log.index().process(event.process_key()), event.process());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[repr(transparent)]
pub struct ProcessKey(pub u32);

impl ProcessKey {
    /// The key of events without a process.
    pub const NONE: Self = Self(u32::MAX);
}

impl fmt::Display for ProcessKey {
    /// Writes the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u32> for ProcessKey {
    fn from(key: u32) -> Self {
        Self(key)
    }
}

impl From<ProcessKey> for u32 {
    fn from(key: ProcessKey) -> Self {
        key.0
    }
}

impl Field for ProcessKey {
    type Bytes = [u8; 4];

    #[inline(always)]
    fn read(bytes: &[u8]) -> Option<Self> {
        u32::read(bytes).map(Self)
    }

    #[inline(always)]
    fn to_bytes(self) -> Self::Bytes {
        self.0.to_le_bytes()
    }
}
