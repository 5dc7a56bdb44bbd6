//! Record batches from events.

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType, TimestampNanosecondType, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Int32Array, ListArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StructArray, UInt32Array, UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use procmon_parser::code::NtStatus;
use procmon_parser::{Column, Event};

use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::schema::{EventColumn, Timestamps, frame_fields};
use crate::source::{process_text, timestamp};
use crate::store::{Map, Names, Numbers, Sink, Texts, dictionary};
use crate::typed::{Typed, is_typed, nanoseconds};

/// The size of the texts and stacks of a batch, in bytes, from which it is full.
const FULL: usize = 16 << 20;

/// The number of events that were made into rows.
#[cfg(test)]
pub(crate) static ADDED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// A record batch.
pub(crate) struct Batch {
    pub(crate) columns: RecordBatch,
    /// The number of the process of each row.
    pub(crate) processes: Vec<u32>,
}

/// Collects events and returns them as record batches.
pub(crate) struct Builder<'p> {
    plan: &'p Plan<'p>,
    rows: usize,
    ordinals: Vec<u32>,
    times: Numbers<i64>,
    durations: Numbers<i64>,
    /// The key of the log of each event.
    logs: Vec<i32>,
    /// The number of the process of each event.
    processes: Vec<u32>,
    process_keys: Vec<u32>,
    tids: Vec<u32>,
    result_codes: Vec<u32>,
    classes: Names<'p>,
    operations: Names<'p>,
    results: Names<'p>,
    /// The keys of the results that occurred in the batch.
    result_keys: Map<u32, i32>,
    categories: Names<'p>,
    path: Option<Texts>,
    detail: Option<Texts>,
    typed: Option<Typed<'p>>,
    json: Option<Texts>,
    stacks: Option<Stacks>,
    /// The file of the last event.
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
            stacks: has(EventColumn::Stack).then(Stacks::default),
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
            stacks.add(event, self.plan);
        }
        self.rows += 1;
    }

    #[inline]
    fn header(&mut self, row: usize, event: Event<'_>) {
        let source = &self.plan.source;
        self.file = source.file(event.index(), self.file);
        self.logs.push(source.log(self.file));
        self.processes.push(source.number(self.file, event.process()));
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

    /// Returns the batch and starts the next one.
    pub(crate) fn finish(&mut self) -> Result<Batch> {
        let columns = self.plan.columns.iter().map(|column| self.array(column)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let columns = RecordBatch::try_new_with_options(Arc::clone(&self.plan.schema), columns, &options)?;
        let batch = Batch { columns, processes: std::mem::take(&mut self.processes) };
        self.reset();
        Ok(batch)
    }

    /// Empties the stores that [`array`](Self::array) may not have emptied.
    fn reset(&mut self) {
        self.rows = 0;
        for numbers in [&mut self.ordinals, &mut self.process_keys, &mut self.tids, &mut self.result_codes] {
            numbers.clear();
        }
        self.logs.clear();
        self.result_keys.clear();
        self.times.clear();
        self.durations.clear();
        for names in [&mut self.classes, &mut self.operations, &mut self.results, &mut self.categories] {
            names.clear();
        }
        if let Some(typed) = &mut self.typed {
            *typed = Typed::new(self.plan);
        }
    }

    fn array(&mut self, column: EventColumn) -> Result<ArrayRef> {
        let (rows, plan) = (self.rows, self.plan);
        let source = &plan.source;
        if let Some(typed) = &mut self.typed
            && let Some(array) = typed.finish(column, rows)?
        {
            return Ok(array);
        }
        if let Some(place) = process_text(column) {
            return Ok(Arc::new(source.names(place, &self.processes)?));
        }
        Ok(match column {
            EventColumn::Log => Arc::new(dictionary(std::mem::take(&mut self.logs), source.logs())?),
            EventColumn::Ordinal => numbers(&mut self.ordinals),
            EventColumn::ProcessKey => numbers(&mut self.process_keys),
            EventColumn::Tid => numbers(&mut self.tids),
            EventColumn::ResultCode => numbers(&mut self.result_codes),
            EventColumn::Time => times(self.times.finish::<Int64Type>(rows), plan.columns.resolution()),
            EventColumn::DurationNs => Arc::new(self.durations.finish::<Int64Type>(rows)),
            EventColumn::Class => Arc::new(self.classes.finish(rows)?),
            EventColumn::Operation => Arc::new(self.operations.finish(rows)?),
            EventColumn::Result => Arc::new(self.results.finish(rows)?),
            EventColumn::Category => Arc::new(self.categories.finish(rows)?),
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
            EventColumn::Path => finish(&mut self.path, rows)?,
            EventColumn::Detail => finish(&mut self.detail, rows)?,
            EventColumn::DetailJson => finish(&mut self.json, rows)?,
            EventColumn::Stack => Arc::new(self.stacks.get_or_insert_default().finish(plan)?),
            column => return Err(Error::Encoding(format!("no values for the column {}", column.info().name))),
        })
    }
}

fn numbers(values: &mut Vec<u32>) -> ArrayRef {
    Arc::new(UInt32Array::from(std::mem::take(values)))
}

fn finish(texts: &mut Option<Texts>, rows: usize) -> Result<ArrayRef> {
    Ok(Arc::new(texts.get_or_insert_with(Texts::new).finish(rows)?))
}

/// Returns numbers since 1970 as times in UTC.
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

/// The call stacks of a batch.
#[derive(Debug, Default)]
struct Stacks {
    /// The number of frames up to the end of each stack.
    ends: Vec<usize>,
    modules: Vec<Option<i32>>,
    offsets: Vec<Option<u64>>,
    addresses: Vec<u64>,
}

impl Stacks {
    #[inline]
    fn add(&mut self, event: Event<'_>, plan: &Plan<'_>) {
        for frame in event.frames() {
            let modules = plan.modules.as_ref();
            let module = frame.module.and_then(|module| Some((module, modules?.key(module.path())?)));
            self.modules.push(module.map(|(_, key)| key));
            self.offsets.push(module.map(|(module, _)| frame.address.wrapping_sub(module.base())));
            self.addresses.push(frame.address);
        }
        self.ends.push(self.addresses.len());
    }

    fn size(&self) -> usize {
        const FRAME: usize = 32;
        self.addresses.len() * FRAME
    }

    fn finish(&mut self, plan: &Plan<'_>) -> Result<ListArray> {
        let Self { ends, modules, offsets, addresses } = std::mem::take(self);
        let lengths = ends.iter().scan(0, |start, &end| Some(end - std::mem::replace(start, end)));
        let lists = OffsetBuffer::<i32>::from_lengths(lengths);
        let paths = plan.modules.as_ref().map(|modules| Arc::clone(modules.paths()));
        let paths = paths.unwrap_or_else(|| Arc::new(arrow_array::StringArray::new_null(0)));
        let modules = DictionaryArray::<Int32Type>::try_new(Int32Array::from(modules), paths)?;
        let frames: Vec<ArrayRef> =
            vec![Arc::new(modules), Arc::new(UInt64Array::from(offsets)), Arc::new(UInt64Array::from(addresses))];
        let frames = StructArray::try_new(frame_fields(), frames, None)?;
        let item = Field::new("element", DataType::Struct(frame_fields()), false);
        Ok(ListArray::try_new(Arc::new(item), lists, Arc::new(frames) as Arc<dyn Array>, None)?)
    }
}
