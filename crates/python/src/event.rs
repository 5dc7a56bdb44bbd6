//! Events.

use std::sync::Arc;

use procmon_parser::code::Operation;
use procmon_parser::{Column, Detail, FileTime, Index, ProcessKey, Window};
use pyo3::prelude::*;
use pyo3::types::{PyDelta, PyDict, PyString};

use crate::convert;
use crate::error::Result;
use crate::html::Table;
use crate::names::Names;
use crate::process::{Module, Process};
use crate::shared::Shared;
use crate::style::{self, Style};
use crate::value::{self, Form};

/// An event of a log: one operation with its result.
///
/// Attributes are decoded when they are read. The event keeps a part of its log in memory.
///
/// >>> import procmon_pml as pml
/// >>> event = pml.Log("fixtures/sample64.pml")[77]
/// >>> event.operation, event.result, event.process_name
/// ('WriteFile', 'SUCCESS', 'updater.exe')
/// >>> event.time_ns
/// 1772440200148227600
/// >>> event.text("Detail")
/// 'Offset: 8,192, Length: 4,096, Priority: Normal'
#[pyclass(frozen, module = "procmon_pml")]
pub(crate) struct Event {
    // The interpreter reads these fields without a call.
    /// The name of the process; empty if the table of the log does not have the process.
    #[pyo3(get)]
    process_name: Py<PyString>,
    /// The name of the operation, as Procmon prints it.
    #[pyo3(get)]
    operation: Py<PyString>,
    /// The name of the result, such as ``NAME NOT FOUND``; empty while the operation is pending.
    #[pyo3(get)]
    result: Py<PyString>,
    part: Arc<Part>,
    /// The index of the event in the window. The event was readable when this value was created, so it is readable
    /// again.
    number: usize,
}

/// A window of a log, which its events share.
pub(crate) struct Part {
    pub(crate) log: Arc<Shared>,
    pub(crate) window: Window,
}

impl Part {
    #[inline]
    fn event(&self, number: usize) -> procmon_parser::Result<procmon_parser::Event<'_>> {
        self.window.events(&self.log.stream).nth(number).expect("the event is in the window")
    }
}

impl Event {
    /// Returns an event of a window. `names` has the strings that were created for other events of the log.
    ///
    /// # Errors
    /// If the event cannot be read.
    #[inline]
    pub(crate) fn new(
        py: Python<'_>,
        part: &Arc<Part>,
        number: usize,
        names: &mut Names,
    ) -> procmon_parser::Result<Self> {
        let event = part.event(number)?;
        let result = match event.status().name() {
            Some(name) => names.get(py, name),
            None => column(py, event, Column::RESULT).unbind(),
        };
        Ok(Self {
            process_name: names.get(py, event.process().map_or("", |process| process.name())),
            operation: names.get(py, event.operation_name()),
            result,
            part: Arc::clone(part),
            number,
        })
    }

    #[inline]
    pub(crate) fn get(&self) -> Result<procmon_parser::Event<'_>> {
        Ok(self.part.event(self.number)?)
    }
}

/// Returns the text of a column.
fn column<'py>(py: Python<'py>, event: procmon_parser::Event<'_>, column: Column) -> Bound<'py, PyString> {
    convert::string(py, |text| {
        // Writing to a `String` does not fail.
        let _ = event.text(column).write_to(text);
    })
}

#[pymethods]
impl Event {
    /// The position of the event in the log, from 0.
    #[getter]
    fn ordinal(&self) -> Result<u32> {
        Ok(self.get()?.ordinal())
    }

    /// The start of the operation, as an aware ``datetime`` in UTC. It has microseconds; ``time_ns`` and ``filetime``
    /// have all digits. Raises ``OverflowError`` for a time after the year 9999.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        Ok(convert::datetime(py, self.get()?.time())?)
    }

    /// The start of the operation in nanoseconds since 1970-01-01 UTC.
    #[getter]
    fn time_ns(&self) -> Result<i128> {
        Ok(convert::unix_ns(self.get()?.time()))
    }

    /// The start of the operation as a FILETIME: ticks of 100 ns since 1601-01-01 UTC.
    #[getter]
    fn filetime(&self) -> Result<u64> {
        Ok(self.get()?.time().0)
    }

    /// The duration of the operation; ``None`` if the log does not have its completion.
    #[getter]
    fn duration<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyDelta>>> {
        Ok(self.get()?.duration().map(|span| convert::timedelta(py, span)).transpose()?)
    }

    /// The duration of the operation in nanoseconds; ``None`` if the log does not have its completion.
    #[getter]
    fn duration_ns(&self) -> Result<Option<u128>> {
        Ok(self.get()?.duration().map(convert::span_ns))
    }

    /// The process; ``None`` if the table of the log does not have it.
    #[getter]
    fn process(&self) -> Result<Option<Process>> {
        let event = self.get()?;
        Ok(event.process().map(|process| Process::new(event.index(), process)))
    }

    /// The key of the process in the table of the log.
    #[getter]
    fn process_key(&self) -> Result<u32> {
        Ok(self.get()?.process_key().0)
    }

    /// The process id; ``None`` if the table of the log does not have the process.
    #[getter]
    fn pid(&self) -> Result<Option<u32>> {
        Ok(self.get()?.process().map(|process| process.pid()))
    }

    /// The thread id; 0 for network events.
    #[getter]
    fn tid(&self) -> Result<u32> {
        Ok(self.get()?.thread_id())
    }

    /// The event class, such as ``Registry``: a number with a name.
    #[getter]
    fn event_class<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let class = self.get()?.class();
        Ok(value::code(py, class.0.into(), class.name())?)
    }

    /// The number of the operation in its class.
    #[getter]
    fn operation_code(&self) -> Result<u16> {
        Ok(self.get()?.operation_code())
    }

    /// The numbers of the class, of the operation and of its sub operation, and the protocol of a network event.
    #[getter]
    fn operation_codes(&self) -> Result<(u16, u16, Option<u8>, &'static str)> {
        let event = self.get()?;
        let minor = match event.detail() {
            Ok(Detail::File(file)) => Some(file.minor),
            _ => None,
        };
        let protocol = match event.operation() {
            Operation::Network(Some(protocol), _) => protocol.name(),
            _ => "",
        };
        Ok((event.class().0, event.operation_code(), minor, protocol))
    }

    /// The offset of the event in its file, in bytes.
    #[getter]
    fn offset(&self) -> Result<u64> {
        Ok(self.get()?.offset())
    }

    /// The path of the object: a file, a registry key, an image, or a pair of endpoints.
    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyString>> {
        Ok(column(py, self.get()?, Column::PATH))
    }

    /// The result as an NTSTATUS: a number with a name.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let status = self.get()?.status();
        Ok(value::code(py, status.0, status.name())?)
    }

    /// The effect of the operation: ``Read``, ``Write``, ``Read Metadata`` or ``Write Metadata``; ``None`` if it has
    /// none.
    #[getter]
    fn category(&self) -> Result<Option<&'static str>> {
        Ok(self.get()?.category().map(|category| category.name()))
    }

    /// The parameters and the outcome as a dictionary of typed values, with the keys of ``docs/JSON.md``.
    ///
    /// Codes are ``Code`` and flags are ``Flags``, which are numbers with names; times are aware ``datetime`` (a number
    /// after the year 9999), spans ``timedelta``, and data ``bytes``.
    ///
    /// >>> import procmon_pml as pml
    /// >>> pml.Log("fixtures/sample64.pml")[77].detail["file"]["request"]["write"]["offset"]
    /// 8192
    #[getter]
    fn detail<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.values(py, Form::Typed)
    }

    /// The same as ``detail``, with times as FILETIMEs and spans as ticks of 100 ns, which have all digits.
    #[getter]
    fn raw_detail<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.values(py, Form::Ticks)
    }

    /// Returns the text of a column, as Procmon prints it. ``column`` is a title such as ``Process Name`` or a name such
    /// as ``process_name``.
    #[pyo3(signature = (column, style = None))]
    fn text<'py>(
        &self,
        py: Python<'py>,
        column: &str,
        style: Option<&Bound<'py, Style>>,
    ) -> Result<Bound<'py, PyString>> {
        let column = style::column(column)?;
        let event = self.get()?;
        Ok(match style {
            Some(style) => style::text(py, event.text_in(column, &style.get().inner)),
            None => style::text(py, event.text(column)),
        })
    }

    /// Returns a dictionary from the titles of columns to their texts. The default columns are those of Procmon's
    /// export of all columns.
    #[pyo3(signature = (columns = None, style = None))]
    fn row<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Vec<String>>,
        style: Option<&Bound<'py, Style>>,
    ) -> Result<Bound<'py, PyDict>> {
        let style = style::or_default(style);
        let event = self.get()?;
        let (row, mut text) = (PyDict::new(py), String::new());
        for column in style::columns(columns)? {
            text.clear();
            // Writing to a `String` does not fail.
            let _ = event.text_in(column, &style).write_to(&mut text);
            row.set_item(PyString::intern(py, column.name().unwrap_or_default()), &text)?;
        }
        Ok(row)
    }

    /// The return addresses of the call stack, innermost first.
    #[getter]
    fn addresses(&self) -> Result<Vec<u64>> {
        Ok(self.get()?.stack().iter().collect())
    }

    /// The frames of the call stack, innermost first.
    ///
    /// >>> import procmon_pml as pml
    /// >>> for frame in pml.Log("fixtures/sample64.pml")[77].stack[:2]:
    /// ...     print(frame)
    /// fltmgr.sys + 0x4f10
    /// ntfs.sys + 0x1130
    #[getter]
    fn stack(&self) -> Result<Vec<Frame>> {
        let event = self.get()?;
        let (index, process, time) = (event.index(), event.process_key(), event.time());
        Ok(event.stack().iter().map(|address| Frame { index: index.clone(), process, time, address }).collect())
    }

    fn __eq__(&self, other: &Self) -> Result<bool> {
        Ok(Arc::ptr_eq(&self.part.log, &other.part.log) && self.get()?.ordinal() == other.get()?.ordinal())
    }

    fn __hash__(&self) -> Result<u64> {
        Ok(self.get()?.ordinal().into())
    }

    fn __repr__(&self) -> Result<String> {
        let event = self.get()?;
        let text = |column| event.text(column);
        let (process, pid) = (text(Column::PROCESS_NAME), text(Column::PID));
        let (operation, path, result) = (event.operation_name(), text(Column::PATH), text(Column::RESULT));
        Ok(format!("<Event {}: {process} ({pid}) {operation} {path} {result}>", event.ordinal()))
    }

    fn _repr_html_(&self) -> Result<String> {
        const COLUMNS: [Column; 8] = [
            Column::DATE_AND_TIME,
            Column::PROCESS_NAME,
            Column::PID,
            Column::OPERATION,
            Column::PATH,
            Column::RESULT,
            Column::DURATION,
            Column::DETAIL,
        ];
        let event = self.get()?;
        let mut table = Table::new(format_args!("Event {}", event.ordinal()), &[]);
        for column in COLUMNS {
            table.row([column.to_string(), event.text(column).to_string()]);
        }
        Ok(table.finish())
    }
}

impl Event {
    fn values<'py>(&self, py: Python<'py>, form: Form) -> Result<Bound<'py, PyAny>> {
        Ok(value::to_python(py, &self.get()?.detail()?, form)?)
    }
}

/// A frame of a call stack: an address, and the module that contains it.
#[pyclass(frozen, module = "procmon_pml")]
#[derive(Clone)]
pub(crate) struct Frame {
    index: Index,
    process: ProcessKey,
    time: FileTime,
    /// The return address.
    #[pyo3(get)]
    address: u64,
}

impl Frame {
    fn find(&self) -> Option<procmon_parser::Module<'_>> {
        self.index.module_at(self.process, self.address, self.time)
    }
}

#[pymethods]
impl Frame {
    /// The module that contains the address, by Procmon's rule; ``None`` if there is none.
    #[getter]
    fn module(&self) -> Option<Module> {
        self.find().map(Module::new)
    }

    /// The path of the module; ``None`` if there is none.
    #[getter]
    fn path(&self) -> Option<&str> {
        self.find().map(|module| module.path())
    }

    /// The offset of the address in the module; ``None`` if there is none.
    #[getter]
    fn offset(&self) -> Option<u64> {
        self.find().map(|module| self.address.wrapping_sub(module.base()))
    }

    fn __str__(&self) -> String {
        match self.find() {
            Some(module) => format!("{} + {:#x}", module.file_name(), self.address.wrapping_sub(module.base())),
            None => format!("{:#x}", self.address),
        }
    }

    fn __repr__(&self) -> String {
        format!("<Frame {}>", self.__str__())
    }

    fn __int__(&self) -> u64 {
        self.address
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.address == other.address && self.find() == other.find()
    }

    fn __hash__(&self) -> u64 {
        self.address
    }
}
