//! Exports of events: CSV, XML and JSON Lines.
//!
//! A [`Format`] turns events into bytes. [`write()`] runs it in one thread, [`Pipeline`] in several; both write the
//! same bytes.
//!
//! ```
//! use procmon_parser::export::{self, xml};
//! use procmon_parser::{Column, LogsReader, Style};
//!
//! let log = LogsReader::open("fixtures/sample64.pml")?;
//! let format = xml::Xml::new(log.indexes(), Column::PROCMON_ORDER, Style::new()).with_stacks(true);
//! let mut out = Vec::new();
//! export::write(&mut out, log.events(), format)?;
//! # Ok::<(), procmon_parser::Error>(())
//! ```

mod cells;
pub mod csv;
#[cfg(feature = "jsonl")]
pub mod jsonl;
mod log_names;
mod output;
mod pipeline;
#[cfg(feature = "serde")]
mod record;
mod sink;
pub mod xml;

pub use log_names::LogNames;
pub use pipeline::Pipeline;
#[cfg(feature = "serde")]
pub use record::{Record, Unreadable};

use std::io;

use crate::error::{Error, Result};
use crate::event::Event;

/// A file format, written by [`write()`] or a [`Pipeline`].
///
/// A clone produces identical output; it may own a separate cache. The trait is sealed: only this crate implements it.
pub trait Format: Clone + Send + Sealed {}

mod sealed {
    use super::output::Output;
    use super::sink::CrtBuffers;
    use crate::error::Error;
    use crate::event::Event;

    /// The parts of a file. Each method appends one part, so that several threads can format parts of it.
    pub trait Sealed {
        /// Appends the start of the file, before the first event.
        fn header(&self, out: &mut Output<'_>);

        /// Appends an event.
        fn event(&mut self, event: Event<'_>, out: &mut Output<'_>);

        /// Appends a placeholder for an event that cannot be read.
        fn unreadable(&mut self, error: &Error, out: &mut Output<'_>);

        /// Appends the end of the file, after the last event.
        fn footer(&self, out: &mut Vec<u8>);

        /// Returns the buffers that the output passes through; `None` if they change nothing.
        fn buffers(&self) -> Option<CrtBuffers> {
            None
        }
    }
}
use output::Output;
use sealed::Sealed;
use sink::Sink;

/// The counts of an export.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ExportSummary {
    /// The number of events written, including unreadable ones.
    pub rows: u64,
    /// The number of events that could not be read.
    pub unreadable: u64,
    /// The error of the first event that could not be read.
    pub first_error: Option<Error>,
}

/// The size in bytes at which buffered output is written.
const BUFFER: usize = 64 * 1024;

/// Writes the header, the events and the footer of a format.
///
/// ```
/// use procmon_parser::export::{self, csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut out = Vec::new();
/// let format = csv::Csv::new(&[Column::PID, Column::PATH], Style::new());
/// let failed = log.events().filter(|event| event.as_ref().is_ok_and(|event| event.status().is_error()));
/// let summary = export::write(&mut out, failed, format)?;
/// assert!(summary.rows < log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Errors
/// If writing to `out` or reading an event fails with an I/O error ([`Error::is_io`]).
pub fn write<'a, W: io::Write, F: Format>(
    out: W,
    events: impl IntoIterator<Item = Result<Event<'a>>>,
    mut format: F,
) -> Result<ExportSummary> {
    let mut out = Sink::begin(out, &format)?;
    let mut bytes = Vec::with_capacity(BUFFER + BUFFER / 4);
    let mut summary = ExportSummary::default();
    for event in events {
        let mut written = Ok(());
        let mut pass_on = |full: &mut Vec<u8>| {
            if written.is_ok() {
                written = out.write(full);
            }
            full.clear();
        };
        summary.add(event, &mut format, &mut Output::new(&mut bytes, &mut pass_on))?;
        if bytes.len() >= BUFFER {
            pass_on(&mut bytes);
        }
        written?;
    }
    out.write(&bytes)?;
    out.end(&format)?;
    Ok(summary)
}

impl ExportSummary {
    /// Formats and counts an event. An I/O error ends the export; an event that cannot be decoded is only counted.
    #[inline]
    fn add<F: Format>(&mut self, event: Result<Event<'_>>, format: &mut F, out: &mut Output<'_>) -> Result<()> {
        match event {
            Ok(event) => format.event(event, out),
            Err(error) if error.is_io() => return Err(error),
            Err(error) => {
                format.unreadable(&error, out);
                self.unreadable += 1;
                self.first_error.get_or_insert(error);
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Adds the counts of a later part of the export.
    fn append(&mut self, later: Self) {
        self.rows += later.rows;
        self.unreadable += later.unreadable;
        self.first_error = self.first_error.take().or(later.first_error);
    }
}
