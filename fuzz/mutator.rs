//! Mutations of inputs that keep their structure: a log stays a log, an event stays an event.
//!
//! A mutation parses the input, changes a part of it, and writes it again with consistent sizes and offsets. Then it may
//! set one field to an interesting value, which can make the input inconsistent. Byte mutations alone rarely produce
//! inputs that pass the checks of the file structure.

#![allow(dead_code, unused_macros, reason = "each target uses its own part")]
#![allow(unreachable_pub, reason = "each target is a separate crate")]

/// Declares the mutator of a fuzz target. libFuzzer mutates the bytes of inputs that the function cannot mutate.
macro_rules! mutate_with {
    ($mutate:path) => {
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            mutator::replace($mutate, data, size, max_size, seed)
                .unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, max_size))
        });
    };
}

/// The size of the file header in bytes.
const HEADER: usize = 0x3A8;
/// The size of the prefix of an event record in bytes.
const PREFIX: usize = 0x34;
/// The size in bytes of the head of an input of the targets `event` and `roundtrip`.
const EVENT_HEAD: usize = 5;

/// The offset and size of each field of the prefix of an event.
const PREFIX_FIELDS: &[(usize, usize)] =
    &[(0, 4), (4, 4), (8, 2), (0x0C, 2), (0x10, 4), (0x14, 8), (0x1C, 8), (0x24, 4), (0x28, 2), (0x2C, 4), (0x30, 4)];
/// The offset and size of the fields of the header that readers use.
const HEADER_FIELDS: &[(usize, usize)] = &[
    (4, 4),
    (8, 4),
    (0x234, 4),
    (0x240, 8),
    (0x248, 8),
    (0x250, 8),
    (0x258, 8),
    (0x260, 8),
    (0x268, 8),
    (0x270, 4),
    (0x384, 4),
    (0x390, 8),
    (0x3A0, 8),
];
/// The header fields that hold the offsets of the process, strings, icon and hosts tables.
const TABLES: [usize; 4] = [0x250, 0x258, 0x260, 0x3A0];

/// A generator of pseudorandom numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    /// Returns a number below `limit`, or 0 if the limit is 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Returns true once in `times` calls on average.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// Returns a value for a field near which there are `size` bytes.
    fn interesting(&mut self, size: usize) -> u64 {
        const VALUES: [u64; 26] = [
            0,
            1,
            2,
            3,
            4,
            8,
            12,
            16,
            24,
            0x7F,
            0x80,
            0xFF,
            0x100,
            0x7FFF,
            0x8000,
            0x8001,
            0xFFFF,
            0x1_0000,
            0x7FFF_FFFF,
            0x8000_0000,
            0xFFFF_FFFE,
            0xFFFF_FFFF,
            0x1_0000_0000,
            0x7FFF_FFFF_FFFF_FFFF,
            0x8000_0000_0000_0000,
            u64::MAX,
        ];
        let size = size as u64;
        match self.below(8) {
            0..=3 => self.of(&VALUES).copied().unwrap_or_default(),
            4 => size.wrapping_add(self.next() % 5).wrapping_sub(2),
            5 => (size / 2).wrapping_add(self.next() % 3).wrapping_sub(1),
            6 => 0x8000 | size & 0x7FFF, // a string-info word: as many bytes as there are
            _ => self.next() % size.max(1),
        }
    }

    /// Sets a field of `bytes` to an interesting value.
    fn set_field(&mut self, bytes: &mut [u8], at: usize, size: usize) {
        let value = self.interesting(bytes.len().saturating_sub(at + size));
        if let Some(field) = bytes.get_mut(at..at + size) {
            field.copy_from_slice(&value.to_le_bytes()[..size]);
        }
    }

    /// Sets a number somewhere in a block or table to an interesting value, more often at its start.
    fn set_number(&mut self, bytes: &mut [u8]) {
        let size = [1, 2, 2, 4, 4, 8][self.below(6)];
        let end = if self.once_in(2) { bytes.len().min(0x50) } else { bytes.len() };
        let at = self.below(end) & !(size.min(4) - 1);
        self.set_field(bytes, at, size);
    }

    /// Changes a block: sets a number, repeats, inserts or removes bytes, or cuts it short.
    fn change_block(&mut self, block: &mut Vec<u8>, room: usize) {
        let at = self.below(block.len() + 1);
        let len = self.below((block.len() - at).min(64) + 1);
        match self.below(8) {
            0..=3 => self.set_number(block),
            4 => block.truncate(at),
            5 => drop(block.drain(at..at + len)),
            6 => {
                let bytes: Vec<u8> = block[at..at + len].to_vec();
                let copies = 1 + self.below(room.min(1024) / len.max(1));
                let repeated = bytes.repeat(copies.min(64));
                block.splice(at..at, repeated);
            }
            _ => {
                let filler = [0, 0, 0xFF, b'A'][self.below(4)];
                let count = self.below(room.min(256) + 1);
                block.splice(at..at, std::iter::repeat_n(filler, count));
            }
        }
    }
}

fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let mut number = [0; 8];
    number[..size].copy_from_slice(bytes.get(at..at + size)?);
    usize::try_from(u64::from_le_bytes(number)).ok()
}

fn put(bytes: &mut [u8], at: usize, size: usize, value: usize) {
    if let Some(field) = bytes.get_mut(at..at + size) {
        field.copy_from_slice(&(value as u64).to_le_bytes()[..size]);
    }
}

/// An event record in parts.
#[derive(Clone)]
struct Record {
    prefix: [u8; PREFIX],
    stack: Vec<u8>,
    detail: Vec<u8>,
    /// The data of the extra block.
    extra: Option<Vec<u8>>,
}

impl Record {
    fn parse(tail: &[u8], width: usize) -> Option<Self> {
        let prefix: [u8; PREFIX] = *tail.first_chunk()?;
        let detail = PREFIX + width * number(&prefix, 0x28, 2)?;
        let end = detail + number(&prefix, 0x2C, 4)?;
        let extra = match number(&prefix, 0x30, 4)? {
            0 => None,
            at => Some(tail.get(at + 2..at + 2 + number(tail, at, 2)?)?.to_vec()),
        };
        Some(Self { prefix, stack: tail.get(PREFIX..detail)?.to_vec(), detail: tail.get(detail..end)?.to_vec(), extra })
    }

    fn append_to(&self, log: &mut Vec<u8>, width: usize) {
        let start = log.len();
        log.extend_from_slice(&self.prefix);
        log.extend_from_slice(&self.stack);
        log.extend_from_slice(&self.detail);
        put(&mut log[start..], 0x28, 2, self.stack.len() / width);
        put(&mut log[start..], 0x2C, 4, self.detail.len());
        let end = log.len() - start;
        put(&mut log[start..], 0x30, 4, if self.extra.is_some() { end } else { 0 });
        if let Some(extra) = &self.extra {
            log.extend_from_slice(&(extra.len().min(0xFFFF) as u16).to_le_bytes());
            log.extend_from_slice(extra);
        }
    }

    fn change(&mut self, random: &mut Random, width: usize, room: usize) {
        match random.below(8) {
            0 => {
                if let Some(&(at, size)) = random.of(&PREFIX_FIELDS[..8]) {
                    random.set_field(&mut self.prefix, at, size);
                }
            }
            1 => self.set_operation(random),
            2 => {
                let frames = random.below(64.min(room / width + 1));
                self.stack.resize(frames * width, 0);
                random.set_number(&mut self.stack);
            }
            3..=5 => random.change_block(&mut self.detail, room),
            6 => self.extra = if self.extra.is_some() { None } else { Some(self.detail.clone()) },
            _ => random.change_block(self.extra.get_or_insert_default(), room.min(0xFFFF)),
        }
    }

    /// Sets the class, the operation and the minor function of the event to known ones.
    fn set_operation(&mut self, random: &mut Random) {
        put(&mut self.prefix, 8, 2, random.below(8));
        put(&mut self.prefix, 0x0C, 2, random.below(50));
        if let Some(minor) = self.detail.first_mut() {
            *minor = random.below(80) as u8;
        }
    }
}

/// A log in parts. The tables are in the order of [`TABLES`].
struct Parts {
    header: Vec<u8>,
    records: Vec<Record>,
    /// The position in `records` of each entry of the event-offset array.
    order: Vec<usize>,
    tables: [Vec<u8>; 4],
}

impl Parts {
    fn parse(log: &[u8]) -> Option<Self> {
        let header = log.get(..HEADER).filter(|header| header.starts_with(b"PML_"))?.to_vec();
        let width = width(&header);
        let (count, array) = (number(&header, 0x234, 4)?, number(&header, 0x248, 8)?);
        let entries = log.get(array..array.checked_add(count.checked_mul(5)?)?)?;
        let offsets = entries.chunks_exact(5).filter_map(|entry| number(entry, 0, 4));
        let records: Vec<_> = offsets.filter_map(|at| Record::parse(log.get(at..)?, width)).collect();
        let starts = TABLES.map(|field| number(&header, field, 8).unwrap_or(usize::MAX));
        let table = |start: usize| {
            let end = starts.iter().copied().filter(|&other| other > start).min().unwrap_or(log.len()).min(log.len());
            log.get(start..end).unwrap_or_default().to_vec()
        };
        Some(Self { order: (0..records.len()).collect(), records, tables: starts.map(table), header })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let width = width(&self.header);
        let mut log = self.header.clone();
        let mut offsets = Vec::new();
        for record in &self.records {
            offsets.push(log.len());
            record.append_to(&mut log, width);
        }
        log.resize(log.len().next_multiple_of(4), 0);
        put(&mut log, 0x234, 4, self.order.len());
        put(&mut log, 0x240, 8, HEADER);
        let array = log.len();
        put(&mut log, 0x248, 8, array);
        for &place in &self.order {
            let offset = offsets.get(place).copied().unwrap_or(HEADER);
            log.extend_from_slice(&(offset as u64).to_le_bytes()[..5]);
        }
        for (field, table) in TABLES.into_iter().zip(&self.tables) {
            let at = log.len();
            put(&mut log, field, 8, at);
            log.extend_from_slice(table);
        }
        log
    }

    fn change(&mut self, random: &mut Random, room: usize) {
        let width = width(&self.header);
        let count = self.records.len();
        match random.below(12) {
            0..=5 => {
                if let Some(record) = self.records.get_mut(random.below(count)) {
                    record.change(random, width, room);
                }
            }
            6 if count > 0 => {
                let record = self.records[random.below(count)].clone();
                let size =
                    PREFIX + record.stack.len() + record.detail.len() + record.extra.as_ref().map_or(0, Vec::len);
                if size + 7 < room {
                    self.order.push(count);
                    self.records.push(record);
                }
            }
            7 => {
                let place = random.below(self.order.len());
                match random.below(3) {
                    0 if !self.order.is_empty() => drop(self.order.remove(place)),
                    1 if room > 64 => self.order.push(random.below(count)),
                    _ => {
                        let other = random.below(self.order.len());
                        if place.max(other) < self.order.len() {
                            self.order.swap(place, other);
                        }
                    }
                }
            }
            8 => {
                if let Some(&(at, size)) = random.of(&HEADER_FIELDS[..2]) {
                    random.set_field(&mut self.header, at, size);
                }
            }
            9 => change_strings(&mut self.tables[1], random, room),
            _ => {
                let table = random.below(self.tables.len());
                random.set_number(&mut self.tables[table]);
            }
        }
    }
}

/// Returns the size of a pointer in a log with this header, in bytes.
fn width(header: &[u8]) -> usize {
    if number(header, 8, 4) == Some(0) { 4 } else { 8 }
}

/// Replaces, adds or shares a string, and writes the table with consistent offsets.
fn change_strings(table: &mut Vec<u8>, random: &mut Random, room: usize) {
    let count = number(table, 0, 4).unwrap_or_default().min(table.len() / 4);
    let string = |at: usize| Some(table.get(at + 4..at + 4 + number(table, at, 4)?)?.to_vec());
    let mut strings: Vec<Vec<u8>> =
        (0..count).map(|entry| number(table, 4 + 4 * entry, 4).and_then(string).unwrap_or_default()).collect();
    let changed = random.below(count);
    if let Some(string) = strings.get_mut(changed) {
        random.change_block(string, room);
    }
    let shared = if random.once_in(4) { Some((random.below(count), random.below(count))) } else { None };
    let mut bytes = (strings.len() as u32).to_le_bytes().to_vec();
    bytes.resize(4 + 4 * strings.len(), 0);
    for (entry, string) in strings.iter().enumerate() {
        let at = bytes.len();
        put(&mut bytes, 4 + 4 * entry, 4, at);
        bytes.extend_from_slice(&(string.len() as u32).to_le_bytes());
        bytes.extend_from_slice(string);
    }
    if let Some((from, to)) = shared.filter(|_| count > 0)
        && let Some(at) = number(&bytes, 4 + 4 * from, 4)
    {
        put(&mut bytes, 4 + 4 * to, 4, at);
    }
    *table = bytes;
}

/// Returns a changed log of at most `max_len` bytes, or `None` if the input is not a log or the result is too large.
pub fn mutate_log(log: &[u8], max_len: usize, seed: u32) -> Option<Vec<u8>> {
    let random = &mut Random(seed.into());
    let mut parts = Parts::parse(log)?;
    for _ in 0..1 + random.below(3) {
        parts.change(random, max_len.saturating_sub(log.len()));
    }
    let mut changed = parts.to_bytes();
    if random.once_in(4) {
        let fields = if random.once_in(2) { HEADER_FIELDS } else { PREFIX_FIELDS };
        let start = if fields == HEADER_FIELDS { 0 } else { HEADER };
        if let (Some(&(at, size)), Some(bytes)) = (random.of(fields), changed.get_mut(start..)) {
            random.set_field(bytes, at, size);
        }
    }
    Some(changed).filter(|changed| changed.len() <= max_len)
}

/// Returns a changed input of the targets `event` and `roundtrip` of at most `max_len` bytes, or `None` if the input is
/// too short or the result too large.
pub fn mutate_event(input: &[u8], max_len: usize, seed: u32) -> Option<Vec<u8>> {
    let random = &mut Random(seed.into());
    let (&[flags, class, operation, low, high], blocks) = input.split_first_chunk::<EVENT_HEAD>()?;
    let (detail, extra) = blocks.split_at(usize::from(u16::from_le_bytes([low, high])).min(blocks.len()));
    let (mut head, mut detail, mut extra) = ([flags, class, operation], detail.to_vec(), extra.to_vec());
    for _ in 0..1 + random.below(3) {
        let room = max_len.saturating_sub(EVENT_HEAD + detail.len() + extra.len());
        match random.below(8) {
            0 => head = [random.next() as u8, random.below(8) as u8, random.below(50) as u8],
            1 => head[2] = random.below(50) as u8,
            2 => head[0] ^= 1,
            3 => detail.splice(0..detail.len().min(1), [random.below(80) as u8]).for_each(drop),
            4 | 5 => random.change_block(&mut detail, room),
            _ => random.change_block(&mut extra, room),
        }
    }
    let size = u16::try_from(detail.len()).ok()?;
    let changed = [&head[..], &size.to_le_bytes(), &detail, &extra].concat();
    Some(changed).filter(|changed| changed.len() <= max_len)
}

/// Replaces the first `size` bytes of `data` by a mutation of at most `max_len` bytes, and returns its size. Returns
/// `None` if there is no such mutation, and for a quarter of the seeds, so that libFuzzer uses its own mutations as well.
pub fn replace(
    mutate: fn(&[u8], usize, u32) -> Option<Vec<u8>>,
    data: &mut [u8],
    size: usize,
    max_len: usize,
    seed: u32,
) -> Option<usize> {
    if seed.is_multiple_of(4) {
        return None;
    }
    let changed = mutate(data.get(..size)?, max_len.min(data.len()), seed)?;
    data.get_mut(..changed.len())?.copy_from_slice(&changed);
    Some(changed.len())
}
