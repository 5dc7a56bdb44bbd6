//! Processes and modules.

use procmon_parser::write::ProcessInfo;
use procmon_parser::{Index, ProcessKey};
use pyo3::prelude::*;
use pyo3::types::PyDelta;

use crate::convert;
use crate::html::Table;

/// A process of a log.
///
/// >>> import procmon_pml as pml
/// >>> log = pml.Log("fixtures/sample64.pml")
/// >>> process = log[77].process
/// >>> process.name, process.user
/// ('updater.exe', 'ORCHID\\alice')
/// >>> [module.name for module in process.modules][:2]
/// ['updater.exe', 'kernel32.dll']
#[pyclass(frozen, module = "procmon_pml")]
#[derive(Clone)]
pub(crate) struct Process {
    index: Index,
    key: ProcessKey,
    /// The position in the table, because a damaged table can have two processes with one key.
    position: usize,
}

impl Process {
    pub(crate) fn new(index: &Index, process: procmon_parser::Process<'_>) -> Self {
        Self { index: index.clone(), key: process.key(), position: process.table_index() }
    }

    fn get(&self) -> procmon_parser::Process<'_> {
        let found = self.index.process(self.key).filter(|process| process.table_index() == self.position);
        let found = found.or_else(|| self.index.processes().find(|process| process.table_index() == self.position));
        found.expect("the table is that of the process")
    }
}

#[pymethods]
impl Process {
    /// The process id.
    #[getter]
    fn pid(&self) -> u32 {
        self.get().pid()
    }

    /// The process id of the parent process.
    #[getter]
    fn parent_pid(&self) -> u32 {
        self.get().parent_pid()
    }

    /// The key of the process in the table of its log, which is unique, unlike a process id.
    #[getter]
    fn key(&self) -> u32 {
        self.key.0
    }

    /// The key of the parent process. The table need not have it.
    #[getter]
    fn parent_key(&self) -> u32 {
        self.get().parent_key().0
    }

    /// The parent process, if the log has it.
    #[getter]
    fn parent(&self) -> Option<Self> {
        self.get().parent().map(|parent| Self::new(&self.index, parent))
    }

    /// The name of the process.
    #[getter]
    fn name(&self) -> &str {
        self.get().name()
    }

    /// The path of the image.
    #[getter]
    fn image_path(&self) -> &str {
        self.get().image_path()
    }

    /// The command line.
    #[getter]
    fn command_line(&self) -> &str {
        self.get().command_line()
    }

    /// The account, as ``DOMAIN\name``.
    #[getter]
    fn user(&self) -> &str {
        self.get().user()
    }

    /// The integrity level.
    #[getter]
    fn integrity(&self) -> &str {
        self.get().integrity()
    }

    /// The company in the version information of the image.
    #[getter]
    fn company(&self) -> &str {
        self.get().company()
    }

    /// The version in the version information of the image.
    #[getter]
    fn version(&self) -> &str {
        self.get().version()
    }

    /// The description in the version information of the image.
    #[getter]
    fn description(&self) -> &str {
        self.get().description()
    }

    /// The Remote Desktop Services session.
    #[getter]
    fn session(&self) -> u32 {
        self.get().session()
    }

    /// The id of the logon session (LUID).
    #[getter]
    fn authentication_id(&self) -> u64 {
        self.get().authentication_id()
    }

    /// True for a native process of a 64-bit Windows.
    #[getter]
    fn is_64bit(&self) -> bool {
        self.get().is_64bit()
    }

    /// True if UAC virtualization is on; ``None`` if it does not apply.
    #[getter]
    fn is_virtualized(&self) -> Option<bool> {
        self.get().is_virtualized()
    }

    /// The number of the state of UAC virtualization in the log.
    #[getter]
    fn virtualized_code(&self) -> u32 {
        ProcessInfo::from(self.get()).virtualized
    }

    /// The creation of the process, in UTC. Raises ``OverflowError`` for a time after the year 9999.
    #[getter]
    fn start_time<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::datetime(py, self.get().start_time())
    }

    /// The exit of the process, in UTC; ``None`` if it was still running. Raises ``OverflowError`` for a time after the
    /// year 9999.
    #[getter]
    fn end_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.get().end_time().map(|time| convert::datetime(py, time)).transpose()
    }

    /// The creation of the process as a FILETIME: ticks of 100 ns since 1601-01-01 UTC.
    #[getter]
    fn start_filetime(&self) -> u64 {
        self.get().start_time().0
    }

    /// The exit of the process as a FILETIME; ``None`` if it was still running.
    #[getter]
    fn end_filetime(&self) -> Option<u64> {
        self.get().end_time().map(|time| time.0)
    }

    /// The time between creation and exit; ``None`` if the process was still running.
    #[getter]
    fn lifetime<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDelta>>> {
        let process = self.get();
        process.end_time().map(|end| convert::timedelta(py, end.since(process.start_time()))).transpose()
    }

    /// The modules that the process loaded.
    #[getter]
    fn modules(&self) -> Vec<Module> {
        self.get().modules().map(Module::new).collect()
    }

    /// The icon of the image as an ICO file, small or large; ``None`` if the log does not have it.
    #[pyo3(signature = (*, large = false))]
    fn icon(&self, large: bool) -> Option<std::borrow::Cow<'_, [u8]>> {
        let process = self.get();
        let icon = if large { process.large_icon() } else { process.small_icon() };
        icon.and_then(|icon| icon.to_ico()).map(Into::into)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.index == other.index && self.position == other.position
    }

    fn __hash__(&self) -> u64 {
        self.position as u64
    }

    fn __str__(&self) -> String {
        let process = self.get();
        format!("{} ({})", process.name(), process.pid())
    }

    fn __repr__(&self) -> String {
        format!("<Process {}>", self.__str__())
    }

    fn _repr_html_(&self) -> String {
        let process = self.get();
        let mut table = Table::new(self.__str__(), &[]);
        table.row(["Image Path", process.image_path()]);
        table.row(["Command Line", process.command_line()]);
        table.row(["User", process.user()]);
        table.row(["Integrity", process.integrity()]);
        table.row(["Company", process.company()]);
        table.row(["Description", process.description()]);
        table.row(["Version", process.version()]);
        table.row(["Started", process.start_time().to_string().as_str()]);
        table.row(["Exited", process.end_time().map(|time| time.to_string()).unwrap_or_default().as_str()]);
        table.finish()
    }
}

/// A module of a process: its image, a library or a driver.
#[pyclass(frozen, eq, hash, get_all, module = "procmon_pml")]
#[derive(Clone, Hash, PartialEq)]
pub(crate) struct Module {
    /// The path of the image.
    path: String,
    /// The name of the file.
    name: String,
    /// The address of the first byte.
    base: u64,
    /// The size in memory, in bytes.
    size: u32,
    /// The version in the version information of the image.
    version: String,
    /// The company in the version information of the image.
    company: String,
    /// The description in the version information of the image.
    description: String,
    /// The time at which the module was loaded, as a FILETIME.
    load_filetime: u64,
    /// The time stamp in the PE header; ``None`` if Procmon could not read it.
    time_date_stamp: Option<u32>,
    /// The size in the PE header, in bytes; ``None`` if Procmon could not read it.
    size_of_image: Option<u32>,
}

impl Module {
    pub(crate) fn new(module: procmon_parser::Module<'_>) -> Self {
        Self {
            path: module.path().to_owned(),
            name: module.file_name().to_owned(),
            base: module.base(),
            size: module.size(),
            version: module.version().to_owned(),
            company: module.company().to_owned(),
            description: module.description().to_owned(),
            load_filetime: module.load_time().0,
            time_date_stamp: module.time_date_stamp(),
            size_of_image: module.size_of_image(),
        }
    }
}

#[pymethods]
impl Module {
    /// The time at which the module was loaded, in UTC.
    #[getter]
    fn load_time<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::datetime(py, procmon_parser::FileTime(self.load_filetime))
    }

    fn __repr__(&self) -> String {
        format!("<Module {} at {:#x}, {:#x} bytes>", self.path, self.base, self.size)
    }
}
