//! Compares summaries with sums computed from Procmon's exports and with each other, and tests hostile logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use crate::data::{Csv, cells};
use crate::logs::{self, is_captured, named};
use crate::support::alloc::count;
use crate::support::synth;
use procmon_parser::summary::{OperationSummary, ProcessSummary, Summary};
use procmon_parser::{Column, FileTime, LogsReader, Ticks};

crate::tests! {
    plain:
        a_process_of_several_segments_is_counted_once,
        memory_does_not_grow_with_results,
        memory_does_not_grow_with_operations,
        memory_does_not_grow_with_endpoints;
    each_log:
        merged_parts_give_the_summary_of_the_log,
        threads_give_the_summary_of_the_log,
        every_event_is_counted_once,
        adding_known_processes_and_operations_does_not_allocate;
    with_data:
        sums_of_win10_64_mixed_match,
        sums_of_win7_32_mixed_match,
        sums_of_win10_64_filesystem_match,
        sums_of_win10_64_process_match,
        sums_of_winxp_32_v7_match,
        modules_include_all_loaded_images;
}

/// The columns of a CSV that identify a process: PID, name and, if exported, image path and parent.
type ProcessKey = Vec<String>;

/// The sums over the rows of an operation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    events: u64,
    results: BTreeMap<String, u64>,
    duration: u64,
    longest: u64,
    read: u64,
    written: u64,
}

/// The sums over the rows of a remote endpoint.
#[derive(Debug, Default, PartialEq, Eq)]
struct TrafficSums {
    events: u64,
    sends: u64,
    receives: u64,
    sent: u64,
    received: u64,
}

/// All sums that can be computed from the CSV of a log.
#[derive(Debug, Default, PartialEq, Eq)]
struct Statistics {
    operations: BTreeMap<(ProcessKey, String), Sums>,
    /// The traffic by process, protocol and remote endpoint.
    traffic: BTreeMap<(ProcessKey, String), TrafficSums>,
    /// The number of events of each class, if the CSV has the class.
    classes: BTreeMap<String, u64>,
}

const KEY: [Column; 4] = [Column::PID, Column::PROCESS_NAME, Column::IMAGE_PATH, Column::PARENT_PID];

/// Parses a duration, for example `0.0000074`, into units of 100 ns.
fn ticks(seconds: &str) -> u64 {
    let Some((whole, fraction)) = seconds.split_once('.') else { return 0 };
    assert_eq!(fraction.len(), 7, "{seconds}");
    whole.parse::<u64>().unwrap() * 10_000_000 + fraction.parse::<u64>().unwrap()
}

/// Parses the item `Length: ` of a detail, whose digits may be grouped.
fn length(detail: &str) -> u64 {
    let Some(at) = detail.find("Length: ") else { return 0 };
    let number = detail[at + 8..].split(", ").next().unwrap();
    number.replace(',', "").parse().unwrap_or_else(|_| panic!("{detail}"))
}

/// Computes the sums from a CSV of Procmon.
fn statistics_of_csv(csv: &Csv) -> Statistics {
    let columns = csv.columns();
    let at = |column| columns.iter().position(|&shown| shown == column);
    let place = |column| at(column).unwrap();
    let (operation, result, path, detail) =
        (place(Column::OPERATION), place(Column::RESULT), place(Column::PATH), place(Column::DETAIL));
    let (duration, class) = (at(Column::DURATION), at(Column::EVENT_CLASS));
    let mut statistics = Statistics::default();
    for row in csv.rows() {
        let row = cells(row);
        let key: ProcessKey = KEY.iter().filter_map(|&column| at(column)).map(|at| row[at].clone()).collect();
        // Procmon before 3.60 shows this operation with the name of a different one.
        let name = row[operation].replace("SetAllInformationFile", "SetAllocationInformationFile");
        let sums = statistics.operations.entry((key.clone(), name.clone())).or_default();
        sums.events += 1;
        *sums.results.entry(row[result].clone()).or_default() += 1;
        let span = duration.map_or(0, |at| ticks(&row[at]));
        sums.duration += span;
        sums.longest = sums.longest.max(span);
        if let Some(at) = class {
            *statistics.classes.entry(row[at].clone()).or_default() += 1;
        }
        let network = name.strip_prefix("TCP ").or(name.strip_prefix("UDP "));
        match name.as_str() {
            "ReadFile" if row[result] == "SUCCESS" => sums.read += length(&row[detail]),
            "WriteFile" if row[result] == "SUCCESS" => sums.written += length(&row[detail]),
            _ => {}
        }
        let Some(kind) = network else { continue };
        let bytes = length(&row[detail]);
        let remote = row[path].split_once(" -> ").unwrap().1;
        let traffic = statistics.traffic.entry((key, format!("{} {remote}", &name[..3]))).or_default();
        traffic.events += 1;
        match kind {
            "Send" => {
                (sums.written, traffic.sends, traffic.sent) =
                    (sums.written + bytes, traffic.sends + 1, traffic.sent + bytes);
            }
            "Receive" => {
                (sums.read, traffic.receives, traffic.received) =
                    (sums.read + bytes, traffic.receives + 1, traffic.received + bytes);
            }
            _ => {}
        }
    }
    statistics
}

/// Returns the sums of a summary, with the columns that the CSV has.
fn statistics_of_summary(summary: &Summary, columns: &[Column]) -> Statistics {
    let mut statistics = Statistics::default();
    let shown = |column| columns.contains(&column);
    for process in summary.processes() {
        let text = |column| match column {
            Column::PID => process.pid().to_string(),
            Column::PROCESS_NAME => process.name().to_owned(),
            Column::IMAGE_PATH => process.process().map_or(String::new(), |process| process.image_path().to_owned()),
            _ => process.process().map_or("0".into(), |process| process.parent_pid().to_string()),
        };
        let key: ProcessKey = KEY.iter().filter(|&&column| shown(column)).map(|&column| text(column)).collect();
        for operation in process.operations() {
            // Procmon has one name for all unknown operations.
            let name = if operation.code().is_some() { "<Unknown>" } else { operation.name() };
            let sums = statistics.operations.entry((key.clone(), name.to_owned())).or_default();
            sums.events += operation.events();
            for (status, events) in operation.results() {
                *sums.results.entry(status.to_string()).or_default() += events;
            }
            if shown(Column::DURATION) {
                sums.duration += operation.duration().0;
                sums.longest = sums.longest.max(operation.longest().0);
            }
            sums.read += operation.bytes_read();
            sums.written += operation.bytes_written();
        }
        for endpoint in process.endpoints() {
            let host = match endpoint.host {
                "" => match endpoint.remote.address {
                    std::net::IpAddr::V4(address) => address.to_string(),
                    std::net::IpAddr::V6(address) => address.segments().map(|group| format!("{group:x}")).join(":"),
                },
                name => name.to_owned(),
            };
            let service =
                if endpoint.service.is_empty() { endpoint.remote.port.to_string() } else { endpoint.service.into() };
            let remote = format!("{} {host}:{service}", endpoint.protocol);
            let traffic = statistics.traffic.entry((key.clone(), remote)).or_default();
            traffic.events += endpoint.traffic.events;
            traffic.sends += endpoint.traffic.sends;
            traffic.receives += endpoint.traffic.receives;
            traffic.sent += endpoint.traffic.bytes_sent;
            traffic.received += endpoint.traffic.bytes_received;
        }
    }
    if shown(Column::EVENT_CLASS) {
        let classes = summary.classes();
        statistics.classes = classes.iter().map(|class| (class.class().to_string(), class.events())).collect();
    }
    statistics
}

fn check(data: &Path, name: &str, generation: &str) {
    let log = named(&format!("corpus/{name}"));
    let csv = Csv::open(&data.join("corpus").join(format!("{name}.procmon-{generation}.csv.gz")));
    let (expected, ours) = (statistics_of_csv(&csv), statistics_of_summary(&log.events().collect(), &csv.columns()));
    for (key, sums) in &expected.operations {
        assert_eq!(ours.operations.get(key), Some(sums), "{key:?}");
    }
    for (key, traffic) in &expected.traffic {
        assert_eq!(ours.traffic.get(key), Some(traffic), "{key:?}");
    }
    assert_eq!(ours, expected);
}

macro_rules! corpus {
    ($($test:ident: $log:literal, $generation:literal;)*) => { $(
        fn $test(data: &Path) {
            check(data, $log, $generation);
        }
    )* };
}

corpus! {
    sums_of_win10_64_mixed_match: "win10-64-mixed", "3.94";
    sums_of_win7_32_mixed_match: "win7-32-mixed", "3.94";
    sums_of_win10_64_filesystem_match: "win10-64-filesystem", "3.94";
    sums_of_win10_64_process_match: "win10-64-process", "3.94";
    sums_of_winxp_32_v7_match: "winxp-32-v7", "3.0";
}

fn modules_include_all_loaded_images(_data: &Path) {
    for (name, log) in logs::readers().filter(|(name, _)| is_captured(name)) {
        let mut loaded = BTreeMap::<(u32, u64), BTreeSet<String>>::new();
        for event in log.events().flatten().filter(|event| event.operation_name() == "Load Image") {
            let process = event.process().unwrap();
            let paths = loaded.entry((process.pid(), process.start_time().0)).or_default();
            paths.insert(event.text(Column::PATH).to_string());
        }
        for process in log.events().collect::<Summary>().processes() {
            let modules: BTreeSet<_> = process.modules().iter().map(|module| module.path().to_owned()).collect();
            let start = process.process().map_or(0, |process| process.start_time().0);
            let loaded = loaded.remove(&(process.pid(), start)).unwrap_or_default();
            let missing: Vec<_> = loaded.difference(&modules).collect();
            assert!(missing.is_empty(), "{name}: {} {}: {missing:?}", process.pid(), process.name());
        }
    }
}

/// Formats everything in a summary.
fn described(summary: &Summary) -> String {
    let operation = |text: &mut String, operation: &OperationSummary| {
        writeln!(
            text,
            "  {:?} {:?} {:?} {} {:?} {} {:?} {:?} {} {}",
            operation.class(),
            operation.name(),
            operation.code(),
            operation.events(),
            operation.results(),
            operation.other_results(),
            operation.duration(),
            operation.longest(),
            operation.bytes_read(),
            operation.bytes_written()
        )
        .unwrap();
    };
    let mut text = String::new();
    writeln!(text, "{:?} {} {}", summary.system(), summary.events(), summary.unreadable()).unwrap();
    writeln!(text, "{:?} {:?}", summary.first_error().map(ToString::to_string), summary.span()).unwrap();
    writeln!(text, "{:?} {:?}", summary.first_time(), summary.last_time()).unwrap();
    for class in summary.classes() {
        writeln!(text, "{:?} {}", class.class(), class.events()).unwrap();
        class.operations().iter().for_each(|sums| operation(&mut text, sums));
    }
    for process in summary.processes() {
        let table = process.process();
        writeln!(
            text,
            "{table:?} {} {:?} {}",
            table.map_or(0, |process| process.key().0),
            process.end_time(),
            process.events()
        )
        .unwrap();
        process.operations().iter().for_each(|sums| operation(&mut text, sums));
        writeln!(text, "  {:?} {:?} {:?}", process.modules(), process.endpoints(), process.other_endpoints()).unwrap();
    }
    text
}

/// Returns the summary of a log, merged from parts of `size` events.
fn by_parts(log: &LogsReader, size: usize) -> Summary {
    let mut summary = Summary::new();
    for start in (0..log.len()).step_by(size) {
        summary.merge(log.events_in(start..start + size).collect());
    }
    summary
}

fn merged_parts_give_the_summary_of_the_log(name: &str, log: &LogsReader) {
    let whole = described(&log.events().collect());
    for size in [log.len().max(1), log.len() / 2 + 1, 1009, 97] {
        assert!(described(&by_parts(log, size)) == whole, "{name}: parts of {size}");
    }
}

fn threads_give_the_summary_of_the_log(name: &str, log: &LogsReader) {
    let whole = described(&log.events().collect());
    let size = log.len() / 5 + 1;
    let merged = std::thread::scope(|threads| {
        let parts = (0..5).map(|part| log.events_in(part * size..(part + 1) * size));
        let parts: Vec<_> = parts.map(|events| threads.spawn(|| events.collect::<Summary>())).collect();
        let mut merged = Summary::new();
        parts.into_iter().for_each(|part| merged.merge(part.join().unwrap()));
        merged
    });
    assert!(described(&merged) == whole, "{name}");
}

fn every_event_is_counted_once(name: &str, log: &LogsReader) {
    let summary: Summary = log.events().collect();
    let unreadable = log.events().filter(Result::is_err).count() as u64;
    assert_eq!((summary.events(), summary.unreadable()), (log.len() as u64 - unreadable, unreadable), "{name}");
    let of_processes: u64 = summary.processes().iter().map(ProcessSummary::events).sum();
    let of_classes: u64 = summary.classes().iter().map(|class| class.events()).sum();
    assert_eq!((of_processes, of_classes), (summary.events(), summary.events()), "{name}");
    for process in summary.processes() {
        for operation in process.operations() {
            let results: u64 = operation.results().iter().map(|(_, events)| events).sum();
            assert_eq!(results + operation.other_results(), operation.events(), "{name}");
            assert!(operation.longest() <= operation.duration() && operation.failed() <= operation.events());
        }
    }
}

fn adding_known_processes_and_operations_does_not_allocate(name: &str, log: &LogsReader) {
    let mut summary = Summary::new();
    summary.extend(log.events().flatten());
    let events: Vec<_> = log.events().flatten().collect();
    let ((), counts) = count(|| summary.extend(events.iter().copied()));
    assert_eq!(counts.allocations, 0, "{name}");
}

fn process(index: u32, pid: u32, start_time: u64, name: &str) -> synth::Process {
    let image_path = format!(r"C:\{name}");
    synth::Process { index, pid, start_time, name: name.into(), image_path, ..synth::Process::default() }
}

/// Returns an event of the Profiling class, whose details are short.
fn event(process_index: u32, status: u32, time: u64) -> synth::Event {
    let detail = [0; 12].to_vec();
    synth::Event { process_index, status, time, ..synth::Event::new(4, 0, detail, None) }
}

fn a_process_of_several_segments_is_counted_once() {
    let mut ended = process(1, 100, 5, "stays.exe");
    ended.exit_time = 77;
    let first = synth::Log {
        processes: vec![process(1, 100, 5, "stays.exe"), process(2, 200, 6, "goes.exe")],
        events: vec![event(1, 0, 10), event(2, 0, 11), event(9, 0, 12)],
        ..synth::Log::new(true)
    };
    let second = synth::Log {
        processes: vec![
            ended,
            process(2, 200, 9, "goes.exe"),
            process(3, 200, 6, "goes.exe"),
            process(4, 400, 1, "idle.exe"),
        ],
        events: vec![event(1, 0, 20), event(2, 0, 21), event(3, 0, 22), event(9, 0, 23)],
        ..synth::Log::new(true)
    };
    let log = LogsReader::from_segments([first.bytes(), second.bytes()]).unwrap();
    let summary: Summary = log.events().collect();
    let described: Vec<_> = summary
        .processes()
        .iter()
        .map(|process| {
            (process.pid(), process.name(), process.process().map(|process| process.start_time().0), process.events())
        })
        .collect();
    assert_eq!(
        described,
        [
            (100, "stays.exe", Some(5), 2),
            (200, "goes.exe", Some(6), 1),
            (200, "goes.exe", Some(6), 1),
            (200, "goes.exe", Some(9), 1),
            (400, "idle.exe", Some(1), 0),
            (0, "", None, 2),
        ]
    );
    assert_eq!(summary.processes()[0].end_time(), Some(FileTime(77)));
    assert_eq!((summary.first_time(), summary.last_time()), (Some(FileTime(10)), Some(FileTime(23))));
    assert_eq!(summary.span(), Ticks(13));
}

/// Returns the peak memory use of summarizing a log with the given events, and the bytes of the log.
fn peak(events: impl Iterator<Item = synth::Event>) -> (i64, Vec<u8>) {
    let log = synth::Log {
        processes: vec![process(1, 100, 5, "hostile.exe")],
        events: events.collect(),
        ..synth::Log::new(true)
    };
    let bytes = log.bytes();
    let log = LogsReader::new(bytes.as_slice()).unwrap();
    let (events, counts) = count(|| log.events().collect::<Summary>().events());
    assert_eq!(events, log.len() as u64);
    (counts.peak, bytes)
}

fn memory_does_not_grow_with_results() {
    let events = |count: u32| (0..count).map(|n| event(1, 0xC100_0000 + n, 1));
    let (few, _) = peak(events(5_000));
    let (many, bytes) = peak(events(50_000));
    assert!(many <= few, "{few} bytes for few, {many} bytes for many");
    let log = LogsReader::new(bytes).unwrap();
    let summary: Summary = log.events().collect();
    let operation = &summary.processes()[0].operations()[0];
    assert_eq!(
        (operation.results().len(), operation.other_results(), operation.failed()),
        (1024, 50_000 - 1024, 50_000)
    );
}

fn memory_does_not_grow_with_operations() {
    let unknown = |n: u32| synth::Event {
        process_index: 1,
        class: 7 + n % 60_000,
        operation: (n / 13) as u16,
        ..synth::Event::default()
    };
    let (few, _) = peak((0..100_000).map(unknown));
    let (many, bytes) = peak((0..300_000).map(unknown));
    assert!(many <= few * 3 / 2, "{few} bytes for few, {many} bytes for many");
    let log = LogsReader::new(bytes).unwrap();
    let summary: Summary = log.events().collect();
    assert!(summary.processes()[0].operations().len() <= 32 * 256);
}

fn memory_does_not_grow_with_endpoints() {
    let local = SocketAddr::from(([10, 0, 0, 1], 1));
    let send = |n: u32| {
        let remote = SocketAddr::from((n.to_be_bytes(), 443));
        synth::Event { process_index: 1, ..synth::network::tcp(2, local, remote, 10, &[]) }
    };
    let (few, _) = peak((0..70_000).map(send));
    let (many, bytes) = peak((0..200_000).map(send));
    assert!(many <= few * 11 / 10, "{few} bytes for few, {many} bytes for many");
    let log = LogsReader::new(bytes).unwrap();
    let summary: Summary = log.events().collect();
    let process = &summary.processes()[0];
    assert_eq!(process.endpoints().len(), 65_536);
    let others = process.other_endpoints().unwrap();
    assert_eq!((others.events, others.bytes_sent), (200_000 - 65_536, 10 * (200_000 - 65_536)));
}
