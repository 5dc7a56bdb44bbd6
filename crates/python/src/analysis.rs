//! Analyses of whole logs: the process tree, sums and counts.

use procmon_parser::analysis::{
    ActivityRow, Analysis, Counts, CrossReference, FileSummary, NetworkSummary, Occurrences, ProcessActivity,
    ProcessTree, RegistrySummary, StackOrder, StackSummary, Table, TableColumn, Unreadable, analyse,
};
use procmon_parser::{Event, Index, LogsStream};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyType};
use serde::Serialize;

use crate::error::{self, Result};
use crate::log::Log;
use crate::process::Process;
use crate::shared;
use crate::style::{self, Style};
use crate::task;
use crate::value::{self, Form};

/// Returns the process tree of a log.
pub(crate) fn tree<'py>(py: Python<'py>, log: &Log) -> Result<Bound<'py, PyAny>> {
    static TREE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let stream = &log.shared.stream;
    let tree = ProcessTree::new(stream.indexes());
    let rows = PyList::empty(py);
    for row in tree.rows() {
        let has_key = |index: &&Index| index.process(row.process.key()) == Some(row.process);
        let has = |index: &&Index| index.processes().any(|process| process == row.process);
        let index = stream.indexes().find(has_key).or_else(|| stream.indexes().find(has));
        let process = index.map(|index| Process::new(index, row.process));
        let children = row.children;
        rows.append((row.depth, process, row.parent, children, row.is_orphan, row.shares_pid))?;
    }
    Ok(TREE.import(py, "procmon_pml._tables", "ProcessTree")?.call1((rows,))?)
}

/// Returns a table of sums over the events of a log.
pub(crate) fn summary<'py>(
    py: Python<'py>,
    log: &Log,
    kind: &str,
    limit: Option<usize>,
    style: Option<&Bound<'py, Style>>,
) -> Result<Bound<'py, PyAny>> {
    static TABLE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let style = style::or_default(style);
    let limit = limit.unwrap_or(usize::MAX);
    let files = || run(py, log, || FileSummary::new(style.clone()));
    let table = match kind {
        "processes" => activity(py, &run(py, log, ProcessActivity::new)?, limit)?,
        "files" => sums(py, files()?.by_path(), limit)?,
        "folders" => sums(py, files()?.by_folder(), limit)?,
        "extensions" => sums(py, files()?.by_extension(), limit)?,
        "registry" => sums(py, run(py, log, || RegistrySummary::new(style.clone()))?.table(), limit)?,
        "network" => sums(py, run(py, log, || NetworkSummary::new(style.clone()))?.table(), limit)?,
        "stacks" => stacks(py, &run(py, log, StackSummary::new)?, limit)?,
        "xref" => cross_reference(py, &run(py, log, || CrossReference::new(style.clone()))?, limit)?,
        other => {
            let known = "'processes', 'files', 'folders', 'extensions', 'registry', 'network', 'stacks' or 'xref'";
            return Err(PyValueError::new_err(format!("unknown kind '{other}': kind must be {known}")).into());
        }
    };
    Ok(TABLE.import(py, "procmon_pml._tables", "Table")?.call1((kind, table))?)
}

/// Returns the number of events for each text of a column, most frequent first.
pub(crate) fn count<'py>(
    py: Python<'py>,
    log: &Log,
    column: &str,
    style: Option<&Bound<'py, Style>>,
) -> Result<Bound<'py, PyDict>> {
    let column = style::column(column)?;
    let style = style::or_default(style);
    let occurrences = run(py, log, || Occurrences::new(column, style.clone()))?;
    let mut table = occurrences.table();
    table.sort_by(TableColumn::Count);
    let counts = PyDict::new(py);
    for row in &table.rows {
        counts.set_item(&*row.name, row.counts.events)?;
    }
    Ok(counts)
}

/// Analyses the events of a log, and warns if some of them could not be read.
fn run<A: Analysis>(py: Python<'_>, log: &Log, new: impl Fn() -> A + Sync + Send) -> Result<A> {
    let stream: &LogsStream<_> = &log.shared.stream;
    let (analysis, unreadable): (A, Unreadable) = task::run(py, |cancelled| {
        let matches = |event: &Event<'_>| !cancelled.get() && log.selection.has(*event);
        Ok(analyse(stream, shared::threads(), matches, new)?)
    })?;
    error::warn_unreadable(py, unreadable.events, unreadable.first.as_ref())?;
    Ok(analysis)
}

/// Returns a table with the most frequent names first.
fn sums<'py, C: Counts + Serialize>(
    py: Python<'py>,
    mut table: Table<'_, C>,
    limit: usize,
) -> Result<Bound<'py, PyAny>> {
    // A tree is not sorted, because each folder must stay before its contents.
    if table.rows.iter().all(|row| row.depth == 0) {
        table.sort_by(TableColumn::Events);
    }
    table.truncate(limit);
    Ok(value::to_python(py, &table, Form::Typed)?)
}

/// Returns the sums of each process.
fn activity<'py>(py: Python<'py>, activity: &ProcessActivity, limit: usize) -> Result<Bound<'py, PyAny>> {
    let mut rows = activity.rows();
    rows.sort_by_key(|row| std::cmp::Reverse(row.counts.events()));
    let list = PyList::empty(py);
    for row in rows.iter().take(limit) {
        list.append(process_row(py, row)?)?;
    }
    table(py, list, Some(rows.iter().map(|row| row.counts.events()).sum()), None)
}

/// Returns the call tree with its frequent calls first.
fn stacks<'py>(py: Python<'py>, summary: &StackSummary, limit: usize) -> Result<Bound<'py, PyAny>> {
    let rows = PyList::empty(py);
    for row in summary.tree(StackOrder::Count).rows().take(limit) {
        rows.append(value::to_python(py, &row, Form::Typed)?)?;
    }
    table(py, rows, Some(summary.events()), None)
}

/// Returns the paths that one process writes and another one uses, those with most readers first.
fn cross_reference<'py>(py: Python<'py>, cross: &CrossReference, limit: usize) -> Result<Bound<'py, PyAny>> {
    let mut found = cross.table();
    found.sort_by(TableColumn::Readers);
    let rows = PyList::empty(py);
    for row in found.rows.iter().take(limit) {
        rows.append(value::to_python(py, row, Form::Typed)?)?;
    }
    let others = found.is_incomplete.then(|| PyDict::new(py));
    table(py, rows, None, others)
}

/// Returns a table of rows, with the number of all events if it is known.
fn table<'py>(
    py: Python<'py>,
    rows: Bound<'py, PyList>,
    events: Option<u64>,
    others: Option<Bound<'py, PyDict>>,
) -> Result<Bound<'py, PyAny>> {
    let total = PyDict::new(py);
    if let Some(events) = events {
        total.set_item("events", events)?;
    }
    let table = PyDict::new(py);
    table.set_item("rows", rows)?;
    table.set_item("total", total)?;
    table.set_item("others", others)?;
    Ok(table.into_any())
}

fn process_row<'py>(py: Python<'py>, row: &ActivityRow<'_>) -> Result<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", PyString::intern(py, row.name()))?;
    dict.set_item("pid", row.pid())?;
    dict.set_item("events", row.counts.events())?;
    dict.update(value::to_python(py, &row.counts, Form::Typed)?.cast::<PyDict>().map_err(PyErr::from)?.as_mapping())?;
    dict.set_item("cpu", value::to_python(py, &row.cpu(), Form::Typed)?)?;
    dict.set_item("peak_working_set", row.peak_working_set)?;
    dict.set_item("peak_private_bytes", row.peak_private_bytes)?;
    Ok(dict)
}
