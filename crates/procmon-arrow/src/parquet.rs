//! Parquet files.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use procmon_parser::Log;

use crate::builder::{Builder, Parts, Processes};
use crate::error::{Error, Result};
use crate::exporter::{Exporter, Summary, Unit};
use crate::frames::{StackColumn, Stacks};
use crate::pages::{KeyColumn, Packer};
use crate::plan::Plan;
use crate::pool::Send;
use crate::schema::{ColumnType, EventColumn};
use crate::source::{Modules, is_of_process};

/// The number of events of a row group.
const GROUP: usize = 128 * 1024;
/// If a unit has at most this number of rows, its batches are joined with those of the next units.
const FEW: usize = GROUP / 4;
/// The size in memory, in bytes, at which a row group ends.
const LARGE: usize = 48 << 20;

/// The size of a dictionary in bytes above which the values of a column are stored without one, or the row group ends.
/// The default of 1 MB is less than the paths of a row group.
const DICTIONARY: usize = 16 << 20;

/// The compression level of Zstandard.
const LEVEL: i32 = 3;

/// A part of a file that a thread has produced.
enum Part {
    /// A batch of a unit with few rows.
    Batch(Parts),
    /// An encoded row group.
    Group(Vec<Chunk>),
}

impl Exporter<'_> {
    /// Writes a Parquet file: compressed by Zstandard, in row groups of up to 131,072 rows.
    ///
    /// The metadata of the file also has the number of rows (`procmon.rows`), of unreadable events
    /// (`procmon.unreadable_events`) and the first error (`procmon.first_error`).
    ///
    /// ```
    /// use procmon_arrow::Exporter;
    /// use procmon_parser::LogsReader;
    ///
    /// let log = LogsReader::open("../../fixtures/sample64.pml")?;
    /// let mut file = Vec::new();
    /// let summary = Exporter::new().parquet(&mut file, &log)?;
    /// assert!(summary.rows == log.len() as u64 && file.starts_with(b"PAR1"));
    /// # Ok::<(), procmon_arrow::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading the log or writing to `out` fails.
    pub fn parquet<L: Log + Sync + ?Sized>(&self, out: impl Write + std::marker::Send, log: &L) -> Result<Summary> {
        let plan = self.plan(log)?;
        let ordinal = || self.columns.iter().position(|column| column == EventColumn::Ordinal);
        let sorting = log.has_ascending_ordinals().then(ordinal);
        let mut out = open(out, &plan.schema, properties(self, sorting.flatten())?)?;
        let layout = Layout::of_events(&out, &plan);
        let mut summary = Summary::default();
        let mut pending = Pending::default();
        let produce = |unit: Unit<'_, '_, L>, send: Send<'_, Part>| produce(unit, &layout, send);
        self.units(&plan, log, GROUP, &mut summary, produce, &mut |part| match part {
            Part::Batch(batch) => {
                pending.add(batch);
                if pending.rows >= GROUP || pending.size >= LARGE { pending.write(&mut out, &layout) } else { Ok(()) }
            }
            Part::Group(chunks) => {
                pending.write(&mut out, &layout)?;
                append(&mut out, chunks)
            }
        })?;
        pending.write(&mut out, &layout)?;
        let mut add = |key: &str, value: String| out.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        add("procmon.rows", summary.rows.to_string());
        add("procmon.unreadable_events", summary.unreadable.to_string());
        if let Some(error) = &summary.first_error {
            add("procmon.first_error", error.to_string());
        }
        out.close()?;
        Ok(summary)
    }
}

/// Returns the key-value metadata of a Parquet file, which it reads from the end of the file.
///
/// ```
/// use procmon_arrow::{Exporter, file_metadata};
/// use procmon_parser::LogsReader;
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let mut file = tempfile::tempfile()?;
/// Exporter::new().parquet(&mut file, &log)?;
/// assert_eq!(file_metadata(file)?["procmon.unreadable_events"], "0");
/// # Ok::<(), procmon_arrow::Error>(())
/// ```
///
/// # Errors
/// If the file is not a complete Parquet file.
pub fn file_metadata(file: File) -> Result<HashMap<String, String>> {
    let reader = SerializedFileReader::new(file)?;
    let pairs = reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
    Ok(pairs.map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default())).collect())
}

/// Writes a table that is in memory.
pub(crate) fn write_table(out: impl Write + std::marker::Send, batch: &RecordBatch) -> Result<()> {
    let schema = batch.schema();
    let properties = base_properties()?;
    let mut out = open(out, &schema, properties)?;
    let layout = Layout::of_table(&out, &schema);
    for start in (0..batch.num_rows()).step_by(GROUP) {
        let mut group = Group::new(&layout)?;
        let columns = batch.slice(start, GROUP.min(batch.num_rows() - start));
        group.add(&Parts {
            rows: columns.num_rows(),
            arrays: columns.columns().iter().cloned().map(Some).collect(),
            processes: Processes::default(),
            stacks: None,
        })?;
        append(&mut out, group.close()?)?;
    }
    out.close()?;
    Ok(())
}

fn open<W: Write + std::marker::Send>(
    out: W,
    schema: &Schema,
    mut properties: WriterProperties,
) -> Result<SerializedFileWriter<W>> {
    let parquet = ArrowSchemaConverter::new().convert(schema)?;
    add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    let mut out = SerializedFileWriter::new(out, parquet.root_schema_ptr(), Arc::new(properties))?;
    // The encoded schema has the metadata for readers of Arrow. Other readers show only the metadata of the file.
    let sorted: BTreeMap<_, _> = schema.metadata().iter().collect();
    for (key, value) in sorted {
        out.append_key_value_metadata(KeyValue::new(key.clone(), value.clone()));
    }
    Ok(out)
}

fn base_properties() -> Result<WriterProperties> {
    Ok(base()?.build())
}

fn base() -> Result<parquet::file::properties::WriterPropertiesBuilder> {
    Ok(WriterProperties::builder()
        .set_created_by(concat!(env!("CARGO_PKG_NAME"), " version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_write_batch_size(8192)
        .set_max_row_group_row_count(Some(GROUP)))
}

fn properties(exporter: &Exporter<'_>, sorting: Option<usize>) -> Result<WriterProperties> {
    let mut properties = base()?;
    for column in exporter.columns.iter() {
        let info = column.info();
        let path = || ColumnPath::from(info.name);
        if is_delta(column) {
            properties = properties
                .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED)
                .set_column_dictionary_enabled(path(), false);
        }
        if !has_statistics(column) {
            properties = properties.set_column_statistics_enabled(path(), EnabledStatistics::None);
        }
    }
    let ordinal = sorting.and_then(|column| i32::try_from(column).ok());
    let sorting = ordinal.map(|column_idx| vec![SortingColumn { column_idx, descending: false, nulls_first: false }]);
    Ok(properties.set_sorting_columns(sorting).build())
}

/// Returns true if a column is stored as differences between consecutive values, because these are small.
fn is_delta(column: EventColumn) -> bool {
    matches!(column, EventColumn::Ordinal | EventColumn::Time)
}

/// Returns true if the pages of a column have statistics: numbers, and the texts that queries select by. Statistics of
/// other texts would cost a comparison for each row.
fn has_statistics(column: EventColumn) -> bool {
    let is_text = matches!(column.info().column_type, ColumnType::Text | ColumnType::Name | ColumnType::Stack);
    !is_text
        || matches!(
            column,
            EventColumn::ProcessName
                | EventColumn::Operation
                | EventColumn::Path
                | EventColumn::Result
                | EventColumn::RemoteAddress
        )
}

/// Encodes a unit of events as row groups. If it has few rows, passes it on as batches.
fn produce<L: Log + ?Sized>(unit: Unit<'_, '_, L>, layout: &Layout<'_>, send: Send<'_, Part>) -> Result<()> {
    let (mut few, mut group) = (Pending::default(), None::<Group<'_>>);
    unit.batches(Builder::parts, &mut |batch| {
        if group.is_none() {
            few.add(batch);
            if few.rows <= FEW && few.size < LARGE {
                return Ok(true);
            }
            let group = group.insert(Group::new(layout)?);
            few.take().into_iter().try_for_each(|batch| group.add(&batch))?;
        } else if let Some(group) = &mut group {
            group.add(&batch)?;
        }
        match group.take_if(|group| group.is_full()) {
            Some(group) => send(Part::Group(group.close()?)),
            None => Ok(true),
        }
    })?;
    if let Some(group) = group {
        send(Part::Group(group.close()?))?;
    }
    for batch in few.take() {
        send(Part::Batch(batch))?;
    }
    Ok(())
}

/// Batches that are not encoded yet.
#[derive(Default)]
struct Pending {
    batches: Vec<Parts>,
    rows: usize,
    size: usize,
}

impl Pending {
    fn add(&mut self, batch: Parts) {
        self.rows += batch.rows;
        self.size += batch.arrays.iter().flatten().map(|array| size(array.as_ref())).sum::<usize>();
        self.size += batch.stacks.as_ref().map_or(0, Stacks::size);
        self.batches.push(batch);
    }

    fn take(&mut self) -> Vec<Parts> {
        std::mem::take(self).batches
    }

    /// Writes the batches as a row group.
    fn write<W: Write + std::marker::Send>(
        &mut self,
        out: &mut SerializedFileWriter<W>,
        layout: &Layout<'_>,
    ) -> Result<()> {
        if self.batches.is_empty() {
            return Ok(());
        }
        let mut group = Group::new(layout)?;
        self.take().iter().try_for_each(|batch| group.add(batch))?;
        append(out, group.close()?)
    }
}

/// Returns the size of an array, in bytes, without dictionaries and zeros, which batches share.
fn size(array: &dyn Array) -> usize {
    match array.data_type() {
        _ if array.null_count() == array.len() => 0,
        arrow_schema::DataType::Dictionary(..) => 4 * array.len(),
        _ => array.get_buffer_memory_size(),
    }
}

/// The encoding of the columns of a file.
struct Layout<'p> {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    columns: Vec<Method>,
    /// The plan of a table of events.
    plan: Option<&'p Plan<'p>>,
}

/// The encoding of a column.
enum Method {
    /// The crate `parquet` encodes the column, which has this number of leaves.
    Arrow(usize),
    /// This crate encodes the keys of its dictionaries.
    Names(Leaf),
    /// This crate encodes its numbers.
    Numbers(Leaf),
    /// This crate encodes its texts.
    Texts(Leaf),
    /// This crate looks up the values of the processes, given by their indexes.
    Processes(Leaf, EventColumn),
    /// This crate encodes the frames of call stacks, in three leaves.
    Stacks([Leaf; 3]),
}

/// The declaration of a column that this crate encodes.
struct Leaf {
    descriptor: ColumnDescPtr,
    has_statistics: bool,
}

impl Method {
    /// Returns the method for a column of the table of events, from the declarations of its leaves.
    fn new(column: EventColumn, leaves: Vec<ColumnDescPtr>) -> Self {
        let count = leaves.len();
        let leaf = |descriptor| Leaf { descriptor, has_statistics: has_statistics(column) };
        let leaves: Vec<_> = leaves.into_iter().map(leaf).collect();
        let leaf = match <[Leaf; 1]>::try_from(leaves) {
            Ok([leaf]) => leaf,
            Err(leaves) => return <[Leaf; 3]>::try_from(leaves).map_or(Self::Arrow(count), Self::Stacks),
        };
        match column.info().column_type {
            _ if is_delta(column) => Self::Arrow(count),
            _ if is_of_process(column) => Self::Processes(leaf, column),
            ColumnType::Name => Self::Names(leaf),
            // The crate `parquet` stores large values that do not repeat without a dictionary.
            ColumnType::Text if column != EventColumn::DetailJson => Self::Texts(leaf),
            ColumnType::Text | ColumnType::Bool | ColumnType::Stack => Self::Arrow(count),
            _ => Self::Numbers(leaf),
        }
    }
}

impl<'p> Layout<'p> {
    /// Returns the layout of a file with the table of events.
    fn of_events<W: Write + std::marker::Send>(out: &SerializedFileWriter<W>, plan: &'p Plan<'p>) -> Self {
        let leaves = |field: &FieldRef| -> Vec<_> { leaves(out, field).cloned().collect() };
        let columns = plan.schema.fields().iter().zip(plan.columns.iter());
        let columns = columns.map(|(field, column)| Method::new(column, leaves(field))).collect();
        let factory = ArrowRowGroupWriterFactory::new(out, Arc::clone(&plan.schema));
        Self { factory, schema: Arc::clone(&plan.schema), columns, plan: Some(plan) }
    }

    /// Returns the layout of a file with another table.
    fn of_table<W: Write + std::marker::Send>(out: &SerializedFileWriter<W>, schema: &SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| Method::Arrow(leaves(out, field).count())).collect();
        let factory = ArrowRowGroupWriterFactory::new(out, Arc::clone(schema));
        Self { factory, schema: Arc::clone(schema), columns, plan: None }
    }
}

/// Returns the declarations of the leaves of a column.
fn leaves<'o, W: Write + std::marker::Send>(
    out: &'o SerializedFileWriter<W>,
    field: &FieldRef,
) -> impl Iterator<Item = &'o ColumnDescPtr> {
    let is_of = |leaf: &&ColumnDescPtr| leaf.path().parts().first() == Some(field.name());
    out.schema_descr().columns().iter().filter(is_of)
}

/// A row group that is being encoded.
struct Group<'l> {
    layout: &'l Layout<'l>,
    columns: Vec<Column>,
    packer: Packer,
}

/// A column of a row group that is being encoded.
enum Column {
    Arrow(Vec<ArrowColumnWriter>),
    Keys(Box<KeyColumn>),
    Stacks(Box<StackColumn>),
}

/// An encoded leaf of a column of a row group.
enum Chunk {
    Arrow(Box<ArrowColumnChunk>),
    Keys(Bytes, Box<ColumnCloseResult>),
}

impl<'l> Group<'l> {
    fn new(layout: &'l Layout<'l>) -> Result<Self> {
        let mut writers = layout.factory.create_column_writers(0)?.into_iter();
        let compression = Compression::ZSTD(ZstdLevel::try_new(LEVEL)?);
        let keys = |leaf: &Leaf| KeyColumn::new(Arc::clone(&leaf.descriptor), compression, leaf.has_statistics);
        let column = |method: &Method| match method {
            Method::Arrow(leaves) => Column::Arrow(writers.by_ref().take(*leaves).collect()),
            Method::Names(leaf) | Method::Numbers(leaf) | Method::Texts(leaf) | Method::Processes(leaf, _) => {
                writers.next();
                Column::Keys(Box::new(keys(leaf)))
            }
            Method::Stacks(leaves) => {
                writers.by_ref().take(leaves.len()).for_each(drop);
                Column::Stacks(Box::new(StackColumn::new(leaves.each_ref().map(keys))))
            }
        };
        Ok(Self { layout, columns: layout.columns.iter().map(column).collect(), packer: Packer::new(LEVEL)? })
    }

    fn add(&mut self, batch: &Parts) -> Result<()> {
        let Self { layout, columns, packer } = self;
        let fields = layout.schema.fields().iter().zip(&layout.columns);
        for (((field, method), column), array) in fields.zip(columns).zip(&batch.arrays) {
            match (column, method, array) {
                (Column::Arrow(writers), _, Some(array)) => {
                    for (leaf, writer) in compute_leaves(field, array)?.into_iter().zip(writers) {
                        writer.write(&leaf)?;
                    }
                }
                (Column::Keys(column), Method::Names(_), Some(array)) => column.add_names(array, packer)?,
                (Column::Keys(column), Method::Numbers(_), Some(array)) => column.add_numbers(array, packer)?,
                (Column::Keys(column), Method::Texts(_), Some(array)) => column.add_texts(array, packer)?,
                (Column::Keys(column), &Method::Processes(_, of), None) => {
                    let value = |process: u32, bytes: &mut Vec<u8>| {
                        let plan = layout.plan;
                        plan.is_some_and(|plan| plan.source.append_value(of, plan.columns.resolution(), process, bytes))
                    };
                    column.add_processes(&batch.processes, value, packer)?;
                }
                (Column::Stacks(column), _, None) => {
                    if let Some(stacks) = &batch.stacks {
                        let paths = layout.plan.and_then(|plan| plan.modules.as_ref()).map(Modules::paths);
                        column.add(stacks, paths.and_then(|paths| paths.as_string_opt()), packer)?;
                    }
                }
                _ => return Err(Error::Encoding(format!("the column {} has no values", field.name()))),
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        let size = |column: &Column| match column {
            Column::Arrow(writers) => writers.iter().map(ArrowColumnWriter::memory_size).sum(),
            Column::Keys(column) => column.size(),
            Column::Stacks(column) => column.size(),
        };
        self.columns.iter().map(size).sum()
    }

    /// Returns true if the group must end, because it or a dictionary is large.
    fn is_full(&self) -> bool {
        let is_large = |column: &Column| match column {
            Column::Keys(column) => column.dictionary_size() >= DICTIONARY,
            Column::Arrow(_) | Column::Stacks(_) => false,
        };
        self.size() >= LARGE || self.columns.iter().any(is_large)
    }

    fn close(mut self) -> Result<Vec<Chunk>> {
        let mut chunks = Vec::new();
        for column in self.columns {
            match column {
                Column::Arrow(writers) => {
                    for writer in writers {
                        chunks.push(Chunk::Arrow(Box::new(writer.close()?)));
                    }
                }
                Column::Keys(column) => {
                    let (bytes, close) = column.close(&mut self.packer)?;
                    chunks.push(Chunk::Keys(bytes, Box::new(close)));
                }
                Column::Stacks(column) => {
                    let leaves = column.close(&mut self.packer)?;
                    chunks.extend(leaves.map(|(bytes, close)| Chunk::Keys(bytes, Box::new(close))));
                }
            }
        }
        Ok(chunks)
    }
}

fn append<W: Write + std::marker::Send>(out: &mut SerializedFileWriter<W>, chunks: Vec<Chunk>) -> Result<()> {
    let mut group = out.next_row_group()?;
    for chunk in chunks {
        match chunk {
            Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group)?,
            Chunk::Keys(bytes, close) => group.append_column(&bytes, *close)?,
        }
    }
    group.close()?;
    Ok(())
}
