//! Counts of operations.

use std::collections::BTreeMap;

use super::bounded::{AddSum, Bounded};
use crate::code::{EventClass, FileOperation, NetworkOperation, NtStatus, Operation, Protocol};
use crate::detail::{Detail, FileRequest};
use crate::event::Event;
use crate::wire::Ticks;

/// The limit on the number of distinct results of an operation. Procmon has names for fewer results than this.
const RESULTS: usize = 1024;

/// The key of an operation: its class and its name, or its code if it has no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    class: EventClass,
    name: &'static str,
    /// 0 for an operation with a name.
    code: u16,
}

impl Key {
    /// The largest class that is counted separately. Larger ones count as this one.
    const LAST_CLASS: u16 = 31;
    /// The largest code that is counted separately. Larger ones count as this one.
    const LAST_CODE: u16 = 255;

    fn of(event: &Event<'_>) -> Self {
        let class = EventClass(event.class().0.min(Self::LAST_CLASS));
        match event.operation_name() {
            "" | "<Unknown>" => Self { class, name: "", code: event.operation_code().min(Self::LAST_CODE) },
            name => Self { class, name, code: 0 },
        }
    }
}

/// The operations of a log, numbered in the order of their first occurrence.
#[derive(Debug, Default)]
pub(super) struct Operations {
    keys: Vec<Key>,
    /// The number + 1 of each [`place`](Self::place), up to the last one that is used; 0 for a place without an
    /// operation.
    numbers: Vec<u16>,
}

impl Operations {
    const CODES: usize = 256;
    /// The first place of the network operations, after those of the classes without variants.
    const NETWORK: usize = (Key::LAST_CLASS as usize + 1) * Self::CODES;
    /// The first place of the file-system operations.
    const FILE: usize = Self::NETWORK + 3 * Self::CODES;
    /// The first place of the operations of the IPC class.
    const IPC: usize = Self::FILE + Self::CODES * Self::CODES;

    /// Returns the number of the operation of an event.
    #[inline]
    pub(super) fn number(&mut self, event: &Event<'_>) -> u16 {
        match self.numbers.get(Self::place(event)) {
            Some(&number) if number > 0 => number - 1,
            _ => self.new_number(event),
        }
    }

    /// Returns the index in `numbers` of the operation of an event. Operations with the same index have the same name.
    #[inline]
    fn place(event: &Event<'_>) -> usize {
        let code = usize::from(event.operation_code().min(Key::LAST_CODE));
        let with_minor = || code * Self::CODES + event.detail_bytes().first().map_or(0, |&minor| usize::from(minor));
        match event.operation() {
            Operation::File(_) => Self::FILE + with_minor(),
            Operation::Ipc(_) => Self::IPC + with_minor(),
            Operation::Network(protocol, _) => {
                let protocol = protocol.map_or(0, |protocol| if protocol == Protocol::Tcp { 1 } else { 2 });
                Self::NETWORK + protocol * Self::CODES + code
            }
            _ => usize::from(event.class().0.min(Key::LAST_CLASS)) * Self::CODES + code,
        }
    }

    #[cold]
    fn new_number(&mut self, event: &Event<'_>) -> u16 {
        let (number, place) = (self.number_of(Key::of(event)), Self::place(event));
        if self.numbers.len() <= place {
            self.numbers.resize(place + 1, 0);
        }
        if let Some(known) = self.numbers.get_mut(place) {
            *known = number + 1;
        }
        number
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer keys than places, and few places without names"
    )]
    fn number_of(&mut self, key: Key) -> u16 {
        let known = self.keys.iter().position(|&known| known == key);
        let number = known.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        });
        number as u16
    }

    /// Adds the operations of another summary. Returns, for each operation of the other summary, its number in this
    /// one.
    pub(super) fn merge(&mut self, other: &Self) -> Vec<u16> {
        other.keys.iter().map(|&key| self.number_of(key)).collect()
    }

    pub(super) fn key(&self, number: u16) -> Option<Key> {
        self.keys.get(usize::from(number)).copied()
    }
}

/// The counts of one operation of one process.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    events: u64,
    succeeded: u64,
    results: Bounded<ByName, u64>,
    duration: Ticks,
    longest: Ticks,
    bytes_read: u64,
    bytes_written: u64,
}

/// A result. Unnamed results sort after named ones, so that they cannot displace them at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ByName {
    is_unnamed: bool,
    status: NtStatus,
}

impl ByName {
    fn new(status: NtStatus) -> Self {
        Self { is_unnamed: status.name().is_none(), status }
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            events: 0,
            succeeded: 0,
            results: Bounded::new(RESULTS),
            duration: Ticks(0),
            longest: Ticks(0),
            bytes_read: 0,
            bytes_written: 0,
        }
    }
}

impl Tally {
    #[inline]
    pub(super) fn add(&mut self, event: &Event<'_>) {
        self.events += 1;
        match event.status() {
            NtStatus::SUCCESS => self.succeeded += 1,
            status => self.results.sum(ByName::new(status)).add(&1),
        }
        if let Some(duration) = event.duration() {
            self.duration = sum(self.duration, duration);
            self.longest = self.longest.max(duration);
        }
        let (read, written) = bytes(event);
        self.bytes_read.add(&read);
        self.bytes_written.add(&written);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.succeeded += other.succeeded;
        self.results.merge(other.results);
        self.duration = sum(self.duration, other.duration);
        self.longest = self.longest.max(other.longest);
        self.bytes_read.add(&other.bytes_read);
        self.bytes_written.add(&other.bytes_written);
    }

    pub(super) fn events(&self) -> u64 {
        self.events
    }
}

fn sum(one: Ticks, other: Ticks) -> Ticks {
    Ticks(one.0.saturating_add(other.0))
}

/// Returns the number of bytes that an event read or received, and the number that it wrote or sent. Both are 0 for
/// operations that transfer no data of files, pipes or connections. If the log does not have the number that was
/// transferred, a successful operation counts as having transferred all requested bytes.
///
/// ```
/// use procmon_parser::{LogsReader, summary};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let read: u64 = log.events().flatten().map(|event| summary::bytes(&event).0).sum();
/// assert!(read > 0);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[inline]
#[must_use]
pub fn bytes(event: &Event<'_>) -> (u64, u64) {
    use FileOperation as File;
    match event.operation() {
        Operation::File(operation) | Operation::Ipc(operation) => match operation {
            File::READ | File::WRITE | File::MDL_READ | File::PREPARE_MDL_WRITE => bytes_of_file(event),
            _ => (0, 0),
        },
        Operation::Network(_, NetworkOperation::RECEIVE) => (length(event), 0),
        Operation::Network(_, NetworkOperation::SEND) => (0, length(event)),
        _ => (0, 0),
    }
}

/// Returns the number of bytes that an operation on a file read and the number that it wrote.
fn bytes_of_file(event: &Event<'_>) -> (u64, u64) {
    let Ok(Detail::File(file)) = event.detail() else { return (0, 0) };
    match file.request {
        FileRequest::Read(transfer) => (transferred(event, transfer.transferred, transfer.requested), 0),
        FileRequest::Write(transfer) => (0, transferred(event, transfer.transferred, transfer.requested)),
        FileRequest::MdlRead(transfer) => (transferred(event, None, transfer.length), 0),
        FileRequest::PrepareMdlWrite(transfer) => (0, transferred(event, None, transfer.length)),
        _ => (0, 0),
    }
}

/// Returns the number of bytes transferred. If the log does not have it, a successful operation counts as having
/// transferred all requested bytes.
pub(crate) fn transferred(event: &Event<'_>, transferred: Option<u32>, requested: u32) -> u64 {
    let all = if event.status() == NtStatus::SUCCESS { requested } else { 0 };
    transferred.unwrap_or(all).into()
}

fn length(event: &Event<'_>) -> u64 {
    match event.detail() {
        Ok(Detail::Network(network)) => network.length.into(),
        _ => 0,
    }
}

/// The counts of an operation, for one process or for all processes.
#[derive(Clone, Debug)]
pub struct OperationSummary {
    key: Key,
    tally: Tally,
}

impl OperationSummary {
    pub(super) fn new(key: Key, tally: &Tally) -> Self {
        Self { key, tally: tally.clone() }
    }

    /// Returns the event class. Unknown classes above 31 are counted as class 31.
    #[must_use]
    pub fn class(&self) -> EventClass {
        self.key.class
    }

    /// Returns the name, as Procmon 3.94 shows it without Advanced Output; empty for an unknown operation. Operations
    /// with the same name are counted together.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.name
    }

    /// Returns the code of an operation without a name; `None` if it has a name. Codes above 255 are counted as 255.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.key.name.is_empty().then_some(self.key.code)
    }

    /// Returns the number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.tally.events
    }

    /// Returns the number of events whose result is an error.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let failed = |status: &NtStatus| status.is_error();
        let named: u64 = self.results().iter().filter(|(status, _)| failed(status)).map(|(_, events)| events).sum();
        named + self.other_results()
    }

    /// Returns each result with its number of events, the most frequent first. The result `PENDING` means that the log
    /// does not have the completion of the operation.
    #[must_use]
    pub fn results(&self) -> Vec<(NtStatus, u64)> {
        let others = self.tally.results.iter().map(|(result, &events)| (result.status, events));
        let success = Some((NtStatus::SUCCESS, self.tally.succeeded)).filter(|(_, events)| *events > 0);
        let mut results: Vec<_> = success.into_iter().chain(others).collect();
        results.sort_by_key(|&(status, events)| (std::cmp::Reverse(events), status));
        results
    }

    /// Returns the number of events whose results are not in [`results`](Self::results), which has at most 1,024
    /// results besides `SUCCESS`. Only crafted logs have more. The remaining ones are unnamed or have the largest
    /// codes; they count as failed.
    #[must_use]
    pub fn other_results(&self) -> u64 {
        self.tally.results.others().copied().unwrap_or(0)
    }

    /// Returns the sum of the durations of all calls. The time of calls that overlap counts several times.
    #[must_use]
    pub fn duration(&self) -> Ticks {
        self.tally.duration
    }

    /// Returns the duration of the longest call.
    #[must_use]
    pub fn longest(&self) -> Ticks {
        self.tally.longest
    }

    /// Returns the number of bytes read from files or received from the network.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.tally.bytes_read
    }

    /// Returns the number of bytes written to files or sent to the network.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.tally.bytes_written
    }
}

/// The counts of the operations of an event class, for all processes.
#[derive(Clone, Debug)]
pub struct ClassSummary {
    class: EventClass,
    operations: Vec<OperationSummary>,
}

impl ClassSummary {
    /// Groups operations by class. Operations with the same name are merged.
    pub(super) fn of(operations: impl Iterator<Item = OperationSummary>) -> Vec<Self> {
        let mut sums = BTreeMap::<Key, Tally>::new();
        operations.for_each(|operation| sums.entry(operation.key).or_default().merge(operation.tally));
        let mut classes = Vec::<Self>::new();
        for (key, tally) in sums {
            let operation = OperationSummary { key, tally };
            match classes.last_mut().filter(|last| last.class == key.class) {
                Some(last) => last.operations.push(operation),
                None => classes.push(Self { class: key.class, operations: vec![operation] }),
            }
        }
        for class in &mut classes {
            class.operations.sort_by_key(|operation| std::cmp::Reverse(operation.events()));
        }
        classes
    }

    /// Returns the event class.
    #[must_use]
    pub fn class(&self) -> EventClass {
        self.class
    }

    /// Returns the counts of the operations, the most frequent first.
    #[must_use]
    pub fn operations(&self) -> &[OperationSummary] {
        &self.operations
    }

    /// Returns the number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.operations.iter().map(OperationSummary::events).sum()
    }
}
