//! Rows of cells for the table formats, with a cache of the cells that depend on the process alone.

use std::fmt;
use std::ops::Range;

use crate::code::Column;
use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::{ProcessText, SEQUENCE, Style};

/// The rules by which a table format writes a cell.
pub(super) trait Dialect {
    /// Receives the text of a cell and escapes the characters that the format does not allow.
    type Escaped<'o>: fmt::Write;

    /// Writes the cell at position `place` of the row; `write` writes its text. If `is_unquoted`, the text has no
    /// quotation marks and no line feeds.
    fn cell(
        &self,
        place: usize,
        is_unquoted: bool,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Self::Escaped<'_>) -> fmt::Result,
    );
}

/// Writes rows of cells in a dialect.
#[derive(Clone, Debug)]
pub(super) struct Cells<D> {
    dialect: D,
    columns: Vec<Column>,
    parts: Vec<Part>,
    runs: Vec<Range<usize>>,
    style: Style,
    processes: ProcessCache,
}

/// A part of a row: a column of the event, or a run of adjacent columns of its process.
#[derive(Clone, Debug)]
enum Part {
    OfEvent {
        /// The position in the row.
        place: usize,
        column: Column,
        /// True if the text has no quotation marks and no line feeds.
        is_unquoted: bool,
    },
    /// The position in `runs`.
    OfProcess(usize),
}

impl<D: Dialect> Cells<D> {
    pub(super) fn new(dialect: D, columns: &[Column], style: Style) -> Self {
        let (mut parts, mut runs) = (Vec::new(), Vec::<Range<usize>>::new());
        for (place, &column) in columns.iter().enumerate() {
            if !column.is_of_process() {
                parts.push(Part::OfEvent { place, column, is_unquoted: style.is_unquoted(column) });
                continue;
            }
            match runs.last_mut().filter(|run| run.end == place) {
                Some(run) => run.end += 1,
                None => {
                    parts.push(Part::OfProcess(runs.len()));
                    runs.push(place..place + 1);
                }
            }
        }
        Self { dialect, columns: columns.to_vec(), parts, runs, style, processes: ProcessCache::default() }
    }

    pub(super) fn dialect(&self) -> &D {
        &self.dialect
    }

    pub(super) fn style(&self) -> &Style {
        &self.style
    }

    /// Writes the cells of an event.
    #[inline]
    pub(super) fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        let process = event.process();
        for part in &self.parts {
            match *part {
                Part::OfEvent { place, column, is_unquoted } => {
                    let text = event.text_in(column, &self.style);
                    self.dialect.cell(place, is_unquoted, out, |out| text.write_to(out));
                }
                Part::OfProcess(run) => {
                    let text = ProcessText { index: event.index(), process, style: &self.style };
                    let (dialect, columns, runs) = (&self.dialect, &self.columns, &self.runs);
                    let write = |run, out: &mut Vec<u8>| write_run(dialect, columns, runs, run, out, text);
                    self.processes.append(out, event.index(), process, run, runs.len(), write);
                }
            }
        }
    }

    /// Writes the row of an event that cannot be read: only Sequence, which is the same for all events, has text.
    pub(super) fn unreadable(&self, out: &mut Vec<u8>) {
        for (place, &column) in self.columns.iter().enumerate() {
            let text = if column == Column::SEQUENCE { SEQUENCE } else { "" };
            self.dialect.cell(place, false, out, |out| fmt::Write::write_str(out, text));
        }
    }

    /// Writes the titles. The title of an unknown column is its id. In the style of a Procmon version, it is the title
    /// of the column before it, or empty if the unknown column comes first.
    pub(super) fn titles(&self, out: &mut Vec<u8>) {
        let mut title = None;
        for (place, &column) in self.columns.iter().enumerate() {
            if self.style.has_column(column) || !self.style.is_procmon() {
                title = Some(column);
            }
            self.dialect.cell(place, false, out, |out| match title {
                Some(column) => fmt::write(out, format_args!("{column}")),
                None => Ok(()),
            });
        }
    }
}

fn write_run<D: Dialect>(
    dialect: &D,
    columns: &[Column],
    runs: &[Range<usize>],
    run: usize,
    out: &mut Vec<u8>,
    text: ProcessText<'_, '_>,
) {
    for place in runs.get(run).cloned().unwrap_or_default() {
        let column = columns.get(place).copied().unwrap_or_default();
        dialect.cell(place, false, out, |out| text.write_column(column, out));
    }
}

/// A value that a format caches for each file of a log. Several files are kept, because the events of merged logs
/// alternate between files.
#[derive(Clone, Debug)]
pub(super) struct PerFile<T> {
    current: Option<(Index, T)>,
    /// The values of other files, the most recently used file last.
    others: Vec<(Index, T)>,
}

impl<T> Default for PerFile<T> {
    fn default() -> Self {
        Self { current: None, others: Vec::new() }
    }
}

impl<T> PerFile<T> {
    /// The maximum number of other files.
    const MAX: usize = 7;

    /// Returns the value of a file. Calls `new` to create it if it is not cached.
    #[inline]
    pub(super) fn enter(&mut self, index: &Index, new: impl FnOnce() -> T) -> &mut T {
        if !self.current.as_ref().is_some_and(|(known, _)| known.ptr_eq(index)) {
            self.leave_for(index);
        }
        &mut self.current.get_or_insert_with(|| (index.clone(), new())).1
    }

    #[inline(never)]
    fn leave_for(&mut self, index: &Index) {
        let known = self.others.iter().position(|(known, _)| known.ptr_eq(index));
        let next = known.map(|number| self.others.remove(number));
        if self.others.len() == Self::MAX {
            self.others.remove(0);
        }
        self.others.extend(std::mem::replace(&mut self.current, next));
    }
}

/// The formatted text of each process, written once and copied afterwards.
#[derive(Clone, Debug, Default)]
pub(super) struct ProcessCache(PerFile<ProcessTexts>);

/// The formatted text of each process of a file.
#[derive(Clone, Debug)]
struct ProcessTexts {
    /// For each process, and in the last element for an unknown process: 1 + the position in `spans` of its first run,
    /// or 0 if its text is not cached.
    slots: Vec<u32>,
    /// The range in `text` of each run.
    spans: Vec<Range<usize>>,
    text: Vec<u8>,
}

/// The size in bytes at which the texts of a file stop growing, so that a crafted log cannot exhaust memory.
const KEPT: usize = 4 << 20;

impl ProcessCache {
    /// Appends the text of a process for a run, one of `runs`; `write` formats a run that is not cached.
    #[inline]
    pub(super) fn append(
        &mut self,
        out: &mut Vec<u8>,
        index: &Index,
        process: Option<Process<'_>>,
        run: usize,
        runs: usize,
        write: impl Fn(usize, &mut Vec<u8>),
    ) {
        let slots = || vec![0; index.processes().len() + 1];
        let texts = self.0.enter(index, || ProcessTexts { slots: slots(), spans: Vec::new(), text: Vec::new() });
        let position = process.map_or(texts.slots.len() - 1, Process::table_index);
        let first = match texts.slots.get(position) {
            Some(0) if texts.text.len() < KEPT => texts.keep(position, runs, write),
            Some(&first) if first != 0 => first,
            _ => return write(run, out),
        };
        let span = texts.spans.get(first as usize - 1 + run).cloned().unwrap_or_default();
        out.extend_from_slice(texts.text.get(span).unwrap_or_default());
    }
}

impl ProcessTexts {
    #[cold]
    fn keep(&mut self, position: usize, runs: usize, write: impl Fn(usize, &mut Vec<u8>)) -> u32 {
        let first = u32::try_from(self.spans.len() + 1).unwrap_or(0);
        for run in 0..runs {
            let start = self.text.len();
            write(run, &mut self.text);
            self.spans.push(start..self.text.len());
        }
        if let Some(slot) = self.slots.get_mut(position) {
            *slot = first;
        }
        first
    }
}
