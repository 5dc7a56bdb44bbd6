//! Growing columns of one batch.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, PrimitiveArray, StringArray, new_empty_array};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// The values of columns that have no value in a batch. These columns share the same memory.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    zeros: Option<Buffer>,
    nulls: Option<NullBuffer>,
}

impl Missing {
    /// Returns zeros that serve as values or as offsets of `rows` rows, and the null buffer for them.
    fn of(&mut self, rows: usize) -> (Buffer, NullBuffer) {
        if let (Some(zeros), Some(nulls)) = (&self.zeros, &self.nulls)
            && nulls.len() == rows
        {
            return (zeros.clone(), nulls.clone());
        }
        let zeros = self.zeros.insert(Buffer::from_vec(vec![0_u64; rows + 1]));
        (zeros.clone(), self.nulls.insert(NullBuffer::new_null(rows)).clone())
    }
}

/// Numbers that can be missing. A missing number costs nothing until the batch ends.
#[derive(Debug)]
pub(crate) struct Numbers<T> {
    values: Vec<T>,
    present: NullBufferBuilder,
}

impl<T: ArrowNativeType> Numbers<T> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), present: NullBufferBuilder::new(0) }
    }

    /// Sets the value of a row. Rows must be set in ascending order.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: T) {
        self.fill(row);
        self.values.push(value);
        self.present.append_non_null();
    }

    #[inline]
    pub(crate) fn set_if(&mut self, row: usize, value: Option<T>) {
        if let Some(value) = value {
            self.set(row, value);
        }
    }

    fn fill(&mut self, rows: usize) {
        let missing = rows - self.values.len();
        if missing > 0 {
            self.values.resize(rows, T::default());
            self.present.append_n_nulls(missing);
        }
    }

    /// Removes all rows.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.present = NullBufferBuilder::new(0);
    }

    /// Returns the array of all rows and empties the store.
    pub(crate) fn finish<P: ArrowPrimitiveType<Native = T>>(
        &mut self,
        rows: usize,
        missing: &mut Missing,
    ) -> PrimitiveArray<P> {
        if self.values.is_empty() && rows > 0 {
            let (zeros, nulls) = missing.of(rows);
            return PrimitiveArray::new(ScalarBuffer::new(zeros, 0, rows), Some(nulls));
        }
        self.fill(rows);
        PrimitiveArray::new(take(&mut self.values).into(), self.present.finish())
    }
}

/// Takes the values of a batch, and reserves memory for the same number of values in the next batch.
pub(crate) fn take<T>(values: &mut Vec<T>) -> Vec<T> {
    let next = Vec::with_capacity(values.len());
    std::mem::replace(values, next)
}

/// Texts that can be missing.
#[derive(Debug)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    present: NullBufferBuilder,
}

/// Appends text to bytes.
pub(crate) struct Sink<'a>(pub(crate) &'a mut Vec<u8>);

impl fmt::Write for Sink<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Texts {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), offsets: vec![0], present: NullBufferBuilder::new(0) }
    }

    /// Sets the text of a row to what `write` appends, or marks it as missing if `write` returns false. Rows must be
    /// set in ascending order.
    #[inline]
    pub(crate) fn set_with(&mut self, row: usize, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        self.fill(row);
        let start = self.bytes.len();
        if write(&mut self.bytes) {
            self.end_row();
            self.present.append_non_null();
        } else {
            self.bytes.truncate(start);
        }
    }

    /// Sets the text of a row to a displayed value.
    #[inline]
    pub(crate) fn set(&mut self, row: usize, text: impl fmt::Display) {
        use fmt::Write;
        // Appending to memory does not fail.
        self.set_with(row, |bytes| write!(Sink(bytes), "{text}").is_ok());
    }

    fn end_row(&mut self) {
        // The builder ends a batch long before this limit.
        self.offsets.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
    }

    fn fill(&mut self, rows: usize) {
        let missing = (rows + 1) - self.offsets.len();
        if missing > 0 {
            let end = self.offsets.last().copied().unwrap_or_default();
            self.offsets.resize(rows + 1, end);
            self.present.append_n_nulls(missing);
        }
    }

    /// Returns the size of all texts, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Removes all rows.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.offsets.truncate(1);
        self.present = NullBufferBuilder::new(0);
    }

    /// Returns the array of all rows and empties the store.
    pub(crate) fn finish(&mut self, rows: usize, missing: &mut Missing) -> Result<StringArray> {
        if self.offsets.len() == 1 && rows > 0 {
            let (zeros, nulls) = missing.of(rows);
            let offsets = OffsetBuffer::new(ScalarBuffer::new(zeros, 0, rows + 1));
            return Ok(StringArray::try_new(offsets, Buffer::from_vec(Vec::<u8>::new()), Some(nulls))?);
        }
        self.fill(rows);
        let offsets = take(&mut self.offsets);
        self.offsets.push(0);
        let bytes = Buffer::from_vec(take(&mut self.bytes));
        Ok(StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes, self.present.finish())?)
    }
}

/// A fast hash for numbers, addresses and the known names. Texts of a log need a hash with a random seed: a crafted log
/// could contain texts that have the same hash.
#[derive(Default)]
pub(crate) struct Hash(u64);

impl Hasher for Hash {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Hash>>;

/// The unique values of a dictionary, with their keys.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    keys: HashMap<Arc<str>, i32>,
    values: Vec<Arc<str>>,
}

impl Dictionary {
    /// Returns the key of a text. Adds the text if it is new.
    #[inline]
    pub(crate) fn key(&mut self, text: &str) -> i32 {
        if let Some(&key) = self.keys.get(text) {
            return key;
        }
        let key = i32::try_from(self.values.len()).unwrap_or(i32::MAX);
        let text: Arc<str> = text.into();
        self.values.push(Arc::clone(&text));
        self.keys.insert(text, key);
        key
    }

    pub(crate) fn get(&self, text: &str) -> Option<i32> {
        self.keys.get(text).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> + Clone {
        self.values.iter().map(AsRef::as_ref)
    }

    /// Returns the values as an array.
    ///
    /// # Errors
    /// If the values have more than 2 GiB.
    pub(crate) fn array(&self) -> Result<ArrayRef> {
        strings(self.values())
    }
}

/// Returns an array of texts.
///
/// # Errors
/// If the texts have more than 2 GiB.
pub(crate) fn strings<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Result<ArrayRef> {
    let size: usize = texts.clone().map(str::len).sum();
    if i32::try_from(size).is_err() {
        return Err(Error::Encoding(format!("the texts of a column have {size} bytes, more than a column can have")));
    }
    Ok(Arc::new(StringArray::from_iter_values(texts)))
}

/// The names of a code that the library knows. All batches share the array.
#[derive(Debug)]
pub(crate) struct Known {
    keys: Map<&'static str, i32>,
    names: Vec<&'static str>,
    array: ArrayRef,
}

impl Known {
    pub(crate) fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let mut known = Self { keys: Map::default(), names: Vec::new(), array: new_empty_array(&DataType::Utf8) };
        for name in names {
            if let Entry::Vacant(entry) = known.keys.entry(name) {
                entry.insert(i32::try_from(known.names.len()).unwrap_or(i32::MAX));
                known.names.push(name);
            }
        }
        known.array = Arc::new(StringArray::from_iter_values(&known.names));
        known
    }
}

/// Names in a dictionary: the known ones, then those of unknown codes that occur in the batch.
#[derive(Debug)]
pub(crate) struct Names<'k> {
    known: &'k Known,
    unknown: Dictionary,
    /// The keys of names with a fixed address, by address and length.
    fixed: Map<(usize, usize), i32>,
    keys: Numbers<i32>,
    scratch: String,
}

impl<'k> Names<'k> {
    pub(crate) fn new(known: &'k Known) -> Self {
        let (unknown, fixed) = (Dictionary::default(), Map::default());
        Self { known, unknown, fixed, keys: Numbers::new(), scratch: String::new() }
    }

    /// Returns the key of a displayed name.
    #[inline]
    pub(crate) fn key(&mut self, name: impl fmt::Display) -> i32 {
        use fmt::Write;
        self.scratch.clear();
        // Appending to memory does not fail.
        let _ = write!(self.scratch, "{name}");
        if let Some(&key) = self.known.keys.get(self.scratch.as_str()) {
            return key;
        }
        i32::try_from(self.known.names.len()).unwrap_or(i32::MAX).saturating_add(self.unknown.key(&self.scratch))
    }

    #[inline]
    pub(crate) fn set_key(&mut self, row: usize, key: i32) {
        self.keys.set(row, key);
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, name: impl fmt::Display) {
        let key = self.key(name);
        self.keys.set(row, key);
    }

    /// Sets the name of a row to a name with a fixed address.
    #[inline]
    pub(crate) fn set_fixed(&mut self, row: usize, name: &'static str) {
        let address = (name.as_ptr() as usize, name.len());
        let key = match self.fixed.get(&address) {
            Some(&key) => key,
            None => {
                let key = self.key(name);
                self.fixed.insert(address, key);
                key
            }
        };
        self.keys.set(row, key);
    }

    /// Removes all rows.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.unknown = Dictionary::default();
        self.fixed.clear();
    }

    /// Returns the array of all rows and empties the store.
    pub(crate) fn finish(&mut self, rows: usize, missing: &mut Missing) -> Result<DictionaryArray<Int32Type>> {
        let values = if self.unknown.len() == 0 {
            Arc::clone(&self.known.array)
        } else {
            let unknown = std::mem::take(&mut self.unknown);
            self.fixed.clear();
            strings(self.known.names.iter().copied().chain(unknown.values()))?
        };
        Ok(DictionaryArray::try_new(self.keys.finish(rows, missing), values)?)
    }
}

/// Returns a dictionary array of keys, all present.
pub(crate) fn dictionary(keys: Vec<i32>, values: &ArrayRef) -> Result<DictionaryArray<Int32Type>> {
    Ok(DictionaryArray::try_new(Int32Array::new(ScalarBuffer::from(keys), None), Arc::clone(values))?)
}
