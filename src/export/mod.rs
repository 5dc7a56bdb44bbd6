//! Writing events in the formats that others read.
//!
//! A [`Format`] appends to bytes; what drives it decides where they go: [`write()`] in one thread, [`Pipeline`] in
//! several, each with the same bytes as result.
//!
//! ```
//! use procmon_parser::export::{self, xml};
//! use procmon_parser::{Column, LogsReader, Style};
//!
//! let log = LogsReader::open("fixtures/sample64.pml").unwrap();
//! let format = xml::Xml::new(log.indexes(), Column::PROCMON_ORDER, Style::new()).with_stacks(true);
//! let mut out = Vec::new();
//! export::write(&mut out, log.events(), format).unwrap();
//! ```

mod cells;
pub mod csv;
#[cfg(feature = "jsonl")]
pub mod jsonl;
mod pipeline;
#[cfg(feature = "serde")]
mod record;
pub mod xml;

pub use pipeline::Pipeline;
#[cfg(feature = "serde")]
pub use record::{Record, Unreadable};

use std::io;

use crate::error::{Error, Result};
use crate::event::Event;

/// A format of files: each method appends a part of one to `out`, so that the parts may be made in several threads.
///
/// A clone makes the same bytes. It may take a cache of its own along.
pub trait Format: Clone + Send {
    /// What stands before all events.
    fn header(&self, out: &mut Vec<u8>);

    /// An event.
    fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>);

    /// What stands in place of an event that cannot be read.
    fn unreadable(&mut self, error: &Error, out: &mut Vec<u8>);

    /// What stands behind all events.
    fn footer(&self, out: &mut Vec<u8>);
}

/// What an export wrote.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Number of events written, unreadable ones included.
    pub rows: u64,
    /// Number of events that could not be read.
    pub unreadable: u64,
    /// Why the first of them could not be read.
    pub first_error: Option<Error>,
}

/// Bytes are handed on when there are this many of them.
const BUFFER: usize = 64 * 1024;

/// Writes header, events and footer.
///
/// ```
/// use procmon_parser::export::{self, csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut out = Vec::new();
/// let format = csv::Csv::new(&[Column::PID, Column::PATH], Style::new());
/// let failed = log.events().filter(|event| event.as_ref().is_ok_and(|event| event.status().is_error()));
/// let summary = export::write(&mut out, failed, format).unwrap();
/// assert!(summary.rows < log.len() as u64);
/// ```
///
/// # Errors
/// If writing to `out` fails, or reading the events does: [`Error::is_io`].
pub fn write<'a, W: io::Write, F: Format>(
    mut out: W,
    events: impl IntoIterator<Item = Result<Event<'a>>>,
    mut format: F,
) -> Result<Summary> {
    let mut bytes = Vec::with_capacity(BUFFER + BUFFER / 4);
    let mut summary = Summary::default();
    format.header(&mut bytes);
    for event in events {
        summary.add(event, &mut format, &mut bytes)?;
        if bytes.len() >= BUFFER {
            out.write_all(&bytes)?;
            bytes.clear();
        }
    }
    format.footer(&mut bytes);
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(summary)
}

impl Summary {
    /// Writes and counts an event. An error of the world, not of the event, is one of the export.
    #[inline]
    fn add<F: Format>(&mut self, event: Result<Event<'_>>, format: &mut F, out: &mut Vec<u8>) -> Result<()> {
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

    /// Counts what follows.
    fn append(&mut self, later: Self) {
        self.rows += later.rows;
        self.unreadable += later.unreadable;
        self.first_error = self.first_error.take().or(later.first_error);
    }
}
