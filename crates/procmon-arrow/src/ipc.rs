//! Arrow IPC: files and streams.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::DataType;
use procmon_parser::Log;

use crate::error::Result;
use crate::exporter::{Exporter, Summary};
use crate::store::Dictionary;

impl Exporter<'_> {
    /// Writes a file of Arrow IPC (Feather version 2, extension `.arrow`).
    ///
    /// ```
    /// use procmon_arrow::Exporter;
    /// use procmon_parser::LogsReader;
    ///
    /// let log = LogsReader::open("../../fixtures/sample64.pml")?;
    /// let mut file = Vec::new();
    /// let summary = Exporter::new().ipc_file(&mut file, &log)?;
    /// assert!(summary.rows == log.len() as u64 && file.starts_with(b"ARROW1"));
    /// # Ok::<(), procmon_arrow::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading the log or writing to `out` fails.
    pub fn ipc_file<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        let plan = self.plan(log)?;
        // A file can extend a dictionary, but not replace it.
        let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
        let mut out = FileWriter::try_new_with_options(BufWriter::new(out), &plan.schema, options)?;
        let mut dictionaries = Growing::default();
        let summary = self.batches_of(&plan, log, &mut |batch| Ok(out.write(&dictionaries.extend(batch)?)?))?;
        out.write_metadata("procmon.rows", summary.rows.to_string());
        out.write_metadata("procmon.unreadable_events", summary.unreadable.to_string());
        if let Some(error) = &summary.first_error {
            out.write_metadata("procmon.first_error", error.to_string());
        }
        out.finish()?;
        out.flush()?;
        Ok(summary)
    }

    /// Writes a stream of Arrow IPC.
    ///
    /// ```
    /// use procmon_arrow::Exporter;
    /// use procmon_parser::LogsReader;
    ///
    /// let log = LogsReader::open("../../fixtures/sample64.pml")?;
    /// let mut stream = Vec::new();
    /// Exporter::new().ipc_stream(&mut stream, &log)?;
    /// # Ok::<(), procmon_arrow::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading the log or writing to `out` fails.
    pub fn ipc_stream<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        let plan = self.plan(log)?;
        let mut out = StreamWriter::try_new(BufWriter::new(out), &plan.schema)?;
        let mut dictionaries = Growing::default();
        let summary = self.batches_of(&plan, log, &mut |batch| Ok(out.write(&dictionaries.extend(batch)?)?))?;
        out.finish()?;
        out.flush()?;
        Ok(summary)
    }
}

/// The maximum number of values that are added to a dictionary, because a stream contains the whole dictionary again
/// after each addition.
const MAX: usize = 1024;
/// The value that represents all further names.
const OTHER: &str = "(other)";

/// The dictionaries of an output. Names of unknown codes are added at their ends, so that each batch has all values of
/// the batches before it.
#[derive(Default)]
struct Growing {
    columns: Vec<Option<Column>>,
}

struct Column {
    /// The values so far.
    values: ArrayRef,
    /// The values so far; `None` until one was added.
    grown: Option<Dictionary>,
    /// The number of values at which the dictionary stops growing.
    max_len: usize,
}

impl Growing {
    fn extend(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        if self.columns.is_empty() {
            self.columns = batch.columns().iter().map(Column::new).collect();
        }
        let arrays = self.columns.iter_mut().zip(batch.columns()).map(|(column, array)| match column {
            Some(column) => column.extend(array),
            None => Ok(Arc::clone(array)),
        });
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(batch.schema(), arrays, &options)?)
    }
}

impl Column {
    fn new(array: &ArrayRef) -> Option<Self> {
        matches!(array.data_type(), DataType::Dictionary(..)).then(|| {
            let values = Arc::clone(array.as_dictionary::<Int32Type>().values());
            Self { max_len: values.len() + MAX, values, grown: None }
        })
    }

    fn extend(&mut self, array: &ArrayRef) -> Result<ArrayRef> {
        let array = array.as_dictionary::<Int32Type>();
        if Arc::ptr_eq(array.values(), &self.values) {
            return Ok(Arc::new(array.clone()));
        }
        let dictionary = self.grown.get_or_insert_with(|| {
            let mut dictionary = Dictionary::default();
            for value in self.values.as_string::<i32>().iter().flatten() {
                dictionary.key(value);
            }
            dictionary
        });
        let before = dictionary.len();
        let values: &StringArray = array.values().as_string();
        let mut key = |value: &str| match dictionary.get(value) {
            Some(key) => key,
            None => dictionary.key(if dictionary.len() < self.max_len { value } else { OTHER }),
        };
        let keys: Vec<i32> = values.iter().map(|value| key(value.unwrap_or_default())).collect();
        if dictionary.len() > before {
            self.values = dictionary.array()?;
        }
        let key = |key: Option<i32>| key.and_then(|key| keys.get(usize::try_from(key).ok()?).copied());
        let keys: Int32Array = array.keys().iter().map(key).collect();
        Ok(Arc::new(DictionaryArray::try_new(keys, Arc::clone(&self.values))?))
    }
}
