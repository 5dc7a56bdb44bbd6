//! Exports of events as record batches.

use std::fmt;
use std::num::NonZero;
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use procmon_parser::{Event, Log, Style};

use crate::builder::Builder;
use crate::columns::Columns;
use crate::error::Result;
use crate::plan::{self, Plan};
use crate::pool::{self, Send};

/// Returns true if an event is to be written.
pub(crate) type Filter<'a> = &'a (dyn Fn(Event<'_>) -> bool + Sync);

/// The counts of an export.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The number of events in the output.
    pub rows: u64,
    /// The number of events that could not be read. They are not in the output.
    pub unreadable: u64,
    /// The error of the first event that could not be read.
    pub first_error: Option<procmon_parser::Error>,
}

impl Summary {
    fn append(&mut self, later: Self) {
        self.rows += later.rows;
        self.unreadable += later.unreadable;
        self.first_error = self.first_error.take().or(later.first_error);
    }
}

/// The options of an export, and the exports: [record batches](Self::batches), [Parquet](Self::parquet), and
/// [files](Self::ipc_file) and [streams](Self::ipc_stream) of Arrow IPC.
///
/// The output is the same for any number of threads. Memory is bounded: it depends on the number of threads and on the
/// tables of the log, and not on the number of events.
///
/// ```
/// use procmon_arrow::{Columns, Exporter};
/// use procmon_parser::LogsReader;
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let is_failure = |event: procmon_parser::Event<'_>| event.status().is_error();
/// let mut rows = 0;
/// let exporter = Exporter::new().columns(Columns::parse("time,process_name,path")?).filter(&is_failure);
/// let summary = exporter.batches(&log, |batch| {
///     rows += batch.num_rows() as u64;
///     Ok(())
/// })?;
/// assert!(summary.rows == rows && rows > 0);
/// # Ok::<(), procmon_arrow::Error>(())
/// ```
pub struct Exporter<'a> {
    pub(crate) columns: Columns,
    pub(crate) style: Style,
    pub(crate) names: Vec<String>,
    pub(crate) threads: NonZero<usize>,
    batch_rows: NonZero<usize>,
    filter: Option<Filter<'a>>,
    progress: Option<&'a (dyn Fn(u64) + Sync)>,
    pub(crate) metadata: Vec<(String, String)>,
}

impl fmt::Debug for Exporter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("columns", &self.columns)
            .field("threads", &self.threads)
            .field("batch_rows", &self.batch_rows)
            .field("has_filter", &self.filter.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for Exporter<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The default number of rows of a batch.
const BATCH_ROWS: NonZero<usize> = NonZero::new(8192).unwrap();

/// The number of events that a thread turns into batches at a time.
const UNIT: usize = 32 * 1024;

impl<'a> Exporter<'a> {
    /// Returns an exporter of all events, with the default columns, in the default style, with a thread for each
    /// logical CPU.
    #[must_use]
    pub fn new() -> Self {
        Self {
            columns: Columns::new(),
            style: Style::new(),
            names: Vec::new(),
            threads: thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            batch_rows: BATCH_ROWS,
            filter: None,
            progress: None,
            metadata: Vec::new(),
        }
    }

    /// Sets the columns, and the resolution of times.
    #[must_use]
    pub fn columns(mut self, columns: Columns) -> Self {
        self.columns = columns;
        self
    }

    /// Sets the style of the columns with Procmon's text: `class`, `operation`, `path`, `result`, `category` and
    /// `detail`. Times are always in UTC.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Sets the names in the column `log`: one for each file of the log, in the order of
    /// [`Log::indexes`]. Without them the names are empty.
    #[must_use]
    pub fn log_names(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names = names.into_iter().collect();
        self
    }

    /// Sets the number of threads. With 1, no thread is started.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the maximum number of rows of a batch. The default is 8,192. A batch with large texts has fewer.
    #[must_use]
    pub fn batch_rows(mut self, rows: NonZero<usize>) -> Self {
        self.batch_rows = rows;
        self
    }

    /// Writes only the events for which `filter` returns true. No column of another event is decoded.
    #[must_use]
    pub fn filter(mut self, filter: Filter<'a>) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Calls `progress` with the number of events processed since its last call, whether written or not. Several
    /// threads call it.
    #[must_use]
    pub fn progress(mut self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Adds an entry to the metadata of the schema.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Returns the schema of the export of a log. Its metadata has the version of the schema, the computer, the time
    /// span of the log, and the version of this crate.
    ///
    /// # Errors
    /// If the last events of the log cannot be read.
    pub fn schema<L: Log + ?Sized>(&self, log: &L) -> Result<SchemaRef> {
        plan::schema(log, &self.columns, &self.names, &self.metadata)
    }

    pub(crate) fn plan<'l, L: Log + ?Sized>(&self, log: &'l L) -> Result<Plan<'l>> {
        Plan::new(log, self.columns.clone(), self.style.clone(), &self.names, &self.metadata)
    }

    /// Calls `write` with the events as record batches, in the order of the log.
    ///
    /// # Errors
    /// If reading the log or `write` fails. An event that cannot be read is not an error: it is counted.
    ///
    /// # Panics
    /// If the filter panics.
    pub fn batches<L: Log + Sync + ?Sized>(
        &self,
        log: &L,
        mut write: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<Summary> {
        let plan = self.plan(log)?;
        self.batches_of(&plan, log, &mut write)
    }

    pub(crate) fn batches_of<L: Log + Sync + ?Sized>(
        &self,
        plan: &Plan<'_>,
        log: &L,
        write: &mut dyn FnMut(RecordBatch) -> Result<()>,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        self.units(plan, log, UNIT, &mut summary, |unit, send| unit.batches(Builder::batch, send), write)?;
        Ok(summary)
    }

    /// Calls `produce` for each unit of events, in several threads, and `consume` with the results in the order of the
    /// log.
    pub(crate) fn units<L: Log + Sync + ?Sized, T: std::marker::Send>(
        &self,
        plan: &Plan<'_>,
        log: &L,
        size: usize,
        summary: &mut Summary,
        produce: impl Fn(Unit<'_, '_, L>, Send<'_, T>) -> Result<()> + Sync,
        consume: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let count = log.event_count();
        let new = || (log.new_batch(READ), Builder::new(plan));
        let work = |state: &mut (L::Batch, Builder<'_>), index: usize, send: Send<'_, Result<T, Summary>>| {
            let (batch, builder) = state;
            let start = index * size;
            let events = (start, count.min(start + size));
            let mut part = Summary::default();
            let unit = Unit { exporter: self, log, batch, builder, events, summary: &mut part };
            produce(unit, &mut |item| send(Ok(item)))?;
            send(Err(part)).map(|_| ())
        };
        pool::in_order(self.threads, count.div_ceil(size), new, work, |item| match item {
            Ok(item) => consume(item),
            Err(part) => {
                summary.append(part);
                Ok(())
            }
        })
    }
}

/// The number of events that are read at a time: about 1 MiB of most logs.
const READ: usize = 2048;

/// Consecutive events of a log, and the buffers of the thread that works on them.
pub(crate) struct Unit<'u, 'p, L: Log + ?Sized> {
    exporter: &'u Exporter<'u>,
    log: &'u L,
    batch: &'u mut L::Batch,
    builder: &'u mut Builder<'p>,
    /// The positions of the first event and of the end, which is after the last event.
    events: (usize, usize),
    summary: &'u mut Summary,
}

impl<'p, L: Log + ?Sized> Unit<'_, 'p, L> {
    /// Passes the events to `send` as batches, which `finish` builds, until `send` returns false.
    pub(crate) fn batches<T>(self, finish: impl Fn(&mut Builder<'p>) -> Result<T>, send: Send<'_, T>) -> Result<()> {
        let Self { exporter, log, batch, builder, events: (mut next, end), summary } = self;
        while next < end {
            let after = log.read_batch(next, batch)?;
            if after == next {
                break;
            }
            for event in log.batch_events(batch).take(end - next) {
                match event {
                    Ok(event) if exporter.filter.is_none_or(|filter| filter(event)) => {
                        builder.add(event);
                        summary.rows += 1;
                        let is_complete = builder.rows() >= exporter.batch_rows.get() || builder.is_full();
                        if is_complete && !send(finish(builder)?)? {
                            return Ok(());
                        }
                    }
                    Ok(_) => {}
                    Err(error) if error.is_io() => return Err(error.into()),
                    Err(error) => {
                        summary.unreadable += 1;
                        summary.first_error.get_or_insert(error);
                    }
                }
            }
            if let Some(progress) = exporter.progress {
                progress((after.min(end) - next) as u64);
            }
            next = after;
        }
        if builder.rows() > 0 {
            send(finish(builder)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use procmon_parser::{Event, LogsReader};

    use super::Exporter;
    use crate::builder::ADDED;

    /// This must be the only unit test of the crate that builds batches, because all threads share the counter.
    #[test]
    fn rejected_events_are_not_decoded_for_columns() -> crate::Result<()> {
        let log = LogsReader::open("../../fixtures/sample64.pml")?;
        let is_failure = |event: Event<'_>| event.status().is_error();
        let exporter = Exporter::new().filter(&is_failure);
        let mut rows = exporter.parquet(std::io::sink(), &log)?.rows;
        rows += exporter.ipc_stream(std::io::sink(), &log)?.rows;
        assert!(rows > 0 && rows < log.len() as u64);
        assert_eq!(ADDED.load(Ordering::Relaxed), rows);
        Ok(())
    }
}
