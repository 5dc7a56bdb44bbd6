//! Typed columns through the Arrow PyCapsule interface.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use procmon_arrow::{Columns, Exporter, Timestamps};
use procmon_parser::{Event, Style};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::error::{Failure, Result};
use crate::log::Log;
use crate::selection::Selection;
use crate::shared::Shared;
use crate::style;

/// The events of a log as typed columns, with the Arrow PyCapsule interface. Each call of ``__arrow_c_stream__`` starts a
/// new stream, so the object can be used several times.
///
/// >>> import procmon_pml as pml
/// >>> columns = pml.Log("fixtures/sample64.pml").to_arrow(["time", "process_name", "path"])
/// >>> columns.column_names
/// ['time', 'process_name', 'path']
#[pyclass(frozen, module = "procmon_pml")]
#[derive(Clone)]
pub(crate) struct ArrowStream {
    log: Arc<Shared>,
    selection: Selection,
    columns: Columns,
    batch_size: NonZero<usize>,
    style: Style,
}

/// Parses columns from a list of names, or from one string with commas.
pub(crate) fn columns(names: Option<&Bound<'_, PyAny>>, timestamps: &str) -> Result<Columns> {
    let columns = match names {
        None => Columns::new(),
        Some(names) => match names.extract::<String>() {
            Ok(names) => Columns::parse(&names)?,
            Err(_) => Columns::parse(&names.extract::<Vec<String>>()?.join(","))?,
        },
    };
    Ok(match timestamps {
        "ns" => columns.timestamps(Timestamps::Nanoseconds),
        "us" => columns.timestamps(Timestamps::Microseconds),
        _ => return Err(PyValueError::new_err("timestamps must be 'ns' or 'us'").into()),
    })
}

impl ArrowStream {
    pub(crate) fn new(
        log: &Log,
        names: Option<&Bound<'_, PyAny>>,
        batch_size: usize,
        timestamps: &str,
        style: Option<&Bound<'_, crate::style::Style>>,
    ) -> Result<Self> {
        let batch_size =
            NonZero::new(batch_size).ok_or_else(|| PyValueError::new_err("batch_size must be positive"))?;
        Ok(Self {
            log: Arc::clone(&log.shared),
            selection: log.selection.clone(),
            columns: columns(names, timestamps)?,
            batch_size,
            style: style::or_default(style),
        })
    }

    fn exporter<'a>(&self) -> Exporter<'a> {
        Exporter::new()
            .columns(self.columns.clone())
            .style(self.style.clone())
            .batch_rows(self.batch_size)
            .log_names([self.log.name.clone()])
    }

    fn schema(&self, py: Python<'_>) -> Result<SchemaRef> {
        Ok(py.detach(|| self.exporter().schema(&self.log.stream))?)
    }

    /// Calls `send` with all batches, until it returns an error.
    fn produce(&self, mut send: impl FnMut(RecordBatch) -> procmon_arrow::Result<()>) -> procmon_arrow::Result<()> {
        let has = |event: Event<'_>| self.selection.has(event);
        let mut exporter = self.exporter();
        if self.selection.len() < self.log.stream.len() {
            exporter = exporter.filter(&has);
        }
        exporter.batches(&self.log.stream, &mut send).map(drop)
    }
}

#[pymethods]
impl ArrowStream {
    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.columns.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// Returns a new stream. A requested schema is ignored, as the interface permits.
    #[pyo3(signature = (requested_schema = None))]
    pub(crate) fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        let _ = requested_schema;
        let reader = Reader::new(self.clone(), self.schema(py)?)?;
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        Ok(PyCapsule::new_with_value(py, stream, c"arrow_array_stream")?.into_any())
    }

    /// Returns the schema.
    pub(crate) fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let schema = self.schema(py)?;
        let schema = FFI_ArrowSchema::try_from(&*schema).map_err(|error| Failure::Arrow(error.into()))?;
        Ok(PyCapsule::new_with_value(py, schema, c"arrow_schema")?.into_any())
    }

    fn __repr__(&self) -> String {
        format!(
            "<ArrowStream {}: {} rows, {} columns>",
            self.log.name,
            self.selection.len(),
            self.columns.iter().count()
        )
    }
}

/// The number of batches that can wait for the reader.
const AHEAD: usize = 4;

/// Record batches that another thread produces. The thread ends when the reader is dropped.
struct Reader {
    schema: SchemaRef,
    batches: Receiver<std::result::Result<RecordBatch, ArrowError>>,
    producer: Option<JoinHandle<()>>,
}

impl Reader {
    fn new(stream: ArrowStream, schema: SchemaRef) -> Result<Self> {
        let (sender, batches) = sync_channel(AHEAD);
        let work = move || {
            let closed = || procmon_arrow::Error::Io(std::io::ErrorKind::BrokenPipe.into());
            let produced = stream.produce(|batch| sender.send(Ok(batch)).map_err(|_| closed()));
            if let Err(error) = produced {
                // If the reader was dropped, this error has no receiver.
                let _ = sender.send(Err(ArrowError::ExternalError(error.into())));
            }
        };
        let producer = thread::Builder::new().name("procmon-arrow".to_owned()).spawn(work)?;
        Ok(Self { schema, batches, producer: Some(producer) })
    }
}

impl Iterator for Reader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.batches.recv() {
            Ok(batch) => Some(batch),
            Err(_closed) => match self.producer.take().map(JoinHandle::join) {
                Some(Err(_panic)) => {
                    Some(Err(ArrowError::ExternalError("the thread that produces batches panicked".into())))
                }
                _ => None,
            },
        }
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
