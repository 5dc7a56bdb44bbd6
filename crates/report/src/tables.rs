//! Builds the tables of the page from the analyses of the library.

use std::cmp::Reverse;
use std::collections::HashMap;

use procmon_parser::FileTime;
use procmon_parser::analysis::{CrossReference, FileCounts, FileSummary, NetworkSummary, RegistrySummary, folder};

use crate::data::{Cell, Column, ColumnType, Counted, GroupBy, Measure, Recipe, Table, TableId};
use crate::gather::{SLOWEST, Slow};
use crate::names::{FILE_SYSTEM, NETWORK, REGISTRY, exact, grouped, limited};
use crate::times::Clock;

/// The maximum number of rows of a table.
const ROWS: usize = 1000;
/// The maximum length of the text of a row, in bytes.
const TEXT: usize = 2048;

const EVENTS: Column = column("Events", ColumnType::Count, Measure::Events);
const DURATION: Column = column("Duration", ColumnType::Duration, Measure::Duration);
const LONGEST: Column = column("Longest", ColumnType::Duration, Measure::Longest);
const FAILED: Column = column("Failed", ColumnType::Count, Measure::Failed);
const PROCESSES: Column = column("Processes", ColumnType::Count, Measure::Processes);

const fn column(title: &'static str, column_type: ColumnType, measure: Measure) -> Column {
    Column { title, column_type, measure, counted: None }
}

/// Returns the column with the values by which a table groups events.
const fn key(title: &'static str) -> Column {
    column(title, ColumnType::Text, Measure::Key)
}

/// Returns a column that counts some of the events.
const fn count(title: &'static str, counted: Counted) -> Column {
    Column { title, column_type: ColumnType::Count, measure: Measure::Events, counted: Some(counted) }
}

/// Returns a column with the bytes of some of the events.
const fn bytes(title: &'static str, counted: Counted) -> Column {
    Column { title, column_type: ColumnType::Bytes, measure: Measure::Bytes, counted: Some(counted) }
}

/// A row: the value by which the table groups events, and the numbers of the other columns.
type Row = (Cell, Vec<u64>);

/// All parts of a table except its rows.
struct Form {
    id: TableId,
    title: &'static str,
    description: &'static str,
    columns: Vec<Column>,
    by: GroupBy,
    classes: Vec<usize>,
    shared: bool,
}

/// Returns a table with the rows whose first numbers are the largest. `others` is the number of events that have no
/// row.
fn table(form: Form, mut rows: Vec<Row>, others: u64) -> Table {
    rows.sort_by(|(_, a), (_, b)| b.first().cmp(&a.first())); // stable: equal ones stay in the order of their texts
    let total = rows.len();
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
            " {} events are not included, because the table has too many different paths.",
            grouped(others)
        ));
    }
    let recipe = Recipe::Groups { by: form.by, classes: form.classes, shared: form.shared.then_some(true) };
    let (id, title, columns) = (form.id, form.title, form.columns);
    Table { id, title, description, columns, data, rows: total, sorted: 1, recipe }
}

fn text(text: &str) -> Cell {
    Cell::Text(limited(TEXT, text))
}

fn file_columns(first: &'static str) -> Vec<Column> {
    vec![
        key(first),
        EVENTS,
        column("Duration", ColumnType::Duration, Measure::Timed),
        count("Opens", Counted::Open),
        count("Reads", Counted::Read),
        count("Writes", Counted::Write),
        bytes("Bytes read", Counted::Read),
        bytes("Bytes written", Counted::Write),
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
    let mut folders = Rows::default();
    let mut rows = Vec::new();
    for row in by_path.rows.iter().filter(|row| !row.name.is_empty()) {
        let numbers = file_numbers(&row.counts);
        folders.add(folder(&row.name), &numbers);
        rows.push((row.name.as_ref(), numbers));
    }
    let total = rows.len();
    rows.sort_by_key(|(_, numbers)| Reverse(numbers.first().copied()));
    rows.truncate(ROWS);
    let rows = rows.into_iter().map(|(name, numbers)| (text(name), numbers)).collect();
    let by_extension = summary.by_extension();
    let extensions = by_extension.rows.iter().map(|row| (text(&row.name), file_numbers(&row.counts))).collect();
    let form = |id, title, description, first, by| Form {
        id,
        title,
        description,
        columns: file_columns(first),
        by,
        classes: vec![FILE_SYSTEM],
        shared: false,
    };
    let files = form(TableId::Files, "Files", FILES, "Path", GroupBy::Path);
    let mut by_path = table(files, rows, others);
    by_path.rows = total;
    vec![
        by_path,
        table(form(TableId::Folders, "Folders", FOLDERS, "Folder", GroupBy::Folder), folders.rows(), others),
        table(
            form(TableId::Extensions, "Extensions", EXTENSIONS, "Extension", GroupBy::Extension),
            extensions,
            by_extension.others.map_or(0, |counts| counts.events),
        ),
    ]
}

const FILES: &str = "File-system events by path. Letter case is ignored. Durations do not include FileSystemControl, \
                     QueryDirectory and NotifyChangeDirectory, because these calls can wait for hours.";
const FOLDERS: &str = "File-system events by the folder of their path, without subfolders. Durations are counted as \
                       in the table by path.";
const EXTENSIONS: &str =
    "File-system events by the extension of the file name. Durations are counted as in the table by path.";

/// Rows with equal names are added up, ignoring letter case.
#[derive(Debug, Default)]
struct Rows(HashMap<String, (String, Vec<u64>)>);

impl Rows {
    fn add(&mut self, name: &str, numbers: &[u64]) {
        if name.is_empty() {
            return;
        }
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
    let total = rows.len();
    rows.sort_by_key(|(_, numbers)| Reverse(numbers[0]));
    rows.truncate(ROWS);
    let form = Form {
        id: TableId::Registry,
        title: "Registry",
        description: "Registry events by key and value. Letter case is ignored. Reads include enumerations; writes \
                      include deletes and renames.",
        columns: vec![
            key("Path"),
            EVENTS,
            DURATION,
            count("Opens", Counted::Open),
            count("Reads", Counted::Read),
            count("Writes", Counted::Write),
            FAILED,
        ],
        by: GroupBy::Path,
        classes: vec![REGISTRY],
        shared: false,
    };
    let rows = rows.into_iter().map(|(name, numbers)| (text(name), numbers.to_vec())).collect();
    let mut table = table(form, rows, found.others.map_or(0, |counts| counts.events));
    table.rows = total;
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
        id: TableId::Network,
        title: "Network",
        description: "Network events by remote computer and port.",
        columns: vec![
            key("Remote endpoint"),
            EVENTS,
            count("Connects", Counted::Connect),
            count("Sends", Counted::Send),
            count("Receives", Counted::Receive),
            bytes("Bytes sent", Counted::Send),
            bytes("Bytes received", Counted::Receive),
        ],
        by: GroupBy::Remote,
        classes: vec![NETWORK],
        shared: false,
    };
    table(form, rows.collect(), found.others.map_or(0, |counts| counts.events))
}

/// Returns the table of the paths that several processes access.
pub(crate) fn cross_reference(reference: &CrossReference) -> Table {
    let found = reference.table();
    let rows = found.rows.iter().map(|row| (text(&row.path), vec![row.writers.len() as u64, row.readers.len() as u64]));
    let mut form = Form {
        id: TableId::CrossReference,
        title: "Cross reference",
        description: "Paths that one process writes and another one writes or reads.",
        columns: vec![
            key("Path"),
            column("Writers", ColumnType::Count, Measure::Writers),
            column("Readers", ColumnType::Count, Measure::Readers),
        ],
        by: GroupBy::Path,
        classes: vec![FILE_SYSTEM, REGISTRY],
        shared: true,
    };
    if found.is_incomplete {
        form.description = "Paths that one process writes and another one writes or reads. Some paths are missing, \
                            because the table has too many different paths.";
    }
    table(form, rows.collect(), 0)
}

/// Returns the table of processes. The numbers of a row are: events, duration, longest, failed.
pub(crate) fn by_process(rows: Vec<(usize, [u64; 4])>) -> Table {
    let form = Form {
        id: TableId::Processes,
        title: "By process",
        description: "All events by process.",
        columns: vec![column("Process", ColumnType::Process, Measure::Key), EVENTS, DURATION, LONGEST, FAILED],
        by: GroupBy::Process,
        classes: Vec::new(),
        shared: false,
    };
    table(
        form,
        rows.into_iter().map(|(process, numbers)| (Cell::Number(process as u64), numbers.to_vec())).collect(),
        0,
    )
}

/// Returns the table of operations. The numbers of a row are: events, duration, longest, processes, failed.
pub(crate) fn operations(rows: Vec<(String, [u64; 5])>) -> Table {
    let form = Form {
        id: TableId::Operations,
        title: "Operations",
        description: "All events by operation.",
        columns: vec![key("Operation"), EVENTS, DURATION, LONGEST, PROCESSES, FAILED],
        by: GroupBy::Operation,
        classes: Vec::new(),
        shared: false,
    };
    table(form, rows.into_iter().map(|(name, numbers)| (Cell::Text(name), numbers.to_vec())).collect(), 0)
}

/// Returns the table of results. The numbers of a row are: events, duration, processes.
pub(crate) fn results(rows: Vec<(String, [u64; 3])>) -> Table {
    let form = Form {
        id: TableId::Results,
        title: "Results",
        description: "All events by result. Events without one did not complete within the log.",
        columns: vec![key("Result"), EVENTS, DURATION, PROCESSES],
        by: GroupBy::Result,
        classes: Vec::new(),
        shared: false,
    };
    table(form, rows.into_iter().map(|(name, numbers)| (Cell::Text(name), numbers.to_vec())).collect(), 0)
}

/// Returns the table of the slowest calls, which are sorted.
pub(crate) fn slowest(calls: &[Slow], clock: Clock) -> Table {
    let numbers = |of: &dyn Fn(&Slow) -> u64| calls.iter().map(|call| Cell::Number(exact(of(call)))).collect();
    let texts = |of: &dyn Fn(&Slow) -> &str| calls.iter().map(|call| Cell::Text(of(call).to_owned())).collect();
    let time = |call: &Slow| clock.since(FileTime(call.time)).map_or(Cell::None, Cell::Number);
    Table {
        id: TableId::Slowest,
        title: "Slowest calls",
        description: "The events of the longest duration. Click one to see it.".to_owned(),
        columns: vec![
            DURATION,
            column("Event", ColumnType::Event, Measure::Number),
            column("Time", ColumnType::Time, Measure::Time),
            column("Process", ColumnType::Process, Measure::Process),
            column("Operation", ColumnType::Text, Measure::Operation),
            column("Path", ColumnType::Text, Measure::Path),
            column("Result", ColumnType::Text, Measure::Result),
        ],
        data: vec![
            numbers(&|call| call.duration),
            numbers(&|call| call.number.0),
            calls.iter().map(time).collect(),
            numbers(&|call| call.process as u64),
            texts(&|call| &call.operation),
            texts(&|call| &call.path),
            texts(&|call| &call.result),
        ],
        rows: calls.len(),
        sorted: 0,
        recipe: Recipe::Slowest { limit: SLOWEST },
    }
}
