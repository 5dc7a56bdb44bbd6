//! Record batches from events.

use std::sync::Arc;

use arrow_array::types::{Int64Type, TimestampMicrosecondType, TimestampNanosecondType, UInt32Type};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchOptions, UInt32Array};
use procmon_parser::code::NtStatus;
use procmon_parser::{Column, Event};

use crate::error::{Error, Result};
use crate::frames::Stacks;
use crate::plan::Plan;
use crate::schema::{EventColumn, Timestamps};
use crate::source::{UNKNOWN, is_of_process, process_text, timestamp};
use crate::store::{Map, Missing, Names, Numbers, Sink, Texts, dictionary, take};
use crate::typed::{Typed, is_typed, nanoseconds};

/// The size in bytes at which a batch is full: the sum of its texts and stacks.
const FULL: usize = 16 << 20;

/// The number of events that were converted to rows.
#[cfg(test)]
pub(crate) static ADDED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// A batch, with the values from which a writer builds the columns that are the same for all events of a process.
pub(crate) struct Parts {
    pub(crate) rows: usize,
    /// The arrays of the other columns, except stacks, in the order of the columns.
    pub(crate) arrays: Vec<Option<ArrayRef>>,
    pub(crate) processes: Processes,
    pub(crate) stacks: Option<Stacks>,
}

/// The processes of events.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    /// The index of the process of each row; [`UNKNOWN`] if the process is unknown.
    pub(crate) rows: Vec<u32>,
    /// The indexes of the known processes, without duplicates, in the order of their first rows.
    pub(crate) used: Vec<u32>,
    pub(crate) has_unknown: bool,
}

impl Processes {
    fn new(rows: Vec<u32>) -> Self {
        let (mut used, mut has_unknown, mut last) = (Vec::new(), false, None);
        let mut is_used = Vec::new();
        for &process in &rows {
            if last.replace(process) == Some(process) {
                continue;
            }
            let place = process as usize;
            if process == UNKNOWN {
                has_unknown = true;
            } else if is_used.get(place) != Some(&true) {
                is_used.resize(is_used.len().max(place + 1), false);
                is_used[place] = true;
                used.push(process);
            }
        }
        Self { rows, used, has_unknown }
    }
}

/// Collects events and returns them as batches.
pub(crate) struct Builder<'p> {
    plan: &'p Plan<'p>,
    rows: usize,
    ordinals: Vec<u32>,
    times: Numbers<i64>,
    durations: Numbers<i64>,
    /// The key of the log of each event.
    logs: Vec<i32>,
    /// The index of the process of each event.
    processes: Vec<u32>,
    process_keys: Vec<u32>,
    tids: Vec<u32>,
    result_codes: Vec<u32>,
    classes: Names<'p>,
    operations: Names<'p>,
    results: Names<'p>,
    /// The dictionary keys of the results that occurred in the batch, by result code.
    result_keys: Map<u32, i32>,
    categories: Names<'p>,
    path: Option<Texts>,
    detail: Option<Texts>,
    typed: Option<Typed<'p>>,
    json: Option<Texts>,
    stacks: Option<Stacks>,
    missing: Missing,
    /// The index of the file of the last event.
    file: usize,
}

impl<'p> Builder<'p> {
    pub(crate) fn new(plan: &'p Plan<'p>) -> Self {
        let has = |column| plan.has(column);
        Self {
            plan,
            rows: 0,
            ordinals: Vec::new(),
            times: Numbers::new(),
            durations: Numbers::new(),
            logs: Vec::new(),
            processes: Vec::new(),
            process_keys: Vec::new(),
            tids: Vec::new(),
            result_codes: Vec::new(),
            classes: Names::new(&plan.classes),
            operations: Names::new(&plan.operations),
            results: Names::new(&plan.results),
            result_keys: Map::default(),
            categories: Names::new(&plan.categories),
            path: has(EventColumn::Path).then(Texts::new),
            detail: has(EventColumn::Detail).then(Texts::new),
            typed: plan.columns.iter().any(is_typed).then(|| Typed::new(plan)),
            json: has(EventColumn::DetailJson).then(Texts::new),
            stacks: has(EventColumn::Stack).then(Stacks::new),
            missing: Missing::default(),
            file: 0,
        }
    }

    /// Returns the number of events in the batch.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns true if the batch must end, because its texts and stacks are large.
    pub(crate) fn is_full(&self) -> bool {
        let texts = [&self.path, &self.detail, &self.json].into_iter().flatten().map(Texts::size).sum::<usize>();
        texts + self.typed.as_ref().map_or(0, Typed::size) + self.stacks.as_ref().map_or(0, Stacks::size) >= FULL
    }

    /// Adds an event.
    #[inline]
    pub(crate) fn add(&mut self, event: Event<'_>) {
        #[cfg(test)]
        ADDED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let row = self.rows;
        self.header(row, event);
        self.names(row, event);
        self.texts(row, event);
        if let Some(stacks) = &mut self.stacks {
            stacks.add(event, self.plan.modules.as_ref());
        }
        self.rows += 1;
    }

    #[inline]
    fn header(&mut self, row: usize, event: Event<'_>) {
        let source = &self.plan.source;
        self.file = source.file(event.index(), self.file);
        self.logs.push(source.log(self.file));
        self.processes.push(source.process_index(self.file, event.process()));
        self.process_keys.push(event.process_key().0);
        self.ordinals.push(event.ordinal());
        self.tids.push(event.thread_id());
        self.result_codes.push(event.status().0);
        self.times.set_if(row, timestamp(event.time(), self.plan.columns.resolution()));
        self.durations.set_if(row, event.duration().and_then(nanoseconds));
    }

    #[inline]
    fn names(&mut self, row: usize, event: Event<'_>) {
        let (plan, style) = (self.plan, &self.plan.style);
        let name = |column| event.text_in(column, style).name().unwrap_or_default();
        if plan.has(EventColumn::Class) {
            self.classes.set_fixed(row, name(Column::EVENT_CLASS));
        }
        if plan.has(EventColumn::Operation) {
            self.operations.set_fixed(row, name(Column::OPERATION));
        }
        if plan.has(EventColumn::Category) {
            let category = name(Column::CATEGORY);
            if !category.is_empty() {
                self.categories.set_fixed(row, category);
            }
        }
        if plan.has(EventColumn::Result) {
            let (NtStatus(code), results) = (event.status(), &mut self.results);
            let key = || results.key(event.text_in(Column::RESULT, style));
            let key = *self.result_keys.entry(code).or_insert_with(key);
            self.results.set_key(row, key);
        }
    }

    #[inline]
    fn texts(&mut self, row: usize, event: Event<'_>) {
        let style = &self.plan.style;
        for (texts, column) in [(&mut self.path, Column::PATH), (&mut self.detail, Column::DETAIL)] {
            if let Some(texts) = texts {
                let text = event.text_in(column, style);
                // Appending to memory does not fail.
                texts.set_with(row, |bytes| text.write_to(&mut Sink(bytes)).is_ok());
            }
        }
        if self.typed.is_none() && self.json.is_none() {
            return;
        }
        let Ok(detail) = event.detail() else { return };
        if let Some(typed) = &mut self.typed {
            typed.set(row, &detail);
        }
        if let Some(json) = &mut self.json {
            json.set_with(row, |bytes| serde_json::to_writer(bytes, &detail).is_ok());
        }
    }

    /// Returns the rows as a record batch and starts the next batch.
    pub(crate) fn batch(&mut self) -> Result<RecordBatch> {
        let columns = self.plan.columns.iter().map(|column| self.array(column)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.plan.schema), columns, &options)?;
        self.reset();
        Ok(batch)
    }

    /// Returns the rows as the parts of a batch and starts the next batch.
    pub(crate) fn parts(&mut self) -> Result<Parts> {
        let is_array = |column| column != EventColumn::Stack && !is_of_process(column);
        let columns = self.plan.columns.iter();
        let arrays = columns.map(|column| is_array(column).then(|| self.array(column)).transpose());
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let processes = Processes::new(take(&mut self.processes));
        let stacks = self.stacks.as_mut().map(Stacks::take);
        let parts = Parts { rows: self.rows, arrays, processes, stacks };
        self.reset();
        Ok(parts)
    }

    /// Empties the stores that [`array`](Self::array) may not have emptied.
    fn reset(&mut self) {
        self.rows = 0;
        for numbers in [&mut self.ordinals, &mut self.process_keys, &mut self.tids, &mut self.result_codes] {
            numbers.clear();
        }
        self.logs.clear();
        self.processes.clear();
        self.result_keys.clear();
        self.times.clear();
        self.durations.clear();
        for names in [&mut self.classes, &mut self.operations, &mut self.results, &mut self.categories] {
            names.clear();
        }
        if let Some(typed) = &mut self.typed {
            typed.clear();
        }
        if let Some(stacks) = &mut self.stacks {
            stacks.clear();
        }
    }

    fn array(&mut self, column: EventColumn) -> Result<ArrayRef> {
        let (rows, plan) = (self.rows, self.plan);
        let (source, missing) = (&plan.source, &mut self.missing);
        if let Some(typed) = &mut self.typed
            && let Some(array) = typed.finish(column, rows, missing)?
        {
            return Ok(array);
        }
        if let Some(place) = process_text(column) {
            return Ok(Arc::new(source.names(place, &self.processes)?));
        }
        Ok(match column {
            EventColumn::Log => Arc::new(dictionary(take(&mut self.logs), source.logs())?),
            EventColumn::Ordinal => numbers(&mut self.ordinals),
            EventColumn::ProcessKey => numbers(&mut self.process_keys),
            EventColumn::Tid => numbers(&mut self.tids),
            EventColumn::ResultCode => numbers(&mut self.result_codes),
            EventColumn::Time => times(self.times.finish::<Int64Type>(rows, missing), plan.columns.resolution()),
            EventColumn::DurationNs => Arc::new(self.durations.finish::<Int64Type>(rows, missing)),
            EventColumn::Class => Arc::new(self.classes.finish(rows, missing)?),
            EventColumn::Operation => Arc::new(self.operations.finish(rows, missing)?),
            EventColumn::Result => Arc::new(self.results.finish(rows, missing)?),
            EventColumn::Category => Arc::new(self.categories.finish(rows, missing)?),
            EventColumn::Pid => Arc::new(source.numbers::<UInt32Type>(&self.processes, |process| process.pid())),
            EventColumn::ParentPid => {
                Arc::new(source.numbers::<UInt32Type>(&self.processes, |process| process.parent_pid()))
            }
            EventColumn::Session => {
                Arc::new(source.numbers::<UInt32Type>(&self.processes, |process| process.session()))
            }
            EventColumn::AuthenticationId => {
                let id = |process: procmon_parser::Process<'_>| process.authentication_id().cast_signed();
                Arc::new(source.numbers::<Int64Type>(&self.processes, id))
            }
            EventColumn::Virtualized => {
                Arc::new(BooleanArray::from(source.optional(&self.processes, |process| process.is_virtualized())))
            }
            EventColumn::ProcessStart => {
                let resolution = plan.columns.resolution();
                let start = source.optional(&self.processes, |process| timestamp(process.start_time(), resolution));
                times(PrimitiveArray::from(start), resolution)
            }
            EventColumn::Path => finish(&mut self.path, rows, missing)?,
            EventColumn::Detail => finish(&mut self.detail, rows, missing)?,
            EventColumn::DetailJson => finish(&mut self.json, rows, missing)?,
            EventColumn::Stack => Arc::new(self.stacks.get_or_insert_with(Stacks::new).array(plan)?),
            column => return Err(Error::Encoding(format!("no values for the column {}", column.info().name))),
        })
    }
}

fn numbers(values: &mut Vec<u32>) -> ArrayRef {
    Arc::new(UInt32Array::from(take(values)))
}

fn finish(texts: &mut Option<Texts>, rows: usize, missing: &mut Missing) -> Result<ArrayRef> {
    Ok(Arc::new(texts.get_or_insert_with(Texts::new).finish(rows, missing)?))
}

/// Returns numbers of time units since 1970 as times in UTC.
pub(crate) fn times(numbers: PrimitiveArray<Int64Type>, timestamps: Timestamps) -> ArrayRef {
    match timestamps {
        Timestamps::Nanoseconds => {
            Arc::new(numbers.reinterpret_cast::<TimestampNanosecondType>().with_timezone(crate::schema::UTC))
        }
        Timestamps::Microseconds => {
            Arc::new(numbers.reinterpret_cast::<TimestampMicrosecondType>().with_timezone(crate::schema::UTC))
        }
    }
}
