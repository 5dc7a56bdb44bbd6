//! A report.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use procmon_parser::analysis::{
    CrossReference, FileSummary, Limits, NetworkSummary, ProcessActivity, RegistrySummary, Unreadable, analyse,
};
use procmon_parser::{Error, Event, FileTime, Index, Log, Result};

use crate::activity;
use crate::data::{self, Data, Fact, FlameSummary, Operation, Overview, ResultName, Segment, VERSION};
use crate::directory::{Directory, other_processes};
use crate::embed::{self, Numbers, Wanted};
use crate::flame::Stacks;
use crate::gather::{Gather, Operations, Slow, Sums, result_name};
use crate::names::{CLASSES, USUAL_CLASSES, exact, grouped};
use crate::options::{Embed, ReportOptions};
use crate::{page, rules, tables};

/// The maximum number of paths that a table keeps, and of their bytes.
const KEYS: usize = 100_000;
const KEY_BYTES: usize = 32 << 20;
/// The maximum number of warnings.
const WARNINGS: usize = 200;

/// The data of a report on a log.
#[derive(Debug)]
pub struct Report {
    data: Data,
    elements: Vec<(String, String)>,
    unreadable: Unreadable,
}

impl Report {
    /// Analyses the events of a log for which `matches` returns true.
    ///
    /// # Errors
    /// If reading the log fails. Unreadable events are not an error: they are counted.
    pub fn of<L: Log + Sync + ?Sized>(
        log: &L,
        options: &ReportOptions,
        matches: impl Fn(&Event<'_>) -> bool + Sync,
    ) -> Result<Self> {
        let indexes: Vec<Index> = log.indexes().cloned().collect();
        let directory = Directory::new(indexes.iter());
        let rules = rules::compile(&indexes)?;
        let (passed, unreadable) = analyse(log, options.threads, &matches, || {
            let style = &options.style;
            let mut limits = Limits::default();
            (limits.keys, limits.key_bytes) = (KEYS, KEY_BYTES);
            (
                (
                    Gather::new(&directory, &rules, style),
                    Stacks::new(),
                    ProcessActivity::new().max_buckets(activity::BUCKETS),
                ),
                (
                    FileSummary::with_limits(style.clone(), limits),
                    RegistrySummary::with_limits(style.clone(), limits),
                    NetworkSummary::with_limits(style.clone(), limits),
                    CrossReference::with_limits(style.clone(), limits),
                ),
            )
        })?;
        let ((gather, stacks, activity), (files, registry, network, cross)) = passed;
        let builder = Builder::new(options, &indexes, &directory, gather);
        let mut found = tables::files(&files);
        drop(files);
        found.extend([tables::registry(&registry), tables::network(&network), tables::cross_reference(&cross)]);
        drop((registry, network, cross));
        let series = activity::series(&activity, &directory, |time| builder.ticks(time));
        let (flame, left_out) = stacks.flame(&directory);
        drop(stacks);
        let (mut data, numbers) = builder.finish(found, series, &unreadable);
        let wanted = wanted(options.embed, &data);
        let mut embedded = embed::embed(log, &numbers, &wanted, &matches)?;
        data.events.embedded = embedded.rows();
        data.events.note = note(data.events.total, embedded.rows(), embedded.leading);
        data.events.chunks = std::mem::take(&mut embedded.chunks);
        if !flame.trees.is_empty() {
            let processes = flame.trees.iter().map(|tree| tree.process).collect::<BTreeSet<_>>();
            data.flame = Some(FlameSummary { processes: processes.into_iter().collect(), left_out });
            let json = serde_json::to_vec(&flame).map_err(std::io::Error::from)?;
            embedded.elements.push(("flame".to_owned(), json));
        }
        drop(flame);
        let packed = page::pack(&embedded.elements, options.threads)?;
        let elements = embedded.elements.into_iter().map(|(id, _)| id).zip(packed).collect();
        Ok(Self { data, elements, unreadable })
    }

    /// Returns the number of events in the report: those that were selected and readable.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.data.overview.events
    }

    /// Returns the number of events whose columns and detail the page contains.
    #[must_use]
    pub fn embedded(&self) -> usize {
        self.data.events.embedded
    }

    /// Returns the number of unreadable events.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable.events
    }

    /// Returns the error of the first unreadable event.
    #[must_use]
    pub fn first_error(&self) -> Option<&Error> {
        self.unreadable.first.as_ref()
    }

    /// Writes the page.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_to(&self, mut out: impl Write) -> Result<()> {
        Ok(page::write(&mut out, &self.data, &self.elements)?)
    }
}

/// Returns the events to embed.
fn wanted(embed: Embed, data: &Data) -> Wanted {
    let more = || {
        let findings =
            data.findings.iter().flat_map(|rule| &rule.findings).flat_map(|finding| &finding.events).copied();
        let slow =
            data.tables.iter().filter(|table| table.id == "slowest").filter_map(|table| table.data.get(1)).flatten();
        let slow = slow.filter_map(|cell| if let data::Cell::Number(number) = cell { Some(*number) } else { None });
        findings.chain(slow).filter_map(|number| usize::try_from(number).ok()).collect()
    };
    match embed {
        Embed::All => Wanted { first: usize::MAX, more: BTreeSet::new(), unlimited: true },
        Embed::First(first) => Wanted { first, more: more(), unlimited: false },
        Embed::None => Wanted { first: 0, more: BTreeSet::new(), unlimited: false },
    }
}

/// Returns the text about the events that are not embedded.
fn note(total: u64, embedded: usize, leading: usize) -> String {
    if embedded as u64 == total {
        return String::new();
    }
    if embedded == 0 {
        return "No events are embedded, to limit the size of this page.".to_owned();
    }
    let more = embedded - leading;
    let also = match more {
        0 => String::new(),
        more => format!(" and {} later ones to which findings and slow calls refer", grouped(more as u64)),
    };
    let (leading, left_out) = (grouped(leading as u64), grouped(total.saturating_sub(embedded as u64)));
    format!(
        "The first {leading} events{also} are embedded. The other {left_out} of {} events are left out, to limit the size \
         of this page.",
        grouped(total)
    )
}

/// Converts sums to the lists of the page.
struct Builder<'a> {
    options: &'a ReportOptions,
    indexes: &'a [Index],
    directory: &'a Directory,
    gather: Gather<'a>,
    origin: u64,
    /// The number of classes that the page shows.
    classes: usize,
}

impl<'a> Builder<'a> {
    fn new(options: &'a ReportOptions, indexes: &'a [Index], directory: &'a Directory, gather: Gather<'a>) -> Self {
        let used = gather.operations.0.iter().rposition(|operations| !operations.is_empty());
        let classes = used.map_or(USUAL_CLASSES, |last| USUAL_CLASSES.max(last + 1));
        let origin = gather.buckets.start();
        Self { options, indexes, directory, gather, origin, classes }
    }

    /// Returns a time as the page counts it, or `None` if it is before the first event or if there are no events.
    fn ticks(&self, time: FileTime) -> Option<u64> {
        self.gather.buckets.span()?;
        time.0.checked_sub(self.origin).map(exact)
    }

    fn finish(
        mut self,
        mut found: Vec<data::Table>,
        activity: Vec<data::Series>,
        unreadable: &Unreadable,
    ) -> (Data, Numbers<'a>) {
        let overview = self.overview(unreadable);
        let processes = self.processes();
        found.push(self.table_of_processes());
        let (operations, operation_numbers, by_name) = operations(std::mem::take(&mut self.gather.operations));
        found.push(tables::operations(by_name));
        let results = Results::new(std::mem::take(&mut self.gather.results), &self.gather.other_results);
        found.push(tables::results(results.rows));
        found.push(self.slowest());
        let order =
            ["files", "folders", "extensions", "registry", "network", "processes-table", "operations", "results"];
        found.sort_by_key(|table| order.iter().position(|id| *id == table.id).unwrap_or(order.len()));
        let Self { options, directory, gather, origin, classes, .. } = self;
        let numbers = Numbers {
            directory,
            style: &options.style,
            origin,
            operations: operation_numbers,
            results: results.numbers,
            other_results: results.others,
        };
        let total = overview.events;
        let data = Data {
            version: VERSION,
            generator: options.generator.clone(),
            title: options.title.clone(),
            origin: origin.to_string(),
            utc_offset: options.utc_offset.seconds() / 60,
            overview,
            classes: CLASSES.iter().take(classes).copied().collect(),
            timeline: gather.buckets.timeline(classes, directory.entries()),
            processes,
            operations,
            results: results.names,
            tables: found,
            flame: None,
            findings: gather.findings.finish(),
            activity,
            events: data::Events {
                total,
                embedded: 0,
                note: String::new(),
                chunks: Vec::new(),
                columns: embed::COLUMNS.to_vec(),
            },
        };
        (data, numbers)
    }

    fn overview(&self, unreadable: &Unreadable) -> Overview {
        let mut by_class = vec![0; self.classes];
        for sums in &self.gather.processes {
            by_class.iter_mut().zip(sums.by_class).for_each(|(sum, events)| *sum += events);
        }
        let span = self.gather.buckets.span().unwrap_or_default();
        let [start, end] = [span.0, span.1].map(|time| exact(time - self.origin.min(time)));
        let system = self.indexes.first().map(Index::system);
        let facts = system.map_or_else(Vec::new, |system| {
            vec![
                Fact { name: "Processors", value: system.processors.to_string() },
                Fact { name: "Memory", value: system.memory() },
                Fact { name: "System root", value: system.system_root.clone() },
            ]
        });
        let bits = |system: &procmon_parser::SystemInfo| if system.pointer_width.is_64bit() { 64 } else { 32 };
        Overview {
            computer: system.map(|system| system.computer_name.clone()).unwrap_or_default(),
            system: system.map(|system| format!("{}, {}-bit", system.os_name(), bits(system))).unwrap_or_default(),
            facts,
            start,
            end,
            events: by_class.iter().sum(),
            by_class,
            processes: self.directory.total(),
            warnings: self.warnings(unreadable),
            segments: self.segments(unreadable),
        }
    }

    fn warnings(&self, unreadable: &Unreadable) -> Vec<String> {
        let mut warnings = self.options.warnings.clone();
        if let Some(first) = &unreadable.first {
            let events = if unreadable.events == 1 { "event" } else { "events" };
            warnings.push(format!("{} {events} could not be read. The first error: {first}", unreadable.events));
        }
        let of_files = self.indexes.iter().flat_map(Index::warnings).map(ToString::to_string);
        warnings.extend(of_files.take(WARNINGS));
        warnings
    }

    fn segments(&self, unreadable: &Unreadable) -> Vec<Segment> {
        let only = self.indexes.len() == 1;
        let of = |(number, (name, bytes)): (usize, &(String, u64))| {
            let sums = self.gather.files.get(number).copied().unwrap_or_default();
            let (first, last) = sums.span.unwrap_or((self.origin, self.origin));
            let [start, end] = [first, last].map(|time| exact(time.saturating_sub(self.origin)));
            let unreadable = if only { unreadable.events } else { 0 };
            Segment {
                name: name.clone(),
                bytes: exact(*bytes),
                events: sums.events,
                unreadable,
                start,
                end,
                note: String::new(),
            }
        };
        self.options.files.iter().enumerate().map(of).collect()
    }

    fn processes(&self) -> Vec<data::Process> {
        let mut processes = self.directory.describe(|time| self.ticks(time));
        let others = self.gather.processes.get(self.directory.others());
        if others.is_some_and(|sums| sums.events() > 0) {
            processes.push(other_processes());
        }
        for (process, sums) in processes.iter_mut().zip(&self.gather.processes) {
            process.events = sums.by_class.iter().take(self.classes).copied().collect();
            process.duration = exact(sums.duration);
        }
        processes
    }

    fn table_of_processes(&self) -> data::Table {
        let rows = self.gather.processes.iter().enumerate().filter(|(_, sums)| sums.events() > 0);
        tables::by_process(
            rows.map(|(number, sums)| (number, [sums.events(), sums.duration, sums.longest, sums.failed])).collect(),
        )
    }

    fn slowest(&mut self) -> data::Table {
        let mut calls: Vec<Slow> =
            std::mem::take(&mut self.gather.slowest).into_iter().map(|Reverse(call)| call).collect();
        calls.sort_unstable_by(|a, b| b.cmp(a));
        tables::slowest(&calls, |time| exact(time.saturating_sub(self.origin)), result_name)
    }
}

/// The operations of the page, their numbers by class and name, and the rows of their table.
type OperationLists = (Vec<Operation>, [HashMap<String, usize>; CLASSES.len()], Vec<(String, [u64; 5])>);

fn operations(operations: Operations) -> OperationLists {
    let mut list = Vec::new();
    let mut numbers: [HashMap<String, usize>; CLASSES.len()] = Default::default();
    let mut by_name: BTreeMap<String, Sums> = BTreeMap::new();
    for ((class, operations), numbers) in operations.0.into_iter().enumerate().zip(&mut numbers) {
        let mut operations: Vec<_> = operations.into_iter().collect();
        operations.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, found) in operations {
            numbers.insert(name.clone(), list.len());
            by_name.entry(name.clone()).or_default().merge(&found.sums);
            list.push(Operation { name, class, kind: found.kind });
        }
    }
    let row = |(name, sums): (String, Sums)| {
        (name, [sums.events, sums.duration, sums.longest, sums.processes.len() as u64, sums.failed])
    };
    (list, numbers, by_name.into_iter().map(row).collect())
}

/// The results of the page.
struct Results {
    names: Vec<ResultName>,
    /// By status.
    numbers: HashMap<u32, usize>,
    /// The number of the entry for other results.
    others: usize,
    rows: Vec<(String, [u64; 3])>,
}

impl Results {
    fn new(results: BTreeMap<u32, Sums>, others: &Sums) -> Self {
        let mut by_name: BTreeMap<(String, bool), (Vec<u32>, Sums)> = BTreeMap::new();
        for (status, sums) in results {
            let key = (result_name(status), sums.failed > 0);
            let (statuses, known) = by_name.entry(key).or_default();
            statuses.push(status);
            known.merge(&sums);
        }
        if others.events > 0 {
            by_name.entry(("(other results)".to_owned(), others.failed > 0)).or_default().1.merge(others);
        }
        let (mut names, mut numbers, mut sums) = (Vec::new(), HashMap::new(), BTreeMap::<String, Sums>::new());
        let mut others = 0;
        for ((name, failed), (statuses, found)) in by_name {
            if statuses.is_empty() {
                others = names.len();
            }
            numbers.extend(statuses.into_iter().map(|status| (status, names.len())));
            sums.entry(name.clone()).or_default().merge(&found);
            names.push(ResultName { name, failed });
        }
        let row = |(name, sums): (String, Sums)| (name, [sums.events, sums.duration, sums.processes.len() as u64]);
        Self { names, numbers, others, rows: sums.into_iter().map(row).collect() }
    }
}
