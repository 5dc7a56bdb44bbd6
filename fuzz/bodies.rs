//! The functions that the fuzz targets call. `tests/it/fuzz_corpus.rs` calls them with the stored inputs.
//!
//! Each function takes arbitrary bytes as its input and panics if it finds a bug.

#![allow(dead_code, reason = "each target uses its own part")]
#![allow(unreachable_pub, reason = "each target is a separate crate")]

use std::fmt::Write;
use std::io::Cursor;
use std::num::NonZero;
use std::sync::OnceLock;

use procmon_parser::analysis::{
    Analysis, CrossReference, FileSummary, FileView, Limits, NetworkSummary, Occurrences, ProcessActivity, ProcessTree,
    RegistrySummary, StackOrder, StackSummary, StackWeight, SystemDetails,
};
use procmon_parser::code::{Action, Operation, ProcessOperation, Relation};
use procmon_parser::detail::{Detail, DetailBlocks};
use procmon_parser::export::csv::Csv;
use procmon_parser::export::{self, Pipeline};
use procmon_parser::filter::Query;
use procmon_parser::pmc::Key;
use procmon_parser::write::{self, NewDetail, NewEvent};
use procmon_parser::{
    Column, Compat, Configuration, Event, Filter, Log, LogsReader, LogsStream, LogsWriter, OpenOptions, Process,
    ProcessKey, Result, Rule, SavedFilter, Style, Window,
};

/// Size of the file header in bytes.
const HEADER: usize = 0x3A8;

/// The number of events per log whose text is checked. Of the other events, only the bytes are compared.
const EVENTS: usize = 64;

/// Opens a log in memory and as a stream, and checks that both give the same events or the same error.
pub fn open(data: &[u8]) {
    let (log, stream) = match (LogsReader::new(data), LogsStream::new(Cursor::new(data))) {
        (Ok(log), Ok(stream)) => (log, stream),
        (log, stream) => {
            let (log, stream) = (log.expect_err("the stream fails"), stream.expect_err("the reader fails"));
            assert_eq!(log.to_string(), stream.to_string());
            return;
        }
    };
    tables(&log);
    for size in [0, 1000, 1 << 20] {
        same_events(&log, &stream, size);
    }
    log.events().take(EVENTS).flatten().for_each(texts);
}

/// All analyses of a log.
struct Tables {
    files: FileSummary,
    registry: RegistrySummary,
    network: NetworkSummary,
    references: CrossReference,
    stacks: StackSummary,
    modules: StackSummary,
    activity: ProcessActivity,
    counts: Vec<Occurrences>,
}

impl Tables {
    fn new(limits: Limits) -> Self {
        let style = Style::new().compat(Compat::Procmon3_94);
        let columns = [Column::OPERATION, Column::PATH, Column::DETAIL, Column::CATEGORY, Column::PROCESS_NAME];
        let occurrences = |column| Occurrences::with_limits(column, style.clone(), limits);
        Self {
            files: FileSummary::with_limits(style.clone(), limits),
            registry: RegistrySummary::with_limits(style.clone(), limits),
            network: NetworkSummary::with_limits(style.clone(), limits),
            references: CrossReference::with_limits(style.clone(), limits),
            stacks: StackSummary::new().max_nodes(limits.keys),
            modules: StackSummary::new().max_nodes(limits.keys).modules_only(true).max_depth(8),
            activity: ProcessActivity::new().max_buckets(16),
            counts: columns.map(occurrences).into(),
        }
    }

    fn add(&mut self, event: Event<'_>) {
        self.files.add(&event);
        self.registry.add(&event);
        self.network.add(&event);
        self.references.add(&event);
        self.stacks.add(&event);
        self.modules.add(&event);
        self.activity.add(&event);
        self.counts.iter_mut().for_each(|count| count.add(&event));
    }

    fn merge(&mut self, later: Self) {
        self.files.merge(later.files);
        self.registry.merge(later.registry);
        self.network.merge(later.network);
        self.references.merge(later.references);
        self.stacks.merge(later.stacks);
        self.modules.merge(later.modules);
        self.activity.merge(later.activity);
        self.counts.iter_mut().zip(later.counts).for_each(|(count, later)| count.merge(later));
    }

    /// Checks that the rows of the counted columns have all events, and writes every table.
    fn write(&self, events: u64) -> Vec<u8> {
        let mut out = Vec::new();
        let _ = (self.files.by_path(), self.files.by_folder(), self.files.by_extension());
        let _ = (self.registry.table(), self.network.table(), self.references.table(), self.activity.rows());
        for view in [FileView::ByPath, FileView::ByFolder, FileView::ByExtension] {
            self.files.write_procmon_csv(view, &mut out).expect("memory takes every write");
        }
        self.registry.write_procmon_csv(&mut out).expect("memory takes every write");
        self.network.write_procmon_csv(&mut out).expect("memory takes every write");
        self.references.write_procmon_csv(&mut out).expect("memory takes every write");
        self.activity.write_procmon_csv(&mut out).expect("memory takes every write");
        for stacks in [&self.stacks, &self.modules] {
            stacks.write_procmon_csv(&mut out).expect("memory takes every write");
            stacks.write_procmon_csv_of_processes(&mut out).expect("memory takes every write");
            let tree = stacks.tree(StackOrder::Time);
            tree.write_folded(&mut out, StackWeight::Count).expect("memory takes every write");
        }
        for count in &self.counts {
            let table = count.table();
            let counted: u64 = table.rows.iter().map(|row| row.counts.events).sum();
            assert_eq!(counted + table.others.map_or(0, |others| others.events), events);
            count.write_procmon_csv(&mut out).expect("memory takes every write");
        }
        out
    }
}

/// Analyses a log as a whole and in two parts, from memory and as a stream, and checks that the tables are the same.
/// Then analyses it with limits that most logs reach.
pub fn analysis(data: &[u8]) {
    let (Ok(log), Ok(stream)) = (LogsReader::new(data), LogsStream::new(Cursor::new(data))) else { return };
    let events = log.events().flatten().count() as u64;
    let (mut whole, mut first, mut second) = (Tables::new(Limits::default()), None, Tables::new(Limits::default()));
    log.events().flatten().for_each(|event| whole.add(event));
    let (middle, mut seen) = (events / 2, 0);
    let read = stream.for_each(|event| {
        let Ok(event) = event else { return };
        if seen == middle {
            first = Some(std::mem::replace(&mut second, Tables::new(Limits::default())));
        }
        seen += 1;
        second.add(event);
    });
    read.expect("memory can be read");
    let mut parts = first.unwrap_or_else(|| Tables::new(Limits::default()));
    parts.merge(second);
    assert!(whole.write(events) == parts.write(events), "parts of a log add up to the whole");

    let mut limits = Limits::default();
    (limits.keys, limits.key_bytes) = (8, 256);
    let mut limited = Tables::new(limits);
    log.events().flatten().for_each(|event| limited.add(event));
    limited.write(events);

    let mut out = Vec::new();
    let tree = ProcessTree::new(log.indexes());
    for rows in [tree.rows(), tree.running_rows()] {
        assert!(rows.iter().enumerate().all(|(at, row)| row.parent.is_none_or(|parent| parent < at)));
        tree.write_procmon_csv(&mut out, &rows, &Style::new()).expect("memory takes every write");
    }
    let mut system = SystemDetails::new(log.indexes());
    log.events().flatten().for_each(|event| system.add(&event));
    assert_eq!(system.rows().map(|row| row.events).sum::<u64>(), events);
    system.write_procmon_csv(&mut out).expect("memory takes every write");
}

/// Exports a log from memory, as a stream, from a saved copy and from what can be salvaged of it, and checks that the
/// exports are the same.
pub fn export(data: &[u8]) {
    let (Ok(log), Ok(stream)) = (LogsReader::new(data), LogsStream::new(Cursor::new(data))) else { return };
    let of_log = csv(&log);
    let mut of_stream = Vec::new();
    let threads = NonZero::new(2).expect("two is not zero");
    Pipeline::new()
        .threads(threads)
        .run(&mut of_stream, &stream, Csv::new(Column::ALL, Style::new()))
        .expect("memory takes every write");
    assert!(of_log == of_stream, "a log and its stream have the same rows");

    // A copy of the events that can be read and do not overlap has the same rows, except that Relative Time counts from
    // the first event of the copy, and that processes without a record in the log have new keys.
    let mut saved = Cursor::new(Vec::new());
    let mut kept = Vec::new();
    let summary = write::save(&mut saved, &log, |event| {
        kept.push(event.ordinal());
        true
    });
    let summary = summary.expect("memory takes every write");
    assert_eq!(
        (summary.events, summary.unreadable),
        (kept.len() as u64, log.events().filter(Result::is_err).count() as u64)
    );
    let saved = saved.into_inner();
    let copy = LogsReader::new(&saved[..]).expect("a written log can be read");
    assert_eq!(copy.len(), kept.len());
    let columns = |column: &&Column| ![Column::RELATIVE_TIME, Column::SEQUENCE].contains(column);
    for (copied, ordinal) in copy.events().zip(kept).take(EVENTS) {
        let (copied, event) = (copied.expect("a copied event can be read"), log.event(ordinal as usize));
        let event = event.expect("the event was copied");
        for column in Column::ALL.iter().filter(columns) {
            assert_eq!(event.text(*column).to_string(), copied.text(*column).to_string(), "{column} of {event:?}");
        }
    }
    // The copy is intact, so salvaging does not change it, unless its tables lack all processes, as those of a damaged
    // source can.
    let salvaged = OpenOptions::new().salvage(true).open_bytes(&saved[..]).expect("the copy is intact");
    assert_eq!(salvaged.len(), copy.len());
    match salvaged.salvaged().next() {
        Some(report) => assert!(copy.index().processes().len() == 0 && report.skipped_bytes == 0, "{report}"),
        None => assert!(csv(&salvaged) == csv(&copy), "an intact log needs no salvage"),
    }
}

/// Returns the rows of all events with all columns.
fn csv<D: AsRef<[u8]>>(log: &LogsReader<D>) -> Vec<u8> {
    let mut out = Vec::new();
    export::write(&mut out, log.events(), Csv::new(Column::ALL, Style::new())).expect("memory takes every write");
    out
}

/// Decodes the input as one event: flags (bit 0: 64-bit), class, operation, size of the detail block, blocks.
pub fn event(data: &[u8]) {
    let Some((&[flags, class, operation, low, high], blocks)) = data.split_first_chunk::<5>() else { return };
    let (detail, extra) = blocks.split_at(usize::from(u16::from_le_bytes([low, high])).min(blocks.len()));
    let bytes = log_of_one(flags, class, operation, detail, extra);
    let log = LogsReader::new(bytes).expect("the container is valid");
    texts(log.event(0).expect("the event is complete"));
}

/// Salvages the input, with and without its header, and checks that the result can be copied into a valid log.
pub fn salvage(data: &[u8]) {
    salvage_one(data);
    if data.len() > HEADER {
        let mut headless = data.to_vec();
        headless[..HEADER].fill(0);
        salvage_one(&headless);
    }
}

fn salvage_one(data: &[u8]) {
    let Ok(log) = OpenOptions::new().salvage(true).open_bytes(data) else { return };
    tables(&log);
    for lost in log.salvaged() {
        assert_eq!(lost.events as usize, log.len());
        assert!(log.events().all(|event| event.is_ok()), "a salvaged event can be read");
        assert!(lost.skipped_bytes <= data.len() as u64 && lost.skipped.len() <= 1000);
        assert!(lost.skipped.iter().all(|range| range.start < range.end && range.end <= data.len() as u64));
        assert!(lost.skipped.is_sorted_by_key(|range| range.start));
        let _ = lost.to_string();
    }
    log.events().take(EVENTS).flatten().for_each(texts);
    copy(&log);
}

/// Copies the readable events of a log into another log and checks that they are the same.
pub fn write(data: &[u8]) {
    if let Ok(log) = LogsReader::new(data) {
        copy(&log);
    }
}

fn copy<D: AsRef<[u8]>>(log: &LogsReader<D>) {
    let mut writer = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index()).expect("memory takes every write");
    for event in log.events().flatten() {
        writer.copy_event(event).expect("the pointer widths are the same");
    }
    let copied = writer.finish().expect("the log fits").into_inner();
    let mut at_once = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index()).expect("memory takes every write");
    at_once.copy_events(log.events().flatten()).expect("the pointer widths are the same");
    assert!(
        at_once.finish().expect("the log fits").into_inner() == copied,
        "copy_event and copy_events write the same bytes"
    );
    let copied = LogsReader::new(copied).expect("a written log can be read");
    assert_eq!(copied.len(), log.events().flatten().count());
    for (event, copied) in log.events().flatten().zip(copied.events()) {
        let copied = copied.expect("a copied event can be read");
        assert!(event.stack() == copied.stack());
        assert!(event.detail_bytes() == copied.detail_bytes() || has_new_keys(log, event, copied));
        assert!(event.extra().unwrap_or_default() == copied.extra().unwrap_or_default());
        assert_eq!(event.process().is_some(), copied.process().is_some(), "{event:?}");
        if event.ordinal() as usize <= EVENTS {
            for column in Column::ALL.iter().copied().filter(|&column| column != Column::RELATIVE_TIME) {
                assert_eq!(event.text(column).to_string(), copied.text(column).to_string(), "{column} of {event:?}");
            }
        }
    }
}

/// Returns true if the details differ only in the process keys that they contain. If the keys of the process table
/// differ from those in its records, the writer replaces keys that no process has.
fn has_new_keys<D: AsRef<[u8]>>(log: &LogsReader<D>, event: Event<'_>, copied: Event<'_>) -> bool {
    let index = log.index();
    let has_other_key = |process: Process<'_>| index.process(process.key()) != Some(process);
    let contains_keys = matches!(
        event.operation(),
        Operation::Process(ProcessOperation::PROCESS_DEFINED | ProcessOperation::PROCESS_CREATE)
    );
    let without_keys = |detail: &[u8]| {
        let mut detail = detail.to_vec();
        for key in [0..4, 8..12] {
            if let Some(bytes) = detail.get_mut(key) {
                bytes.fill(0);
            }
        }
        detail
    };
    index.processes().any(has_other_key)
        && contains_keys
        && without_keys(event.detail_bytes()) == without_keys(copied.detail_bytes())
}

/// Decodes the input as [`event`] does, and checks that the detail is the same after encoding, alone and in a log.
pub fn roundtrip(data: &[u8]) {
    let Some((&[flags, class, operation, low, high], blocks)) = data.split_first_chunk::<5>() else { return };
    let (detail, extra) = blocks.split_at(usize::from(u16::from_le_bytes([low, high])).min(blocks.len()));
    let bytes = log_of_one(flags, class, operation, detail, extra);
    let log = LogsReader::new(bytes).expect("the container is valid");
    let event = log.event(0).expect("the event is complete");
    let Ok(detail) = event.detail() else { return };
    let (operation, width) = (event.operation(), event.index().pointer_width());
    let (mut blocks, mut again) = (DetailBlocks::default(), DetailBlocks::default());
    if let Err(error) = detail.encode_into(operation, width, &mut blocks) {
        // The data of a registry value may overlap the fields before it, which cannot be encoded.
        assert!(error.to_string().contains("overlaps the fields before it"), "{error}: {detail:?}");
        return;
    }
    let decoded =
        Detail::decode(operation, width, &blocks.detail, blocks.extra.as_deref()).expect("the detail is complete");
    assert_eq!(detail, decoded);
    decoded.encode_into(operation, width, &mut again).expect("the detail fits");
    assert_eq!((&blocks.detail, &blocks.extra), (&again.detail, &again.extra), "{detail:?}");

    let mut writer = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index()).expect("memory takes every write");
    let mut new = NewEvent::from(event);
    (new.process, new.detail) = (ProcessKey::NONE, NewDetail::Typed(detail));
    writer.write_event(&new).expect("the event fits");
    let written =
        LogsReader::new(writer.finish().expect("the log fits").into_inner()).expect("a written log can be read");
    let written = written.event(0).expect("a written event can be read");
    assert_eq!(written.detail().expect("the detail is complete"), detail);
    for column in [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL] {
        assert_eq!(event.text(column).to_string(), written.text(column).to_string(), "{column} of {event:?}");
    }
}

/// Reads the input as a configuration, as a saved filter and as a list of rules, and checks that each is written
/// unchanged.
pub fn pmc(data: &[u8]) {
    let (configuration, error) = Configuration::parse_lenient(data);
    assert!(configuration.to_bytes() == data);
    match (Configuration::parse(data), error) {
        (Ok(strict), None) => assert_eq!(strict, configuration),
        (Err(strict), Some(error)) => assert_eq!(strict.to_string(), error.to_string()),
        (strict, error) => panic!("parse: {strict:?}, parse_lenient: {error:?}"),
    }
    let _ = (format!("{configuration:?}").len(), configuration.columns(), configuration.columns_with_widths().count());
    let values = Key::ALL.iter().filter_map(|&key| configuration.value(key).ok());
    values.for_each(|value| _ = (format!("{value:?}").len(), value.to_string()));
    rules(&configuration.filter());
    rules(&configuration.highlight_filter());

    let mut changed = configuration;
    let rule = Rule::process_name().is("updater.exe").include();
    changed.add_filter_rules([rule.clone()]).set_advanced_mode(true);
    let (again, _) = Configuration::parse_lenient(&changed.to_bytes());
    assert!(again == changed && again.advanced_mode() && again.filter().rules().contains(&rule));

    if let Ok(saved) = SavedFilter::parse(data) {
        assert!(saved.to_bytes() == data);
    }
    let list = [&(data.len() as u32).to_le_bytes(), data].concat();
    if let Ok(saved) = SavedFilter::parse(&list) {
        assert!(saved.to_bytes() == list);
        rules(&saved.filter);
    }
}

/// Checks that parsing the sentence of a rule returns the rule.
fn rules(filter: &Filter) {
    let rules: Vec<Rule> = filter.iter().take(100).cloned().collect();
    for rule in &rules {
        assert_eq!(rule.to_string().parse::<Rule>().expect("a sentence can be parsed"), *rule);
    }
    Filter::from(rules.clone())
        .lint([])
        .iter()
        .for_each(|lint| assert!(lint.rule < rules.len() && !lint.to_string().is_empty()));
}

/// Parses each line as a rule and the whole input as a query, and evaluates both on events of the sample.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let rules: Vec<Rule> = text.lines().take(16).filter_map(rule).collect();
    for rule in &rules {
        assert_eq!(&rule.to_string().parse::<Rule>().expect("a sentence can be parsed"), rule, "{rule}");
    }
    let _ = Filter::from(rules.clone()).lint([]).iter().map(ToString::to_string).collect::<Vec<_>>();
    let log = sample();
    let style = Style::new().compat(Compat::Procmon3_94);
    let matcher = Filter::from(rules.clone()).compile(log.indexes());
    let alone: Vec<_> = rules.iter().map(|rule| alone(rule).compile(log.indexes())).collect();
    let query = text.parse::<Query>().ok().map(|query| query.compile_with(log.indexes(), &style));
    let negated = format!("not ({text})").parse::<Query>().ok().map(|query| query.compile_with(log.indexes(), &style));
    // Evaluates every 16th event, starting at one that depends on the input: all events would take too long.
    let skipped = data.iter().fold(0_usize, |sum, &byte| sum.wrapping_mul(31) + usize::from(byte)) % 16;
    for event in log.events().skip(skipped).step_by(16).flatten() {
        let is_shown = rules.iter().zip(&alone).collect::<Vec<_>>();
        let is_shown = is_shown.chunk_by(|(a, _), (b, _)| (a.column(), a.action()) == (b.column(), b.action()));
        let is_shown = is_shown.into_iter().all(|run| {
            let is_any = run.iter().any(|(_, alone)| alone.matches(event));
            run.iter().all(|(rule, _)| rule.action() == if is_any { Action::INCLUDE } else { Action::EXCLUDE })
        });
        assert_eq!(matcher.matches(event), is_shown, "{rules:?} of {event:?}");
        if let (Some(query), Some(negated)) = (&query, &negated) {
            assert_ne!(query.matches(event), negated.matches(event), "{text} of {event:?}");
        }
    }
}

/// Parses a line as a sentence or, if that fails, takes its characters as column, relation, action and value.
fn rule(line: &str) -> Option<Rule> {
    if let Ok(rule) = line.parse() {
        return Some(rule);
    }
    let mut characters = line.chars();
    let mut code = || characters.next().map(u32::from);
    let (column, relation, action) = (code()?, code()?, code()?);
    let column = Column::ALL.get(column as usize % 32).copied().unwrap_or(Column(column));
    Some(Rule::new(column, Relation(relation % 9), characters.as_str(), Action((action % 3) as u8)))
}

/// Returns the filter that shows the events that a rule matches.
fn alone(rule: &Rule) -> Filter {
    [rule.clone().with_action(Action::INCLUDE)].into()
}

/// Returns a log with an event of each kind.
fn sample() -> &'static LogsReader<&'static [u8]> {
    static SAMPLE: OnceLock<LogsReader<&'static [u8]>> = OnceLock::new();
    let bytes: &[u8] = include_bytes!("../fixtures/sample64.pml");
    SAMPLE.get_or_init(|| LogsReader::new(bytes).expect("the sample is valid"))
}

/// Returns a log with one event and empty tables.
fn log_of_one(flags: u8, class: u8, operation: u8, detail: &[u8], extra: &[u8]) -> Vec<u8> {
    let mut log = vec![0; HEADER];
    log[..4].copy_from_slice(b"PML_");
    log[4] = 9;
    log[8] = flags & 1;
    log[0x2C..0x30].copy_from_slice(b"C\0:\0");
    log[0x234] = 1;
    log[0x398..0x39A].copy_from_slice(&[0xA8, 3]);
    let mut prefix = [0; 0x34];
    prefix[8] = class;
    prefix[0x0C] = operation;
    prefix[0x24] = flags & 0xFE;
    prefix[0x2C..0x30].copy_from_slice(&(detail.len() as u32).to_le_bytes());
    if !extra.is_empty() {
        prefix[0x30..0x34].copy_from_slice(&(0x34 + detail.len() as u32).to_le_bytes());
    }
    log.extend_from_slice(&prefix);
    log.extend_from_slice(detail);
    if !extra.is_empty() {
        log.extend_from_slice(&(extra.len() as u16).to_le_bytes());
        log.extend_from_slice(extra);
    }
    let array = log.len() as u64;
    for (at, offset) in [(0x240, 0x3A8), (0x248, array), (0x250, array + 5), (0x258, array + 9), (0x260, array + 9)] {
        log[at..at + 8].copy_from_slice(&u64::to_le_bytes(offset));
    }
    log.extend_from_slice(&[0xA8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    log
}

/// Reads all values in the tables.
fn tables<D: AsRef<[u8]>>(log: &LogsReader<D>) {
    for index in log.indexes() {
        for process in index.processes().take(1000) {
            let texts = [process.name(), process.image_path(), process.command_line(), process.user()];
            let _ = (texts.map(str::len), process.parent(), process.large_icon(), process.small_icon());
            process.modules().for_each(|module| _ = (module.path(), module.file_name(), module.load_time()));
        }
        index.icons().take(1000).for_each(|icon| _ = icon.to_ico());
        let _ = (index.system().os_name(), index.system().memory());
        index.hosts().iter().for_each(|host| assert!(index.host(&host.address).is_some()));
        index.ports().iter().for_each(|port| assert!(index.port(port.port, port.protocol).is_some()));
    }
}

/// Checks that windows of the given size have the events of the log.
fn same_events<D: AsRef<[u8]>>(log: &LogsReader<D>, stream: &LogsStream<Cursor<&[u8]>>, size: usize) {
    let mut window = Window::new(size);
    let mut next = 0;
    while stream.read(next, &mut window).expect("memory can be read") > 0 {
        for (ordinal, event) in window.ordinals().zip(window.events(stream)) {
            same(log.event(ordinal), event);
        }
        next = window.ordinals().end;
        if size == 0 && next > EVENTS {
            return;
        }
    }
    assert_eq!(next, log.len());
}

fn same(event: Result<Event<'_>>, streamed: Result<Event<'_>>) {
    match (event, streamed) {
        (Ok(event), Ok(streamed)) => {
            assert_eq!((event.ordinal(), event.offset()), (streamed.ordinal(), streamed.offset()));
            assert!(event.bytes() == streamed.bytes() && event.extra() == streamed.extra());
            assert!(event.stack() == streamed.stack() && event.sequence() == streamed.sequence());
            assert!(event.detail_bytes() == streamed.detail_bytes());
        }
        (Err(error), Err(streamed)) => assert_eq!(error.to_string(), streamed.to_string()),
        (event, streamed) => panic!("the reader gives {event:?}, the stream {streamed:?}"),
    }
}

/// Decodes an event and writes the text of all columns, whose length must be bounded by the size of the event.
fn texts(event: Event<'_>) {
    let detail = event.detail();
    if let Err(error) = &detail {
        assert_eq!(error.place().and_then(|place| place.event), Some(event.ordinal()), "{error}");
    }
    let _ = (format!("{detail:?}").len(), event.target(), event.category(), event.operation_name());
    let modules = event.frames().filter(|frame| frame.module.is_some()).count();
    assert!(modules <= event.stack().len());
    let size = event.detail_bytes().len() + event.extra().map_or(0, <[u8]>::len);
    let mut text = String::new();
    for compat in [Compat::Complete, Compat::Procmon3_94, Compat::Procmon3_52] {
        let style = Style::new().compat(compat).advanced_names(compat == Compat::Procmon3_52);
        for &column in Column::ALL {
            text.clear();
            write!(text, "{}", event.text_in(column, &style)).expect("a String takes every write");
            if [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL].contains(&column) {
                assert!(text.len() <= 2000 + 60 * size, "{column}: {} bytes of text for {size} bytes", text.len());
            }
        }
    }
}
