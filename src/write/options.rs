//! Options of a writer.

use std::io::{Seek, Write};

use super::LogsWriter;
use crate::error::Result;
use crate::index::{Index, SystemInfo};
use crate::redact::Redactor;
use crate::text::Compat;

/// Options of a [`LogsWriter`] that must be known before the first byte is written.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::write::WriterOptions;
/// use procmon_parser::{LogsReader, Redactor};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut redactor = Redactor::new();
/// redactor.replace_people(&log)?;
/// let mut writer = WriterOptions::new().redact(redactor).create_for_copy(Cursor::new(Vec::new()), log.index())?;
/// writer.copy_events(log.events().flatten())?;
/// assert!(writer.redactor().is_some_and(|redactor| redactor.rewritten_events() > 0));
/// writer.finish()?;
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriterOptions {
    pub(super) redactor: Option<Redactor>,
    pub(super) compat: Compat,
}

impl WriterOptions {
    /// Returns the default options, which [`LogsWriter::new`] and [`LogsWriter::for_copy`] use.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces names in all events, in the header and in the tables. The replacement of the computer name is truncated
    /// to 15 characters.
    #[must_use]
    pub fn redact(mut self, redactor: Redactor) -> Self {
        self.redactor = Some(redactor);
        self
    }

    /// Writes the header and the tables as the given version of Procmon does when it saves a log; see
    /// [`SaveOptions::compat`]. The default, [`Compat::Complete`], loses nothing that is in the source.
    ///
    /// [`SaveOptions::compat`]: super::SaveOptions::compat
    #[must_use]
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// Starts a new log; see [`LogsWriter::new`].
    ///
    /// # Errors
    /// Same as [`LogsWriter::new`].
    pub fn create<W: Write + Seek>(self, out: W, system: &SystemInfo) -> Result<LogsWriter<W>> {
        LogsWriter::begin(out, system.to_header()?, self)
    }

    /// Starts a log into which events of another log are copied; see [`LogsWriter::for_copy`].
    ///
    /// # Errors
    /// Same as [`LogsWriter::for_copy`].
    pub fn create_for_copy<W: Write + Seek>(self, out: W, index: &Index) -> Result<LogsWriter<W>> {
        let mut writer = LogsWriter::begin(out, index.header().clone(), self)?;
        // Like a log that Procmon saves, a copy without a System process gets a record of zeros for it. A new log does
        // not.
        writer.is_copy = true;
        writer.add_source(index)?;
        Ok(writer)
    }
}
