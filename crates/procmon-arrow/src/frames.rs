//! Column chunks of Parquet for call stacks.
//!
//! The same frames occur in most stacks. A frame is hashed once for all of its three values, and each value only for a
//! frame that is new in the row group.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use bytes::Bytes;
use parquet::column::writer::ColumnCloseResult;
use zstd::bulk::Compressor;

use crate::error::{Error, Result};
use crate::pages::KeyColumn;
use crate::source::UNKNOWN;

/// The definition level of a stack without frames.
const EMPTY: i16 = 0;
/// The definition level of a frame without a module.
const NO_MODULE: i16 = 1;

/// The columns of the frames of call stacks, in the order of the schema.
pub(crate) struct StackColumn {
    module: KeyColumn,
    offset: KeyColumn,
    address: KeyColumn,
    /// The numbers of the frames of the row group.
    numbers: HashMap<Frame, u32, Seed>,
    /// The numbers of the values of each frame.
    frames: Vec<Values>,
}

/// A frame: its address, and the offset and the key of its module.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Frame {
    address: u64,
    module: Option<(u64, i32)>,
}

/// The numbers of the values of a frame: of the address, and of the path and offset of the module.
#[derive(Clone, Copy)]
struct Values {
    address: u32,
    module: Option<(u32, u32)>,
}

impl StackColumn {
    pub(crate) fn new(columns: [KeyColumn; 3]) -> Self {
        let [module, offset, address] = columns;
        let numbers = HashMap::with_hasher(Seed(RandomState::new().hash_one(0) | 1));
        Self { module, offset, address, numbers, frames: Vec::new() }
    }

    /// Returns the size of the column chunks in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        let frame = size_of::<Frame>() + size_of::<u32>() + size_of::<Values>();
        self.module.size() + self.offset.size() + self.address.size() + frame * self.frames.len()
    }

    /// Adds the rows of an array of stacks.
    pub(crate) fn add(&mut self, array: &ArrayRef, compressor: &mut Compressor<'_>) -> Result<()> {
        let stacks =
            array.as_list_opt::<i32>().ok_or_else(|| Error::Encoding("the stacks are not a list".to_owned()))?;
        let frames = stacks.values().as_struct();
        let (modules, offsets) = (frames.column(0).as_dictionary::<Int32Type>(), frames.column(1));
        let (offsets, addresses) =
            (offsets.as_primitive::<UInt64Type>(), frames.column(2).as_primitive::<UInt64Type>());
        let paths = modules.values().as_string::<i32>();
        for bounds in stacks.offsets().windows(2) {
            let [start, end] = [bounds[0], bounds[1]].map(|bound| usize::try_from(bound).unwrap_or_default());
            if start == end {
                self.columns().into_iter().for_each(|column| column.push_entry(true, None, EMPTY));
            }
            for place in start..end {
                let module = modules.is_valid(place).then(|| (offsets.value(place), modules.keys().value(place)));
                let frame = Frame { address: addresses.value(place), module };
                let values = match self.numbers.get(&frame) {
                    Some(&number) => self.frames[number as usize],
                    None => self.insert(frame, |key| paths.value(key)),
                };
                self.push(place == start, values);
            }
            for column in self.columns() {
                column.end_rows(compressor)?;
            }
        }
        Ok(())
    }

    fn columns(&mut self) -> [&mut KeyColumn; 3] {
        [&mut self.module, &mut self.offset, &mut self.address]
    }

    #[inline]
    fn push(&mut self, is_first: bool, values: Values) {
        let (path, offset) = values.module.unzip();
        self.module.push_entry(is_first, path, NO_MODULE);
        self.offset.push_entry(is_first, offset, NO_MODULE);
        self.address.push_entry(is_first, Some(values.address), NO_MODULE);
    }

    #[cold]
    fn insert<'p>(&mut self, frame: Frame, path: impl Fn(usize) -> &'p str) -> Values {
        let module = frame.module.map(|(offset, key)| {
            let path = usize::try_from(key).map_or("", path);
            let path = self.module.number(UNKNOWN, path.as_bytes());
            (path, self.offset.number(UNKNOWN, &offset.to_le_bytes()))
        });
        let values = Values { address: self.address.number(UNKNOWN, &frame.address.to_le_bytes()), module };
        self.numbers.insert(frame, u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
        self.frames.push(values);
        values
    }

    /// Returns the encoded column chunks, in the order of the schema.
    pub(crate) fn close(self, compressor: &mut Compressor<'_>) -> Result<[(Bytes, ColumnCloseResult); 3]> {
        let Self { module, offset, address, .. } = self;
        Ok([module.close(compressor)?, offset.close(compressor)?, address.close(compressor)?])
    }
}

impl std::hash::Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.address);
        if let Some((offset, key)) = self.module {
            state.write_u64(offset);
            state.write_i32(key);
        }
    }
}

/// A fast hash of numbers with a random seed: a log could be made of frames that have the same hash.
struct Seed(u64);

impl BuildHasher for Seed {
    type Hasher = Product;

    fn build_hasher(&self) -> Product {
        Product { seed: self.0, hash: self.0 }
    }
}

/// The hasher of [`Seed`]: folded products of 128 bits.
struct Product {
    seed: u64,
    hash: u64,
}

impl Hasher for Product {
    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.hash ^ word) * u128::from(self.seed.rotate_left(32) | 1);
        let [low, high] = [product, product >> 64].map(|half| half as u64);
        self.hash = (low ^ high).wrapping_add(self.seed);
    }

    #[inline]
    fn write_i32(&mut self, word: i32) {
        self.write_u64(u64::from(word.cast_unsigned()));
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}
