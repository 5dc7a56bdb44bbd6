//! Builds a report: analyses the logs in one pass, then embeds events in a second one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use procmon_parser::analysis::{
    CrossReference, FileSummary, Limits, NetworkSummary, ProcessActivity, RegistrySummary, Unreadable, analyse,
};
use procmon_parser::{Error, Event, FileTime, Index, Log, Result, SystemInfo};

use crate::activity;
use crate::data::{
    self, Data, Fact, Flame, FlameSummary, LogInfo, Operation, Overview, ResultName, Segment, TableId, VERSION,
};
use crate::directory::{Directory, other_processes};
use crate::embed::{self, Lookup, Wanted};
use crate::flame::{OperationNames, Stacks};
use crate::gather::{ByOperation, Gather, ResultSums, Selecting, Slow, Sums};
use crate::names::{CLASSES, USUAL_CLASSES, exact, grouped, limited};
use crate::options::{Embed, File, ReportOptions};
use crate::page::Element;
use crate::times::{Clock, Era};
use crate::{page, rules, tables};

/// The maximum number of paths that a table keeps, and the maximum total size of these paths in bytes.
const KEYS: usize = 100_000;
const KEY_BYTES: usize = 32 << 20;
/// The maximum number of warnings.
const WARNINGS: usize = 200;
/// The maximum length of the name of a log or a computer, in bytes.
const NAME: usize = 1024;

/// The data of a report on logs.
#[derive(Debug)]
pub struct Report {
    data: Data,
    elements: Vec<(String, String)>,
    unreadable: Unreadable,
}

impl Report {
    /// Analyses the events of logs for which `matches` returns true. Events of all logs are numbered in order: those of
    /// the second log follow those of the first one.
    ///
    /// # Errors
    /// If reading a log fails. Unreadable events are not an error: they are counted.
    pub fn of<L: Log + Sync>(
        logs: &[L],
        options: &ReportOptions,
        matches: impl Fn(&Event<'_>) -> bool + Sync,
    ) -> Result<Self> {
        let directory = Directory::new(logs);
        let era = Era::of(logs)?;
        let indexes: Vec<Index> = directory.files().map(|(_, index)| index.clone()).collect();
        let rules = rules::compile(&indexes)?;
        let operation_names = OperationNames::new(&options.style);
        let (passed, unreadable) = analyse(
            logs,
            options.threads,
            |_| true,
            || {
                let style = &options.style;
                let mut limits = Limits::default();
                (limits.keys, limits.key_bytes) = (KEYS, KEY_BYTES);
                let own = (
                    Gather::new(&directory, era, &rules, style),
                    Stacks::new(&operation_names),
                    ProcessActivity::new().max_buckets(activity::BUCKETS),
                );
                let tables = (
                    FileSummary::with_limits(style.clone(), limits),
                    RegistrySummary::with_limits(style.clone(), limits),
                    NetworkSummary::with_limits(style.clone(), limits),
                    CrossReference::with_limits(style.clone(), limits),
                );
                Selecting::new(&directory, &matches, (own, tables))
            },
        )?;
        let Selecting { readable, exits, analysis, .. } = passed;
        let ((gather, stacks, activity), (files, registry, network, cross)) = analysis;
        let mut found = tables::files(&files);
        drop(files);
        found.extend([tables::registry(&registry), tables::network(&network), tables::cross_reference(&cross)]);
        drop((registry, network, cross));
        let (flame, left_out) = stacks.flame(&directory);
        drop(stacks);
        let clock = era.clock(gather.buckets.start().unwrap_or(era.middle()));
        let builder = Builder::new(options, &directory, gather, clock, &readable, exits, &flame);
        let series = activity::series(&activity, &directory, clock);
        let (mut data, lookup) = builder.finish(found, series, &unreadable);
        let wanted = wanted(options.embed, &data);
        if !flame.trees.is_empty() {
            let processes = flame.trees.iter().map(|tree| tree.process).collect::<BTreeSet<_>>();
            data.flame = Some(FlameSummary { processes: processes.into_iter().collect(), left_out });
        }
        let (embedded, elements) = page::pack(options.threads, |send| {
            let embedded = embed::embed(logs, &lookup, &wanted, &matches, &mut *send)?;
            if data.flame.is_some() {
                let content = serde_json::to_vec(&flame).map_err(std::io::Error::from)?;
                send(Element { id: "flame".to_owned(), content });
            }
            Ok(embedded)
        })?;
        data.events.embedded = embedded.rows();
        data.events.note = note(data.events.total, embedded.rows(), embedded.leading);
        data.events.chunks = embedded.chunks;
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
        let slow = data.tables.iter().filter(|table| table.id == TableId::Slowest);
        let slow = slow.filter_map(|table| table.data.get(1)).flatten();
        let slow = slow.filter_map(|cell| if let data::Cell::Number(number) = cell { Some(*number) } else { None });
        findings.chain(slow).collect()
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
    directory: &'a Directory,
    gather: Gather<'a>,
    clock: Clock,
    /// The number of unreadable events of each file.
    unreadable: Vec<u64>,
    /// The exit status of processes.
    exits: BTreeMap<usize, i32>,
    /// True if events or trees refer to the entry for other processes.
    has_others: bool,
    /// The number of classes that the page shows.
    classes: usize,
}

impl<'a> Builder<'a> {
    fn new(
        options: &'a ReportOptions,
        directory: &'a Directory,
        gather: Gather<'a>,
        clock: Clock,
        readable: &[u64],
        exits: BTreeMap<usize, i32>,
        flame: &Flame,
    ) -> Self {
        let used = gather.operations.0.iter().rposition(|operations| !operations.is_empty());
        let classes = used.map_or(USUAL_CLASSES, |last| USUAL_CLASSES.max(last + 1));
        let events = directory.files().map(|(_, index)| u64::from(index.event_count()));
        let unreadable = events.zip(readable).map(|(events, readable)| events.saturating_sub(*readable)).collect();
        let others = directory.others();
        let has_others = gather.processes.get(others).is_some_and(|sums| sums.events() > 0)
            || flame.trees.iter().any(|tree| tree.process == others);
        Self { options, directory, gather, clock, unreadable, exits, has_others, classes }
    }

    fn finish(
        mut self,
        mut found: Vec<data::Table>,
        activity: Vec<data::Series>,
        unreadable: &Unreadable,
    ) -> (Data, Lookup<'a>) {
        let overview = self.overview(unreadable);
        let (logs, processes) = (self.logs(), self.processes());
        found.push(self.table_of_processes());
        let (operations, operation_indexes, by_name) = operations(std::mem::take(&mut self.gather.operations));
        found.push(tables::operations(by_name));
        let results = Results::new(std::mem::take(&mut self.gather.results), &self.gather.other_results);
        found.push(tables::results(results.rows));
        found.push(self.slowest());
        found.sort_by_key(|table| table.id);
        let Self { options, directory, gather, clock, classes, .. } = self;
        let lookup = Lookup {
            directory,
            style: &options.style,
            clock,
            operations: operation_indexes,
            results: results.indexes,
            other_results: results.others,
        };
        let total = overview.events;
        let data = Data {
            version: VERSION,
            generator: options.generator.clone(),
            title: options.title.clone(),
            epoch: clock.epoch().to_string(),
            utc_offset: options.utc_offset.seconds() / 60,
            overview,
            logs,
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
        (data, lookup)
    }

    fn overview(&self, unreadable: &Unreadable) -> Overview {
        let mut by_class = vec![0; self.classes];
        for sums in &self.gather.processes {
            by_class.iter_mut().zip(sums.by_class).for_each(|(sum, events)| *sum += events);
        }
        let [start, end] = self.page_span(self.gather.buckets.span());
        Overview {
            facts: self.facts(),
            start,
            end,
            events: by_class.iter().sum(),
            by_class,
            processes: self.directory.total(),
            warnings: self.warnings(unreadable),
            segments: self.segments(),
        }
    }

    /// Converts the earliest and the latest time to times of the page; returns zeros if there are none.
    fn page_span(&self, span: Option<(u64, u64)>) -> [u64; 2] {
        let (first, last) = span.unwrap_or_default();
        [first, last].map(|time| self.clock.since(FileTime(time)).unwrap_or_default())
    }

    /// Returns facts about the computer, if all files are from one.
    fn facts(&self) -> Vec<Fact> {
        let mut files = self.directory.files();
        let Some((_, first)) = files.next() else { return Vec::new() };
        if self.directory.first_events().len() > 1 {
            return Vec::new();
        }
        let system = first.system();
        vec![
            Fact { name: "Processors", value: system.processors.to_string() },
            Fact { name: "Memory", value: system.memory() },
            Fact { name: "System root", value: system.system_root.clone() },
            Fact { name: "Log format", value: format!("version {}", first.format_version()) },
        ]
    }

    fn logs(&self) -> Vec<LogInfo> {
        let bits = |system: &SystemInfo| if system.pointer_width.is_64bit() { 64 } else { 32 };
        let of = |(index, &first): (usize, &u64)| {
            let file = self.directory.files().position(|(log, _)| log == index)?;
            let system = self.directory.files().nth(file)?.1.system();
            let name = self.options.files.get(file).map_or("", |file| &file.name);
            Some(LogInfo {
                name: limited(NAME, name),
                computer: limited(NAME, &system.computer_name),
                system: limited(NAME, format_args!("{}, {}-bit", system.os_name(), bits(system))),
                first,
            })
        };
        self.directory.first_events().iter().enumerate().filter_map(of).collect()
    }

    fn warnings(&self, unreadable: &Unreadable) -> Vec<String> {
        let mut warnings = self.options.warnings.clone();
        if let Some(first) = &unreadable.first {
            let events = counted(unreadable.events);
            warnings.push(format!("{events} could not be read. The first error: {first}"));
        }
        if self.gather.misplaced > 0 {
            let events = counted(self.gather.misplaced);
            warnings.push(format!(
                "{events} of times that are more than five years from those of the other events. The timeline and \
                 selections of time leave them out."
            ));
        }
        let of_files = self.directory.files().flat_map(|(_, index)| index.warnings()).map(ToString::to_string);
        warnings.extend(of_files.take(WARNINGS));
        warnings
    }

    fn segments(&self) -> Vec<Segment> {
        let files = self.options.files.iter().zip(self.directory.files());
        let of = |(index, (file, (log, _))): (usize, (&File, (usize, &Index)))| {
            let sums = self.gather.files.get(index).copied().unwrap_or_default();
            let [start, end] = self.page_span(sums.span);
            Segment {
                log,
                name: file.name.clone(),
                bytes: exact(file.bytes),
                events: sums.events,
                unreadable: self.unreadable.get(index).copied().unwrap_or_default(),
                start,
                end,
                note: file.note.clone(),
            }
        };
        files.enumerate().map(of).collect()
    }

    fn processes(&self) -> Vec<data::Process> {
        let mut processes = self.directory.describe(self.clock);
        if self.has_others {
            processes.push(other_processes());
        }
        for (process, sums) in processes.iter_mut().zip(&self.gather.processes) {
            process.events = sums.by_class.iter().take(self.classes).copied().collect();
            process.duration = exact(sums.duration);
        }
        for (&index, status) in &self.exits {
            if let Some(process) = processes.get_mut(index) {
                process.exit_status = status.to_string();
            }
        }
        processes
    }

    fn table_of_processes(&self) -> data::Table {
        let rows = self.gather.processes.iter().enumerate().filter(|(_, sums)| sums.events() > 0);
        tables::by_process(
            rows.map(|(index, sums)| (index, [sums.events(), sums.duration, sums.longest, sums.failed])).collect(),
        )
    }

    fn slowest(&mut self) -> data::Table {
        let mut calls: Vec<Slow> =
            std::mem::take(&mut self.gather.slowest).into_iter().map(|Reverse(call)| call).collect();
        calls.sort_unstable_by(|a, b| b.cmp(a));
        tables::slowest(&calls, self.clock)
    }
}

/// Returns a number of events with its noun.
fn counted(events: u64) -> String {
    format!("{} {}", grouped(events), if events == 1 { "event" } else { "events" })
}

/// The operations of the page, their indexes, and the rows of their table.
type OperationLists = (Vec<Operation>, ByOperation<usize>, Vec<(String, [u64; 5])>);

fn operations(operations: ByOperation<Sums>) -> OperationLists {
    let mut list = Vec::new();
    let mut indexes = ByOperation::default();
    let mut by_name: BTreeMap<String, Sums> = BTreeMap::new();
    for (class, by_traits) in operations.0.into_iter().enumerate() {
        let named = by_traits.into_iter().flat_map(|(traits, names)| names.into_iter().map(move |of| (of, traits)));
        let mut named: Vec<_> = named.map(|((name, sums), traits)| (name, traits, sums)).collect();
        named.sort_by(|(a, first, _), (b, second, _)| (a, first).cmp(&(b, second)));
        for (name, traits, sums) in named {
            indexes.entry(class, traits, &name, || list.len());
            by_name.entry(name.clone()).or_default().merge(&sums);
            list.push(Operation { name, class, traits });
        }
    }
    let row = |(name, sums): (String, Sums)| {
        (name, [sums.events, sums.duration, sums.longest, sums.processes.len(), sums.failed])
    };
    (list, indexes, by_name.into_iter().map(row).collect())
}

/// The results of the page.
struct Results {
    names: Vec<ResultName>,
    /// The index of each result, by status.
    indexes: HashMap<u32, usize>,
    /// The index of the entry for other results.
    others: usize,
    rows: Vec<(String, [u64; 3])>,
}

impl Results {
    fn new(results: BTreeMap<u32, ResultSums>, others: &Sums) -> Self {
        let mut by_name: BTreeMap<(String, bool), (Vec<u32>, Sums)> = BTreeMap::new();
        for (status, ResultSums { name, sums }) in results {
            let (statuses, known) = by_name.entry((name, sums.failed > 0)).or_default();
            statuses.push(status);
            known.merge(&sums);
        }
        if others.events > 0 {
            by_name.entry(("(other results)".to_owned(), others.failed > 0)).or_default().1.merge(others);
        }
        let (mut names, mut indexes, mut sums) = (Vec::new(), HashMap::new(), BTreeMap::<String, Sums>::new());
        let mut others = 0;
        for ((name, failed), (statuses, found)) in by_name {
            if statuses.is_empty() {
                others = names.len();
            }
            indexes.extend(statuses.into_iter().map(|status| (status, names.len())));
            sums.entry(name.clone()).or_default().merge(&found);
            names.push(ResultName { name, failed });
        }
        let row = |(name, sums): (String, Sums)| (name, [sums.events, sums.duration, sums.processes.len()]);
        Self { names, indexes, others, rows: sums.into_iter().map(row).collect() }
    }
}
