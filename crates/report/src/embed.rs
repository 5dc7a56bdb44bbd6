//! The embedded events, in columns.

use std::collections::{BTreeSet, HashMap};

use procmon_parser::{Column, Event, Log, Result, Style, summary};

use crate::data::{Encoding, EventColumn};
use crate::directory::Directory;
use crate::gather::write_operation;
use crate::names::{CLASSES, class_number, exact, write_limited};

/// The number of rows of a chunk.
const CHUNK: usize = 65_536;
/// The maximum length of a path, in bytes.
const PATH: usize = 8192;
/// The maximum length of a detail, in bytes.
const DETAIL: usize = 8192;
/// The number of events that are read at once.
const BATCH: usize = 4096;
/// The maximum size of all texts, in bytes, unless all events are embedded.
const TEXTS: usize = 64 << 20;
/// The maximum number of frames of a stack.
const FRAMES: usize = 256;

/// The columns of a chunk, in order.
pub(crate) const COLUMNS: [EventColumn; 11] = [
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
];

const fn column(id: &'static str, encoding: Encoding) -> EventColumn {
    EventColumn { id, encoding }
}

/// The selection of events to embed.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The number of events from the start of the log.
    pub(crate) first: usize,
    /// The numbers of further events.
    pub(crate) more: BTreeSet<usize>,
    /// True if the size of texts is not limited.
    pub(crate) unlimited: bool,
}

/// The numbers by which events refer to the lists of the report.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) style: &'a Style,
    pub(crate) origin: u64,
    pub(crate) operations: [HashMap<String, usize>; CLASSES.len()],
    /// By status.
    pub(crate) results: HashMap<u32, usize>,
    /// The number of other results.
    pub(crate) other_results: usize,
}

/// Embedded events: the contents of elements of the page, before compression.
#[derive(Debug, Default)]
pub(crate) struct Embedded {
    /// Elements by their id.
    pub(crate) elements: Vec<(String, Vec<u8>)>,
    /// The number of rows of each chunk.
    pub(crate) chunks: Vec<usize>,
    /// The number of events that were embedded without gaps.
    pub(crate) leading: usize,
}

impl Embedded {
    pub(crate) fn rows(&self) -> usize {
        self.chunks.iter().sum()
    }
}

/// Reads the events to embed.
pub(crate) fn embed<L: Log + ?Sized>(
    log: &L,
    numbers: &Numbers<'_>,
    wanted: &Wanted,
    matches: &impl Fn(&Event<'_>) -> bool,
) -> Result<Embedded> {
    let mut writer = Writer::new(numbers);
    if wanted.first == 0 && wanted.more.is_empty() {
        return Ok(writer.embedded);
    }
    let mut batch = log.new_batch(BATCH);
    let (mut from, mut rows) = (0, 0);
    'all: loop {
        let end = log.read_batch(from, &mut batch)?;
        if end == from {
            break;
        }
        for event in log.batch_events(&batch).flatten().filter(|event| matches(event)) {
            if rows == wanted.first || (writer.bytes > TEXTS && !wanted.unlimited) {
                break 'all;
            }
            writer.add(event);
            from = event.ordinal() as usize + 1;
            rows += 1;
        }
        from = end;
    }
    writer.embedded.leading = rows;
    let mut batch = log.new_batch(1);
    for &number in wanted.more.range(from..) {
        log.read_batch(number, &mut batch)?;
        let found = log.batch_events(&batch).flatten().find(|event| event.ordinal() as usize == number);
        if let Some(event) = found {
            writer.add(event);
        }
    }
    Ok(writer.finish())
}

/// Texts with numbers in the order of their first use.
#[derive(Debug, Default)]
struct Texts(HashMap<Box<str>, usize>);

impl Texts {
    fn number(&mut self, text: &str, bytes: &mut usize) -> usize {
        if let Some(&number) = self.0.get(text) {
            return number;
        }
        *bytes += text.len();
        let number = self.0.len();
        self.0.insert(text.into(), number);
        number
    }

    /// Returns the texts as JSON.
    fn json(&mut self) -> Vec<u8> {
        let mut texts: Vec<_> = std::mem::take(&mut self.0).into_iter().collect();
        texts.sort_unstable_by_key(|(_, number)| *number);
        let texts: Vec<_> = texts.iter().map(|(text, _)| text).collect();
        serde_json::to_vec(&texts).unwrap_or_default() // texts cannot fail to serialize
    }
}

struct Writer<'a> {
    numbers: &'a Numbers<'a>,
    embedded: Embedded,
    file: usize,
    /// The columns of the current chunk, and the last value of each.
    columns: [(Vec<u8>, u64); COLUMNS.len()],
    rows: usize,
    paths: Texts,
    details: Texts,
    frames: Texts,
    /// The number of each frame that was seen, by the address of its module's name and its offset.
    seen: HashMap<(usize, u64), usize>,
    stacks: HashMap<Vec<usize>, usize>,
    stack: Vec<usize>,
    text: String,
    /// The size of all texts.
    bytes: usize,
}

impl<'a> Writer<'a> {
    fn new(numbers: &'a Numbers<'a>) -> Self {
        Self {
            numbers,
            embedded: Embedded::default(),
            file: 0,
            columns: std::array::from_fn(|_| (Vec::new(), 0)),
            rows: 0,
            paths: Texts::default(),
            details: Texts::default(),
            frames: Texts::default(),
            seen: HashMap::new(),
            stacks: HashMap::new(),
            stack: Vec::new(),
            text: String::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, event: Event<'_>) {
        let Numbers { directory, style, origin, .. } = *self.numbers;
        self.file = directory.file(event, self.file);
        write_operation(&mut self.text, event, style);
        let class = class_number(event.class());
        let operation = self.numbers.operations.get(class).and_then(|names| names.get(&self.text)).copied();
        let result = self.numbers.results.get(&event.status().0).copied().unwrap_or(self.numbers.other_results);
        write_limited(&mut self.text, PATH, event.text_in(Column::PATH, style));
        let path = self.paths.number(&self.text, &mut self.bytes);
        write_limited(&mut self.text, DETAIL, event.text_in(Column::DETAIL, style));
        let detail = self.details.number(&self.text, &mut self.bytes);
        let (into, out_of) = summary::bytes(&event);
        let bytes = into.saturating_add(out_of);
        let stack = self.stack(event);
        let values: [Option<u64>; COLUMNS.len()] = [
            Some(event.ordinal().into()),
            Some(exact(event.time().0.saturating_sub(origin))),
            event.duration().map(|duration| exact(duration.0)),
            Some(directory.of_event(self.file, event) as u64),
            Some(event.thread_id().into()),
            Some(operation.unwrap_or_default() as u64),
            Some(result as u64),
            Some(path as u64),
            Some(detail as u64),
            (bytes > 0).then_some(exact(bytes)),
            stack.map(|stack| stack as u64),
        ];
        for (((bytes, last), column), value) in self.columns.iter_mut().zip(&COLUMNS).zip(values) {
            match column.encoding {
                Encoding::Uint => leb128(bytes, value.unwrap_or_default()),
                Encoding::Optional => leb128(bytes, value.map_or(0, |value| value + 1)),
                Encoding::Delta => {
                    let value = value.unwrap_or_default();
                    let (above, below) = (value.saturating_sub(*last), last.saturating_sub(value));
                    leb128(bytes, if below > 0 { 2 * below - 1 } else { 2 * above });
                    *last = value;
                }
            }
        }
        self.rows += 1;
        if self.rows == CHUNK {
            self.end_chunk();
        }
    }

    /// Returns the number of the stack of an event.
    fn stack(&mut self, event: Event<'_>) -> Option<usize> {
        if event.stack().is_empty() {
            return None;
        }
        self.stack.clear();
        for frame in event.frames().filter(|frame| frame.address != 0).take(FRAMES) {
            let (name, base) = frame.module.map_or(("<unknown>", 0), |module| (module.file_name(), module.base()));
            let offset = frame.address.wrapping_sub(base);
            let Self { frames, text, bytes, .. } = self;
            let number = *self.seen.entry((name.as_ptr() as usize, offset)).or_insert_with(|| {
                write_limited(text, PATH, format_args!("{name}+{offset:#x}"));
                frames.number(text, bytes)
            });
            self.stack.push(number);
        }
        if let Some(&number) = self.stacks.get(&self.stack) {
            return Some(number);
        }
        self.bytes += 4 * self.stack.len();
        let number = self.stacks.len();
        self.stacks.insert(self.stack.clone(), number);
        Some(number)
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
        self.embedded.elements.push((format!("events-{chunk}"), bytes));
        self.embedded.elements.push((format!("details-{chunk}"), self.details.json()));
        self.embedded.chunks.push(self.rows);
        self.rows = 0;
    }

    fn finish(mut self) -> Embedded {
        self.end_chunk();
        if self.embedded.chunks.is_empty() {
            return self.embedded;
        }
        let mut stacks: Vec<_> = self.stacks.into_iter().collect();
        stacks.sort_unstable_by_key(|(_, number)| *number);
        let stacks: Vec<_> = stacks.iter().map(|(stack, _)| stack).collect();
        let stacks = serde_json::to_vec(&stacks).unwrap_or_default(); // numbers cannot fail to serialize
        self.embedded.elements.extend([
            ("texts-paths".to_owned(), self.paths.json()),
            ("texts-frames".to_owned(), self.frames.json()),
            ("texts-stacks".to_owned(), stacks),
        ]);
        self.embedded
    }
}

/// Appends an unsigned number in LEB128.
fn leb128(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
