//! Cross Reference Summary: the paths through which processes can exchange data.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io;

use super::csv::DialogCsv;
use super::keys::{Keys, Limits};
use super::merge::Merge;
use super::table::{TableColumn, grouped};
use super::{Analysis, text};
use crate::code::{Category, Column, EventClass};
use crate::error::Result;
use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::Style;
use crate::wire::ProcessKey;

/// The paths of files and registry keys that one process writes and another one writes or reads.
///
/// An event writes or reads if its [`Category`] is Write or Read. Metadata does not count.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, CrossReference};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut references = CrossReference::default();
/// log.events().flatten().for_each(|event| references.add(&event));
/// for row in references.table().rows {
///     let names = row.writers.iter().map(|process| process.to_string());
///     println!("{} is written by {}", row.path, names.collect::<Vec<_>>().join(", "));
/// }
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossReference {
    style: Style,
    paths: Keys<Accesses>,
    buffer: String,
    processes: Processes,
}

/// The numbers of the processes that write and read a path.
#[derive(Clone, Debug, Default)]
struct Accesses {
    writers: BTreeSet<u32>,
    readers: BTreeSet<u32>,
}

impl Accesses {
    /// Returns the numbers of all processes, in ascending order.
    fn all(&self) -> impl Iterator<Item = u32> {
        self.writers.union(&self.readers).copied()
    }
}

impl Merge for Accesses {
    fn merge(&mut self, other: &Self) {
        self.writers.extend(&other.writers);
        self.readers.extend(&other.readers);
    }
}

/// The distinct processes, numbered in the order of their first event. A log has no more of them than process tables
/// with their entries.
#[derive(Clone, Debug, Default)]
struct Processes {
    names: Vec<(u32, Box<str>)>,
    numbers: HashMap<(u32, Box<str>), u32>,
    /// The file of `of_key`.
    index: Option<Index>,
    of_key: HashMap<ProcessKey, u32>,
    last: Option<(ProcessKey, u32)>,
}

impl Processes {
    #[inline]
    fn number(&mut self, event: &Event<'_>, style: &Style) -> u32 {
        if self.index.as_ref().is_none_or(|index| !index.ptr_eq(event.index())) {
            self.index = Some(event.index().clone());
            self.of_key.clear();
            self.last = None;
        }
        let key = event.process_key();
        match self.last {
            Some((last, number)) if last == key => number,
            _ => self.of_other(event, style),
        }
    }

    fn of_other(&mut self, event: &Event<'_>, style: &Style) -> u32 {
        let key = event.process_key();
        let number = match self.of_key.get(&key) {
            Some(&number) => number,
            None => {
                let mut name = String::new();
                // Writing to a string does not fail.
                let _ = event.text_in(Column::PROCESS_NAME, style).write_exact(&mut name);
                let number = self.number_of(event.process().map_or(0, Process::pid), name.into());
                // All processes that are not in the table have the same text, and any number of keys.
                if event.process().is_some() {
                    self.of_key.insert(key, number);
                }
                number
            }
        };
        self.last = Some((key, number));
        number
    }

    fn number_of(&mut self, pid: u32, name: Box<str>) -> u32 {
        let Self { names, numbers, .. } = self;
        *numbers.entry((pid, name)).or_insert_with_key(|(pid, name)| {
            names.push((*pid, name.clone()));
            u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn get(&self, number: u32) -> Option<(u32, &str)> {
        self.names.get(number as usize).map(|(pid, name)| (*pid, &**name))
    }
}

/// A process that writes or reads a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Participant<'s> {
    /// The name; empty for events without a process.
    pub name: Cow<'s, str>,
    /// The process id; 0 for events without a process.
    pub pid: u32,
}

impl fmt::Display for Participant<'_> {
    /// Writes name and PID, such as `explorer.exe (4242)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.pid)
    }
}

/// A path with the processes that write and read it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CrossRow<'s> {
    /// The path, in the spelling of the first event.
    pub path: Cow<'s, str>,
    /// The processes that write, at least one, in the order of name and PID.
    pub writers: Vec<Participant<'s>>,
    /// The processes that read, in the order of name and PID.
    pub readers: Vec<Participant<'s>>,
}

/// The table of a [`CrossReference`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CrossTable<'s> {
    /// The rows, at first in alphabetical order of their paths.
    pub rows: Vec<CrossRow<'s>>,
    /// True if the log has more paths than the [`Limits`], so rows are missing.
    pub is_incomplete: bool,
}

impl CrossTable<'_> {
    /// The columns of the table.
    pub const COLUMNS: [TableColumn; 3] = [TableColumn::Name, TableColumn::Writers, TableColumn::Readers];

    /// Sorts the rows by the number of writers or readers in descending order, or by path. Does nothing for other
    /// columns.
    pub fn sort_by(&mut self, column: TableColumn) {
        match column {
            TableColumn::Writers => self.rows.sort_by_key(|row| std::cmp::Reverse(row.writers.len())),
            TableColumn::Readers => self.rows.sort_by_key(|row| std::cmp::Reverse(row.readers.len())),
            TableColumn::Name => self.rows.sort_by_cached_key(|row| text::lower(&row.path).into_owned()),
            _ => {}
        }
    }

    /// Keeps the first rows and returns the number of others.
    pub fn truncate(&mut self, rows: usize) -> usize {
        self.rows.split_off(rows.min(self.rows.len())).len()
    }
}

impl Default for CrossReference {
    fn default() -> Self {
        Self::new(Style::new())
    }
}

impl CrossReference {
    /// Creates an empty cross reference of paths in a style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self::with_limits(style, Limits::default())
    }

    /// Creates an empty cross reference with other limits on the number of paths.
    #[must_use]
    pub fn with_limits(style: Style, limits: Limits) -> Self {
        Self { style, paths: Keys::new(limits), buffer: String::new(), processes: Processes::default() }
    }

    /// Returns a row for each path that has a writer and at least two different processes among its writers and
    /// readers. Two processes are different if their names or PIDs are; paths that differ in case alone are one path.
    #[must_use]
    pub fn table(&self) -> CrossTable<'_> {
        let kept = self.paths.kept();
        let groups = grouped(&kept.entries, text::lower).into_iter();
        let is_shown = |(_, accesses): &(&str, Accesses)| !accesses.writers.is_empty() && accesses.all().count() > 1;
        let rows = groups.filter(is_shown).map(|(path, accesses)| CrossRow {
            path: text::shown(path),
            writers: self.participants(&accesses.writers),
            readers: self.participants(&accesses.readers),
        });
        CrossTable { rows: rows.collect(), is_incomplete: kept.others.is_some() }
    }

    fn participants(&self, numbers: &BTreeSet<u32>) -> Vec<Participant<'_>> {
        let known = numbers.iter().filter_map(|&number| self.processes.get(number));
        let mut participants: Vec<_> = known.map(|(pid, name)| Participant { name: text::shown(name), pid }).collect();
        participants.sort();
        participants
    }

    /// Writes the file that Procmon saves of its dialog. Procmon lists the names of processes without PIDs, and shows a
    /// path only if two of its processes have different names. If the paths are those of a version of Procmon, so if
    /// its [`Compat`](crate::Compat) is set in the style, the file is the same byte for byte.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        let kept = self.paths.kept();
        let mut csv = DialogCsv::new(out, &["Path", TableColumn::Writers.title(), TableColumn::Readers.title()])?;
        for (path, accesses) in grouped(&kept.entries, text::ascii_lower) {
            if accesses.writers.is_empty() || self.names(accesses.all()).len() < 2 {
                continue;
            }
            csv.cell(text::shown(path));
            for numbers in [&accesses.writers, &accesses.readers] {
                let names = self.names(numbers.iter().copied());
                let names: Vec<_> =
                    names.values().filter(|name| !name.is_empty()).map(|name| text::shown(name)).collect();
                csv.cell(names.join(", "));
            }
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }

    /// Returns the names of processes by their lower case, each in the spelling of the first process.
    fn names(&self, numbers: impl Iterator<Item = u32>) -> BTreeMap<Small<'_>, &str> {
        let mut names = BTreeMap::new();
        for (_, name) in numbers.filter_map(|number| self.processes.get(number)) {
            names.entry(Small(text::ascii_lower(name))).or_insert(name);
        }
        names
    }
}

/// A text in the order of its UTF-16 units.
#[derive(PartialEq, Eq)]
struct Small<'s>(Cow<'s, str>);

impl Ord for Small<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        text::compare(&self.0, &other.0)
    }
}

impl PartialOrd for Small<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Counts the events of the classes file system and registry.
impl Analysis for CrossReference {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        if !matches!(event.class(), EventClass::FILE_SYSTEM | EventClass::REGISTRY) {
            return;
        }
        let is_write = match self.style.category(event) {
            Some(Category::Write) => true,
            Some(Category::Read) => false,
            _ => return,
        };
        let number = self.processes.number(event, &self.style);
        let accesses = self.paths.sum(text::path(event, &self.style, &mut self.buffer));
        if is_write {
            accesses.writers.insert(number)
        } else {
            accesses.readers.insert(number)
        };
    }

    fn merge(&mut self, mut later: Self) {
        let names = std::mem::take(&mut later.processes.names).into_iter();
        let numbers: Vec<u32> = names.map(|(pid, name)| self.processes.number_of(pid, name)).collect();
        let here = |there: &BTreeSet<u32>| there.iter().filter_map(|&n| numbers.get(n as usize).copied()).collect();
        for accesses in later.paths.values_mut() {
            *accesses = Accesses { writers: here(&accesses.writers), readers: here(&accesses.readers) };
        }
        self.paths.merge(&later.paths);
    }
}
