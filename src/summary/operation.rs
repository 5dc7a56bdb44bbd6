//! Counts of operations.

use std::collections::BTreeMap;

use super::bounded::{AddSum, Bounded};
use crate::code::{EventClass, FileOperation, NetworkOperation, NtStatus, Operation, Protocol};
use crate::detail::{Detail, FileRequest};
use crate::event::Event;
use crate::wire::Ticks;

/// How many results of an operation are told apart; Windows has more codes than Procmon names, and Procmon names fewer
/// than this.
const RESULTS: usize = 1024;

/// An operation: its name, and its class and code where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    class: EventClass,
    name: &'static str,
    /// 0 for an operation with a name.
    code: u16,
}

impl Key {
    /// Classes from this one on count as this one.
    const LAST_CLASS: u16 = 31;
    /// Codes from this one on count as this one.
    const LAST_CODE: u16 = 255;

    fn of(event: &Event<'_>) -> Self {
        let class = EventClass(event.class().0.min(Self::LAST_CLASS));
        match event.operation_name() {
            "" | "<Unknown>" => Self { class, name: "", code: event.operation_code().min(Self::LAST_CODE) },
            name => Self { class, name, code: 0 },
        }
    }
}

/// The operations of a log, numbered as they are first seen.
#[derive(Debug)]
pub(super) struct Operations {
    keys: Vec<Key>,
    /// Number + 1 by [`place`](Self::place); 0 for an operation that was not seen.
    numbers: Vec<u16>,
}

impl Default for Operations {
    fn default() -> Self {
        Self { keys: Vec::new(), numbers: vec![0; Self::PLACES] }
    }
}

impl Operations {
    const CODES: usize = 256;
    const CLASSES: usize = (Key::LAST_CLASS as usize + 1) * Self::CODES;
    const PROTOCOLS: usize = 3 * Self::CODES;
    const PLACES: usize = Self::CODES * Self::CODES + Self::CLASSES + Self::PROTOCOLS;

    /// The number of the operation of an event.
    #[inline]
    pub(super) fn number(&mut self, event: &Event<'_>) -> u16 {
        match self.numbers.get(Self::place(event)) {
            Some(&number) if number > 0 => number - 1,
            _ => self.new_number(event),
        }
    }

    /// Where the number of an operation is. Two operations of one place have one name.
    #[inline]
    fn place(event: &Event<'_>) -> usize {
        let code = usize::from(event.operation_code().min(Key::LAST_CODE));
        match event.operation() {
            Operation::File(_) => code * Self::CODES + event.detail_bytes().first().map_or(0, |&minor| minor.into()),
            Operation::Network(protocol, _) => {
                let protocol = protocol.map_or(0, |protocol| if protocol == Protocol::Tcp { 1 } else { 2 });
                Self::CODES * Self::CODES + Self::CLASSES + protocol * Self::CODES + code
            }
            _ => Self::CODES * Self::CODES + usize::from(event.class().0.min(Key::LAST_CLASS)) * Self::CODES + code,
        }
    }

    #[cold]
    fn new_number(&mut self, event: &Event<'_>) -> u16 {
        let number = self.number_of(Key::of(event));
        if let Some(place) = self.numbers.get_mut(Self::place(event)) {
            *place = number + 1;
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

    /// Takes in the operations of another summary; by their numbers there, the numbers that they have here.
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

/// A result in an order in which those without a name come last, so that they cannot displace others.
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

/// The bytes that an event read and wrote.
#[inline]
fn bytes(event: &Event<'_>) -> (u64, u64) {
    use FileOperation as File;
    match event.operation() {
        Operation::File(File::READ | File::WRITE | File::MDL_READ | File::PREPARE_MDL_WRITE) => match event.detail() {
            Ok(Detail::File(file)) => match file.request {
                FileRequest::Read(transfer) => (transferred(event, transfer.transferred, transfer.requested), 0),
                FileRequest::Write(transfer) => (0, transferred(event, transfer.transferred, transfer.requested)),
                FileRequest::MdlRead(transfer) => (transferred(event, None, transfer.length), 0),
                FileRequest::PrepareMdlWrite(transfer) => (0, transferred(event, None, transfer.length)),
                _ => (0, 0),
            },
            _ => (0, 0),
        },
        Operation::Network(_, NetworkOperation::RECEIVE) => (length(event), 0),
        Operation::Network(_, NetworkOperation::SEND) => (0, length(event)),
        _ => (0, 0),
    }
}

/// What was transferred: what the log says, else all of it if the operation succeeded.
fn transferred(event: &Event<'_>, transferred: Option<u32>, requested: u32) -> u64 {
    let all = if event.status() == NtStatus::SUCCESS { requested } else { 0 };
    transferred.unwrap_or(all).into()
}

fn length(event: &Event<'_>) -> u64 {
    match event.detail() {
        Ok(Detail::Network(network)) => network.length.into(),
        _ => 0,
    }
}

/// The counts of an operation, of a process or of all.
#[derive(Clone, Debug)]
pub struct OperationSummary {
    key: Key,
    tally: Tally,
}

impl OperationSummary {
    pub(super) fn new(key: Key, tally: &Tally) -> Self {
        Self { key, tally: tally.clone() }
    }

    /// Event class; of those that nobody has described, those from 31 on count as 31.
    #[must_use]
    pub fn class(&self) -> EventClass {
        self.key.class
    }

    /// The name, as Procmon 3.94 shows it in its normal mode; operations of one name are counted together. Empty for
    /// an operation that nobody has described.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.name
    }

    /// The code of an operation without a name, those from 255 on as 255; `None` for one with a name.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.key.name.is_empty().then_some(self.key.code)
    }

    /// Number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.tally.events
    }

    /// Number of those that failed: whose result is an error.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let failed = |status: &NtStatus| status.is_error();
        let named: u64 = self.results().iter().filter(|(status, _)| failed(status)).map(|(_, events)| events).sum();
        named + self.other_results()
    }

    /// Each result with the number of its events, the most frequent first; `PENDING` are those whose completion was
    /// never seen.
    #[must_use]
    pub fn results(&self) -> Vec<(NtStatus, u64)> {
        let others = self.tally.results.iter().map(|(result, &events)| (result.status, events));
        let success = Some((NtStatus::SUCCESS, self.tally.succeeded)).filter(|(_, events)| *events > 0);
        let mut results: Vec<_> = success.into_iter().chain(others).collect();
        results.sort_by_key(|&(status, events)| (std::cmp::Reverse(events), status));
        results
    }

    /// Number of events with further results: of more than 1,024 for one operation, which no honest log has, those
    /// without a name and with the greatest codes are counted together. They are taken for errors.
    #[must_use]
    pub fn other_results(&self) -> u64 {
        self.tally.results.others().copied().unwrap_or(0)
    }

    /// The time that all calls took together. Calls that overlap count each.
    #[must_use]
    pub fn duration(&self) -> Ticks {
        self.tally.duration
    }

    /// The longest time that a call took.
    #[must_use]
    pub fn longest(&self) -> Ticks {
        self.tally.longest
    }

    /// Number of bytes read from files or received from the network.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.tally.bytes_read
    }

    /// Number of bytes written to files or sent to the network.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.tally.bytes_written
    }
}

/// The operations of a class, those of one process or of all.
#[derive(Clone, Debug)]
pub struct ClassSummary {
    class: EventClass,
    operations: Vec<OperationSummary>,
}

impl ClassSummary {
    /// Sorts operations into classes; those of one name become one.
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

    /// The class.
    #[must_use]
    pub fn class(&self) -> EventClass {
        self.class
    }

    /// The operations, the most frequent first.
    #[must_use]
    pub fn operations(&self) -> &[OperationSummary] {
        &self.operations
    }

    /// Number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.operations.iter().map(OperationSummary::events).sum()
    }
}
