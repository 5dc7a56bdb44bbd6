//! Procmon's CSV: UTF-8 with a byte-order mark, every cell in quotes, CR LF after each row.
//!
//! A quote inside a cell is doubled and a line feed becomes `;`, as in Procmon's own files, so that a row never holds
//! a line feed. Other control characters stay.

use std::fmt;
use std::io;
use std::ops::Range;

use crate::code::Column;
use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::{ProcessText, Style};
use crate::{Error, Result};

/// Writes events as rows of a CSV.
///
/// Rows are collected in a buffer that is reused; what depends on the process only is written once for each process
/// and copied from then on.
///
/// ```
/// use procmon_parser::export::csv;
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut writer = csv::Writer::new(Vec::new(), &[Column::PID, Column::PATH], Style::new());
/// writer.write_header().unwrap();
/// for event in log.events().flatten() {
///     writer.write_event(event).unwrap();
/// }
/// let text = String::from_utf8(writer.finish().unwrap()).unwrap();
/// assert!(text.starts_with("\u{FEFF}\"PID\",\"Path\"\r\n"));
/// ```
#[derive(Debug)]
pub struct Writer<'a, W> {
    out: W,
    layout: Layout,
    style: Style,
    rows: Vec<u8>,
    processes: ProcessCells<'a>,
}

/// What an export wrote.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Number of rows, those of unreadable events included.
    pub rows: u64,
    /// Number of events that could not be read; their rows are empty.
    pub unreadable: u64,
    /// Why the first of them could not be read.
    pub first_error: Option<Error>,
}

/// Writes header and all events; an event that cannot be read is a row of empty cells, as in Procmon.
///
/// ```
/// use procmon_parser::export::csv;
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut out = Vec::new();
/// let summary = csv::export(&mut out, log.events(), Column::PROCMON_ORDER, Style::new()).unwrap();
/// assert_eq!(summary.rows, log.len() as u64);
/// ```
///
/// # Errors
/// If writing to `out` fails.
pub fn export<'a, W: io::Write>(
    out: W,
    events: impl IntoIterator<Item = Result<Event<'a>>>,
    columns: &[Column],
    style: Style,
) -> Result<Summary> {
    let mut writer = Writer::new(out, columns, style);
    let mut summary = Summary::default();
    writer.write_header()?;
    for event in events {
        summary.rows += 1;
        match event {
            Ok(event) => writer.write_event(event)?,
            Err(error) => {
                summary.unreadable += 1;
                summary.first_error.get_or_insert(error);
                writer.write_unreadable()?;
            }
        }
    }
    writer.finish()?;
    Ok(summary)
}

/// Rows are handed on when there are this many bytes of them.
const BUFFER: usize = 64 * 1024;

impl<'a, W: io::Write> Writer<'a, W> {
    /// A writer of these columns, in this order.
    pub fn new(out: W, columns: &[Column], style: Style) -> Self {
        let layout = Layout::new(columns);
        let processes = ProcessCells::default();
        Self { out, layout, style, rows: Vec::with_capacity(BUFFER + BUFFER / 4), processes }
    }

    /// Writes byte-order mark and titles. A column that nobody knows has its id as title.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_header(&mut self) -> Result<()> {
        self.rows.extend_from_slice("\u{FEFF}".as_bytes());
        for (i, column) in self.layout.columns.iter().enumerate() {
            self.rows.extend_from_slice(if i > 0 { b",\"" } else { b"\"" });
            // Writing into memory does not fail.
            let _ = fmt::write(&mut Quoted(&mut self.rows), format_args!("{column}"));
            self.rows.push(b'"');
        }
        self.end_row()
    }

    /// Writes an event.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_event(&mut self, event: Event<'a>) -> Result<()> {
        let process = event.process();
        for (i, part) in self.layout.parts.iter().enumerate() {
            if i > 0 {
                self.rows.push(b',');
            }
            match part {
                Part::OfEvent(column) => {
                    let text = event.text_in(*column, &self.style);
                    cell(&mut self.rows, |out| text.write_to(out));
                }
                Part::OfProcess(run) => {
                    let text = ProcessText { process, style: &self.style };
                    self.processes.append(&mut self.rows, &self.layout, *run, event.index(), text);
                }
            }
        }
        self.end_row()
    }

    /// Writes the row of an event that cannot be read: empty cells.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_unreadable(&mut self) -> Result<()> {
        for i in 0..self.layout.columns.len() {
            self.rows.extend_from_slice(if i > 0 { b",\"\"" } else { b"\"\"" });
        }
        self.end_row()
    }

    /// Hands on what is buffered and gives the output back.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn finish(mut self) -> Result<W> {
        self.out.write_all(&self.rows)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn end_row(&mut self) -> Result<()> {
        self.rows.extend_from_slice(b"\r\n");
        if self.rows.len() >= BUFFER {
            self.out.write_all(&self.rows)?;
            self.rows.clear();
        }
        Ok(())
    }
}

/// The columns, cut into those of the event and runs of those of its process.
#[derive(Debug)]
struct Layout {
    columns: Vec<Column>,
    parts: Vec<Part>,
    runs: Vec<Range<usize>>,
}

#[derive(Debug)]
enum Part {
    OfEvent(Column),
    /// The number of a run.
    OfProcess(usize),
}

impl Layout {
    fn new(columns: &[Column]) -> Self {
        let (mut parts, mut runs) = (Vec::new(), Vec::<Range<usize>>::new());
        for (i, &column) in columns.iter().enumerate() {
            if !column.is_of_process() {
                parts.push(Part::OfEvent(column));
                continue;
            }
            match runs.last_mut().filter(|run| run.end == i) {
                Some(run) => run.end += 1,
                None => {
                    parts.push(Part::OfProcess(runs.len()));
                    runs.push(i..i + 1);
                }
            }
        }
        Self { columns: columns.to_vec(), parts, runs }
    }

    /// Writes the cells of a run.
    fn write_run(&self, out: &mut Vec<u8>, run: usize, text: ProcessText<'_, '_>) {
        let columns = self.runs.get(run).and_then(|run| self.columns.get(run.clone())).unwrap_or_default();
        for (i, &column) in columns.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            cell(out, |out| text.write_column(column, out));
        }
    }
}

/// Writes a cell in its quotes.
#[inline]
fn cell(out: &mut Vec<u8>, write: impl FnOnce(&mut Quoted<'_>) -> fmt::Result) {
    out.push(b'"');
    // Writing into memory does not fail.
    let _ = write(&mut Quoted(out));
    out.push(b'"');
}

/// The inside of a quoted cell.
struct Quoted<'r>(&'r mut Vec<u8>);

impl fmt::Write for Quoted<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while let Some(at) = memchr::memchr2(b'"', b'\n', rest) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            self.0.extend_from_slice(plain);
            self.0.extend_from_slice(if special.starts_with(b"\n") { b";" } else { b"\"\"" });
            rest = special.get(1..).unwrap_or_default();
        }
        self.0.extend_from_slice(rest);
        Ok(())
    }
}

/// The cells of each process of one file, as they stand in a row.
///
/// The lifetime keeps the file's tables in place, so that their address tells one file from another.
#[derive(Debug, Default)]
struct ProcessCells<'a> {
    index: Option<&'a Index>,
    /// For each process, and for a missing one at the end: where the spans of its runs begin, + 1.
    slots: Vec<u32>,
    spans: Vec<Range<usize>>,
    text: Vec<u8>,
}

/// Text of processes is kept up to this size; a log made to have more is written without.
const KEPT: usize = 16 << 20;

impl<'a> ProcessCells<'a> {
    #[inline]
    fn append(&mut self, row: &mut Vec<u8>, layout: &Layout, run: usize, index: &'a Index, text: ProcessText<'a, '_>) {
        if !self.index.is_some_and(|current| std::ptr::eq(current, index)) {
            *self = Self { index: Some(index), slots: vec![0; index.processes().len() + 1], ..Self::default() };
        }
        let position = text.process.map_or(self.slots.len() - 1, Process::position);
        let first = match self.slots.get(position) {
            Some(0) if self.text.len() < KEPT => self.keep(layout, position, text),
            Some(&first) if first != 0 => first,
            _ => return layout.write_run(row, run, text),
        };
        let span = self.spans.get(first as usize - 1 + run).cloned().unwrap_or_default();
        row.extend_from_slice(self.text.get(span).unwrap_or_default());
    }

    #[cold]
    fn keep(&mut self, layout: &Layout, position: usize, text: ProcessText<'a, '_>) -> u32 {
        let first = u32::try_from(self.spans.len() + 1).unwrap_or(0);
        for run in 0..layout.runs.len() {
            let start = self.text.len();
            layout.write_run(&mut self.text, run, text);
            self.spans.push(start..self.text.len());
        }
        if let Some(slot) = self.slots.get_mut(position) {
            *slot = first;
        }
        first
    }
}
