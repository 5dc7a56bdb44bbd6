//! Computes the expected contents of traces in a simple way, and checks traces against the descriptions of their
//! formats.

#![allow(dead_code, unreachable_pub)] // each program uses only a part of this module

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use procmon_parser::analysis::StackWeight;
use procmon_parser::{Column, Event, LogsReader};
use procmon_trace::{Summary, TraceWriter};
use quick_xml::events::Event as Xml;
use serde_json::{Map, Value};

/// The number of events of a log, by their form in a trace.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub events: u64,
    pub slices: u64,
    pub pending: u64,
    pub instants: u64,
    pub thread_samples: u64,
    pub process_samples: u64,
    /// The events whose stacks a call tree counts, and the sum of their durations.
    pub stacks: u64,
    pub time: u64,
}

impl Expected {
    pub fn of(log: &LogsReader) -> Self {
        let mut expected = Self::default();
        for event in log.events().flatten() {
            expected.events += 1;
            match event.operation_name() {
                "Load Image" | "Process Start" | "Process Exit" => expected.instants += 1,
                "Thread Profiling" if event.detail().is_ok() => expected.thread_samples += 1,
                "Process Profiling" if event.detail().is_ok() => expected.process_samples += 1,
                _ => {
                    expected.slices += 1;
                    expected.pending += u64::from(event.duration().is_none());
                }
            }
            if event.stack().iter().next() != Some(0) {
                expected.stacks += 1;
                expected.time = expected.time.wrapping_add(event.duration().map_or(0, |span| span.0));
            }
        }
        expected
    }
}

/// Returns what a method of a writer writes.
pub fn written(write: impl FnOnce(&mut Vec<u8>) -> procmon_parser::Result<Summary>) -> (String, Summary) {
    let mut out = Vec::new();
    let summary = write(&mut out).unwrap();
    (String::from_utf8(out).unwrap(), summary)
}

/// Writes a log in all formats, and checks each of them.
pub fn check_all(log: &LogsReader, name: &str) {
    let expected = Expected::of(log);
    for stacks in [false, true] {
        let writer = TraceWriter::new().title(name).stacks(stacks);
        let (trace, summary) = written(|out| writer.perfetto(out, log));
        assert_eq!((summary.events, summary.unreadable), (expected.events, unreadable(log)), "{name}");
        Perfetto::check(&trace, log, &summary, &expected, stacks, name);
    }
    let (profile, summary) = written(|out| TraceWriter::new().title(name).firefox(out, log));
    check_firefox(&profile, log, &summary, &expected, name);
    for modules_only in [false, true] {
        for weight in [StackWeight::Count, StackWeight::Time] {
            let writer = TraceWriter::new().title(name).weight(weight).modules_only(modules_only);
            let sum = if weight == StackWeight::Time { expected.time } else { expected.stacks };
            let (profiles, summary) = written(|out| writer.speedscope(out, log));
            assert_eq!((summary.events, summary.samples), (expected.events, expected.stacks), "{name}");
            let is_exact = summary.shortened == 0 && log.events().flatten().all(|event| is_short(event));
            let found = check_speedscope(&profiles, weight, name);
            assert!(found == sum || !is_exact, "{name}: {found} {sum}");
            let (lines, _) = written(|out| writer.folded(out, log));
            let found = check_folded(&lines, name);
            assert!(found == sum || !is_exact, "{name}: {found} {sum}");
            check_svg(&written(|out| writer.svg(out, log)).0, name);
        }
    }
}

/// Returns true if the duration of an event is so small that sums of durations do not overflow.
fn is_short(event: Event<'_>) -> bool {
    event.duration().is_none_or(|span| span.0 < 1 << 40)
}

fn unreadable(log: &LogsReader) -> u64 {
    log.events().filter(Result::is_err).count() as u64
}

/// Returns the start and the end of an event, in ticks since the origin. Returns `None` for times that a trace changes,
/// because they are before the origin or too large.
fn ticks(event: Event<'_>) -> Option<(u64, Option<u64>)> {
    let start = event.time().0.checked_sub(event.index().origin().0)?;
    let end = event.duration().map(|span| start.checked_add(span.0));
    let is_small = |ticks: u64| ticks < 1 << 43;
    match end {
        _ if event.index().origin().0 == 0 || !is_small(start) => None,
        None => Some((start, None)),
        Some(Some(end)) if is_small(end) => Some((start, Some(end))),
        Some(_) => None,
    }
}

/// The objects of the Trace Event Format.
pub struct Perfetto {
    pub events: Vec<Map<String, Value>>,
}

/// Returns a time as Perfetto reads it, in nanoseconds.
fn nanoseconds(value: &Value) -> i64 {
    let micros = value.as_f64().expect("a number");
    assert!(micros >= 0.0 && micros * 1000.0 <= i64::MAX as f64, "{micros}");
    (micros * 1000.0) as i64
}

fn id(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).unwrap()
}

impl Perfetto {
    /// Parses a trace, and checks each object.
    pub fn parse(text: &str, name: &str) -> Self {
        assert!(text.chars().all(|c| c == '\n' || !c.is_ascii_control()), "{name}");
        let trace: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let keys: BTreeSet<_> = trace.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, BTreeSet::from(["otherData", "traceEvents"]));
        let events = trace["traceEvents"].as_array().unwrap().iter().map(|event| event.as_object().unwrap().clone());
        let trace = Self { events: events.collect() };
        trace.events.iter().for_each(|event| check_object(event, name));
        trace
    }

    pub fn of_phase(&self, phase: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.events.iter().filter(move |event| event["ph"] == phase)
    }

    fn check(text: &str, log: &LogsReader, summary: &Summary, expected: &Expected, stacks: bool, name: &str) {
        let trace = Self::parse(text, name);
        let count = |phase| trace.of_phase(phase).count() as u64;
        assert_eq!((summary.slices, summary.instants), (expected.slices, expected.instants), "{name}");
        assert_eq!((count("X") + count("b"), count("i")), (summary.slices, summary.instants), "{name}");
        assert_eq!(count("b") - count("e"), expected.pending, "{name}");
        assert_eq!(count("C"), summary.counters, "{name}");
        let counters = |keys: fn(&str) -> bool| {
            trace.of_phase("C").filter(|event| keys(event["name"].as_str().unwrap())).count() as u64
        };
        assert_eq!(counters(|name| name.starts_with("Thread ")), expected.thread_samples, "{name}");
        for counter in
            [|name: &str| name == "CPU time", |name: &str| name == "Private Bytes", |name: &str| name == "Working Set"]
        {
            assert_eq!(counters(counter), expected.process_samples, "{name}");
        }
        assert!(counters(|name| name == "CPU") <= expected.process_samples.saturating_sub(1), "{name}");
        trace.check_pairs(name);
        trace.check_nesting(name);
        trace.check_processes(log, name);
        trace.check_texts(log, stacks, name);
    }

    /// Checks that each end of an asynchronous slice has a start.
    fn check_pairs(&self, name: &str) {
        let mut started = HashMap::new();
        for event in self.of_phase("b") {
            assert!(started.insert(event["id"].as_str().unwrap(), event).is_none(), "{name}: an id is used twice");
        }
        let mut ended = HashSet::new();
        for event in self.of_phase("e") {
            let id = event["id"].as_str().unwrap();
            let start = started[id];
            assert!(ended.insert(id) && nanoseconds(&event["ts"]) >= nanoseconds(&start["ts"]), "{name}");
            for key in ["pid", "tid", "cat", "name"] {
                assert_eq!(event[key], start[key], "{name}");
            }
        }
    }

    /// Checks that the slices of each thread nest, and that the asynchronous ones do not nest in them.
    fn check_nesting(&self, name: &str) {
        let mut threads: BTreeMap<_, Vec<(i64, i64)>> = BTreeMap::new();
        let thread = |event: &Map<String, Value>| (id(&event["pid"]), id(&event["tid"]));
        let start = |event: &Map<String, Value>| nanoseconds(&event["ts"]);
        for event in self.of_phase("X") {
            let slices = threads.entry(thread(event)).or_default();
            assert!(slices.last().is_none_or(|last| last.0 <= start(event)), "{name}: not in the order of time");
            slices.push((start(event), start(event) + nanoseconds(&event["dur"])));
        }
        for slices in threads.values() {
            let mut open: Vec<i64> = Vec::new();
            for &(start, end) in slices {
                while open.last().is_some_and(|&outer| outer <= start) {
                    open.pop();
                }
                assert!(open.last().is_none_or(|&outer| end <= outer), "{name}: {start} {end} {open:?}");
                open.push(end);
            }
        }
        let ends: HashMap<_, _> =
            self.of_phase("e").map(|event| (event["id"].as_str().unwrap(), start(event))).collect();
        for event in self.of_phase("b") {
            let Some(&end) = ends.get(event["id"].as_str().unwrap()) else { continue };
            let start = start(event);
            let slices = threads.get(&thread(event)).map(Vec::as_slice).unwrap_or_default();
            let blocks = |&(from, to): &(i64, i64)| from > start || (start..end).contains(&to) && to > start;
            assert!(slices.iter().any(blocks), "{name}: {start} {end} could be in its thread");
        }
    }

    /// Checks that each process of the log has a track of its own, with its name.
    fn check_processes(&self, log: &LogsReader, name: &str) {
        let mut names = HashMap::new();
        for event in self.of_phase("M").filter(|event| event["name"] == "process_name") {
            assert!(names.insert(id(&event["pid"]), event["args"]["name"].as_str().unwrap()).is_none(), "{name}");
        }
        let mut found: BTreeMap<u32, BTreeSet<_>> = BTreeMap::new();
        for event in self.of_phase("X").chain(self.of_phase("b")).chain(self.of_phase("i")) {
            let ordinal = usize::try_from(event["args"]["event"].as_u64().unwrap()).unwrap();
            let process = log.event(ordinal).unwrap().process();
            let identity = process.map(|process| (process.key(), process.pid(), process.start_time()));
            found.entry(id(&event["pid"])).or_default().insert(identity);
            let shown = names[&id(&event["pid"])];
            match process {
                Some(process) if id(&event["pid"]) == process.pid() => {
                    assert_eq!(shown, process.name().chars().take(255).collect::<String>(), "{name}");
                }
                Some(process) => assert!(shown.ends_with(&format!("(PID {})", process.pid())), "{name}: {shown}"),
                None => assert_eq!(shown, "(unknown process)", "{name}"),
            }
        }
        assert!(found.values().all(|processes| processes.len() == 1), "{name}: two processes share an id: {found:?}");
        let processes: BTreeSet<_> = found.values().flatten().collect();
        assert_eq!(processes.len(), found.len(), "{name}: a process has two ids");
    }

    /// Compares times and texts with those of the events.
    fn check_texts(&self, log: &LogsReader, stacks: bool, name: &str) {
        let ends: HashMap<_, _> = self.of_phase("e").map(|event| (event["id"].clone(), &event["ts"])).collect();
        for object in self.of_phase("X").chain(self.of_phase("b")).chain(self.of_phase("i")) {
            let args = &object["args"];
            let event = log.event(usize::try_from(args["event"].as_u64().unwrap()).unwrap()).unwrap();
            for (key, column) in [("path", Column::PATH), ("result", Column::RESULT), ("detail", Column::DETAIL)] {
                let text = args.get(key).map_or("", |text| text.as_str().unwrap());
                assert_eq!(text, event.text(column).to_string(), "{name} event {}", event.ordinal());
            }
            assert_eq!(object["cat"], event.class().to_string(), "{name}");
            assert_eq!(object["tid"], event.thread_id(), "{name}");
            let operation = event.operation_name();
            assert!(object["name"] == operation || operation.is_empty(), "{name}");
            if let Some((start, end)) = ticks(event) {
                let start = i64::try_from(start * 100).unwrap();
                assert_eq!(nanoseconds(&object["ts"]), start, "{name} event {}", event.ordinal());
                let found = match object["ph"].as_str().unwrap() {
                    "X" => Some(start + nanoseconds(&object["dur"])),
                    "b" => ends.get(&object["id"]).map(|end| nanoseconds(end)),
                    _ => None,
                };
                let end = end.map(|end| i64::try_from(end * 100).unwrap());
                assert!(object["ph"] == "i" || found == end, "{name} event {}", event.ordinal());
            }
            let frames = args.get("stack").map_or(0, |stack| stack.as_str().unwrap().lines().count());
            let expected = event.frames().filter(|frame| frame.address != 0).count();
            assert_eq!(frames, if stacks { expected } else { 0 }, "{name}");
            if let (true, Some(frame)) = (frames > 0, event.frames().find(|frame| frame.address != 0)) {
                assert_eq!(args["stack"].as_str().unwrap().split('\n').next().unwrap(), frame_name(frame), "{name}");
            }
        }
    }
}

fn frame_name(frame: procmon_parser::Frame<'_>) -> String {
    match frame.module {
        Some(module) => {
            let visible = |c: char| if c.is_control() { '_' } else { c };
            let file: String = module.file_name().chars().take(255).map(visible).collect();
            format!("{file}!{:#x}", frame.address.wrapping_sub(module.base()))
        }
        None => format!("<unknown>!{:#x}", frame.address),
    }
}

/// Checks an object against the description of its phase.
fn check_object(event: &Map<String, Value>, name: &str) {
    let phase = event["ph"].as_str().unwrap();
    let fields = match phase {
        "X" => "ph pid tid ts dur cat name args",
        "b" => "ph pid tid ts id cat name args",
        "e" => "ph pid tid ts id cat name",
        "i" => "ph pid tid ts s cat name args",
        "C" => "ph pid tid ts name args",
        "M" => "ph pid tid name args",
        _ => panic!("{name}: phase {phase}"),
    };
    let found: BTreeSet<_> = event.keys().map(String::as_str).collect();
    assert_eq!(found, fields.split(' ').collect(), "{name}");
    id(&event["pid"]);
    id(&event["tid"]);
    assert!(!event["name"].as_str().unwrap().is_empty(), "{name}");
    for time in ["ts", "dur"].into_iter().filter_map(|key| event.get(key)) {
        nanoseconds(time);
    }
    if let Some(id) = event.get("id") {
        u64::from_str_radix(id.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap();
    }
    assert!(event.get("s").is_none_or(|scope| ["t", "p"].contains(&scope.as_str().unwrap())), "{name}");
    let args = event.get("args").map(|args| args.as_object().unwrap());
    match phase {
        "C" => assert!(args.unwrap().values().all(Value::is_number) && !args.unwrap().is_empty(), "{name}"),
        "M" => {
            let key = if event["name"] == "process_name" { "name" } else { "labels" };
            assert!(key == "name" || event["name"] == "process_labels", "{name}");
            assert!(args.unwrap().len() == 1 && args.unwrap()[key].is_string(), "{name}");
        }
        _ => {}
    }
}

/// Checks a processed profile, and compares its markers with the events of a log.
fn check_firefox(text: &str, log: &LogsReader, summary: &Summary, expected: &Expected, name: &str) {
    let profile: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(profile["meta"]["preprocessedProfileVersion"].as_u64().unwrap() >= 55);
    let threads = profile["threads"].as_array().unwrap();
    let categories = profile["meta"]["categories"].as_array().unwrap();
    let (mut markers, mut samples, mut pending) = (0, 0, 0);
    for thread in threads {
        let strings = thread["stringArray"].as_array().unwrap();
        check_tables(thread, strings.len(), name);
        samples += thread["samples"]["length"].as_u64().unwrap();
        let table = &thread["markers"];
        let length = usize::try_from(table["length"].as_u64().unwrap()).unwrap();
        for column in ["category", "data", "endTime", "name", "phase", "startTime"] {
            assert_eq!(table[column].as_array().unwrap().len(), length, "{name} {column}");
        }
        for row in 0..length {
            let data = &table["data"][row];
            let event = log.event(usize::try_from(data["event"].as_f64().unwrap() as u64).unwrap()).unwrap();
            let string = |number: &Value| strings[usize::try_from(number.as_u64().unwrap()).unwrap()].as_str().unwrap();
            for (key, column) in [("path", Column::PATH), ("result", Column::RESULT), ("detail", Column::DETAIL)] {
                assert_eq!(string(&data[key]), event.text(column).to_string(), "{name} event {}", event.ordinal());
            }
            let operation = event.operation_name();
            assert!(string(&table["name"][row]) == operation || operation.is_empty(), "{name}");
            let category = &categories[usize::try_from(table["category"][row].as_u64().unwrap()).unwrap()];
            assert_eq!(category["name"], event.class().name().unwrap_or("Other"), "{name}");
            let frames = event.frames().filter(|frame| frame.address != 0).map(frame_name);
            let found = data.get("cause").map_or(Vec::new(), |cause| stack(thread, &cause["stack"]));
            assert!(frames.eq(found), "{name}: the stack of event {}", event.ordinal());
            pending += u64::from(table["phase"][row] == 2);
            check_marker_times(table, row, event, name);
        }
        markers += length as u64;
    }
    assert_eq!((markers, samples), (expected.slices + expected.instants, expected.thread_samples), "{name}");
    assert_eq!((summary.slices, summary.instants), (expected.slices, expected.instants), "{name}");
    assert_eq!((summary.samples, summary.counters), (samples, 3 * expected.process_samples), "{name}");
    assert_eq!(pending, expected.pending, "{name}");
    let counters = profile["counters"].as_array().unwrap();
    let values = counters.iter().map(|counter| counter["samples"]["length"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(values, summary.counters, "{name}");
    for counter in counters {
        let thread = usize::try_from(counter["mainThreadIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(threads[thread]["pid"], counter["pid"], "{name}");
    }
}

/// Returns the names of the frames of a stack, innermost first.
fn stack<'p>(thread: &'p Value, stack: &Value) -> Vec<&'p str> {
    let row = |table: &str, column: &str, row: &Value| {
        let row = usize::try_from(row.as_u64().unwrap()).unwrap();
        &thread[table][column][row]
    };
    let (mut names, mut stack) = (Vec::new(), stack);
    while !stack.is_null() {
        let name = row("funcTable", "name", row("frameTable", "func", row("stackTable", "frame", stack)));
        names.push(thread["stringArray"][usize::try_from(name.as_u64().unwrap()).unwrap()].as_str().unwrap());
        stack = row("stackTable", "prefix", stack);
    }
    names
}

/// Checks that the tables of a thread refer to existing rows.
fn check_tables(thread: &Value, strings: usize, name: &str) {
    let column = |table: &str, column: &str| {
        let values = thread[table][column].as_array().unwrap_or_else(|| panic!("{name}: {table}.{column}"));
        assert_eq!(Some(values.len() as u64), thread[table]["length"].as_u64(), "{name}: {table}.{column}");
        values.iter().filter_map(Value::as_u64).map(|value| usize::try_from(value).unwrap()).collect::<Vec<_>>()
    };
    let length = |table: &str| usize::try_from(thread[table]["length"].as_u64().unwrap()).unwrap();
    let below = |values: Vec<usize>, length| assert!(values.iter().all(|value| *value < length), "{name}");
    below(column("stackTable", "frame"), length("frameTable"));
    below(column("stackTable", "prefix"), length("stackTable"));
    below(column("frameTable", "func"), length("funcTable"));
    below(column("funcTable", "name"), strings);
    below(column("samples", "stack"), length("stackTable"));
}

fn check_marker_times(table: &Value, row: usize, event: Event<'_>, name: &str) {
    let Some((start, end)) = ticks(event) else { return };
    let ticks = |column: &str| table[column][row].as_f64().map(|millis| (millis * 10_000.0).round() as u64);
    assert_eq!(ticks("startTime"), Some(start), "{name}");
    match table["phase"][row].as_u64().unwrap() {
        1 => assert_eq!(ticks("endTime"), end, "{name}"),
        phase => assert!([0, 2].contains(&phase), "{name}"),
    }
}

/// Checks a file against speedscope's schema. Returns the sum of all weights: events, or ticks.
pub fn check_speedscope(text: &str, weight: StackWeight, name: &str) -> u64 {
    let file: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let keys: BTreeSet<_> = file.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["$schema", "activeProfileIndex", "exporter", "name", "profiles", "shared"]));
    assert_eq!(file["$schema"], "https://www.speedscope.app/file-format-schema.json");
    let frames = file["shared"]["frames"].as_array().unwrap();
    let names: HashSet<_> = frames.iter().map(|frame| frame["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), frames.len(), "{name}: two frames have one name");
    assert!(frames.iter().all(|frame| frame.as_object().unwrap().len() == 1), "{name}");
    let profiles = file["profiles"].as_array().unwrap();
    assert!(!profiles.is_empty(), "{name}");
    let unit = if weight == StackWeight::Time { "microseconds" } else { "none" };
    let mut sum = 0_u64;
    for profile in profiles {
        let keys: BTreeSet<_> = profile.as_object().unwrap().keys().map(String::as_str).collect();
        let fields = "type name unit startValue endValue samples weights";
        assert_eq!(keys, fields.split(' ').collect(), "{name}");
        assert_eq!((&profile["type"], &profile["startValue"]), (&"sampled".into(), &0.into()), "{name}");
        assert!(profile["unit"] == unit || profile["name"] == "no events", "{name}");
        let (samples, weights) = (profile["samples"].as_array().unwrap(), profile["weights"].as_array().unwrap());
        assert_eq!(samples.len(), weights.len(), "{name}");
        for sample in samples {
            let stack: Vec<_> = sample.as_array().unwrap().iter().map(|frame| frame.as_u64().unwrap()).collect();
            assert!(!stack.is_empty() && stack.iter().all(|frame| *frame < frames.len() as u64), "{name}");
            assert_eq!(frames[usize::try_from(stack[0]).unwrap()]["name"], profile["name"], "{name}");
        }
        let unit = if weight == StackWeight::Time { 10.0 } else { 1.0 };
        let of_profile = weights.iter().map(|weight| (weight.as_f64().unwrap() * unit).round() as u64);
        let of_profile = of_profile.fold(0, u64::saturating_add);
        let end = (profile["endValue"].as_f64().unwrap() * unit).round() as u64;
        assert!(of_profile == end || end > 1 << 50, "{name}: {of_profile} {end}");
        sum = sum.saturating_add(of_profile);
    }
    sum
}

/// Parses folded stacks. Returns the sum of their weights.
pub fn check_folded(text: &str, name: &str) -> u64 {
    let mut sum = 0_u64;
    for line in text.lines() {
        let (stack, weight) = line.rsplit_once(' ').unwrap();
        assert!(!stack.is_empty() && !stack.chars().any(char::is_control), "{name}: {line}");
        sum = sum.wrapping_add(weight.parse().unwrap());
    }
    sum
}

/// Checks that a flame graph is well-formed, has no scripts and no links, and that all frames are within their parents.
pub fn check_svg(text: &str, name: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut depth, mut frames) = (0, 0);
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}"));
        match &event {
            Xml::Start(element) | Xml::Empty(element) => {
                let tag = element.name().as_ref().to_owned();
                assert!(["svg", "title", "style", "rect", "text", "g"].contains(&&*tag), "{name}: {tag}");
                let number = |key: &str| {
                    let attribute = element.try_get_attribute(key).unwrap()?;
                    attribute.value.parse::<f64>().ok()
                };
                if tag == "rect"
                    && let Some(x) = number("x")
                {
                    let width = number("width").unwrap();
                    assert!(x >= 10.0 && width >= 0.0 && x + width <= 1190.02, "{name}: {x} {width}");
                    frames += 1;
                }
            }
            Xml::Eof => break,
            Xml::PI(_) | Xml::DocType(_) | Xml::Comment(_) => panic!("{name}: {event:?}"),
            _ => {}
        }
        depth += match event {
            Xml::Start(_) => 1,
            Xml::End(_) => -1,
            _ => 0,
        };
    }
    assert_eq!(depth, 0, "{name}");
    assert!((1..200_000).contains(&frames), "{name}: {frames}");
    assert!(!text.contains("href") && !text.contains("<script") && !text.contains("url("), "{name}");
}
