//! Column chunks of Parquet with a dictionary.
//!
//! The crate `parquet` hashes each value of each row, even those of a dictionary array, and handles a missing value
//! like one that is present. Here a name is hashed once for each row group and key, a value of a process once for each
//! row group and process, and missing values are added in runs.

use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int32Type, Int64Type, TimestampMicrosecondType, TimestampNanosecondType, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ToByteSlice};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parquet::basic::{Compression, Encoding, PageType, SortOrder, Type};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use crate::builder::Processes;
use crate::error::{Error, Result};
use crate::hybrid;

/// The number of entries at which a page ends: the default limit on rows of the crate `parquet`.
pub(crate) const PAGE: usize = 20_000;
/// The number of rows that are added at a time.
const ROWS: usize = 4096;
/// The length in bytes above which the statistics contain only the start of a text.
const LONGEST: usize = 64;
/// The entry in `indexes` of a key that has not occurred in the row group.
const NEW: u32 = u32::MAX;
/// The entry in `indexes` of a process without a value.
const MISSING: u32 = u32::MAX - 1;

/// Compresses pages.
pub(crate) struct Packer {
    compressor: Compressor<'static>,
    /// The page before compression.
    bytes: Vec<u8>,
}

impl Packer {
    pub(crate) fn new(level: i32) -> Result<Self> {
        Ok(Self { compressor: Compressor::new(level)?, bytes: Vec::new() })
    }
}

/// A column chunk that is being encoded.
pub(crate) struct KeyColumn {
    descriptor: ColumnDescPtr,
    compression: Compression,
    has_statistics: bool,
    /// The dictionary index of the value of each key or process; [`NEW`] for one that has not occurred.
    indexes: Vec<u32>,
    /// The values that the keys belong to.
    values: Option<ArrayRef>,
    dictionary: Dictionary,
    page: Entries,
    pages: Vec<Finished>,
    /// The size of the pages in memory.
    size: usize,
}

/// The entries of a page: rows, or elements of lists.
#[derive(Default)]
struct Entries {
    /// The dictionary indexes of the values that are present.
    indexes: Vec<u32>,
    count: usize,
    /// The definition level of all entries, as long as it is the same for all.
    level: u32,
    /// The definition level of each entry, once different levels have occurred.
    levels: Vec<u32>,
}

/// A compressed page. `range` has the dictionary indexes of its smallest and its largest value.
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
            indexes: Vec::new(),
            values: None,
            dictionary: Dictionary::new(),
            page: Entries::default(),
            pages: Vec::new(),
            size: 0,
        }
    }

    /// Returns the size of the column chunk in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size + self.dictionary.size() + self.page.indexes.len() * size_of::<u32>()
    }

    /// Returns the size of the values in the dictionary, in bytes.
    pub(crate) fn dictionary_size(&self) -> usize {
        self.dictionary.bytes.len()
    }

    /// Adds the rows of a dictionary array.
    pub(crate) fn add_names(&mut self, array: &ArrayRef, packer: &mut Packer) -> Result<()> {
        let Some(array) = array.as_dictionary_opt::<Int32Type>() else {
            return Err(self.mismatch(array.data_type()));
        };
        if !self.values.as_ref().is_some_and(|values| Arc::ptr_eq(values, array.values())) {
            self.values = Some(Arc::clone(array.values()));
            self.indexes.clear();
            self.indexes.resize(array.values().len(), NEW);
        }
        let (keys, values) = (array.keys().values(), array.values().as_string::<i32>());
        self.add(array.nulls(), array.len(), packer, |column, rows| {
            for &key in &keys[rows] {
                let key = usize::try_from(key).unwrap_or_default();
                let index = match column.indexes[key] {
                    NEW => {
                        let index = column.dictionary.index_of(values.value(key).as_bytes());
                        column.indexes[key] = index;
                        index
                    }
                    index => index,
                };
                column.page.indexes.push(index);
            }
        })
    }

    /// Adds the rows of an array of texts.
    pub(crate) fn add_texts(&mut self, array: &ArrayRef, packer: &mut Packer) -> Result<()> {
        let Some(texts) = array.as_string_opt::<i32>() else { return Err(self.mismatch(array.data_type())) };
        self.add(texts.nulls(), texts.len(), packer, |column, rows| {
            let indexes = rows.map(|row| column.dictionary.index_of(texts.value(row).as_bytes()));
            column.page.indexes.extend(indexes);
        })
    }

    /// Adds the rows of an array of numbers.
    pub(crate) fn add_numbers(&mut self, array: &ArrayRef, packer: &mut Packer) -> Result<()> {
        match array.data_type() {
            DataType::UInt16 => self.add_numbers_of::<UInt16Type, _>(array, u32::from, packer),
            DataType::UInt32 => self.add_numbers_of::<UInt32Type, _>(array, |number| number, packer),
            DataType::Int32 => self.add_numbers_of::<Int32Type, _>(array, |number| number, packer),
            DataType::UInt64 => self.add_numbers_of::<UInt64Type, _>(array, |number| number, packer),
            DataType::Int64 => self.add_numbers_of::<Int64Type, _>(array, |number| number, packer),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                self.add_numbers_of::<TimestampNanosecondType, _>(array, |number| number, packer)
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                self.add_numbers_of::<TimestampMicrosecondType, _>(array, |number| number, packer)
            }
            other => Err(self.mismatch(other)),
        }
    }

    /// Adds the rows of an array of numbers. `stored` converts a number to its bytes in Parquet.
    fn add_numbers_of<P: ArrowPrimitiveType, S: ToByteSlice>(
        &mut self,
        array: &ArrayRef,
        stored: impl Fn(P::Native) -> S,
        packer: &mut Packer,
    ) -> Result<()> {
        let numbers = array.as_primitive::<P>();
        let mut last = None;
        self.add(numbers.nulls(), numbers.len(), packer, |column, rows| {
            for &value in &numbers.values()[rows] {
                let index = match last {
                    Some((known, index)) if known == value => index,
                    _ => column.dictionary.index_of(stored(value).to_byte_slice()),
                };
                last = Some((value, index));
                column.page.indexes.push(index);
            }
        })
    }

    /// Adds rows. `add` adds the dictionary indexes of a range of rows that have values.
    fn add(
        &mut self,
        nulls: Option<&NullBuffer>,
        rows: usize,
        packer: &mut Packer,
        mut add: impl FnMut(&mut Self, Range<usize>),
    ) -> Result<()> {
        for start in (0..rows).step_by(ROWS) {
            let count = ROWS.min(rows - start);
            self.page.indexes.reserve(count);
            match nulls.filter(|nulls| nulls.null_count() > 0) {
                None => {
                    add(self, start..start + count);
                    self.push_present(count);
                }
                Some(nulls) if nulls.null_count() == rows => self.page.push(0, count),
                Some(nulls) => {
                    let mut end = 0;
                    for (from, to) in nulls.slice(start, count).valid_slices() {
                        self.page.push(0, from - end);
                        add(self, start + from..start + to);
                        self.push_present(to - from);
                        end = to;
                    }
                    self.page.push(0, count - end);
                }
            }
            if self.page.count >= PAGE {
                self.finish_page(self.page.count, None, packer)?;
            }
        }
        Ok(())
    }

    /// Adds, for each row, a value of its process. `value` appends the value of a process, or returns false if the
    /// process has none.
    pub(crate) fn add_processes(
        &mut self,
        processes: &Processes,
        value: impl Fn(u32, &mut Vec<u8>) -> bool,
        packer: &mut Packer,
    ) -> Result<()> {
        let mut scratch = Vec::new();
        let mut is_complete = !processes.has_unknown;
        for &process in &processes.used {
            let place = process as usize;
            if place >= self.indexes.len() {
                self.indexes.resize(place + 1, NEW);
            }
            if self.indexes[place] == NEW {
                scratch.clear();
                let has_value = value(process, &mut scratch);
                self.indexes[place] = if has_value { self.dictionary.index_of(&scratch) } else { MISSING };
            }
            is_complete &= self.indexes[place] != MISSING;
        }
        for rows in processes.rows.chunks(ROWS) {
            let Self { indexes, page, descriptor, .. } = self;
            if is_complete {
                page.indexes.extend(rows.iter().map(|&process| indexes[process as usize]));
                page.push(descriptor.max_def_level().unsigned_abs().into(), rows.len());
            } else {
                for &process in rows {
                    match indexes.get(process as usize) {
                        Some(&index) if index != MISSING => {
                            page.indexes.push(index);
                            page.push(descriptor.max_def_level().unsigned_abs().into(), 1);
                        }
                        _ => page.push(0, 1),
                    }
                }
            }
            if page.count >= PAGE {
                self.finish_page(self.page.count, None, packer)?;
            }
        }
        Ok(())
    }

    /// Returns the dictionary index of a value.
    pub(crate) fn index_of(&mut self, value: &[u8]) -> u32 {
        self.dictionary.index_of(value)
    }

    /// Adds list entries that have values, given by their dictionary indexes.
    #[inline]
    pub(crate) fn push_indexes(&mut self, indexes: impl ExactSizeIterator<Item = u32>) {
        let count = indexes.len();
        self.page.indexes.extend(indexes);
        self.push_present(count);
    }

    /// Adds list entries without values.
    #[inline]
    pub(crate) fn push_missing(&mut self, level: u32, count: usize) {
        self.page.push(level, count);
    }

    #[inline]
    fn push_present(&mut self, count: usize) {
        self.page.push(self.descriptor.max_def_level().unsigned_abs().into(), count);
    }

    /// Ends the page. `repetitions` contains the encoded repetition levels if the column is part of a list.
    pub(crate) fn finish_page(&mut self, rows: usize, repetitions: Option<&[u8]>, packer: &mut Packer) -> Result<()> {
        let Packer { compressor, bytes } = packer;
        let Entries { indexes, count, level, levels } = &self.page;
        bytes.clear();
        if let Some(repetitions) = repetitions {
            append_levels(bytes, |out| out.extend_from_slice(repetitions));
        }
        if let max @ 1.. = self.descriptor.max_def_level() {
            let width = hybrid::width(usize::from(max.unsigned_abs()) + 1);
            append_levels(bytes, |out| match levels.is_empty() {
                false => hybrid::encode(levels, width, out),
                true => hybrid::encode_run(*level, *count, width, out),
            });
        }
        let width = hybrid::width(self.dictionary.len());
        bytes.push(width);
        hybrid::encode(indexes, width, bytes);
        let page = Page::DataPage {
            buf: compressor.compress(bytes)?.into(),
            num_values: u32::try_from(*count).unwrap_or(u32::MAX),
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let range = if self.has_statistics { self.range(indexes) } else { None };
        let page = CompressedPage::new(page, bytes.len());
        self.size += page.compressed_size();
        self.pages.push(Finished { page, rows, entries: *count, nulls: count - indexes.len(), range });
        self.page.clear();
        Ok(())
    }

    /// Returns the dictionary indexes of the smallest and the largest value of a page.
    fn range(&self, indexes: &[u32]) -> Option<(u32, u32)> {
        let mut is_used = vec![false; self.dictionary.len()];
        for &index in indexes {
            is_used[index as usize] = true;
        }
        let used = (0..).zip(is_used).filter_map(|(index, is_used)| is_used.then_some(index));
        used.fold(None, |range: Option<(u32, u32)>, index| {
            let (min, max) = range.unwrap_or((index, index));
            let min = if self.compare(index, min).is_lt() { index } else { min };
            let max = if self.compare(index, max).is_gt() { index } else { max };
            Some((min, max))
        })
    }

    /// Compares two values in the order of the column.
    fn compare(&self, one: u32, other: u32) -> Ordering {
        let [one, other] = [one, other].map(|index| self.value(index));
        let is_unsigned = self.descriptor.sort_order() == SortOrder::UNSIGNED;
        match self.descriptor.physical_type() {
            Type::INT32 if is_unsigned => word(one).cast_unsigned().cmp(&word(other).cast_unsigned()),
            Type::INT32 => word(one).cmp(&word(other)),
            Type::INT64 if is_unsigned => double(one).cast_unsigned().cmp(&double(other).cast_unsigned()),
            Type::INT64 => double(one).cmp(&double(other)),
            _ => one.cmp(other),
        }
    }

    fn value(&self, index: u32) -> &[u8] {
        self.dictionary.value(index)
    }

    /// Returns the encoded column chunk. The last page of a column in a list must have ended.
    pub(crate) fn close(mut self, packer: &mut Packer) -> Result<(Bytes, ColumnCloseResult)> {
        if self.page.count > 0 {
            self.finish_page(self.page.count, None, packer)?;
        }
        let mut out = TrackedWrite::new(Vec::with_capacity(self.size));
        let mut writer = SerializedPageWriter::new(&mut out);
        let dictionary = writer.write_page(self.dictionary_page(packer)?)?;
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

    fn dictionary_page(&self, packer: &mut Packer) -> Result<CompressedPage> {
        let Packer { compressor, bytes } = packer;
        bytes.clear();
        for value in self.dictionary.values() {
            if self.descriptor.physical_type() == Type::BYTE_ARRAY {
                bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
            bytes.extend_from_slice(value);
        }
        let page = Page::DictionaryPage {
            buf: compressor.compress(bytes)?.into(),
            num_values: u32::try_from(self.dictionary.len()).unwrap_or(u32::MAX),
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        Ok(CompressedPage::new(page, bytes.len()))
    }

    fn statistics(&self, nulls: usize, pages: &[(usize, Option<(u32, u32)>)]) -> Statistics {
        let range = pages.iter().filter_map(|(_, range)| *range).reduce(|one, other| {
            let min = if self.compare(other.0, one.0).is_lt() { other.0 } else { one.0 };
            let max = if self.compare(other.1, one.1).is_gt() { other.1 } else { one.1 };
            (min, max)
        });
        let (min, max) = range.map(|(min, max)| (self.value(min), self.value(max))).unzip();
        let nulls = Some(nulls as u64);
        match self.descriptor.physical_type() {
            Type::INT32 => Statistics::int32(min.map(word), max.map(word), None, nulls, false),
            Type::INT64 => Statistics::int64(min.map(double), max.map(double), None, nulls, false),
            _ => {
                let bounds = min.zip(max).and_then(|(min, max)| Some((floor(min), ceiling(max)?)));
                let is_exact = |text: Option<&[u8]>| text.is_some_and(|text| text.len() <= LONGEST);
                let exact = (is_exact(min), is_exact(max));
                let (min, max) = bounds.map(|(min, max)| (min.to_vec().into(), max.into())).unzip();
                let statistics = ValueStatistics::<ByteArray>::new(min, max, None, nulls, false);
                Statistics::ByteArray(statistics.with_min_is_exact(exact.0).with_max_is_exact(exact.1))
            }
        }
    }

    /// Returns the bounds of the values of each page; `None` if a page has no upper bound.
    fn column_index(&self, pages: &[(usize, Option<(u32, u32)>)]) -> Result<Option<ColumnIndexMetaData>> {
        if !self.has_statistics {
            return Ok(None);
        }
        let is_text = self.descriptor.physical_type() == Type::BYTE_ARRAY;
        let mut builder = ColumnIndexBuilder::new(self.descriptor.physical_type());
        for &(nulls, range) in pages {
            let range = range.map(|(min, max)| (self.value(min), self.value(max)));
            let bounds = match range {
                None => Some((Vec::new(), Vec::new())),
                Some((min, max)) if is_text => ceiling(max).map(|upper| (floor(min).to_vec(), upper)),
                Some((min, max)) => Some((min.to_vec(), max.to_vec())),
            };
            let Some((min, max)) = bounds else { return Ok(None) };
            builder.append(range.is_none(), min, max, signed_length(nulls), None);
        }
        Ok(Some(builder.build()?))
    }

    fn mismatch(&self, found: &DataType) -> Error {
        Error::Encoding(format!("{} has the type {found}", self.descriptor.name()))
    }
}

impl Entries {
    /// Adds entries of a definition level.
    #[inline]
    fn push(&mut self, level: u32, count: usize) {
        if self.count == 0 {
            self.level = level;
        }
        self.count += count;
        if self.levels.is_empty() {
            if self.level == level || count == 0 {
                return;
            }
            self.levels.resize(self.count - count, self.level);
        }
        self.levels.resize(self.count, level);
    }

    fn clear(&mut self) {
        self.indexes.clear();
        self.levels.clear();
        self.count = 0;
    }
}

/// The values of a row group, in the order of their first rows.
struct Dictionary {
    /// The index of each value, found by the hash of the value.
    indexes: HashTable<u32>,
    hasher: RandomState,
    bytes: Vec<u8>,
    /// The end of each value in `bytes`.
    ends: Vec<usize>,
}

impl Dictionary {
    fn new() -> Self {
        Self { indexes: HashTable::new(), hasher: RandomState::default(), bytes: Vec::new(), ends: Vec::new() }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * (size_of::<usize>() + 2 * size_of::<u32>())
    }

    fn value(&self, index: u32) -> &[u8] {
        value(&self.bytes, &self.ends, index)
    }

    fn values(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }

    /// Returns the index of a value. Adds the value if it is new.
    #[inline]
    fn index_of(&mut self, wanted: &[u8]) -> u32 {
        let Self { indexes, hasher, bytes, ends } = self;
        let is_same = |&index: &u32| value(bytes, ends, index) == wanted;
        let hash = |&index: &u32| hasher.hash_one(value(bytes, ends, index));
        match indexes.entry(hasher.hash_one(wanted), is_same, hash) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let index = u32::try_from(ends.len()).unwrap_or(u32::MAX);
                entry.insert(index);
                bytes.extend_from_slice(wanted);
                ends.push(bytes.len());
                index
            }
        }
    }
}

/// Returns the value at an index.
#[inline]
fn value<'b>(bytes: &'b [u8], ends: &[usize], index: u32) -> &'b [u8] {
    let index = index as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &bytes[start..ends[index]]
}

/// Returns a lower bound of a text: its start.
fn floor(text: &[u8]) -> &[u8] {
    &text[..cut(text)]
}

/// Returns an upper bound of a text: the text itself if it is short, else its start with the last character increased.
/// Returns `None` if no such text exists.
fn ceiling(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() <= LONGEST {
        return Some(text.to_vec());
    }
    let mut start = str::from_utf8(floor(text)).ok()?.to_owned();
    loop {
        let last = start.pop()?;
        if let Some(next) = char::from_u32(u32::from(last) + 1) {
            start.push(next);
            return Some(start.into_bytes());
        }
    }
}

/// Returns the length of the part of a text that the statistics contain.
fn cut(text: &[u8]) -> usize {
    if text.len() <= LONGEST {
        return text.len();
    }
    /// The mask and the value of the upper bits of a UTF-8 continuation byte.
    const WITHIN: (u8, u8) = (0xC0, 0x80);
    (0..=LONGEST).rev().find(|&end| text[end] & WITHIN.0 != WITHIN.1).unwrap_or_default()
}

/// Appends the size of encoded levels in bytes, and then the levels.
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

/// Returns a length as Parquet stores it.
fn signed_length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn word(bytes: &[u8]) -> i32 {
    bytes.try_into().map_or(0, i32::from_le_bytes)
}

fn double(bytes: &[u8]) -> i64 {
    bytes.try_into().map_or(0, i64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, ceiling, floor};

    #[test]
    fn bounds_of_long_texts_are_short() {
        let short = "a".repeat(LONGEST);
        assert_eq!(
            (floor(short.as_bytes()), ceiling(short.as_bytes())),
            (short.as_bytes(), Some(short.clone().into()))
        );
        for text in ["ab".repeat(50), "ä".repeat(50), "\u{10FFFF}".repeat(20) + "a", "a\u{D7FF}".repeat(30)] {
            let text = text.as_bytes();
            assert!(floor(text) <= text && floor(text).len() <= LONGEST && str::from_utf8(floor(text)).is_ok());
            assert!(ceiling(text).is_none_or(|upper| upper.as_slice() > text && String::from_utf8(upper).is_ok()));
        }
        assert!(ceiling("\u{10FFFF}".repeat(20).as_bytes()).is_none());
    }
}
