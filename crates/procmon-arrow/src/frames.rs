//! Call stacks: the frames of a batch, and their column chunks of Parquet.
//!
//! The same frames occur in most stacks. A frame gets an index when it first occurs; its values are looked up once for
//! each batch.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, ListArray, StringArray, StructArray, UInt64Array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};
use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parquet::column::writer::ColumnCloseResult;
use procmon_parser::Event;

use crate::error::Result;
use crate::hybrid;
use crate::pages::{KeyColumn, PAGE, Packer};
use crate::plan::Plan;
use crate::schema::frame_fields;
use crate::source::Modules;

/// The call stacks of a batch.
pub(crate) struct Stacks {
    /// The end of each stack in `frames`.
    ends: Vec<usize>,
    /// The frames of all stacks, as indexes into `different`.
    frames: Vec<u32>,
    /// The index of each different frame, by its identity.
    indexes: HashTable<u32>,
    hasher: RandomState,
    different: Vec<Frame>,
}

/// A frame: its address, and its module.
#[derive(Clone, Copy, Debug)]
struct Frame {
    address: u64,
    module: Option<Place>,
    /// The address, the base of the module, and the address of its path in memory.
    identity: (u64, u64, usize),
}

/// A place in a module: the key of the path, and the offset.
#[derive(Clone, Copy, Debug)]
struct Place {
    path: i32,
    offset: u64,
}

impl Stacks {
    pub(crate) fn new() -> Self {
        let (indexes, hasher) = (HashTable::new(), RandomState::default());
        Self { ends: Vec::new(), frames: Vec::new(), indexes, hasher, different: Vec::new() }
    }

    /// Adds the stack of an event.
    #[inline]
    pub(crate) fn add(&mut self, event: Event<'_>, modules: Option<&Modules>) {
        let Self { ends, frames, indexes, hasher, different } = self;
        for frame in event.frames() {
            let base = frame.module.map_or(0, |module| module.base());
            let identity = (frame.address, base, frame.module.map_or(0, |module| module.path().as_ptr() as usize));
            let is_same = |&index: &u32| different[index as usize].identity == identity;
            let hash = |&index: &u32| hasher.hash_one(different[index as usize].identity);
            let index = match indexes.entry(hasher.hash_one(identity), is_same, hash) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    let index = u32::try_from(different.len()).unwrap_or(u32::MAX);
                    entry.insert(index);
                    let path = frame.module.zip(modules).and_then(|(module, modules)| modules.key(module.path()));
                    let module = path.map(|path| Place { path, offset: frame.address.wrapping_sub(base) });
                    different.push(Frame { address: frame.address, module, identity });
                    index
                }
            };
            frames.push(index);
        }
        ends.push(frames.len());
    }

    /// Removes and returns the stacks.
    pub(crate) fn take(&mut self) -> Self {
        let next = Self {
            ends: Vec::with_capacity(self.ends.len()),
            frames: Vec::with_capacity(self.frames.len()),
            different: Vec::with_capacity(self.different.len()),
            ..Self::new()
        };
        std::mem::replace(self, next)
    }

    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.frames.clear();
        self.indexes.clear();
        self.different.clear();
    }

    /// Returns the size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.frames.len() * size_of::<u32>() + self.different.len() * size_of::<Frame>()
    }

    /// Returns the array of all stacks.
    pub(crate) fn array(&self, plan: &Plan<'_>) -> Result<ListArray> {
        let lengths = self.ends.iter().scan(0, |start, &end| Some(end - std::mem::replace(start, end)));
        let lists = OffsetBuffer::<i32>::from_lengths(lengths);
        let paths = plan.modules.as_ref().map(|modules| Arc::clone(modules.paths()));
        let paths = paths.unwrap_or_else(|| Arc::new(StringArray::new_null(0)));
        let frame = |&index: &u32| &self.different[index as usize];
        let frames = || self.frames.iter().map(frame);
        let has_all = self.different.iter().all(|frame| frame.module.is_some());
        let present: Option<NullBuffer> = (!has_all).then(|| frames().map(|frame| frame.module.is_some()).collect());
        let keys: Vec<i32> = frames().map(|frame| frame.module.map_or(0, |module| module.path)).collect();
        let offsets: Vec<u64> = frames().map(|frame| frame.module.map_or(0, |module| module.offset)).collect();
        let addresses: Vec<u64> = frames().map(|frame| frame.address).collect();
        let modules = DictionaryArray::<Int32Type>::try_new(Int32Array::new(keys.into(), present.clone()), paths)?;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(modules),
            Arc::new(UInt64Array::new(offsets.into(), present)),
            Arc::new(UInt64Array::new(addresses.into(), None)),
        ];
        let frames = StructArray::try_new(frame_fields(), columns, None)?;
        let item = Field::new("element", DataType::Struct(frame_fields()), false);
        Ok(ListArray::try_new(Arc::new(item), lists, Arc::new(frames) as Arc<dyn Array>, None)?)
    }
}

/// The definition level of a stack without frames.
const EMPTY: u32 = 0;
/// The definition level of a frame without a module.
const NO_MODULE: u32 = 1;

/// The columns of the frames of call stacks, in the order of the schema.
pub(crate) struct StackColumn {
    module: KeyColumn,
    offset: KeyColumn,
    address: KeyColumn,
    /// The repetition levels of the page: 0 for the first entry of a row, and 1 for the others.
    repetitions: Vec<u32>,
    /// The number of rows of the page.
    rows: usize,
}

/// The dictionary indexes of the values of a frame: the address, and the path and the offset in the module.
#[derive(Clone, Copy)]
struct Values {
    address: u32,
    module: Option<(u32, u32)>,
}

impl StackColumn {
    pub(crate) fn new(columns: [KeyColumn; 3]) -> Self {
        let [module, offset, address] = columns;
        Self { module, offset, address, repetitions: Vec::new(), rows: 0 }
    }

    /// Returns the size of the column chunks in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        let columns = [&self.module, &self.offset, &self.address].map(KeyColumn::size);
        columns.iter().sum::<usize>() + self.repetitions.len() * size_of::<u32>()
    }

    /// Adds stacks. `paths` are the paths of the modules.
    pub(crate) fn add(&mut self, stacks: &Stacks, paths: Option<&StringArray>, packer: &mut Packer) -> Result<()> {
        let values: Vec<_> = stacks.different.iter().map(|frame| self.values(frame, paths)).collect();
        let mut start = 0;
        for &end in &stacks.ends {
            self.push(&stacks.frames[start..end], &values);
            start = end;
            if self.repetitions.len() >= PAGE {
                self.finish_page(packer)?;
            }
        }
        Ok(())
    }

    fn values(&mut self, frame: &Frame, paths: Option<&StringArray>) -> Values {
        let module = frame.module.map(|Place { path, offset }| {
            let path = usize::try_from(path).ok().zip(paths).map_or("", |(path, paths)| paths.value(path));
            (self.module.index_of(path.as_bytes()), self.offset.index_of(&offset.to_le_bytes()))
        });
        Values { address: self.address.index_of(&frame.address.to_le_bytes()), module }
    }

    /// Adds a stack.
    fn push(&mut self, stack: &[u32], values: &[Values]) {
        self.rows += 1;
        self.repetitions.push(0);
        if stack.is_empty() {
            return self.columns().into_iter().for_each(|column| column.push_missing(EMPTY, 1));
        }
        self.repetitions.resize(self.repetitions.len() + stack.len() - 1, 1);
        self.address.push_indexes(stack.iter().map(|&frame| values[frame as usize].address));
        // Frames without a module are at the ends of stacks, or are whole stacks.
        for part in stack.chunk_by(|&one, &other| has_module(one, values) == has_module(other, values)) {
            if part.first().is_some_and(|&frame| has_module(frame, values)) {
                let module = |&frame: &u32| values[frame as usize].module.unwrap_or_default();
                self.module.push_indexes(part.iter().map(|frame| module(frame).0));
                self.offset.push_indexes(part.iter().map(|frame| module(frame).1));
            } else {
                self.module.push_missing(NO_MODULE, part.len());
                self.offset.push_missing(NO_MODULE, part.len());
            }
        }
    }

    fn columns(&mut self) -> [&mut KeyColumn; 3] {
        [&mut self.module, &mut self.offset, &mut self.address]
    }

    fn finish_page(&mut self, packer: &mut Packer) -> Result<()> {
        let mut repetitions = Vec::new();
        hybrid::encode(&self.repetitions, 1, &mut repetitions);
        self.repetitions.clear();
        let rows = std::mem::take(&mut self.rows);
        self.columns().into_iter().try_for_each(|column| column.finish_page(rows, Some(&repetitions), packer))
    }

    /// Returns the encoded column chunks, in the order of the schema.
    pub(crate) fn close(mut self, packer: &mut Packer) -> Result<[(Bytes, ColumnCloseResult); 3]> {
        if self.rows > 0 {
            self.finish_page(packer)?;
        }
        let Self { module, offset, address, .. } = self;
        Ok([module.close(packer)?, offset.close(packer)?, address.close(packer)?])
    }
}

#[inline]
fn has_module(frame: u32, values: &[Values]) -> bool {
    values[frame as usize].module.is_some()
}
