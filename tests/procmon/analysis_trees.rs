//! Compares call trees, process activity, process trees and system details with Procmon's dialogs, with direct sums
//! over the events, and with each other for different parts of a log. Also tests hostile logs.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Cursor;
use std::num::NonZero;
use std::path::Path;

use crate::data::unzip;
use crate::logs;
use crate::support::alloc::count;
use crate::support::synth::{self, process, profiling};
use procmon_parser::analysis::{
    Analysis, EventCounts, ProcessActivity, ProcessTree, StackCache, StackOrder, StackRowKind, StackSummary, StackTree,
    StackWeight, SystemDetails, analyse,
};
use procmon_parser::code::EventClass;
use procmon_parser::{
    Compat, Configuration, Event, FileTime, Frame, Log, LogsReader, LogsStream, Process, ProcessKey, Style, Ticks,
};

crate::tests! {
    plain:
        frames_with_address_0_are_skipped,
        frames_are_equal_in_upper_and_lower_case,
        processes_without_a_name_have_a_location,
        peaks_are_those_of_the_exit_or_the_largest_sample,
        parents_are_found_as_in_procmon,
        details_of_a_system_are_those_of_procmon,
        circles_and_chains_of_processes_are_shown_whole,
        a_deep_stack_is_a_deep_tree,
        names_that_many_processes_share_take_little_memory,
        times_far_apart_take_few_buckets,
        processes_of_several_files_are_shown_once;
    each_log:
        a_cache_has_the_frames_of_the_stacks,
        stacks_have_the_sums_of_the_events,
        branches_that_are_left_out_are_counted,
        activity_has_the_sums_of_the_events,
        trees_show_each_process_below_its_parent,
        parts_and_streams_give_the_same_analyses,
        limited_trees_do_not_depend_on_the_parts;
    with_data:
        dialogs_match;
}

/// The analyses that this module tests.
type All = (StackSummary, ProcessActivity, EventCounts, SystemDetails);

fn all() -> All {
    (StackSummary::new(), ProcessActivity::new(), EventCounts::new(), SystemDetails::default())
}

fn analysis_of<'a, A: Analysis>(mut analysis: A, events: impl IntoIterator<Item = Event<'a>>) -> A {
    events.into_iter().for_each(|event| analysis.add(&event));
    analysis
}

fn analysis_of_log<A: Analysis>(analysis: A, log: &LogsReader) -> A {
    analysis_of(analysis, log.events().flatten())
}

/// Returns the bytes that `write` writes.
fn written(write: impl FnOnce(&mut Vec<u8>) -> procmon_parser::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    bytes
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> procmon_parser::Result<()>) -> String {
    String::from_utf8(written(write)).unwrap()
}

/// The dialogs of Procmon's Tools menu that this module compares.
const DIALOGS: [&str; 6] = ["activity", "tree", "tree-running", "stack", "stack-0", "system"];

/// Returns this library's version of the file of a dialog, from the events for which `is_shown` returns true.
fn dialog(log: &LogsReader, dialog: &str, is_shown: impl Fn(Event<'_>) -> bool) -> Vec<u8> {
    let events = || log.events().flatten().filter(|event| is_shown(*event));
    let stacks = || analysis_of(StackSummary::new(), events());
    let tree = ProcessTree::new(log.indexes());
    let style = Style::new();
    written(|out| match dialog {
        "activity" => analysis_of(ProcessActivity::new(), events()).write_procmon_csv(out),
        "tree" => tree.write_procmon_csv(out, &tree.rows(), &style),
        "tree-running" => tree.write_procmon_csv(out, &tree.running_rows(), &style),
        "stack" => stacks().write_procmon_csv(out),
        "stack-0" => stacks().write_procmon_csv_of_processes(out),
        "system" => SystemDetails::new(log.indexes()).write_procmon_csv(out),
        _ => unreachable!("{dialog}"),
    })
}

/// Splits a file of quoted cells into rows.
fn rows_of(file: &str) -> Vec<Vec<String>> {
    let mut rows = vec![Vec::new()];
    let mut rest = file.trim_start_matches('\u{FEFF}');
    while let Some(quoted) = rest.strip_prefix('"') {
        let mut cell = String::new();
        let mut left = quoted;
        loop {
            let end = left.find('"').expect("a quoted cell ends with a quote");
            cell.push_str(&left[..end]);
            left = &left[end + 1..];
            match left.strip_prefix('"') {
                Some(after) => {
                    cell.push('"');
                    left = after;
                }
                None => break,
            }
        }
        rows.last_mut().unwrap().push(cell);
        rest = match left.strip_prefix("\r\n") {
            Some(next) => {
                rows.push(Vec::new());
                next
            }
            None => left.strip_prefix(',').expect("a comma or a line end follows a cell"),
        };
    }
    assert_eq!((rest, rows.pop()), ("", Some(Vec::new())), "the file ends after a row");
    rows
}

/// Returns rows as a file, as Procmon saves them.
fn saved(rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let row = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n";
    rows.iter().map(row).fold("\u{FEFF}".to_owned(), |file, row| file + &row)
}

/// Replaces the strings that dialog_differences.tsv lists for a dialog, and sorts siblings again, because Procmon
/// sorted them by its own strings.
fn without_known_differences(name: &str, rows: &mut Vec<Vec<String>>) {
    const LOCATION: usize = 6;
    let list = include_str!("dialog_differences.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut is_listed = false;
    for line in list {
        let [listed, procmon, ours, _reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("dialog_differences.tsv: expected four fields: {line}");
        };
        if listed != name {
            continue;
        }
        is_listed = true;
        let mut found = 0;
        for row in rows.iter_mut().filter(|row| row[LOCATION] == procmon) {
            row[LOCATION] = ours.to_owned();
            row[1] = ours.to_owned();
            found += 1;
        }
        assert!(found > 0, "{name}: remove {procmon} from dialog_differences.tsv");
    }
    if !is_listed {
        return;
    }
    let titles = rows.remove(0);
    // Each row is sorted by the keys of the rows above it in the tree, then by its own key.
    let mut above: Vec<[String; 2]> = Vec::new();
    let mut keyed: Vec<_> = rows
        .drain(..)
        .map(|row| {
            above.truncate(row[0].parse().unwrap());
            above.push([row[LOCATION].to_lowercase(), row[9].to_lowercase()]);
            (above.clone(), row)
        })
        .collect();
    keyed.sort();
    rows.push(titles);
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

/// Returns true if a cell equals Procmon's, or starts with it if Procmon's is cut.
fn is_cell(ours: &str, procmon: &str) -> bool {
    match procmon.strip_suffix('…').filter(|start| start.chars().count() > 250) {
        Some(start) => ours.starts_with(start),
        None => ours == procmon,
    }
}

/// Compares our file of a dialog with Procmon's. Returns the differences.
fn compare(name: &str, dialog: &str, ours: &[u8], procmon: &[u8]) -> Vec<String> {
    if dialog == "activity" {
        // The only one of these dialogs that Procmon saves itself.
        return if ours == procmon { Vec::new() } else { vec![differences(name, ours, procmon)] };
    }
    let (ours, procmon) = (std::str::from_utf8(ours).unwrap(), std::str::from_utf8(procmon).unwrap());
    let mut expected = rows_of(procmon);
    expected.iter_mut().flatten().for_each(|cell| *cell = cell.replace('\n', "\r\n"));
    without_known_differences(name, &mut expected);
    let rows = rows_of(ours);
    assert_eq!(ours, saved(&rows), "{name}: the quoting and line ends of the file");
    let mut wrong = Vec::new();
    if rows.len() != expected.len() {
        wrong.push(format!("{name}: {} rows instead of {}", rows.len(), expected.len()));
    }
    for (number, (row, expected)) in rows.iter().zip(&expected).enumerate() {
        if row.len() != expected.len() || !row.iter().zip(expected).all(|(ours, procmon)| is_cell(ours, procmon)) {
            wrong.push(format!("{name} row {number}\n  Procmon {expected:?}\n  ours    {row:?}"));
        }
    }
    wrong
}

fn differences(name: &str, ours: &[u8], procmon: &[u8]) -> String {
    let [ours, procmon] = [ours, procmon].map(String::from_utf8_lossy);
    let rows = ours.lines().zip(procmon.lines()).filter(|(ours, procmon)| ours != procmon).take(5);
    let rows: String = rows.map(|(ours, procmon)| format!("\n  Procmon {procmon}\n  ours    {ours}")).collect();
    format!("{name}: {} bytes, Procmon has {}{rows}", ours.len(), procmon.len())
}

fn dialogs_match(data: &Path) {
    let folder = data.join("conformance/tools");
    let mut crafted: HashMap<String, LogsReader> = HashMap::new();
    let mut compared = BTreeMap::<&str, usize>::new();
    let mut wrong = Vec::new();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names.iter().filter_map(|name| name.to_str()?.strip_suffix(".csv.gz")) {
        let (log_name, dialog_name) = name.split_once('.').unwrap();
        let Some(&dialog_name) = DIALOGS.iter().find(|known| **known == dialog_name) else { continue };
        let (log_name, rules) = log_name.split_once('+').map_or((log_name, None), |(log, rules)| (log, Some(rules)));
        let path = folder.join(format!("{log_name}.pml.gz"));
        let log = if path.exists() {
            crafted.entry(log_name.to_owned()).or_insert_with(|| LogsReader::new(unzip(&path)).unwrap())
        } else {
            let is_log = |log: &&logs::Log| log.name.split_once('/').is_some_and(|(_, name)| name == log_name);
            logs::all().iter().find(is_log).unwrap_or_else(|| panic!("log {log_name} not found")).reader()
        };
        let matcher = rules.map(|rules| {
            let path = data.join(format!("conformance/filter/{log_name}-{rules}.pmc"));
            let filter = Configuration::open(path).unwrap().filter();
            filter.compile_with(log.indexes(), &Style::new().compat(Compat::Procmon3_94))
        });
        let ours = dialog(log, dialog_name, |event| matcher.as_ref().is_none_or(|matcher| matcher.matches(event)));
        let procmon = unzip(&folder.join(format!("{name}.csv.gz")));
        wrong.extend(compare(name, dialog_name, &ours, &procmon));
        *compared.entry(dialog_name).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    let expected = [("activity", 9), ("stack", 2), ("stack-0", 8), ("system", 6), ("tree", 10), ("tree-running", 1)];
    assert_eq!(compared, BTreeMap::from(expected));
}

/// The path of a process or frame in lower case, with its PID or offset.
type Part = (String, u64);

/// Returns the stacks of events, from the process on, each with the number and the time of the events that have it.
/// Also returns the number of events that are not counted.
fn stacks_of(log: &LogsReader) -> (BTreeMap<Vec<Part>, (u64, u64)>, u64) {
    let mut stacks = BTreeMap::<Vec<Part>, (u64, u64)>::new();
    let mut uncounted = 0;
    let mut lower = HashMap::<&str, String>::new();
    for event in log.events().flatten() {
        if event.stack().iter().next() == Some(0) {
            uncounted += 1;
            continue;
        }
        let mut lower = |text| lower.entry(text).or_insert_with(|| text.to_lowercase()).clone();
        let (path, pid) = event.process().map_or(("", 0), |process| (process.image_path(), process.pid()));
        let mut stack = vec![(lower(path), u64::from(pid))];
        stack.extend(event.frames().rev().filter(|frame| frame.address != 0).map(|frame| match frame.module {
            Some(module) => (lower(module.path()), frame.address.wrapping_sub(module.base())),
            None => (lower("<unknown>"), frame.address),
        }));
        let (count, time) = stacks.entry(stack).or_default();
        *count += 1;
        *time = time.wrapping_add(event.duration().map_or(0, |duration| duration.0));
    }
    (stacks, uncounted)
}

fn a_cache_has_the_frames_of_the_stacks(name: &str, log: &LogsReader) {
    let (mut cache, mut stacks) = (StackCache::<usize>::new(), Vec::<Vec<Frame<'_>>>::new());
    for event in log.events().flatten() {
        let owner = event.thread_id() as usize;
        match cache.get(event, owner) {
            Some(known) => {
                assert!(event.frames().eq(stacks[known].iter().copied()), "{name} event {}", event.ordinal())
            }
            None => {
                cache.insert(event, owner, stacks.len());
                stacks.push(event.frames().collect());
            }
        }
    }
}

fn stacks_have_the_sums_of_the_events(name: &str, log: &LogsReader) {
    let summary = analysis_of_log(StackSummary::new().max_nodes(usize::MAX), log);
    let (expected, uncounted) = stacks_of(log);
    assert_eq!((summary.uncounted(), summary.shortened()), (uncounted, 0), "{name}");
    for order in [StackOrder::Name, StackOrder::Count, StackOrder::Time] {
        let tree = summary.tree(order);
        let mut found = BTreeMap::new();
        let mut above: Vec<Part> = Vec::new();
        // The sums of the rows below each row that is being visited.
        let mut open: Vec<(u64, u64, u64, u64)> = Vec::new();
        let close = |open: &mut Vec<(u64, u64, u64, u64)>, depth: usize| {
            while open.len() > depth {
                let (count, time, below, time_below) = open.pop().unwrap();
                assert_eq!((count, time), (below, time_below), "{name}: the sum of a row");
                if let Some(above) = open.last_mut() {
                    above.2 += count;
                    above.3 = above.3.wrapping_add(time);
                }
            }
        };
        for row in tree.rows() {
            let depth = row.depth as usize;
            close(&mut open, depth);
            open.push((row.count, row.time.0, row.self_count, row.self_time.0));
            above.truncate(depth.saturating_sub(1));
            if row.kind == StackRowKind::All {
                continue;
            }
            above.push((row.path.to_lowercase(), row.pid.map_or_else(|| row.offset.unwrap(), u64::from)));
            if row.self_count > 0 {
                let earlier = found.insert(above.clone(), (row.self_count, row.self_time.0));
                assert_eq!(earlier, None, "{name}: {above:?} is shown twice");
            }
        }
        close(&mut open, 0);
        assert!(found == expected, "{name}: {} stacks, expected {}", found.len(), expected.len());
        let folded = text(|out| tree.write_folded(out, StackWeight::Count));
        let weights = folded.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        assert_eq!(weights.sum::<u64>(), summary.events(), "{name}");
    }
}

fn branches_that_are_left_out_are_counted(name: &str, log: &LogsReader) {
    for modules_only in [false, true] {
        let summary = analysis_of_log(StackSummary::new().modules_only(modules_only).max_depth(9), log);
        let tree = summary.tree(StackOrder::Name);
        let own = |tree: &StackTree<'_>, least: u64| tree.rows_above(least, Ticks(0)).map(|row| row.self_count).sum();
        let all: u64 = summary.events();
        assert_eq!([0, 3, 100, u64::MAX].map(|least| if least <= all { own(&tree, least) } else { all }), [all; 4]);
        let smallest =
            tree.rows_above(3, Ticks(0)).filter(|row| row.kind != StackRowKind::Omitted).map(|row| row.count);
        assert!(all == 0 || smallest.min().unwrap_or(all) >= 3.min(all), "{name}");
        assert!(tree.rows().all(|row| row.depth <= 11), "{name}");
        let cut = tree.rows().filter(|row| row.kind == StackRowKind::Omitted).map(|row| row.count).sum::<u64>();
        assert_eq!(cut, summary.shortened(), "{name}");
    }
}

/// The identity of a process in a log.
fn identity(process: Process<'_>) -> (ProcessKey, u32, FileTime, String) {
    (process.key(), process.pid(), process.start_time(), process.image_path().to_owned())
}

fn activity_has_the_sums_of_the_events(name: &str, log: &LogsReader) {
    let activity = analysis_of_log(ProcessActivity::new(), log);
    let counts = analysis_of_log(EventCounts::new(), log);
    let mut expected = BTreeMap::<_, BTreeMap<EventClass, u64>>::new();
    let mut starts = BTreeMap::<_, BTreeMap<u64, u64>>::new();
    let width = activity.bucket_width().0;
    for event in log.events().flatten() {
        let key = event.process().map(identity);
        *expected.entry(key.clone()).or_default().entry(EventClass(event.class().0.min(7))).or_default() += 1;
        *starts.entry(key).or_default().entry(event.time().0 / width).or_default() += 1;
    }
    let rows = activity.rows();
    assert_eq!(rows.len(), expected.len(), "{name}");
    let mut buckets = std::collections::BTreeSet::new();
    for row in &rows {
        let key = row.process.map(identity);
        let expected = &expected[&key];
        let of = |class: EventClass| expected.get(&class).copied().unwrap_or_default();
        let found = [
            row.counts.file_events,
            row.counts.registry_events,
            row.counts.network_events,
            row.counts.process_events,
            row.counts.profiling_events,
        ];
        use EventClass as Class;
        let classes = [Class::FILE_SYSTEM, Class::REGISTRY, Class::NETWORK, Class::PROCESS, Class::PROFILING];
        assert_eq!(found, classes.map(of), "{name}: {key:?}");
        assert_eq!(row.counts.events(), expected.values().sum::<u64>(), "{name}: {key:?}");
        let events = row.process.map_or_else(|| counts.unattributed(), |process| counts.of(process));
        assert_eq!(events, row.counts.events(), "{name}: {key:?}");
        let series = row.buckets.iter().map(|bucket| (bucket.start.0 / width, bucket.counts.events()));
        assert_eq!(series.collect::<BTreeMap<_, _>>(), starts[&key], "{name}: {key:?}");
        assert!(row.buckets.is_sorted_by(|one, other| one.start < other.start), "{name}");
        assert!(row.buckets.iter().all(|bucket| bucket.start.0 % width == 0), "{name}");
        let read: u64 = row.buckets.iter().map(|bucket| bucket.counts.bytes_read).sum();
        assert_eq!(read, row.counts.bytes_read, "{name}");
        buckets.extend(row.buckets.iter().map(|bucket| bucket.start.0 / width));
    }
    let summary: procmon_parser::summary::Summary = log.events().collect();
    let [read, written] = rows.iter().fold([0, 0], |[read, written], row| {
        let counts = &row.counts;
        [read + counts.bytes_read + counts.bytes_received, written + counts.bytes_written + counts.bytes_sent]
    });
    let operations = || summary.processes().into_iter().flat_map(|process| process.operations());
    assert_eq!(read, operations().map(|operation| operation.bytes_read()).sum::<u64>(), "{name}");
    assert_eq!(written, operations().map(|operation| operation.bytes_written()).sum::<u64>(), "{name}");
    if let (Some(first), Some(last)) = (buckets.first(), buckets.last()) {
        let number = last - first + 1;
        assert!(number <= 1000 && (number > 499 || width == 1_000_000), "{name}: {number} buckets of {width}");
    }
}

fn trees_show_each_process_below_its_parent(name: &str, log: &LogsReader) {
    let tree = ProcessTree::new(log.indexes());
    for rows in [tree.rows(), tree.running_rows()] {
        for (position, row) in rows.iter().enumerate() {
            assert_eq!(row.depth, row.parent.map_or(0, |parent| rows[parent].depth + 1), "{name}");
            if let Some(parent) = row.parent {
                assert!(parent < position, "{name}");
                assert_eq!(row.process.parent_key(), rows[parent].process.key(), "{name}");
            }
            let children = rows.iter().filter(|other| other.parent == Some(position)).count();
            assert_eq!(row.children, children, "{name}");
            assert_eq!(row.lifetime().is_none(), row.end_time.is_none(), "{name}");
        }
    }
    let of = |rows: Vec<procmon_parser::analysis::ProcessTreeRow<'_>>| {
        let mut keys: Vec<_> = rows.into_iter().map(|row| identity(row.process)).collect();
        keys.sort();
        keys
    };
    let mut expected: Vec<_> = log.indexes().flat_map(|index| index.processes()).map(identity).collect();
    expected.sort();
    if log.indexes().len() > 1 {
        expected.dedup();
    }
    assert_eq!(of(tree.rows()), expected, "{name}");
}

/// Returns the output of all analyses.
fn shown((stacks, activity, counts, system): &All, tree: &ProcessTree) -> String {
    let rows = tree.rows();
    let counts: Vec<_> = rows.iter().map(|row| counts.of(row.process)).chain([counts.unattributed()]).collect();
    let stacks = text(|out| stacks.tree(StackOrder::Time).write_folded(out, StackWeight::Time))
        + &text(|out| stacks.write_procmon_csv(out));
    let system: Vec<_> = system.rows().collect();
    format!("{stacks}{:?}{:?}{counts:?}{system:?}", activity.rows(), activity.bucket_width())
}

fn parts_and_streams_give_the_same_analyses(name: &str, log: &LogsReader) {
    let tree = ProcessTree::new(log.indexes());
    let whole = shown(&analysis_of_log(all(), log), &tree);
    for number in [2, 8] {
        let size = log.len().div_ceil(number).max(1);
        let parts = (0..number).map(|part| {
            let part = (part * size).min(log.len())..((part + 1) * size).min(log.len());
            analysis_of(all(), log.events_in(part).flatten())
        });
        let merged = parts.reduce(|mut merged, part| {
            merged.merge(part);
            merged
        });
        assert!(shown(&merged.unwrap(), &tree) == whole, "{name}: {number} parts");
    }
    let threads = NonZero::new(3).unwrap();
    let (threaded, unreadable) = analyse(log, threads, |_| true, all).unwrap();
    assert!(shown(&threaded, &tree) == whole, "{name}: threads");
    assert_eq!(unreadable.events, log.events().filter(Result::is_err).count() as u64, "{name}");
    let files = &logs::all().iter().find(|known| known.name == name).unwrap().files();
    let stream = LogsStream::from_segments(files.iter().map(Cursor::new)).unwrap();
    let (streamed, _) = analyse(&stream, NonZero::<usize>::MIN, |_| true, all).unwrap();
    // The same log opened again has different indexes, but its processes have the same descriptions.
    let stream_tree = ProcessTree::new(Log::indexes(&stream));
    assert!(shown(&streamed, &stream_tree) == whole, "{name}: stream");
}

fn limited_trees_do_not_depend_on_the_parts(name: &str, log: &LogsReader) {
    let all = analysis_of_log(StackSummary::new(), log);
    for nodes in [0, 1, 30, 1000] {
        let new = || StackSummary::new().max_nodes(nodes);
        let shown = |summary: &StackSummary| text(|out| summary.write_procmon_csv(out));
        let whole = analysis_of_log(new(), log);
        let rows = || whole.tree(StackOrder::Name);
        assert!(rows().rows().filter(|row| row.kind != StackRowKind::Omitted).count() <= nodes + 1, "{name}");
        assert_eq!((whole.events(), whole.uncounted()), (all.events(), all.uncounted()), "{name}");
        let cut = log.len() * 2 / 3;
        let mut merged = analysis_of(new(), log.events_in(..cut).flatten());
        merged.merge(analysis_of(new(), log.events_in(cut..).flatten()));
        assert!(shown(&merged) == shown(&whole), "{name}: {nodes} nodes");
        // Rows that are kept have the same numbers as in the whole tree.
        let full: Vec<_> = all.tree(StackOrder::Name).rows().map(|row| (row.depth, row.path, row.count)).collect();
        let mut left = full.iter();
        for row in rows().rows().filter(|row| row.kind != StackRowKind::Omitted) {
            let row = (row.depth, row.path, row.count);
            assert!(left.any(|full| *full == row), "{name}: {row:?} is not in the whole tree");
        }
    }
}

const START: u64 = 132_400_000_000_000_000;

/// Returns a process with a key and a PID.
fn program(index: u32, pid: u32, name: &str, path: &str) -> synth::Process {
    let (name, image_path) = (name.to_owned(), path.to_owned());
    synth::Process { index, pid, name, image_path, start_time: START, bits64: true, ..synth::Process::default() }
}

fn module(base: u64, path: &str) -> synth::Module {
    synth::Module { base, size: 0x1_0000, path: path.to_owned(), load_time: START, ..synth::Module::default() }
}

/// Returns a log of processes and events.
fn log_of(processes: Vec<synth::Process>, events: Vec<synth::Event>) -> LogsReader {
    LogsReader::new(synth::Log { processes, events, ..synth::Log::new(true) }.bytes()).unwrap()
}

/// Returns an event of 1 µs with a stack, innermost frame first.
fn call(process_index: u32, stack: &[u64]) -> synth::Event {
    let stack = stack.to_vec();
    synth::Event { process_index, stack, duration: 10, time: START + 1000, ..synth::Event::new(1, 3, vec![0; 4], None) }
}

fn system() -> synth::Process {
    let modules = vec![module(0xFFFF_F800_0000_0000, r"C:\Windows\System32\ntoskrnl.exe")];
    synth::Process { modules, ..program(1000, 4, "System", "System") }
}

/// Returns depth, count and location of the rows of the Stack Summary, without the first one.
fn stack_rows(log: &LogsReader) -> Vec<(u32, u64, String)> {
    let summary = analysis_of_log(StackSummary::new(), log);
    let tree = summary.tree(StackOrder::Name);
    tree.rows().skip(1).map(|row| (row.depth, row.count, format!("{} {}", row.location(), row.path))).collect()
}

fn row(depth: u32, count: u64, text: &str) -> (u32, u64, String) {
    (depth, count, text.to_owned())
}

const KERNEL: u64 = 0xFFFF_F800_0000_0010;

/// The expected rows are those of Procmon 3.94 for such a log.
fn frames_with_address_0_are_skipped() {
    let mut processes = vec![system()];
    processes.extend((1..=6).map(|n| program(1000 + n, 200 + 4 * n, "p", &format!(r"C:\p{n}\p.exe"))));
    let events = vec![
        call(1001, &[0, 0x5]),
        call(1001, &[KERNEL, 0x5]),
        call(1002, &[0x5, 0]),
        call(1003, &[KERNEL, 0, 0x5]),
        call(1004, &[0]),
        call(1004, &[0, 0]),
        call(1005, &[KERNEL, 0]),
        call(1006, &[0, KERNEL]),
        call(1006, &[0x6]),
    ];
    let log = log_of(processes, events);
    let kernel = r"ntoskrnl.exe + 0x10 C:\Windows\System32\ntoskrnl.exe";
    let unknown = "<unknown> + 0x5 <unknown>";
    let expected = [
        row(1, 1, r"p C:\p1\p.exe"),
        row(2, 1, unknown),
        row(3, 1, kernel),
        row(1, 1, r"p C:\p2\p.exe"),
        row(2, 1, unknown),
        row(1, 1, r"p C:\p3\p.exe"),
        row(2, 1, unknown),
        row(3, 1, kernel),
        row(1, 0, r"p C:\p4\p.exe"),
        row(1, 1, r"p C:\p5\p.exe"),
        row(2, 1, kernel),
        row(1, 1, r"p C:\p6\p.exe"),
        row(2, 1, "<unknown> + 0x6 <unknown>"),
        row(2, 0, kernel),
    ];
    assert_eq!(stack_rows(&log), expected);
    assert_eq!(analysis_of_log(StackSummary::new(), &log).uncounted(), 4);
}

/// The expected rows are those of Procmon 3.94 for such a log.
fn frames_are_equal_in_upper_and_lower_case() {
    let modules = vec![
        module(0x1000_0000, r"C:\z\x.dll"),
        module(0x2000_0000, r"C:\b\x.dll"),
        module(0x3000_0000, r"C:\m\X.DLL"),
        module(0x4000_0000, r"C:\m\x.dll"),
        module(0x5000_0000, r"c:\M\x.dll"),
        module(0x6000_0000, r"C:\m\x.dll"),
    ];
    let processes = vec![
        system(),
        synth::Process { modules, ..program(1001, 224, "p", r"C:\p6\p.exe") },
        program(1002, 300, "n", r"C:\z\m.exe"),
        program(1003, 301, "n", r"C:\a\b.exe"),
        program(1004, 302, "n", r"C:\a\z.exe"),
        program(1005, 9, "n", r"C:\a\z.exe"),
        program(1006, 1000, "n", r"C:\a\z.exe"),
        program(1007, 2000, "N", r"c:\A\z.exe"),
        program(1008, 2000, "n", r"C:\a\z.exe"),
        program(1009, 2000, "q", r"C:\a\z.exe"),
        program(1010, 2000, "k", r"C:\a\z.exe"),
    ];
    let mut events: Vec<_> = (1..=6).map(|n| call(1001, &[n << 28 | 0x10])).collect();
    events.extend((1002..=1010).map(|key| call(key, &[])));
    let expected = [
        row(1, 1, r"n C:\a\b.exe"),
        row(1, 1, r"n C:\a\z.exe"),
        row(1, 4, r"N c:\A\z.exe"),
        row(1, 1, r"n C:\a\z.exe"),
        row(1, 1, r"n C:\a\z.exe"),
        row(1, 1, r"n C:\z\m.exe"),
        row(1, 6, r"p C:\p6\p.exe"),
        row(2, 1, r"x.dll + 0x10 C:\b\x.dll"),
        row(2, 4, r"X.DLL + 0x10 C:\m\X.DLL"),
        row(2, 1, r"x.dll + 0x10 C:\z\x.dll"),
    ];
    assert_eq!(stack_rows(&log_of(processes, events)), expected);
}

/// The expected cells, and their order by the first column, are those of Procmon 3.94 for such rows.
fn processes_without_a_name_have_a_location() {
    let modules = vec![module(0x1000_0000, r"C:\e\,start.dll"), module(0x2000_0000, r"C:\a\ends\")];
    let processes = vec![
        system(),
        synth::Process { modules, ..program(1001, 100, "b", r"C:\x/y.exe") },
        program(1002, 104, "", r"C:\q\noname.exe"),
        program(1003, 108, ",lead.exe", r"C:\q\,lead.exe"),
        program(1004, 116, "z,(1)", r"C:\q\z"),
    ];
    let events = vec![
        call(1001, &[0x1000_0010]),
        call(1001, &[0x2000_0010]),
        call(1002, &[]),
        call(1003, &[]),
        call(1004, &[]),
        call(77, &[]),
    ];
    let summary = analysis_of_log(StackSummary::new(), &log_of(processes, events));
    let csv = text(|out| summary.write_procmon_csv(out));
    let cells: Vec<_> = rows_of(&csv).into_iter().skip(2).map(|row| [1, 6, 7, 9].map(|at| row[at].clone())).collect();
    let expected = [
        ["", ",lead.exe", ",lead.exe(108)", r"C:\q\,lead.exe(108)"],
        ["(0) + 0x0", "(0) + 0x0", "(0)", "(0)"],
        ["b", "b", "x/y.exe(100)", r"C:\x/y.exe(100)"],
        ["", ",start.dll + 0x10", ",start.dll", r"C:\e\,start.dll"],
        [" + 0x10", " + 0x10", "", r"C:\a\ends\"],
        ["noname.exe(104) + 0x0", "noname.exe(104) + 0x0", "noname.exe(104)", r"C:\q\noname.exe(104)"],
        ["z", "z,(1)", "z(116)", r"C:\q\z(116)"],
    ];
    assert_eq!(cells, expected);
}

/// The expected cells are those of Procmon 3.94 for such a log.
fn peaks_are_those_of_the_exit_or_the_largest_sample() {
    let sample = |private, set| profiling::process(1, 1, set, private);
    let usage = |peak_private_bytes, peak_working_set| process::Usage {
        peak_private_bytes,
        peak_working_set,
        ..process::Usage::default()
    };
    let exit = |private, set| process::exit(&usage(private, set));
    let statistics = |private, set| process::statistics(&usage(private, set));
    let cut = |event: synth::Event| synth::Event { detail: event.detail[..51].to_vec(), ..event };
    let cases: [(Vec<synth::Event>, [&str; 4]); 14] = [
        (vec![sample(10, 20), sample(5, 6)], ["0.0000095 MB", "10", "0.0000191 MB", "20"]),
        (vec![sample(10, 20), exit(7, 8)], ["0.0000067 MB", "7", "0.0000076 MB", "8"]),
        (vec![exit(7, 8), sample(10, 20)], ["0.0000067 MB", "7", "0.0000076 MB", "8"]),
        (vec![exit(10, 20), exit(7, 8)], ["0.0000067 MB", "7", "0.0000076 MB", "8"]),
        (vec![sample(3, 4), statistics(7, 8)], ["0.0000067 MB", "7", "0.0000076 MB", "8"]),
        (vec![statistics(7, 8), exit(5, 6)], ["0.0000048 MB", "5", "0.0000057 MB", "6"]),
        (vec![sample(u64::MAX, 4), sample(5, 60)], ["175 MB", "-1", "0.0000572 MB", "60"]),
        (vec![exit(0, 0), sample(5, 60)], ["0.0000048 MB", "5", "0.0000572 MB", "60"]),
        (vec![sample(5, 60), exit(0, 0)], ["0.0000048 MB", "5", "0.0000572 MB", "60"]),
        (vec![exit(9, 9), exit(0, 0)], ["n/a", "0", "n/a", "0"]),
        (vec![exit(0, 5)], ["n/a", "0", "0.0000048 MB", "5"]),
        (vec![exit(9, 9), cut(exit(9, 9))], ["n/a", "0", "n/a", "0"]),
        (vec![exit(0x3FFF_FFFF, 104_857_600)], ["102 MB", "1,073,741,823", "100 MB", "104,857,600"]),
        (
            vec![exit(u64::MAX - 1, 1 << 63)],
            ["175 MB", "18,446,744,073,709,551,614", "879 MB", "9,223,372,036,854,775,808"],
        ),
    ];
    let keys = 1000..1000 + cases.len() as u32;
    let processes = keys.clone().map(|key| program(key, key, "p", r"C:\p.exe")).collect();
    let (events, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    let of = |(key, events): (u32, Vec<synth::Event>)| {
        events.into_iter().map(move |event| synth::Event { process_index: key, time: START, ..event })
    };
    let log = log_of(processes, keys.zip(events).flat_map(of).collect());
    let csv = text(|out| analysis_of_log(ProcessActivity::new(), &log).write_procmon_csv(out));
    let cells: Vec<_> = rows_of(&csv).into_iter().skip(1).map(|row| row[11..].to_vec()).collect();
    assert_eq!(cells, expected);
}

/// Returns a process with a parent and a start time.
fn child(index: u32, parent_index: u32, start: u64) -> synth::Process {
    let start_time = START.wrapping_add(start);
    synth::Process { parent_index, parent_pid: 1, start_time, ..program(index, index, &index.to_string(), "") }
}

fn tree_rows(log: &LogsReader) -> Vec<(usize, u32)> {
    ProcessTree::new(log.indexes()).rows().iter().map(|row| (row.depth, row.process.pid())).collect()
}

/// The expected rows are those of Procmon 3.94 for such a log.
fn parents_are_found_as_in_procmon() {
    let processes = vec![
        child(1000, 0, 0),
        child(1001, 1000, 5),
        child(1002, 1000, 5),
        child(1003, 1000, 3),
        child(1004, 1006, 9),
        child(1005, 1007, 9),
        child(1006, 0, 9),
        child(1007, 0, 10),
        child(1008, 1000, 50),
        child(1009, 1001, 0_u64.wrapping_sub(5)),
        child(1010, 1001, (1 << 63) - START + 5),
        child(1011, 1000, 5),
    ];
    let log = log_of(processes, vec![]);
    let expected = [
        (0, 1000),
        (1, 1003),
        (1, 1001),
        (2, 1009),
        (2, 1010),
        (1, 1002),
        (1, 1011),
        (1, 1008),
        (0, 1005),
        (0, 1006),
        (1, 1004),
        (0, 1007),
    ];
    assert_eq!(tree_rows(&log), expected);
    let tree = ProcessTree::new(log.indexes());
    let orphans: Vec<_> = tree.rows().iter().filter(|row| row.is_orphan).map(|row| row.process.pid()).collect();
    assert_eq!(orphans, [1000, 1005, 1006, 1007]);
    let csv = text(|out| tree.write_procmon_csv(out, &tree.rows(), &Style::new()));
    assert!(csv.contains(r#""-9223372036854775803","n/a""#), "{csv}");
}

/// The expected strings are those of Procmon 3.94.
fn details_of_a_system_are_those_of_procmon() {
    let gib = 1 << 30;
    for (windows, memory, processors, expected) in [
        ([10, 0, 26100], gib / 2, 8, ["Windows 10 (build 26100.2)", "8", "512 MB"]),
        ([11, 0, 30000], u64::MAX, 0, ["Windows 11.0 (build 30000.2)", "unknown", "unknown"]),
        ([6, 3, 9600], 0, 1, ["Windows 8.1 (build 9600.2)", "1", "0"]),
        ([10, 0, 1], 1_000_000_000, 1, ["Windows 10 (build 1.2)", "1", "0.931 GB"]),
        ([10, 0, 1], 999_999_999, u32::MAX, ["Windows 10 (build 1.2)", "4294967295", "953 MB"]),
        ([10, 0, 1], 1024, 1, ["Windows 10 (build 1.2)", "1", "1.00 KB"]),
        ([10, 0, 1], 1023, 1, ["Windows 10 (build 1.2)", "1", "1023"]),
        ([10, 0, 1], (1 << 20) - 1, 1, ["Windows 10 (build 1.2)", "1", "102 KB"]),
        ([10, 0, 1], 1 << 20, 1, ["Windows 10 (build 1.2)", "1", "1.00 MB"]),
        ([10, 0, 1], 1 << 40, 1, ["Windows 10 (build 1.2)", "1", "102 GB"]),
        ([10, 0, 1], 1 << 63, 1, ["Windows 10 (build 1.2)", "1", "-9223372036854775808"]),
    ] {
        let log = synth::Log { windows, memory, processors, ..synth::Log::new(true) };
        let log = LogsReader::new(log.bytes()).unwrap();
        let csv = text(|out| SystemDetails::new(log.indexes()).write_procmon_csv(out));
        let cells = rows_of(&csv);
        assert_eq!([2, 4, 5].map(|row| cells[row][1].as_str()), expected);
    }
}

fn circles_and_chains_of_processes_are_shown_whole() {
    // 1 is its own parent; 2 and 3 form a cycle, and so do 4 to 6; 7 is below the latter.
    let circles = [(1, 1), (2, 3), (3, 2), (4, 6), (5, 4), (6, 5), (7, 5)];
    let log = log_of(circles.map(|(key, parent)| child(key, parent, 0)).into(), vec![]);
    assert_eq!(tree_rows(&log), [(0, 1), (0, 2), (1, 3), (0, 4), (1, 5), (2, 6), (2, 7)]);
    const LENGTH: u32 = 10_000;
    let chain = (0..LENGTH).map(|key| child(key, key.wrapping_sub(1), key.into())).collect();
    let expected: Vec<_> = (0..LENGTH).map(|key| (key as usize, key)).collect();
    assert_eq!(tree_rows(&log_of(chain, vec![])), expected);
    let circle = (0..LENGTH).map(|key| child(key, (key + LENGTH - 1) % LENGTH, 0)).collect();
    assert_eq!(tree_rows(&log_of(circle, vec![])), expected);
    let stars = (0..LENGTH).map(|key| child(key, key / 2, 0)).collect();
    assert_eq!(tree_rows(&log_of(stars, vec![])).len(), LENGTH as usize);
}

fn a_deep_stack_is_a_deep_tree() {
    let deep: Vec<u64> = (1..=60_000).collect();
    let log = log_of(vec![system()], vec![call(1000, &deep), call(1000, &deep[1..]), call(1000, &[7; 60_000])]);
    let summary = analysis_of_log(StackSummary::new(), &log);
    let tree = summary.tree(StackOrder::Time);
    assert_eq!(tree.rows().map(|row| row.depth).max(), Some(60_001));
    assert_eq!(tree.rows().filter(|row| row.count == 2).count(), 59_999);
    let folded = text(|out| tree.write_folded(out, StackWeight::Count));
    assert_eq!(folded.lines().count(), 3);
    assert!(folded.lines().all(|line| line.ends_with(" 1")));
    let limited = analysis_of_log(StackSummary::new().max_depth(100).max_nodes(50), &log);
    assert_eq!((limited.events(), limited.shortened()), (3, 3));
}

fn names_that_many_processes_share_take_little_memory() {
    let long = "x".repeat(1 << 20);
    let processes: Vec<_> = (0..2000).map(|key| program(key, 1 + key % 1000, &long, &long)).collect();
    let events = (0..2000).map(|key| call(key, &[5])).collect();
    let (log, opened) = count(|| log_of(processes, events));
    let ((stacks, activity, ..), counts) = count(|| {
        let analyses = analysis_of_log(all(), &log);
        let tree = ProcessTree::new(log.indexes());
        assert_eq!(tree.rows().len(), 2000);
        assert_eq!(analyses.0.tree(StackOrder::Name).rows().count(), 1 + 2 * 1000);
        analyses
    });
    assert_eq!((stacks.events(), activity.rows().len()), (2000, 2000));
    assert!(counts.peak < 40 << 20, "{counts:?}, {opened:?}");
}

fn times_far_apart_take_few_buckets() {
    let times = [0, u64::MAX, START, START + 1, START + (1 << 40), u64::MAX / 2, 5];
    let event = |&time: &u64| synth::Event { time, ..call(1000, &[]) };
    for max in [0, 1, 2, 7, 1000] {
        let log = log_of(vec![system()], times.iter().map(event).collect());
        let activity = analysis_of_log(ProcessActivity::new().max_buckets(max), &log);
        let rows = activity.rows();
        assert!(rows[0].buckets.len() <= if max == 1 { 2 } else { max });
        let events: u64 = rows[0].buckets.iter().map(|bucket| bucket.counts.events()).sum();
        assert_eq!(events, if max == 0 { 0 } else { times.len() as u64 });
    }
}

fn processes_of_several_files_are_shown_once() {
    let log = LogsReader::open("fixtures/segments/capture.pml").unwrap();
    let first = ProcessTree::new([log.index()]).rows().len();
    let tree = ProcessTree::new(log.indexes());
    assert_eq!(tree.rows().len(), first);
    let counts = analysis_of_log(EventCounts::new(), &log);
    let sum: u64 = tree.rows().iter().map(|row| counts.of(row.process)).sum();
    assert_eq!(sum + counts.unattributed(), log.len() as u64);
    // A process is found even if its file had no events.
    let early = analysis_of(EventCounts::new(), log.events_in(..1).flatten());
    assert_eq!(tree.rows().iter().map(|row| early.of(row.process)).sum::<u64>() + early.unattributed(), 1);
}
