//! Column chunks of Parquet whose values repeat and have keys already: names and columns of processes.
//!
//! The crate `parquet` hashes each value of each row, even those of a dictionary array. Here a value is hashed once for
//! each row group and key.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType, TimestampNanosecondType, UInt32Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::error::{Error, Result};
use crate::hybrid;

/// The number of entries from which a page ends: the number of rows in the crate `parquet`.
const PAGE: usize = 20_000;
/// The number of rows that are added at a time.
const ROWS: usize = 4096;
/// The length in bytes above which a text is not stored in the statistics. They are left out then.
const LONGEST: usize = 64;
/// The entry of a key that has not occurred in the row group.
const NEW: u32 = u32::MAX;

/// The keys of the rows of a column.
#[derive(Clone, Copy)]
pub(crate) enum Keys<'a> {
    /// Those of the dictionary array itself.
    Own,
    /// The numbers of the processes, on which the value depends. Numbers without a process have no key.
    Processes(&'a [u32]),
}

/// A column chunk that is being encoded.
pub(crate) struct KeyColumn {
    descriptor: ColumnDescPtr,
    compression: Compression,
    has_statistics: bool,
    /// The number of the value of each key; [`NEW`] for a key that has not occurred.
    numbers: Vec<u32>,
    /// The values that the keys belong to, unless they are numbers of processes.
    values: Option<ArrayRef>,
    dictionary: Dictionary,
    page: Rows,
    pages: Vec<Finished>,
    /// The size of the pages and of the dictionary in memory.
    size: usize,
}

/// The values of a row group, in the order of their first rows.
#[derive(Default)]
struct Dictionary {
    numbers: HashMap<Arc<[u8]>, u32>,
    values: Vec<Arc<[u8]>>,
}

/// The rows of a page. A row has one entry; a row of a list has an entry for each element, or one if it has none.
#[derive(Default)]
struct Rows {
    rows: usize,
    entries: usize,
    /// The numbers of the values that are present.
    numbers: Vec<u32>,
    /// The definition level of each entry, once one is not the greatest level.
    levels: Option<Vec<u32>>,
    /// The repetition level of each entry of a list: 0 for the first one of a row, and 1 for the others.
    repetitions: Vec<u32>,
}

/// A compressed page, with the numbers of its least and of its greatest value.
struct Finished {
    page: CompressedPage,
    rows: usize,
    entries: usize,
    nulls: usize,
    range: Option<(u32, u32)>,
}

impl KeyColumn {
    pub(crate) fn new(descriptor: ColumnDescPtr, compression: Compression, has_statistics: bool) -> Self {
        Self {
            descriptor,
            compression,
            has_statistics,
            numbers: Vec::new(),
            values: None,
            dictionary: Dictionary::default(),
            page: Rows::default(),
            pages: Vec::new(),
            size: 0,
        }
    }

    /// Returns the size of the column chunk in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size + (self.page.numbers.len() + self.page.repetitions.len()) * size_of::<u32>()
    }

    /// Adds the rows of an array.
    pub(crate) fn add(&mut self, array: &ArrayRef, keys: Keys<'_>, compressor: &mut Compressor<'_>) -> Result<()> {
        for start in (0..array.len()).step_by(ROWS) {
            let rows = array.slice(start, ROWS.min(array.len() - start));
            match keys {
                Keys::Processes(processes) => self.add_by_process(&rows, &processes[start..][..rows.len()])?,
                Keys::Own => self.add_by_key(&rows)?,
            }
            self.end_rows(compressor)?;
        }
        Ok(())
    }

    /// Ends the page if it is full. The last entry must be the last one of its row.
    pub(crate) fn end_rows(&mut self, compressor: &mut Compressor<'_>) -> Result<()> {
        if self.page.entries >= PAGE { self.finish_page(compressor) } else { Ok(()) }
    }

    /// Adds an entry of a list. `number` is the number of the value; without it, `level` is the definition level.
    #[inline]
    pub(crate) fn push_entry(&mut self, is_first: bool, number: Option<u32>, level: i16) {
        self.page.rows += usize::from(is_first);
        self.page.repetitions.push(u32::from(!is_first));
        match number {
            Some(number) => self.page.push(number, self.descriptor.max_def_level()),
            None => self.page.push_missing(level, self.descriptor.max_def_level()),
        }
    }

    fn add_by_key(&mut self, array: &ArrayRef) -> Result<()> {
        let Some(array) = array.as_dictionary_opt::<Int32Type>() else {
            return Err(Error::Encoding(format!("{} is not a dictionary", self.descriptor.name())));
        };
        if !self.values.as_ref().is_some_and(|values| Arc::ptr_eq(values, array.values())) {
            self.values = Some(Arc::clone(array.values()));
            self.numbers.clear();
        }
        let values = array.values().as_string::<i32>();
        let is_missing = |row| array.is_null(row);
        self.add_rows(
            array.len(),
            is_missing,
            |row| array.keys().value(row).cast_unsigned(),
            |row, bytes| {
                if let Ok(key) = usize::try_from(array.keys().value(row)) {
                    bytes.extend_from_slice(values.value(key).as_bytes());
                }
            },
        );
        Ok(())
    }

    fn add_by_process(&mut self, array: &ArrayRef, processes: &[u32]) -> Result<()> {
        let array = array.as_ref();
        let is_missing = |row| array.is_null(row);
        let key = |row: usize| processes[row];
        let rows = array.len();
        macro_rules! numbers {
            ($Type:ty) => {{
                let numbers = array.as_primitive::<$Type>();
                self.add_rows(rows, is_missing, key, |row, bytes| {
                    bytes.extend_from_slice(&numbers.value(row).to_le_bytes());
                });
            }};
        }
        match array.data_type() {
            DataType::UInt32 => numbers!(UInt32Type),
            DataType::Int64 => numbers!(Int64Type),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => numbers!(TimestampNanosecondType),
            DataType::Timestamp(TimeUnit::Microsecond, _) => numbers!(TimestampMicrosecondType),
            DataType::Dictionary(..) => {
                let array = array.as_dictionary::<Int32Type>();
                let values = array.values().as_string::<i32>();
                self.add_rows(rows, is_missing, key, |row, bytes| {
                    if let Ok(key) = usize::try_from(array.keys().value(row)) {
                        bytes.extend_from_slice(values.value(key).as_bytes());
                    }
                });
            }
            other => return Err(Error::Encoding(format!("{} has the type {other}", self.descriptor.name()))),
        }
        Ok(())
    }

    /// Adds rows. `key` returns the key of a row, and `value` appends the value.
    #[inline]
    fn add_rows(
        &mut self,
        rows: usize,
        is_missing: impl Fn(usize) -> bool,
        key: impl Fn(usize) -> u32,
        value: impl Fn(usize, &mut Vec<u8>),
    ) {
        let mut scratch = Vec::new();
        let present = self.descriptor.max_def_level();
        self.page.numbers.reserve(rows);
        self.page.rows += rows;
        for row in 0..rows {
            if is_missing(row) {
                self.page.push_missing(0, present);
                continue;
            }
            let key = key(row);
            let number = match self.numbers.get(key as usize) {
                Some(&number) if number != NEW => number,
                _ => {
                    scratch.clear();
                    value(row, &mut scratch);
                    self.number(key, &scratch)
                }
            };
            self.page.push(number, present);
        }
    }

    /// Returns the number of a value, and stores it for the key, unless the key is [`UNKNOWN`](crate::source::UNKNOWN).
    #[cold]
    pub(crate) fn number(&mut self, key: u32, value: &[u8]) -> u32 {
        let number = match self.dictionary.numbers.get(value) {
            Some(&number) => number,
            None => {
                self.size += 2 * value.len() + 4 * size_of::<usize>();
                self.dictionary.push(value)
            }
        };
        if key != crate::source::UNKNOWN {
            let key = key as usize;
            if key >= self.numbers.len() {
                self.numbers.resize(key + 1, NEW);
            }
            self.numbers[key] = number;
        }
        number
    }

    fn finish_page(&mut self, compressor: &mut Compressor<'_>) -> Result<()> {
        let Rows { rows, entries, numbers, levels, repetitions } = std::mem::take(&mut self.page);
        let nulls = entries - numbers.len();
        let mut bytes = Vec::new();
        if self.descriptor.max_rep_level() > 0 {
            append_levels(&mut bytes, |out| hybrid::encode(&repetitions, 1, out));
        }
        if let greatest @ 1.. = self.descriptor.max_def_level() {
            let width = hybrid::width(usize::from(greatest.unsigned_abs()) + 1);
            append_levels(&mut bytes, |out| match levels {
                Some(levels) => hybrid::encode(&levels, width, out),
                None => hybrid::encode_run(u32::from(greatest.unsigned_abs()), entries, width, out),
            });
        }
        let width = hybrid::width(self.dictionary.values.len());
        bytes.push(width);
        hybrid::encode(&numbers, width, &mut bytes);
        let page = Page::DataPage {
            buf: compressor.compress(&bytes)?.into(),
            num_values: u32::try_from(entries).unwrap_or(u32::MAX),
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let range = if self.has_statistics { self.range(&numbers) } else { None };
        let page = CompressedPage::new(page, bytes.len());
        self.size += page.compressed_size();
        self.pages.push(Finished { page, rows, entries, nulls, range });
        Ok(())
    }

    /// Returns the numbers of the least and of the greatest value of a page.
    fn range(&self, numbers: &[u32]) -> Option<(u32, u32)> {
        let mut is_used = vec![false; self.dictionary.values.len()];
        for &number in numbers {
            is_used[number as usize] = true;
        }
        let used = (0..).zip(is_used).filter_map(|(number, is_used)| is_used.then_some(number));
        used.fold(None, |range: Option<(u32, u32)>, number| {
            let (least, greatest) = range.unwrap_or((number, number));
            let least = if self.compare(number, least).is_lt() { number } else { least };
            let greatest = if self.compare(number, greatest).is_gt() { number } else { greatest };
            Some((least, greatest))
        })
    }

    /// Compares two values in the order of the column.
    fn compare(&self, one: u32, other: u32) -> Ordering {
        let [one, other] = [one, other].map(|number| self.value(number));
        match (<[u8; 4]>::try_from(one), <[u8; 4]>::try_from(other)) {
            (Ok(one), Ok(other)) if self.is(parquet::basic::Type::INT32) => {
                u32::from_le_bytes(one).cmp(&u32::from_le_bytes(other))
            }
            _ if self.is(parquet::basic::Type::INT64) => signed(one).cmp(&signed(other)),
            _ => one.cmp(other),
        }
    }

    fn is(&self, physical: parquet::basic::Type) -> bool {
        self.descriptor.physical_type() == physical
    }

    fn value(&self, number: u32) -> &[u8] {
        self.dictionary.values.get(number as usize).map_or(&[], |value| value)
    }

    /// Returns the encoded column chunk.
    pub(crate) fn close(mut self, compressor: &mut Compressor<'_>) -> Result<(Bytes, ColumnCloseResult)> {
        if self.page.entries > 0 {
            self.finish_page(compressor)?;
        }
        let mut out = TrackedWrite::new(Vec::with_capacity(self.size));
        let mut writer = SerializedPageWriter::new(&mut out);
        let dictionary = writer.write_page(self.dictionary_page(compressor)?)?;
        let mut sizes = (dictionary.compressed_size, dictionary.uncompressed_size);
        let mut offsets = OffsetIndexBuilder::new();
        let (mut rows, mut entries, mut nulls, mut ranges) = (0, 0, 0, Vec::with_capacity(self.pages.len()));
        for page in std::mem::take(&mut self.pages) {
            let written = writer.write_page(page.page)?;
            offsets.append_row_count(signed_length(page.rows));
            let compressed = i32::try_from(written.compressed_size).unwrap_or(i32::MAX);
            offsets.append_offset_and_size(i64::try_from(written.offset).unwrap_or(i64::MAX), compressed);
            sizes = (sizes.0 + written.compressed_size, sizes.1 + written.uncompressed_size);
            rows += page.rows;
            entries += page.entries;
            nulls += page.nulls;
            ranges.push((page.nulls, page.range));
        }
        let encodings = vec![
            encoding(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1),
            encoding(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY, ranges.len()),
        ];
        let mut metadata = ColumnChunkMetaData::builder(Arc::clone(&self.descriptor))
            .set_compression(self.compression)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(encodings)
            .set_total_compressed_size(signed_length(sizes.0))
            .set_total_uncompressed_size(signed_length(sizes.1))
            .set_num_values(signed_length(entries))
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(signed_length(dictionary.compressed_size));
        if self.has_statistics {
            metadata = metadata.set_statistics(self.statistics(nulls, &ranges));
        }
        let column_index = self.column_index(&ranges)?;
        let close = ColumnCloseResult {
            bytes_written: sizes.0 as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index,
            offset_index: Some(offsets.build()),
        };
        Ok((out.into_inner()?.into(), close))
    }

    fn dictionary_page(&self, compressor: &mut Compressor<'_>) -> Result<CompressedPage> {
        let mut bytes = Vec::new();
        for value in &self.dictionary.values {
            if self.is(parquet::basic::Type::BYTE_ARRAY) {
                bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
            bytes.extend_from_slice(value);
        }
        let page = Page::DictionaryPage {
            buf: compressor.compress(&bytes)?.into(),
            num_values: u32::try_from(self.dictionary.values.len()).unwrap_or(u32::MAX),
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        Ok(CompressedPage::new(page, bytes.len()))
    }

    fn statistics(&self, nulls: usize, pages: &[(usize, Option<(u32, u32)>)]) -> Statistics {
        let range = pages.iter().filter_map(|(_, range)| *range).reduce(|one, other| {
            let least = if self.compare(other.0, one.0).is_lt() { other.0 } else { one.0 };
            let greatest = if self.compare(other.1, one.1).is_gt() { other.1 } else { one.1 };
            (least, greatest)
        });
        let range = range.map(|(least, greatest)| (self.value(least), self.value(greatest)));
        let (least, greatest) = range.filter(is_short).unzip();
        let nulls = Some(nulls as u64);
        match self.descriptor.physical_type() {
            parquet::basic::Type::INT32 => Statistics::int32(least.map(word), greatest.map(word), None, nulls, false),
            parquet::basic::Type::INT64 => {
                Statistics::int64(least.map(signed), greatest.map(signed), None, nulls, false)
            }
            _ => Statistics::byte_array(least.map(text), greatest.map(text), None, nulls, false),
        }
    }

    /// Returns the least and the greatest value of each page. `None` if a text is too long.
    fn column_index(
        &self,
        pages: &[(usize, Option<(u32, u32)>)],
    ) -> Result<Option<parquet::file::page_index::column_index::ColumnIndexMetaData>> {
        if !self.has_statistics {
            return Ok(None);
        }
        let mut builder = ColumnIndexBuilder::new(self.descriptor.physical_type());
        for &(nulls, range) in pages {
            let range = range.map(|(least, greatest)| (self.value(least), self.value(greatest)));
            if !range.as_ref().is_none_or(is_short) {
                return Ok(None);
            }
            let (least, greatest) = range.unwrap_or_default();
            builder.append(range.is_none(), least.to_vec(), greatest.to_vec(), signed_length(nulls), None);
        }
        Ok(Some(builder.build()?))
    }
}

impl Dictionary {
    fn push(&mut self, value: &[u8]) -> u32 {
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let value: Arc<[u8]> = value.into();
        self.values.push(Arc::clone(&value));
        self.numbers.insert(value, number);
        number
    }
}

impl Rows {
    /// Adds an entry with a value. `present` is the greatest definition level.
    #[inline]
    fn push(&mut self, number: u32, present: i16) {
        self.entries += 1;
        self.numbers.push(number);
        if let Some(levels) = &mut self.levels {
            levels.push(present.unsigned_abs().into());
        }
    }

    /// Adds an entry without a value.
    fn push_missing(&mut self, level: i16, present: i16) {
        let levels = self.levels.get_or_insert_with(|| vec![present.unsigned_abs().into(); self.entries]);
        levels.push(level.unsigned_abs().into());
        self.entries += 1;
    }
}

/// Appends levels after their size in bytes.
fn append_levels(bytes: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    encode(bytes);
    let size = u32::try_from(bytes.len() - start - 4).unwrap_or(u32::MAX);
    bytes[start..start + 4].copy_from_slice(&size.to_le_bytes());
}

fn encoding(page_type: PageType, encoding: Encoding, count: usize) -> PageEncodingStats {
    PageEncodingStats { page_type, encoding, count: i32::try_from(count).unwrap_or(i32::MAX) }
}

fn is_short((least, greatest): &(&[u8], &[u8])) -> bool {
    least.len() <= LONGEST && greatest.len() <= LONGEST
}

/// Returns a length as Parquet stores it.
fn signed_length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn word(bytes: &[u8]) -> i32 {
    bytes.try_into().map_or(0, i32::from_le_bytes)
}

fn signed(bytes: &[u8]) -> i64 {
    bytes.try_into().map_or(0, i64::from_le_bytes)
}

fn text(bytes: &[u8]) -> ByteArray {
    bytes.to_vec().into()
}
