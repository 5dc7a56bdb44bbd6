//! The embedded events, in columns.

use std::collections::{BTreeSet, HashMap};
use std::io;

use foldhash::fast::RandomState;
use procmon_parser::{Column, Event, Log, Module, Result, Style, summary};

use crate::data::{Encoding, EventColumn};
use crate::directory::Directory;
use crate::gather::{ByOperation, write_operation};
use crate::names::{MAX_INTEGER, class_number, exact, traits, write_limited};
use crate::page::{Element, Send};
use crate::texts::Texts;
use crate::times::Clock;

/// The number of rows of a chunk.
const CHUNK: usize = 65_536;
/// The maximum length of a path, in bytes.
const PATH: usize = 8192;
/// The maximum length of a detail, in bytes.
const DETAIL: usize = 8192;
/// The number of events in a batch.
const BATCH: usize = 4096;
/// The maximum length of a decoded detail, in bytes of JSON. A longer one is left out.
const DECODED: usize = 4096;
/// The maximum total size of the texts of the first events, in bytes. It does not apply if all events are embedded.
const TEXTS: usize = 64 << 20;
/// The maximum total size of the texts of the events to which findings and slow calls refer, in bytes.
const MORE_TEXTS: usize = 16 << 20;
/// The maximum total size of all decoded details, in bytes. Those of later events are left out. It does not apply if
/// all events are embedded.
const ALL_DECODED: usize = 64 << 20;
/// The maximum number of frames of a stack.
pub(crate) const FRAMES: usize = 256;

/// The columns of a chunk, in order.
pub(crate) const COLUMNS: [EventColumn; 12] = [
    column("number", Encoding::Delta),
    column("time", Encoding::Delta),
    column("duration", Encoding::Optional),
    column("process", Encoding::Uint),
    column("thread", Encoding::Uint),
    column("operation", Encoding::Uint),
    column("result", Encoding::Uint),
    column("path", Encoding::Uint),
    column("detail", Encoding::Uint),
    column("bytes", Encoding::Optional),
    column("stack", Encoding::Optional),
    column("decoded", Encoding::Optional),
];

const fn column(id: &'static str, encoding: Encoding) -> EventColumn {
    EventColumn { id, encoding }
}

/// The selection of events to embed.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The maximum count of events to embed from the start of the logs.
    pub(crate) first: usize,
    /// The positions of further events to embed, among the events of all logs.
    pub(crate) more: BTreeSet<u64>,
    /// True if the total size of texts is not limited.
    pub(crate) unlimited: bool,
}

/// Finds the indexes by which events refer to the lists of the report.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) style: &'a Style,
    pub(crate) clock: Clock,
    pub(crate) operations: ByOperation<usize>,
    /// The index of each result in the list of results, by status.
    pub(crate) results: HashMap<u32, usize>,
    /// The index of the entry for all other results.
    pub(crate) other_results: usize,
}

/// The counts of embedded events.
#[derive(Debug, Default)]
pub(crate) struct Embedded {
    /// The number of rows of each chunk.
    pub(crate) chunks: Vec<usize>,
    /// The number of embedded events before the first gap.
    pub(crate) leading: usize,
}

impl Embedded {
    pub(crate) fn rows(&self) -> usize {
        self.chunks.iter().sum()
    }
}

/// Reads the events to embed, and passes the elements of the page to `send`.
pub(crate) fn embed<L: Log + ?Sized>(
    log: &L,
    lookup: &Lookup<'_>,
    wanted: &Wanted,
    matches: &impl Fn(&Event<'_>) -> bool,
    send: Send<'_>,
) -> Result<Embedded> {
    let mut writer = Writer::new(lookup, wanted.unlimited, send);
    if wanted.first == 0 && wanted.more.is_empty() {
        return Ok(writer.embedded);
    }
    let mut batch = log.new_batch(BATCH);
    let (mut start, mut next, mut rows) = (0, 0, 0);
    'all: loop {
        let end = log.read_batch(start, &mut batch)?;
        if end == start {
            break;
        }
        for event in log.batch_events(&batch).flatten().filter(|event| matches(event)) {
            if rows == wanted.first || (writer.bytes() > TEXTS && !wanted.unlimited) {
                break 'all;
            }
            next = writer.add(event) + 1;
            rows += 1;
        }
        start = end;
    }
    writer.embedded.leading = rows;
    let max_bytes = writer.bytes() + MORE_TEXTS;
    let mut batch = log.new_batch(1);
    for &number in wanted.more.range(next..) {
        let Ok(from) = usize::try_from(number) else { break };
        log.read_batch(from, &mut batch)?;
        // These events belong to findings and slow calls, so they could be read in the first pass.
        if let Some(Ok(event)) = log.batch_events(&batch).next()
            && writer.bytes() <= max_bytes
        {
            writer.add(event);
        }
    }
    Ok(writer.finish())
}

struct Writer<'a> {
    lookup: &'a Lookup<'a>,
    send: Send<'a>,
    embedded: Embedded,
    file: usize,
    /// The columns of the current chunk, and the last value of each.
    columns: [(Vec<u8>, i64); COLUMNS.len()],
    rows: usize,
    paths: Texts,
    details: Texts,
    decoded: Texts,
    frames: Texts,
    /// The index of each frame that has occurred, by the address in memory of its module's path, and its offset.
    seen: HashMap<(usize, u64), usize, RandomState>,
    stacks: HashMap<Vec<usize>, usize, RandomState>,
    stack: Vec<usize>,
    text: String,
    json: Vec<u8>,
    /// The total size of `stacks`, in bytes.
    stack_bytes: usize,
    /// The maximum total size of all decoded details, in bytes.
    max_decoded: usize,
}

impl<'a> Writer<'a> {
    fn new(lookup: &'a Lookup<'a>, unlimited: bool, send: Send<'a>) -> Self {
        Self {
            lookup,
            send,
            embedded: Embedded::default(),
            file: 0,
            columns: std::array::from_fn(|_| (Vec::new(), 0)),
            rows: 0,
            paths: Texts::default(),
            details: Texts::default(),
            decoded: Texts::default(),
            frames: Texts::default(),
            seen: HashMap::default(),
            stacks: HashMap::default(),
            stack: Vec::new(),
            text: String::new(),
            json: Vec::new(),
            stack_bytes: 0,
            max_decoded: if unlimited { usize::MAX } else { ALL_DECODED },
        }
    }

    /// Returns the total size of all texts and stacks except decoded details, in bytes.
    fn bytes(&self) -> usize {
        self.paths.bytes() + self.details.bytes() + self.frames.bytes() + self.stack_bytes
    }

    /// Adds an event, and returns its position among the events of all logs.
    fn add(&mut self, event: Event<'_>) -> u64 {
        let Lookup { directory, style, clock, .. } = *self.lookup;
        self.file = directory.file(event, self.file);
        let number = directory.event_number(self.file, event);
        write_operation(&mut self.text, event, style);
        let class = class_number(event.class());
        let operation = self.lookup.operations.get(class, traits(&event), &self.text).copied();
        let result = self.lookup.results.get(&event.status().0).copied().unwrap_or(self.lookup.other_results);
        write_limited(&mut self.text, PATH, event.text_in(Column::PATH, style));
        let path = self.paths.index_of(&self.text);
        write_limited(&mut self.text, DETAIL, event.text_in(Column::DETAIL, style));
        let detail = self.details.index_of(&self.text);
        let decoded = self.decoded(event);
        let (into, out_of) = summary::bytes(&event);
        let bytes = into.saturating_add(out_of);
        let stack = self.stack(event);
        let whole = |number: u64| Some(exact(number).cast_signed());
        self.write([
            whole(number),
            Some(clock.since(event.time()).map_or(NO_TIME, u64::cast_signed)),
            event.duration().and_then(|duration| whole(duration.0)),
            whole(directory.process_index(self.file, event) as u64),
            whole(event.thread_id().into()),
            whole(operation.unwrap_or_default() as u64),
            whole(result as u64),
            whole(path as u64),
            whole(detail as u64),
            whole(bytes).filter(|&bytes| bytes > 0),
            stack.and_then(|stack| whole(stack as u64)),
            decoded.and_then(|decoded| whole(decoded as u64)),
        ]);
        number
    }

    /// Adds a row to the columns.
    fn write(&mut self, values: [Option<i64>; COLUMNS.len()]) {
        for (((bytes, last), column), value) in self.columns.iter_mut().zip(&COLUMNS).zip(values) {
            let number = value.unwrap_or_default();
            match column.encoding {
                Encoding::Uint => leb128(bytes, number.cast_unsigned()),
                Encoding::Optional => leb128(bytes, value.map_or(0, |_| exact(number.cast_unsigned() + 1))),
                Encoding::Delta => leb128(bytes, zigzag(number - std::mem::replace(last, number))),
            }
        }
        self.rows += 1;
        if self.rows == CHUNK {
            self.end_chunk();
        }
    }

    /// Returns the index of the decoded detail of an event, or `None` if it has no detail or if the detail is too long.
    fn decoded(&mut self, event: Event<'_>) -> Option<usize> {
        if self.decoded.bytes() > self.max_decoded {
            return None;
        }
        let detail = event.detail().ok()?;
        self.json.clear();
        serde_json::to_writer(LimitedBytes(&mut self.json, DECODED), &detail).ok()?;
        let json = str::from_utf8(&self.json).ok()?;
        Some(self.decoded.index_of(json))
    }

    /// Returns the index of the stack of an event.
    fn stack(&mut self, event: Event<'_>) -> Option<usize> {
        if event.stack().is_empty() {
            return None;
        }
        self.stack.clear();
        for frame in event.frames().filter(|frame| frame.address != 0).take(FRAMES) {
            let of = |module: Module<'_>| (module.path().as_ptr() as usize, module.base());
            let (path, base) = frame.module.map_or((0, 0), of);
            let offset = frame.address.wrapping_sub(base);
            let Self { frames, text, .. } = self;
            let index = *self.seen.entry((path, offset)).or_insert_with(|| {
                let name = frame.module.map_or("<unknown>", |module| module.file_name());
                write_limited(text, PATH, format_args!("{name}+{offset:#x}"));
                frames.index_of(text)
            });
            self.stack.push(index);
        }
        if let Some(&index) = self.stacks.get(&self.stack) {
            return Some(index);
        }
        self.stack_bytes += 4 * self.stack.len();
        let index = self.stacks.len();
        self.stacks.insert(self.stack.clone(), index);
        Some(index)
    }

    fn end_chunk(&mut self) {
        if self.rows == 0 {
            return;
        }
        let chunk = self.embedded.chunks.len();
        let mut bytes = Vec::with_capacity(self.columns.iter().map(|(column, _)| column.len()).sum());
        for (column, last) in &mut self.columns {
            bytes.append(column);
            *last = 0;
        }
        (self.send)(Element { id: format!("events-{chunk}"), content: bytes });
        (self.send)(Element { id: format!("details-{chunk}"), content: self.details.take_json() });
        (self.send)(Element { id: format!("decoded-{chunk}"), content: self.decoded.take_json_values() });
        self.embedded.chunks.push(self.rows);
        self.rows = 0;
    }

    fn finish(mut self) -> Embedded {
        self.end_chunk();
        if self.embedded.chunks.is_empty() {
            return self.embedded;
        }
        let mut stacks: Vec<_> = self.stacks.into_iter().collect();
        stacks.sort_unstable_by_key(|(_, index)| *index);
        let stacks: Vec<_> = stacks.iter().map(|(stack, _)| stack).collect();
        let stacks = serde_json::to_vec(&stacks).unwrap_or_default(); // numbers cannot fail to serialize
        (self.send)(Element { id: "texts-paths".to_owned(), content: self.paths.take_json() });
        (self.send)(Element { id: "texts-frames".to_owned(), content: self.frames.take_json() });
        (self.send)(Element { id: "texts-stacks".to_owned(), content: stacks });
        self.embedded
    }
}

/// The value that is written for a time that is not plausible.
const NO_TIME: i64 = -1;

/// A buffer that returns an error if it would exceed its limit.
struct LimitedBytes<'b>(&'b mut Vec<u8>, usize);

impl io::Write for LimitedBytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > self.1 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Maps a signed number to an unsigned one, so that numbers near zero stay small: 0, -1, 1, -2 become 0, 1, 2, 3.
fn zigzag(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

/// Appends an unsigned number in LEB128. The number must be one that a double represents exactly, because JavaScript
/// has no other numbers.
fn leb128(bytes: &mut Vec<u8>, mut value: u64) {
    debug_assert!(value <= MAX_INTEGER, "{value}");
    while value >= 0x80 {
        bytes.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
