//! The tables of the page, from the analyses of the library.

use std::cmp::Reverse;
use std::collections::HashMap;

use procmon_parser::analysis::{CrossReference, FileCounts, FileSummary, NetworkSummary, RegistrySummary};

use crate::data::{Cell, Column, Kind, Recipe, Table};
use crate::gather::{SLOWEST, Slow};
use crate::names::{FILE_SYSTEM, NETWORK, REGISTRY, exact, extension, folder, grouped, limited};

/// The maximum number of rows of a table.
const ROWS: usize = 1000;
/// The maximum length of the text of a row, in bytes.
const TEXT: usize = 2048;

const EVENTS: Column = column("Events", "count", "events");
const DURATION: Column = column("Duration", "duration", "duration");
const LONGEST: Column = column("Longest", "duration", "longest");
const FAILED: Column = column("Failed", "count", "failed");
const PROCESSES: Column = column("Processes", "count", "processes");

const fn column(title: &'static str, kind: &'static str, measure: &'static str) -> Column {
    Column { title, kind, measure, of: None }
}

/// Returns a column about operations of one kind.
const fn of(title: &'static str, kind: &'static str, measure: &'static str, of: Kind) -> Column {
    Column { title, kind, measure, of: Some(of) }
}

/// A row: the value by which the table groups, and numbers.
type Row = (Cell, Vec<u64>);

/// The parts of a table apart from its rows.
struct Form {
    id: &'static str,
    title: &'static str,
    description: &'static str,
    columns: Vec<Column>,
    by: &'static str,
    classes: Vec<usize>,
    shared: bool,
}

/// Returns a table with the rows of the largest first numbers. `others` is the number of events that have no row.
fn table(form: Form, mut rows: Vec<Row>, others: u64) -> Table {
    rows.sort_by(|(_, a), (_, b)| b.first().cmp(&a.first())); // stable: equal ones stay in the order of their texts
    let count = rows.len();
    rows.truncate(ROWS);
    let mut data: Vec<Vec<Cell>> = form.columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for (key, numbers) in rows {
        let cells = std::iter::once(key).chain(numbers.into_iter().map(|number| Cell::Number(exact(number))));
        for (column, cell) in data.iter_mut().zip(cells) {
            column.push(cell);
        }
    }
    let mut description = form.description.to_owned();
    if others > 0 {
        description.push_str(&format!(
            " {} events are not included, because there are too many different texts.",
            grouped(others)
        ));
    }
    let recipe = Recipe::Groups { by: form.by, classes: form.classes, shared: form.shared.then_some(true) };
    let (id, title, columns) = (form.id, form.title, form.columns);
    Table { id, title, description, columns, data, rows: count, sorted: 1, recipe }
}

fn text(text: &str) -> Cell {
    Cell::Text(limited(TEXT, text))
}

fn file_columns(first: &'static str) -> Vec<Column> {
    vec![
        column(first, "text", "key"),
        EVENTS,
        DURATION,
        of("Opens", "count", "events", Kind::Open),
        of("Reads", "count", "events", Kind::Read),
        of("Writes", "count", "events", Kind::Write),
        of("Bytes read", "bytes", "bytes", Kind::Read),
        of("Bytes written", "bytes", "bytes", Kind::Write),
        FAILED,
    ]
}

fn file_numbers(counts: &FileCounts) -> Vec<u64> {
    vec![
        counts.events,
        counts.time.0,
        counts.opens,
        counts.reads,
        counts.writes,
        counts.read_transferred,
        counts.write_transferred,
        counts.failed,
    ]
}

/// Returns the tables of files: by path, by folder, by extension.
pub(crate) fn files(summary: &FileSummary) -> Vec<Table> {
    let by_path = summary.by_path();
    let others = by_path.others.map_or(0, |counts| counts.events);
    let (mut folders, mut extensions) = (Rows::default(), Rows::default());
    let mut rows = Vec::new();
    for row in by_path.rows.iter().filter(|row| !row.name.is_empty()) {
        let numbers = file_numbers(&row.counts);
        folders.add(folder(&row.name), &numbers);
        extensions.add(&extension(&row.name), &numbers);
        rows.push((row.name.as_ref(), numbers));
    }
    let count = rows.len();
    rows.sort_by_key(|(_, numbers)| Reverse(numbers.first().copied()));
    rows.truncate(ROWS);
    let rows = rows.into_iter().map(|(name, numbers)| (text(name), numbers)).collect();
    let form = |id, title, description, first, by| Form {
        id,
        title,
        description,
        columns: file_columns(first),
        by,
        classes: vec![FILE_SYSTEM],
        shared: false,
    };
    let mut by_path = table(form("files", "Files", FILES, "Path", "path"), rows, others);
    by_path.rows = count;
    vec![
        by_path,
        table(form("folders", "Folders", FOLDERS, "Folder", "folder"), folders.rows(), others),
        table(form("extensions", "Extensions", EXTENSIONS, "Extension", "extension"), extensions.rows(), others),
    ]
}

const FILES: &str = "File-system events by path. The totals of the log ignore letter case, and their durations are \
                     those without FileSystemControl, QueryDirectory and NotifyChangeDirectory, which can wait for hours.";
const FOLDERS: &str = "File-system events by the folder of their path, without subfolders.";
const EXTENSIONS: &str = "File-system events by the extension of the file name.";

/// Sums of rows by a part of their text, without regard to letter case.
#[derive(Debug, Default)]
struct Rows(HashMap<String, (String, Vec<u64>)>);

impl Rows {
    fn add(&mut self, name: &str, numbers: &[u64]) {
        let key = name.to_lowercase();
        let Some((_, sums)) = self.0.get_mut(&key) else {
            self.0.insert(key, (name.to_owned(), numbers.to_vec()));
            return;
        };
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum = sum.saturating_add(*number);
        }
    }

    fn rows(self) -> Vec<Row> {
        let mut rows: Vec<_> = self.0.into_iter().collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows.into_iter().map(|(_, (name, numbers))| (text(&name), numbers)).collect()
    }
}

/// Returns the table of the registry.
pub(crate) fn registry(summary: &RegistrySummary) -> Table {
    let found = summary.table();
    let rows = found.rows.iter().filter(|row| !row.name.is_empty()).map(|row| {
        let counts = &row.counts;
        let numbers = [counts.events, counts.time.0, counts.opens, counts.reads, counts.writes, counts.failed];
        (row.name.as_ref(), numbers)
    });
    let mut rows: Vec<_> = rows.collect();
    let count = rows.len();
    rows.sort_by_key(|(_, numbers)| Reverse(numbers[0]));
    rows.truncate(ROWS);
    let form = Form {
        id: "registry",
        title: "Registry",
        description: "Registry events by key and value. The totals of the log ignore letter case.",
        columns: vec![
            column("Path", "text", "key"),
            EVENTS,
            DURATION,
            of("Opens", "count", "events", Kind::Open),
            of("Reads", "count", "events", Kind::Read),
            of("Writes", "count", "events", Kind::Write),
            FAILED,
        ],
        by: "path",
        classes: vec![REGISTRY],
        shared: false,
    };
    let rows = rows.into_iter().map(|(name, numbers)| (text(name), numbers.to_vec())).collect();
    let mut table = table(form, rows, found.others.map_or(0, |counts| counts.events));
    table.rows = count;
    table
}

/// Returns the table of the network.
pub(crate) fn network(summary: &NetworkSummary) -> Table {
    let found = summary.table();
    let rows = found.rows.iter().filter(|row| !row.name.is_empty()).map(|row| {
        let counts = &row.counts;
        let numbers = vec![
            counts.events,
            counts.connects,
            counts.sends,
            counts.receives,
            counts.send_bytes,
            counts.receive_bytes,
        ];
        (text(&row.name), numbers)
    });
    let form = Form {
        id: "network",
        title: "Network",
        description: "Network events by remote computer and port.",
        columns: vec![
            column("Remote endpoint", "text", "key"),
            EVENTS,
            of("Connects", "count", "events", Kind::Connect),
            of("Sends", "count", "events", Kind::Send),
            of("Receives", "count", "events", Kind::Receive),
            of("Bytes sent", "bytes", "bytes", Kind::Send),
            of("Bytes received", "bytes", "bytes", Kind::Receive),
        ],
        by: "remote",
        classes: vec![NETWORK],
        shared: false,
    };
    table(form, rows.collect(), found.others.map_or(0, |counts| counts.events))
}

/// Returns the table of paths that processes share.
pub(crate) fn cross_reference(reference: &CrossReference) -> Table {
    let found = reference.table();
    let rows = found.rows.iter().map(|row| (text(&row.path), vec![row.writers.len() as u64, row.readers.len() as u64]));
    let mut form = Form {
        id: "cross-reference",
        title: "Cross reference",
        description: "Paths that one process writes and another one writes or reads.",
        columns: vec![
            column("Path", "text", "key"),
            of("Writers", "count", "processes", Kind::Write),
            of("Readers", "count", "processes", Kind::Read),
        ],
        by: "path",
        classes: vec![FILE_SYSTEM, REGISTRY],
        shared: true,
    };
    if found.is_incomplete {
        form.description = "Paths that one process writes and another one writes or reads. Some paths are missing, \
                            because there are too many different ones.";
    }
    table(form, rows.collect(), 0)
}

/// Returns the table of processes. Numbers: events, duration, longest, failed.
pub(crate) fn by_process(rows: Vec<(usize, [u64; 4])>) -> Table {
    let form = Form {
        id: "processes-table",
        title: "By process",
        description: "All events by process.",
        columns: vec![column("Process", "process", "key"), EVENTS, DURATION, LONGEST, FAILED],
        by: "process",
        classes: Vec::new(),
        shared: false,
    };
    table(
        form,
        rows.into_iter().map(|(process, numbers)| (Cell::Number(process as u64), numbers.to_vec())).collect(),
        0,
    )
}

/// Returns the table of operations. Numbers: events, duration, longest, processes, failed.
pub(crate) fn operations(rows: Vec<(String, [u64; 5])>) -> Table {
    let form = Form {
        id: "operations",
        title: "Operations",
        description: "All events by operation.",
        columns: vec![column("Operation", "text", "key"), EVENTS, DURATION, LONGEST, PROCESSES, FAILED],
        by: "operation",
        classes: Vec::new(),
        shared: false,
    };
    table(form, rows.into_iter().map(|(name, numbers)| (Cell::Text(name), numbers.to_vec())).collect(), 0)
}

/// Returns the table of results. Numbers: events, duration, processes.
pub(crate) fn results(rows: Vec<(String, [u64; 3])>) -> Table {
    let form = Form {
        id: "results",
        title: "Results",
        description: "All events by result. Events without one did not complete within the log.",
        columns: vec![column("Result", "text", "key"), EVENTS, DURATION, PROCESSES],
        by: "result",
        classes: Vec::new(),
        shared: false,
    };
    table(form, rows.into_iter().map(|(name, numbers)| (Cell::Text(name), numbers.to_vec())).collect(), 0)
}

/// Returns the table of the slowest calls, which are sorted. `ticks` converts a time, and `result` names a result.
pub(crate) fn slowest(calls: &[Slow], ticks: impl Fn(u64) -> u64, result: impl Fn(u32) -> String) -> Table {
    let numbers = |of: &dyn Fn(&Slow) -> u64| calls.iter().map(|call| Cell::Number(exact(of(call)))).collect();
    let texts = |of: &dyn Fn(&Slow) -> String| calls.iter().map(|call| Cell::Text(of(call))).collect();
    Table {
        id: "slowest",
        title: "Slowest calls",
        description: "The events of the longest duration. Click one to see it.".to_owned(),
        columns: vec![
            DURATION,
            column("Event", "event", "number"),
            column("Time", "time", "time"),
            column("Process", "process", "process"),
            column("Operation", "text", "operation"),
            column("Path", "text", "path"),
            column("Result", "text", "result"),
        ],
        data: vec![
            numbers(&|call| call.duration),
            numbers(&|call| call.number.0.into()),
            numbers(&|call| ticks(call.time)),
            numbers(&|call| call.process as u64),
            texts(&|call| call.operation.clone()),
            texts(&|call| call.path.clone()),
            texts(&|call| result(call.status)),
        ],
        rows: calls.len(),
        sorted: 0,
        recipe: Recipe::Slowest { limit: SLOWEST },
    }
}
