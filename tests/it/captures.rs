//! Captures of several files: their names, warnings and times. Also the order in which a writer stores entries.

use std::io::Cursor;

use crate::support::synth::{self, Host, Log, network, process};
use procmon_parser::index::WarningKind;
use procmon_parser::summary::Summary;
use procmon_parser::write::{self, LogsWriter, ModuleInfo, ProcessInfo};
use procmon_parser::{Column, Compat, FileTime, LogsReader, LogsStream, PointerWidth, Style, SystemInfo};

const HOUR: u64 = 3600 * 10_000_000;

fn files(logs: &[Log]) -> Vec<Vec<u8>> {
    logs.iter().map(Log::bytes).collect()
}

/// Returns the kinds of warnings of each file.
fn warnings(logs: &[Log]) -> Vec<Vec<WarningKind>> {
    let read = LogsReader::from_segments(files(logs)).unwrap();
    let kinds = |warnings: &[procmon_parser::index::Warning]| warnings.iter().map(|warning| warning.kind).collect();
    let kinds_of_read: Vec<Vec<_>> = read.indexes().map(|index| kinds(index.warnings())).collect();
    let stream = LogsStream::from_segments(files(logs)).unwrap();
    assert_eq!(kinds_of_read, stream.indexes().map(|index| kinds(index.warnings())).collect::<Vec<Vec<_>>>());
    kinds_of_read
}

/// Moves the events of a log to a later time.
fn delay(log: &mut Log, ticks: u64) {
    log.events.iter_mut().for_each(|event| event.time += ticks);
}

#[test]
fn files_that_are_probably_not_of_one_capture_have_a_warning() {
    let capture = synth::segments();
    assert_eq!(warnings(&capture), [vec![], vec![], vec![]]);

    let mut other = capture.clone();
    other[1].computer = "TULIP".into();
    // The third file is compared with the second one.
    assert_eq!(warnings(&other), [vec![], vec![WarningKind::OtherComputer], vec![WarningKind::OtherComputer]]);
    other[2].computer = "tulip".into();
    assert_eq!(warnings(&other), [vec![], vec![WarningKind::OtherComputer], vec![]]);
    other[2].windows = [6, 1, 7601];
    assert_eq!(warnings(&other)[2], [WarningKind::OtherComputer]);

    let mut later = capture.clone();
    delay(&mut later[1], 2 * HOUR);
    let distant = vec![WarningKind::DistantFile];
    assert_eq!(warnings(&later), [vec![], distant.clone(), distant.clone()]);
    // Files without events have no time.
    later[1].events.clear();
    assert_eq!(warnings(&later), [vec![], vec![], vec![]]);
    delay(&mut later[2], 2 * HOUR);
    assert_eq!(warnings(&later), [vec![], vec![], distant]);

    let whole = synth::sample(true);
    assert_eq!(warnings(&[whole.clone(), whole]), [vec![], vec![]], "the files overlap");
}

#[test]
fn a_host_has_the_best_name_of_all_files() {
    let named = |names: &[(u8, &str)]| Log {
        hosts: names.iter().map(|(last, name)| Host::new([192, 0, 2, *last], name)).collect(),
        events: vec![network::tcp(2, ([192, 0, 2, 1], 1).into(), ([192, 0, 2, 2], 2).into(), 0, &[])],
        ..Log::new(true)
    };
    let path = |log: &LogsReader, ordinal, compat| {
        log.event(ordinal).unwrap().text_in(Column::PATH, &Style::new().compat(compat)).to_string()
    };
    let logs = [
        named(&[(1, "192.0.2.1"), (2, "early")]),
        named(&[(1, "middle"), (2, "192.0.2.2")]),
        named(&[(1, "late"), (2, "")]),
    ];
    let log = LogsReader::from_segments(files(&logs)).unwrap();
    let shown: Vec<_> = (0..3).map(|ordinal| path(&log, ordinal, Compat::Complete)).collect();
    assert_eq!(shown, ["late:1 -> early:2", "middle:1 -> early:2", "late:1 -> early:2"]);
    let by_procmon: Vec<_> = (0..3).map(|ordinal| path(&log, ordinal, Compat::Procmon3_94)).collect();
    assert_eq!(by_procmon, ["late:1 -> 192.0.2.2:2"; 3]);

    // A log has one name for a host: the first one that is not its address.
    let mut joined = Cursor::new(Vec::new());
    write::save(&mut joined, &log, |_| true).unwrap();
    let joined = LogsReader::new(joined.into_inner()).unwrap();
    assert_eq!(path(&joined, 0, Compat::Complete), "middle:1 -> early:2");
}

#[test]
fn a_summary_has_the_times_of_each_file() {
    let log = LogsReader::from_segments(files(&synth::segments())).unwrap();
    let summary = Summary::of(&log).unwrap();
    let times: Vec<_> = log.events().flatten().map(|event| (event.index().clone(), event.time())).collect();
    for index in log.indexes() {
        let own = || times.iter().filter(|(of, _)| of == index).map(|&(_, time)| time);
        assert_eq!(summary.span_of(index), own().min().zip(own().max()));
    }
    assert_eq!(summary.first_time(), times.iter().map(|&(_, time)| time).min());
}

#[test]
fn a_process_whose_name_is_not_that_of_its_program_is_noticed() {
    let misnamed = |name: &str, start: bool| {
        let mut log = Log::new(true);
        log.processes = vec![synth::Process { index: 7, pid: 70, name: name.into(), ..Default::default() }];
        let event = |event: synth::Event, time| synth::Event { process_index: 7, time, ..event };
        log.events = vec![
            event(process::load_image(true, 0x1000, 0x10, r"\SystemRoot\system32\ntdll.dll"), 30),
            event(process::load_image(true, 0x2000, 0x10, r"C:\Temp\Updater.exe"), 20),
        ];
        if start {
            log.events.insert(0, event(process::start(1, "", "", &[]), 10));
        }
        let log = LogsReader::new(log.bytes()).unwrap();
        let summary = Summary::of(&log).unwrap();
        summary.processes()[0].is_misnamed()
    };
    assert!(!misnamed("updater.exe", true));
    assert!(misnamed("svchost.exe", true));
    assert!(!misnamed("svchost.exe", false), "the program was loaded before the capture");
}

#[test]
fn modules_are_sorted_however_they_are_added() {
    let module = |base, load_time| {
        let mut module = ModuleInfo::new(format!("{base:x}-{load_time}"), base, 16);
        module.load_time = FileTime(load_time);
        module
    };
    let modules = [module(0x2000, 1), module(0x1000, 1), module(0x1000, 3), module(0x1000, 2)];
    let mut together = ProcessInfo::new(1, "together");
    together.modules = modules.to_vec();
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    writer.add_process(&together).unwrap();
    let one_by_one = writer.add_process(&ProcessInfo::new(2, "one by one")).unwrap();
    modules.iter().for_each(|module| writer.add_module(one_by_one, module).unwrap());
    let log = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    for process in log.index().processes() {
        let paths: Vec<_> = process.modules().map(|module| module.path()).collect();
        assert_eq!(paths, ["1000-3", "1000-2", "1000-1", "2000-1"], "{}", process.name());
    }
}
