//! The counts of a process.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use super::Summary;
use super::bounded::{AddSum, Bounded};
use super::operation::{OperationSummary, Operations, Tally};
use crate::code::{NetworkOperation, Operation, ProcessOperation, Protocol};
use crate::detail::{Detail, Endpoint};
use crate::event::Event;
use crate::index::{Module, Process, is_host_name, is_port_name};
use crate::wire::{FileTime, ProcessKey, Ticks};

/// The limit on the number of distinct endpoints of a process.
const ENDPOINTS: usize = 65_536;

/// The text of a string of a table. Texts that are the same string compare as equal without a look at their bytes: a
/// crafted log can have thousands of modules that share a string as long as the log.
#[derive(Clone, Copy, Debug)]
struct TableText<'s>(&'s str);

impl Ord for TableText<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self.0, other.0) { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl PartialOrd for TableText<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for TableText<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for TableText<'_> {}

/// The identity of a process across the files of a capture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ProcessIdentity {
    key: ProcessKey,
    pid: u32,
    start_time: FileTime,
    /// The number of the image path, see [`Paths`].
    image_path: usize,
}

impl ProcessIdentity {
    /// Returns the identity of a process, given the number of its image path.
    pub(super) fn new(process: Process<'_>, image_path: usize) -> Self {
        Self { key: process.key(), pid: process.pid(), start_time: process.start_time(), image_path }
    }

    /// Returns the identity in a summary that numbers image paths otherwise. `numbers` has the number there of each path
    /// here.
    pub(super) fn renumbered(self, numbers: &[usize]) -> Option<Self> {
        Some(Self { image_path: *numbers.get(self.image_path)?, ..self })
    }
}

/// Image paths, each of them once, with their numbers. In a crafted log, thousands of processes can share a path as
/// long as the log.
#[derive(Debug, Default)]
pub(super) struct Paths(HashMap<Box<str>, usize>);

impl Paths {
    /// Returns a function that returns the numbers of the image paths of the processes in one table. It reads each string
    /// of the table once.
    pub(super) fn numbers<'p>(&mut self) -> impl FnMut(Process<'p>) -> usize {
        let mut known = HashMap::new();
        move |process| {
            let path = process.image_path();
            *known.entry((path.as_ptr(), path.len())).or_insert_with(|| self.number(path))
        }
    }

    /// Adds the paths of another summary. Returns the number here of each path there.
    pub(super) fn merge(&mut self, other: Self) -> Vec<usize> {
        let mut numbers = vec![0; other.0.len()];
        for (path, there) in other.0 {
            if let Some(here) = numbers.get_mut(there) {
                *here = self.number(&path);
            }
        }
        numbers
    }

    fn number(&mut self, path: &str) -> usize {
        let new = self.0.len();
        match self.0.get(path) {
            Some(&number) => number,
            None => *self.0.entry(path.into()).or_insert(new),
        }
    }
}

/// The counts of one process.
#[derive(Debug, Default)]
pub(super) struct ProcessTally {
    /// The files that list the process: the number of each file, and the position of the process in its table. Empty
    /// for events without a process.
    places: Vec<(usize, usize)>,
    /// The numbers of its operations, in ascending order.
    numbers: Vec<u16>,
    /// The counts of its operations, in the order of `numbers`.
    tallies: Vec<Tally>,
    endpoints: Option<Box<Endpoints>>,
    /// True if the process has a Process Start.
    has_start: bool,
    /// The time and the path of the first Load Image.
    first_image: Option<(FileTime, Box<str>)>,
}

type Endpoints = Bounded<(Protocol, IpAddr, u16), Traffic>;

impl ProcessTally {
    /// Adds the position of the process in the table of a file.
    pub(super) fn add_place(&mut self, file: usize, position: usize) {
        self.places.push((file, position));
    }

    #[inline]
    pub(super) fn add(&mut self, event: &Event<'_>, number: u16) {
        if let Some(tally) = self.tally(number) {
            tally.add(event);
        }
        match event.operation() {
            Operation::Network(_, operation) => self.add_traffic(event, operation),
            Operation::Process(ProcessOperation::PROCESS_START) => self.has_start = true,
            Operation::Process(ProcessOperation::LOAD_IMAGE) => self.add_image(event),
            _ => {}
        }
    }

    /// Keeps the path of an image if it was loaded before all others.
    fn add_image(&mut self, event: &Event<'_>) {
        if self.is_first_image(event.time())
            && let Some(path) = event.image_path()
        {
            self.first_image = Some((event.time(), path.to_string().into()));
        }
    }

    /// Returns true if an image of this time was loaded before the one that is kept. Of several images of one time, the
    /// first one in the log is kept.
    fn is_first_image(&self, time: FileTime) -> bool {
        self.first_image.as_ref().is_none_or(|(first, _)| time < *first)
    }

    /// Returns the counts of the operation with a number.
    #[inline]
    fn tally(&mut self, number: u16) -> Option<&mut Tally> {
        let at = self.numbers.partition_point(|&known| known < number);
        if self.numbers.get(at) != Some(&number) {
            self.numbers.insert(at, number);
            self.tallies.insert(at, Tally::default());
        }
        self.tallies.get_mut(at)
    }

    fn add_traffic(&mut self, event: &Event<'_>, operation: NetworkOperation) {
        let Ok(Detail::Network(network)) = event.detail() else { return };
        let key = (network.protocol, network.remote.address, network.remote.port);
        let length = network.length.into();
        let mut traffic = Traffic { events: 1, ..Traffic::default() };
        match operation {
            NetworkOperation::SEND => (traffic.sends, traffic.bytes_sent) = (1, length),
            NetworkOperation::RECEIVE => (traffic.receives, traffic.bytes_received) = (1, length),
            _ => {}
        }
        self.endpoints().sum(key).add(&traffic);
    }

    fn endpoints(&mut self) -> &mut Endpoints {
        self.endpoints.get_or_insert_with(|| Box::new(Bounded::new(ENDPOINTS)))
    }

    /// Adds the counts of the same process in another summary. `numbers` has the number here of each operation there.
    pub(super) fn merge(&mut self, other: Self, numbers: &[u16]) {
        for (number, tally) in other.numbers.iter().zip(other.tallies) {
            if let Some(known) = numbers.get(usize::from(*number)).and_then(|&number| self.tally(number)) {
                known.merge(tally);
            }
        }
        if let Some(endpoints) = other.endpoints {
            self.endpoints().merge(*endpoints);
        }
        self.has_start |= other.has_start;
        if let Some(image) = other.first_image
            && self.is_first_image(image.0)
        {
            self.first_image = Some(image);
        }
    }

    pub(super) fn events(&self) -> u64 {
        self.tallies.iter().map(Tally::events).sum()
    }

    pub(super) fn operations(&self, operations: &Operations) -> impl Iterator<Item = OperationSummary> {
        let counts = self.numbers.iter().zip(&self.tallies);
        counts.filter_map(|(&number, tally)| Some(OperationSummary::new(operations.key(number)?, tally)))
    }
}

/// The counts of a process: its operations, modules and network endpoints.
#[derive(Clone, Copy, Debug)]
pub struct ProcessSummary<'s> {
    summary: &'s Summary,
    tally: &'s ProcessTally,
}

impl<'s> ProcessSummary<'s> {
    pub(super) fn new(summary: &'s Summary, tally: &'s ProcessTally) -> Self {
        Self { summary, tally }
    }

    /// Returns the sort key, which is unique to the process.
    pub(super) fn order(&self) -> (bool, u32, FileTime, ProcessKey, &'s str) {
        let process = self.process();
        (
            process.is_none(),
            self.pid(),
            process.map_or(FileTime(0), |process| process.start_time()),
            process.map_or(ProcessKey(0), |process| process.key()),
            process.map_or("", |process| process.image_path()),
        )
    }

    /// Returns the process in each file that lists it, in the order of the files.
    fn in_files(&self) -> impl DoubleEndedIterator<Item = Process<'s>> + 's {
        let summary = self.summary;
        let places = self.tally.places.iter();
        places.filter_map(move |&(file, position)| summary.index(file)?.process_at(position))
    }

    /// Returns the process as described by the last file that lists it; `None` for the counts of events whose process
    /// is not in the process table.
    #[must_use]
    pub fn process(&self) -> Option<Process<'s>> {
        self.in_files().next_back()
    }

    /// Returns the process id (PID); 0 without a process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process().map_or(0, Process::pid)
    }

    /// Returns the name of the process; empty without a process.
    #[must_use]
    pub fn name(&self) -> &'s str {
        self.process().map_or("", Process::name)
    }

    /// Returns the path of the first image that the process loaded, which is the program that it runs; `None` unless
    /// the events include the start of the process and a Load Image.
    #[must_use]
    pub fn first_image(&self) -> Option<&'s str> {
        self.tally.first_image.as_ref().filter(|_| self.tally.has_start).map(|(_, path)| &**path)
    }

    /// Returns true if the name of the process differs from that of the [first image](Self::first_image) that it
    /// loaded. Then its entry in the process table belongs to another process, or was changed.
    #[must_use]
    pub fn is_misnamed(&self) -> bool {
        let is_other = |path: &str| {
            let file = path.rsplit(['\\', '/']).next().unwrap_or(path);
            file.to_lowercase() != self.name().to_lowercase()
        };
        self.first_image().is_some_and(is_other) && self.process().is_some()
    }

    /// Returns the exit time of the process, in UTC; `None` if it was still running when the capture ended.
    #[must_use]
    pub fn end_time(&self) -> Option<FileTime> {
        self.in_files().rev().find_map(Process::end_time)
    }

    /// Returns the number of events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.tally.events()
    }

    /// Returns the number of events whose result is an error.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.operations().iter().map(OperationSummary::failed).sum()
    }

    /// Returns the sum of the durations of all calls. The time of calls that overlap counts several times.
    #[must_use]
    pub fn duration(&self) -> Ticks {
        self.operations().iter().fold(Ticks(0), |sum, operation| Ticks(sum.0.saturating_add(operation.duration().0)))
    }

    /// Returns the counts of the operations, the most frequent first, then by class and name.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationSummary> {
        let mut operations: Vec<_> = self.tally.operations(&self.summary.operations).collect();
        operations.sort_by_key(|operation| {
            (Reverse(operation.events()), operation.class(), operation.name(), operation.code())
        });
        operations
    }

    /// Returns the modules that the process loaded before the end of the capture, by load time, then by path. A module
    /// that was loaded several times is listed once, with its first load time.
    #[must_use]
    pub fn modules(&self) -> Vec<Module<'s>> {
        let mut modules = BTreeMap::<(TableText<'s>, TableText<'s>), Module<'s>>::new();
        for module in self.in_files().flat_map(Process::modules) {
            let known = modules.entry((TableText(module.path()), TableText(module.version()))).or_insert(module);
            if module.load_time() < known.load_time() {
                *known = module;
            }
        }
        let mut modules: Vec<_> = modules.into_values().collect();
        modules.sort_by_key(|module| module.load_time()); // stable: ties stay sorted by path
        modules
    }

    /// Returns the remote endpoints of the network events, those with the most bytes first.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointSummary<'s>> {
        let Some(endpoints) = &self.tally.endpoints else { return Vec::new() };
        let mut endpoints: Vec<_> = endpoints.iter().map(|(key, traffic)| self.endpoint(*key, *traffic)).collect();
        endpoints.sort_by_key(|endpoint| Reverse(endpoint.traffic.bytes())); // stable: ties stay sorted by address
        endpoints
    }

    /// Returns the traffic with the remote endpoints beyond the first 65,536, in the order of protocol, address and
    /// port; `None` if there are no more than these.
    #[must_use]
    pub fn other_endpoints(&self) -> Option<Traffic> {
        self.tally.endpoints.as_ref()?.others().copied()
    }

    /// Returns an endpoint with the names of host and port in the last file that has them.
    fn endpoint(&self, (protocol, address, port): (Protocol, IpAddr, u16), traffic: Traffic) -> EndpointSummary<'s> {
        let remote = Endpoint { address, port };
        let key = remote.key();
        let summary = self.summary;
        let indexes = || summary.indexes().rev();
        let hosts = || indexes().filter_map(|index| index.host(&key)).map(|host| &*host.name);
        let host = hosts().find(|name| is_host_name(name, &key)).or_else(|| hosts().find(|name| !name.is_empty()));
        let services = || indexes().filter_map(|index| index.port(port, protocol)).map(|port| &*port.name);
        let service =
            services().find(|name| is_port_name(name, port)).or_else(|| services().find(|name| !name.is_empty()));
        EndpointSummary {
            protocol,
            remote,
            host: host.unwrap_or_default(),
            service: service.unwrap_or_default(),
            traffic,
        }
    }
}

/// A remote endpoint of network events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointSummary<'a> {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The address and port.
    pub remote: Endpoint,
    /// The name of the host; empty if the log has none.
    pub host: &'a str,
    /// The name of the port; empty if the log has none.
    pub service: &'a str,
    /// The counts of the events, sends, receives and bytes.
    pub traffic: Traffic,
}

/// Counts of network events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// The number of network events, of all operations.
    pub events: u64,
    /// The number of sends.
    pub sends: u64,
    /// The number of receives.
    pub receives: u64,
    /// The number of bytes sent, without retransmissions.
    pub bytes_sent: u64,
    /// The number of bytes received.
    pub bytes_received: u64,
}

impl Traffic {
    /// Returns the number of bytes in both directions.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes_sent.saturating_add(self.bytes_received)
    }
}

impl AddSum for Traffic {
    fn add(&mut self, other: &Self) {
        self.events.add(&other.events);
        self.sends.add(&other.sends);
        self.receives.add(&other.receives);
        self.bytes_sent.add(&other.bytes_sent);
        self.bytes_received.add(&other.bytes_received);
    }
}
