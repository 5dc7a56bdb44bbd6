//! Logs, and iteration over their events.

use std::sync::{Arc, Mutex, PoisonError};

use procmon_parser::{Column, Log as _, OpenOptions, Window};
use pyo3::exceptions::{PyIndexError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PySlice};

use crate::analysis;
use crate::arrow::ArrowStream;
use crate::error::{self, Failure, Result};
use crate::event::{Event, Part};
use crate::export;
use crate::filter::Conditions;
use crate::html::Table;
use crate::names::Names;
use crate::output::Target;
use crate::process::Process;
use crate::save;
use crate::selection::Selection;
use crate::shared::{self, Shared};
use crate::style::Style;
use crate::task;
use crate::value::{self, Form};

/// A log of Process Monitor (PML), or a part of one.
///
/// ``source`` is a path, bytes, or a binary file object. If the file is one of several of a capture, all of them are
/// opened, unless ``single_file`` is true. ``salvage`` recovers the events of a log that crashed or was cut off.
///
/// Only the tables of a log are kept in memory; events are read when they are needed.
///
/// >>> import procmon_pml as pml
/// >>> log = pml.Log("fixtures/sample64.pml")
/// >>> len(log)
/// 165
/// >>> log[77]
/// <Event 77: updater.exe (5120) WriteFile C:\Users\alice\AppData\Local\Wörter\cache.db SUCCESS>
/// >>> len(log[10:20])
/// 10
/// >>> sum(event.operation == "RegOpenKey" for event in log)
/// 2
#[pyclass(frozen, module = "procmon_pml")]
pub(crate) struct Log {
    pub(crate) shared: Arc<Shared>,
    pub(crate) selection: Selection,
}

impl Log {
    fn part(&self, selection: Selection) -> Self {
        Self { shared: Arc::clone(&self.shared), selection }
    }

    fn events_from(&self, errors: Errors, is_reversed: bool) -> Events {
        let state = Mutex::new(State::default());
        Events { log: Arc::clone(&self.shared), selection: self.selection.clone(), errors, is_reversed, state }
    }

    /// Reads one event.
    fn event(&self, py: Python<'_>, ordinal: usize) -> Result<Event> {
        let mut window = Window::new(0);
        py.detach(|| self.shared.stream.read(ordinal, &mut window))?;
        let part = Arc::new(Part { log: Arc::clone(&self.shared), window });
        Ok(Event::new(py, &part, 0, &mut Names::default())?)
    }

    /// Returns the ordinal of an index, which may be negative.
    fn ordinal(&self, index: isize) -> PyResult<usize> {
        let length = self.selection.len();
        let position = if index < 0 { index.checked_add_unsigned(length) } else { Some(index) };
        let ordinal = position.and_then(|position| self.selection.get(usize::try_from(position).ok()?));
        ordinal
            .ok_or_else(|| PyIndexError::new_err(format!("event {index} is out of range: the log has {length} events")))
    }

    fn slice(&self, slice: &Bound<'_, PySlice>) -> PyResult<Self> {
        let length = isize::try_from(self.selection.len())?;
        let indices = slice.indices(length)?;
        let Ok(step) = usize::try_from(indices.step) else {
            return Err(PyValueError::new_err("the step of a slice of a log must be positive; use reversed(log)"));
        };
        let start = usize::try_from(indices.start)?;
        Ok(self.part(self.selection.slice(start, indices.slicelength, step)))
    }
}

#[pymethods]
impl Log {
    #[new]
    #[pyo3(signature = (source, *, salvage = false, single_file = false))]
    fn new(source: &Bound<'_, PyAny>, salvage: bool, single_file: bool) -> Result<Self> {
        let shared = Shared::open(source, OpenOptions::new().salvage(salvage).single_file(single_file))?;
        let selection = Selection::Range(0..shared.stream.len());
        Ok(Self { shared, selection })
    }

    fn __len__(&self) -> usize {
        self.selection.len()
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let py = index.py();
        if let Ok(slice) = index.cast::<PySlice>() {
            return Ok(self.slice(slice)?.into_pyobject(py)?.into_any());
        }
        let number =
            index.extract::<isize>().map_err(|_| PyTypeError::new_err("an index of a log is an int or a slice"))?;
        let event = self.event(py, self.ordinal(number)?)?;
        Ok(event.into_pyobject(py)?.into_any())
    }

    fn __iter__(&self) -> Events {
        self.events_from(Errors::Raise, false)
    }

    fn __reversed__(&self) -> Events {
        self.events_from(Errors::Raise, true)
    }

    /// Returns an iterator over the events. For an event that cannot be read, it raises a ``PmlError`` and continues with
    /// the next event (``errors="raise"``), skips the event (``"skip"``), or returns the error (``"yield"``).
    ///
    /// >>> import procmon_pml as pml
    /// >>> log = pml.Log("fixtures/damaged.pml")
    /// >>> len(log), len(list(log.events(errors="skip")))
    /// (165, 157)
    #[pyo3(signature = (errors = "raise"))]
    fn events(&self, errors: &str) -> Result<Events> {
        Ok(self.events_from(Errors::parse(errors)?, false))
    }

    /// Returns the events that meet all conditions, as a log.
    ///
    /// ``config`` is a configuration or a saved filter: a ``Configuration``, a path or bytes. ``rules`` is a list of rules
    /// or of their texts. ``query`` is an expression, see ``docs/QUERY.md``. ``style`` is the style of the texts that are
    /// compared. Events that cannot be read do not meet a condition.
    ///
    /// >>> import procmon_pml as pml
    /// >>> log = pml.Log("fixtures/sample64.pml")
    /// >>> len(log.filter(query="Process Name is updater.exe and Result is not SUCCESS"))
    /// 10
    /// >>> len(log.filter(rules=["Process Name is updater.exe then Include"]))
    /// 81
    #[pyo3(signature = (*, config = None, rules = None, query = None, style = None))]
    fn filter(
        &self,
        py: Python<'_>,
        config: Option<&Bound<'_, PyAny>>,
        rules: Option<&Bound<'_, PyAny>>,
        query: Option<&str>,
        style: Option<&Bound<'_, Style>>,
    ) -> Result<Self> {
        let conditions = Conditions::new(config, rules, query, style)?;
        let selection = task::run(py, |cancelled| {
            let stream = &self.shared.stream;
            let matcher = conditions.compile(stream.indexes().collect::<Vec<_>>().into_iter());
            let lists = stream.par_fold(shared::threads(), Vec::new, |list, event| {
                if let Ok(event) = event
                    && !cancelled.get()
                    && self.selection.has(event)
                    && matcher.matches(event)
                {
                    list.push(event.ordinal());
                }
            })?;
            Ok(Selection::list(lists.concat()))
        })?;
        Ok(self.part(selection))
    }

    /// The path of the log; ``None`` if it was not opened by a path.
    #[getter]
    fn path(&self) -> Option<std::path::PathBuf> {
        self.shared.path.clone()
    }

    /// The processes in the tables of the log.
    #[getter]
    fn processes(&self) -> Vec<Process> {
        let indexes = self.shared.stream.indexes();
        indexes.flat_map(|index| index.processes().map(|process| Process::new(index, process))).collect()
    }

    /// The modules of all processes, without repetitions, in the order of their first process.
    #[getter]
    fn modules(&self) -> Vec<crate::process::Module> {
        let mut seen = std::collections::HashSet::new();
        let processes = self.shared.stream.indexes().flat_map(|index| index.processes());
        let modules = processes.flat_map(|process| process.modules());
        modules.filter(|module| seen.insert((module.path(), module.base()))).map(crate::process::Module::new).collect()
    }

    /// The captured computer, as a dictionary.
    ///
    /// >>> import procmon_pml as pml
    /// >>> system = pml.Log("fixtures/sample64.pml").system
    /// >>> system["computer_name"], system["os_name"]
    /// ('ORCHID', 'Windows 10 (build 19045.2)')
    #[getter]
    fn system<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let index = self.shared.stream.index();
        let system = value::to_python(py, index.system(), Form::Typed)?.cast_into::<PyDict>()?;
        system.set_item("os_name", index.system().os_name())?;
        system.set_item("memory", index.system().memory())?;
        system.set_item("is_64bit", index.is_64bit())?;
        system.set_item("format_version", index.format_version())?;
        Ok(system)
    }

    /// The host names in the log, as a dictionary from their addresses.
    #[getter]
    fn hosts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let hosts = PyDict::new(py);
        for host in self.shared.stream.indexes().flat_map(|index| index.hosts()) {
            hosts.set_item(host.ip().to_string(), &*host.name)?;
        }
        Ok(hosts)
    }

    /// The anomalies in the tables of the log, which do not affect the events, as texts.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        let indexes = self.shared.stream.indexes();
        indexes.flat_map(|index| index.warnings()).map(ToString::to_string).collect()
    }

    /// The reports on the files that had to be salvaged, as dictionaries.
    #[getter]
    fn salvaged<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.shared.stream.salvaged().map(|report| value::to_python(py, report, Form::Typed)).collect()
    }

    /// Returns the events as typed columns, an object with the Arrow PyCapsule interface. ``docs/SCHEMA.md`` lists the
    /// columns; ``stack`` and ``detail_json`` are only there on request.
    ///
    /// ``columns`` is a list of names, or one text with commas, where ``+stack`` adds a column to the default ones.
    /// ``batch_size`` is the maximum number of rows of a batch. ``timestamps`` is ``"ns"`` or ``"us"``.
    ///
    /// The log itself has this interface too: ``pyarrow.table(log)``, ``polars.DataFrame(log)``.
    #[pyo3(signature = (columns = None, *, batch_size = 8192, timestamps = "ns", style = None))]
    fn to_arrow(
        &self,
        columns: Option<&Bound<'_, PyAny>>,
        batch_size: usize,
        timestamps: &str,
        style: Option<&Bound<'_, Style>>,
    ) -> Result<ArrowStream> {
        ArrowStream::new(self, columns, batch_size, timestamps, style)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        ArrowStream::new(self, None, 8192, "ns", None)?.__arrow_c_stream__(py, requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        ArrowStream::new(self, None, 8192, "ns", None)?.__arrow_c_schema__(py)
    }

    /// Returns the events as a ``pandas.DataFrame``. Needs pandas and pyarrow.
    #[pyo3(signature = (columns = None, **options))]
    fn to_pandas<'py>(
        &self,
        py: Python<'py>,
        columns: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> Result<Bound<'py, PyAny>> {
        let stream = ArrowStream::new(self, columns, 1 << 16, "ns", None)?;
        let reader = py.import("pyarrow")?.getattr("RecordBatchReader")?.call_method1("from_stream", (stream,))?;
        Ok(reader.call_method("read_pandas", (), options)?)
    }

    /// Returns the events as a ``polars.DataFrame``. Needs polars.
    #[pyo3(signature = (columns = None))]
    fn to_polars<'py>(&self, py: Python<'py>, columns: Option<&Bound<'py, PyAny>>) -> Result<Bound<'py, PyAny>> {
        let stream = ArrowStream::new(self, columns, 1 << 16, "ns", None)?;
        Ok(py.import("polars")?.call_method1("DataFrame", (stream,))?)
    }

    /// Writes the events as Parquet to a path or a binary file object, and returns the number of rows.
    #[pyo3(signature = (target, columns = None, *, timestamps = "ns", style = None))]
    fn write_parquet(
        &self,
        py: Python<'_>,
        target: &Bound<'_, PyAny>,
        columns: Option<&Bound<'_, PyAny>>,
        timestamps: &str,
        style: Option<&Bound<'_, Style>>,
    ) -> Result<u64> {
        let columns = crate::arrow::columns(columns, timestamps)?;
        export::typed(py, self, &Target::new(target)?, export::Typed::Parquet, columns, style)
    }

    /// Writes the events to a path or a binary file object, and returns the number of rows.
    ///
    /// ``format`` is ``"csv"``, ``"xml"``, ``"jsonl"``, ``"parquet"``, ``"arrow"`` (a file) or ``"arrows"`` (a stream);
    /// by default the extension of the path. ``columns`` are titles of Procmon's columns (CSV, XML, JSON Lines), or names
    /// in ``docs/SCHEMA.md``. ``stacks`` adds call stacks to XML and JSON Lines.
    ///
    /// >>> import io
    /// >>> import procmon_pml as pml
    /// >>> out = io.BytesIO()
    /// >>> pml.Log("fixtures/sample64.pml")[:1].export(out, format="csv", columns=["Operation", "Result"])
    /// 1
    /// >>> out.getvalue().decode("utf-8-sig").splitlines()
    /// ['"Operation","Result"', '"Process Defined","SUCCESS"']
    #[pyo3(signature = (target, format = None, *, columns = None, style = None, stacks = false))]
    fn export(
        &self,
        py: Python<'_>,
        target: &Bound<'_, PyAny>,
        format: Option<&str>,
        columns: Option<&Bound<'_, PyAny>>,
        style: Option<&Bound<'_, Style>>,
        stacks: bool,
    ) -> Result<u64> {
        export::export(py, self, &Target::new(target)?, format, columns, style, stacks)
    }

    /// Saves the events as a log, as Procmon saves them, and returns their number.
    ///
    /// >>> import io
    /// >>> import procmon_pml as pml
    /// >>> out = io.BytesIO()
    /// >>> pml.Log("fixtures/sample64.pml").filter(query="Result is not SUCCESS").save(out)
    /// 12
    /// >>> len(pml.Log(out.getvalue()))
    /// 12
    fn save(&self, py: Python<'_>, target: &Bound<'_, PyAny>) -> Result<u64> {
        save::save(py, self, &Target::new(target)?)
    }

    /// Saves a copy without names: accounts and computers (``people``), hosts (``hosts``) and SIDs (``sids``) are
    /// replaced by invented ones, and each key of ``replace`` by its value. The copy is checked: if a name is left in it,
    /// the call fails. Returns the replaced names with their replacements.
    #[pyo3(signature = (target, *, people = true, hosts = true, sids = true, replace = None))]
    fn redact(
        &self,
        py: Python<'_>,
        target: &Bound<'_, PyAny>,
        people: bool,
        hosts: bool,
        sids: bool,
        replace: Option<std::collections::BTreeMap<String, String>>,
    ) -> Result<std::collections::BTreeMap<String, String>> {
        let what = save::Names { people, hosts, sids, replace: replace.unwrap_or_default() };
        save::redact(py, self, &Target::new(target)?, &what)
    }

    /// Returns the process tree of the log. Its roots are the processes whose parent the log does not have.
    ///
    /// >>> import procmon_pml as pml
    /// >>> tree = pml.Log("fixtures/sample64.pml").tree()
    /// >>> [str(node.process) for node in tree if node.depth == 2]
    /// ['explorer.exe (3312)']
    fn tree<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        analysis::tree(py, self)
    }

    /// Returns a table over the events, as the dialogs of Procmon's Tools menu show it.
    ///
    /// ``limit`` is the maximum number of rows. ``kind`` is one of:
    ///
    /// - ``"processes"``: the events, bytes, CPU time and memory of each process
    /// - ``"files"``, ``"folders"``, ``"extensions"``: the events of the file system by path, by folder (including those
    ///   of all files below it) or by extension
    /// - ``"registry"``: the events of the registry by path
    /// - ``"network"``: the events of the network by remote endpoint
    /// - ``"stacks"``: the call stacks as a tree; each row has its depth and comes before its children
    /// - ``"xref"``: the paths that one process writes and another one reads or writes
    ///
    /// >>> import procmon_pml as pml
    /// >>> log = pml.Log("fixtures/sample64.pml")
    /// >>> table = log.summary("registry", limit=1)
    /// >>> table.rows[0]["name"], table.total["events"]
    /// ('HKLM\\SOFTWARE\\Wörter & Co', 59)
    /// >>> [(row["depth"], row["name"], row["count"]) for row in log.summary("stacks", limit=3)]
    /// [(0, '<All>', 165), (1, 'updater.exe', 81), (2, 'updater.exe', 4)]
    #[pyo3(signature = (kind = "processes", *, limit = None, style = None))]
    fn summary<'py>(
        &self,
        py: Python<'py>,
        kind: &str,
        limit: Option<usize>,
        style: Option<&Bound<'py, Style>>,
    ) -> Result<Bound<'py, PyAny>> {
        analysis::summary(py, self, kind, limit, style)
    }

    /// Returns the number of events for each text of a column, most frequent first.
    ///
    /// >>> import procmon_pml as pml
    /// >>> list(pml.Log("fixtures/sample64.pml").count("Event Class").items())[:2]
    /// [('File System', 72), ('Registry', 59)]
    #[pyo3(signature = (column, style = None))]
    fn count<'py>(
        &self,
        py: Python<'py>,
        column: &str,
        style: Option<&Bound<'py, Style>>,
    ) -> Result<Bound<'py, PyDict>> {
        analysis::count(py, self, column, style)
    }

    fn __repr__(&self) -> String {
        let count = self.selection.len();
        let total = self.shared.stream.len();
        let name = &self.shared.name;
        if count == total {
            format!("<Log {name}: {count} events>")
        } else {
            format!("<Log {name}: {count} of {total} events>")
        }
    }

    fn _repr_html_(&self, py: Python<'_>) -> Result<String> {
        /// The number of rows that are shown.
        const ROWS: usize = 10;
        const COLUMNS: [Column; 8] = [
            Column::TIME_OF_DAY,
            Column::PROCESS_NAME,
            Column::PID,
            Column::OPERATION,
            Column::PATH,
            Column::RESULT,
            Column::DURATION,
            Column::DETAIL,
        ];
        let titles = COLUMNS.map(|column| column.name().unwrap_or_default());
        let count = self.selection.len();
        let caption = format!("{}: {count} events", self.shared.name);
        let mut table = Table::new(caption, &titles);
        for position in 0..count.min(ROWS) {
            let Some(ordinal) = self.selection.get(position) else { break };
            match self.event(py, ordinal) {
                Ok(event) => {
                    let event = event.get()?;
                    table.row(COLUMNS.map(|column| event.text(column).to_string()));
                }
                Err(Failure::Log(error)) if !error.is_io() => table.row([error.to_string()]),
                Err(error) => return Err(error),
            }
        }
        if count > ROWS {
            table.row(["…"]);
        }
        Ok(table.finish())
    }
}

/// The reaction of an iterator to an event that cannot be read.
#[derive(Clone, Copy, PartialEq)]
enum Errors {
    Raise,
    Skip,
    Yield,
}

impl Errors {
    fn parse(text: &str) -> PyResult<Self> {
        match text {
            "raise" => Ok(Self::Raise),
            "skip" => Ok(Self::Skip),
            "yield" => Ok(Self::Yield),
            _ => Err(PyValueError::new_err(format!("errors must be 'raise', 'skip' or 'yield', not '{text}'"))),
        }
    }
}

/// An iterator over the events of a log. Threads can share it: each event is returned once.
#[pyclass(frozen, module = "procmon_pml")]
pub(crate) struct Events {
    log: Arc<Shared>,
    selection: Selection,
    errors: Errors,
    is_reversed: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of events that were returned or skipped.
    passed: usize,
    part: Option<Arc<Part>>,
    /// The previous part. Its window can be reused when none of its events is alive.
    last: Option<Arc<Part>>,
    names: Names,
}

impl Events {
    /// Returns the ordinal after `passed` events.
    #[inline]
    fn ordinal(&self, passed: usize) -> Option<usize> {
        match self.is_reversed {
            false => self.selection.get(passed),
            true => self.selection.get(self.selection.len().checked_sub(passed + 1)?),
        }
    }

    /// Reads the window that contains an event, unless it is the current one.
    #[inline]
    fn prepare(&self, py: Python<'_>, state: &mut State, ordinal: usize) -> Result<()> {
        if state.part.as_ref().is_some_and(|part| part.window.ordinals().contains(&ordinal)) {
            return Ok(());
        }
        self.read(py, state, ordinal)
    }

    #[cold]
    fn read(&self, py: Python<'_>, state: &mut State, ordinal: usize) -> Result<()> {
        /// The size of a window in bytes: for consecutive events, and for a list of events that can be far apart.
        const SIZES: [usize; 2] = [1 << 18, 1 << 15];
        let size = SIZES[usize::from(self.selection.is_list())];
        // A loop still holds the last event of the current part, so only the window of the part before it can be
        // reused.
        let unused = std::mem::replace(&mut state.last, state.part.take()).and_then(Arc::into_inner);
        let mut window = unused.map_or_else(|| Window::new(size), |part| part.window);
        let from = if self.is_reversed { ordinal.saturating_sub(size / 1024) } else { ordinal };
        py.detach(|| {
            self.log.stream.read(from, &mut window)?;
            if !window.ordinals().contains(&ordinal) {
                self.log.stream.read(ordinal, &mut window)?;
            }
            Ok::<_, procmon_parser::Error>(())
        })?;
        state.part = Some(Arc::new(Part { log: Arc::clone(&self.log), window }));
        Ok(())
    }
}

#[pymethods]
impl Events {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        // A thread that panicked cannot have left a state that is half changed.
        let mut state = self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some(ordinal) = self.ordinal(state.passed) else { return Ok(None) };
            self.prepare(py, &mut state, ordinal)?;
            let State { part, names, passed, .. } = &mut *state;
            let part = part.as_ref().expect("the window was read");
            let event = Event::new(py, part, ordinal - part.window.ordinals().start, names);
            *passed += 1;
            match event {
                Ok(event) => return Ok(Some(event.into_pyobject(py)?.into_any())),
                Err(error) if error.is_io() || self.errors == Errors::Raise => return Err(error.into()),
                Err(_) if self.errors == Errors::Skip => {}
                Err(error) => return Ok(Some(error::log_error(py, &error).into_value(py).into_bound(py).into_any())),
            }
        }
    }

    fn __length_hint__(&self, py: Python<'_>) -> usize {
        let state = self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        self.selection.len() - state.passed
    }
}
