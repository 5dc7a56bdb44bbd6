//! Names that are made to break the formats.

use procmon_parser::code::{FileOperation, NtStatus, Operation, RegistryOperation};
use procmon_parser::write::{ModuleInfo, NewDetail, NewEvent, ProcessInfo, WideString};
use procmon_parser::{FileTime, LogsReader, Ticks};
use procmon_trace::TraceWriter;

use crate::made::{LogBuilder, START};
use crate::support::{Perfetto, check_all, written};

/// Returns names with quotes, controls, markup, separators, directions, and unpaired surrogates.
fn names() -> Vec<WideString> {
    let all_controls: Vec<u16> = (0..0x30).chain(0x7F..0xA0).collect();
    let surrogates = [0xD800, 0x41, 0xDC00, 0xDBFF, 0xD83D, 0xDE00, 0xFFFE, 0xFFFF];
    let mut names: Vec<WideString> = [
        "\"",
        "\\",
        "a\\\"b\\\\",
        "\"}]}\n{\"ph\":\"X\"",
        "</title><script>alert(1)</script>",
        "]]>&amp;&#0;<!--",
        "a;b 12\nc;d 13",
        "\u{202E}gnp.exe\u{2066}\u{2028}\u{2029}\u{FEFF}",
        "\u{1F600}\u{E000}\u{10FFFF}",
        "",
        "../../../etc/passwd\0hidden",
    ]
    .into_iter()
    .map(WideString::from)
    .collect();
    names.push(all_controls.into_iter().collect());
    names.push(surrogates.into_iter().collect());
    names.push("long".repeat(3000).into());
    names
}

/// Returns a log whose processes, modules and paths have these names.
fn log() -> LogsReader {
    let mut builder = LogBuilder::new();
    for (number, name) in (0..).zip(names()) {
        let mut process = ProcessInfo::new(4 * (number / 2), name.clone());
        process.command_line = name.clone();
        process.image_path = name.clone();
        process.start_time = FileTime(START);
        process.modules = vec![ModuleInfo::new(name.clone(), 0x1000, 0x1000)];
        let key = builder.process(&process);
        let units = name.units();
        let mut path = u16::try_from(units.len()).unwrap().to_le_bytes().to_vec();
        path.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        let mut event = NewEvent::new(key, Operation::Registry(RegistryOperation::CLOSE_KEY));
        event.thread_id = 4;
        event.time = FileTime(START + u64::from(number));
        event.duration = Ticks(100);
        event.stack = &[0x1800, 0x7FFF_FFFF_FFFF, 0x1900];
        event.detail = NewDetail::Bytes { detail: &path, extra: None };
        builder.event(&event);
        event.status = NtStatus(0xDEAD_0000 + number);
        event.operation = Operation::File(FileOperation(200));
        event.detail = NewDetail::Bytes { detail: &[], extra: Some(&[0xFF]) };
        builder.event(&event);
    }
    builder.finish()
}

#[test]
fn hostile_names_do_not_break_the_formats() {
    let log = log();
    check_all(&log, "hostile");
    let hostile = "\"}<script>\u{202E}\u{0}\u{1F600}";
    let writer = TraceWriter::new().title(hostile).stacks(true);
    let (trace, summary) = written(|out| writer.perfetto(out, &log));
    assert_eq!(summary.slices, log.len() as u64);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&trace).unwrap()["otherData"]["title"], hostile);
    let (graph, _) = written(|out| writer.svg(out, &log));
    assert!(!graph.contains("<script") && !graph.contains('\u{202E}'));
    crate::support::check_svg(&graph, "hostile");
}

#[test]
fn texts_of_processes_are_cut() {
    let mut builder = LogBuilder::new();
    let long = "x".repeat(20_000);
    for pid in 0..200 {
        let mut process = ProcessInfo::new(pid, long.as_str());
        process.command_line = long.as_str().into();
        process.modules = vec![ModuleInfo::new(long.as_str(), 0x1000, 0x1000)];
        let key = builder.process(&process);
        builder.call(key, 1, pid.into(), Some(1000));
    }
    let log = builder.finish();
    let (trace, _) = written(|out| TraceWriter::new().perfetto(out, &log));
    assert_eq!(Perfetto::parse(&trace, "long").of_phase("M").count(), 400);
    assert!(trace.len() < 200 * 5000, "{}", trace.len());
    assert!(written(|out| TraceWriter::new().firefox(out, &log)).0.len() < 200 * 5000);
}

#[test]
fn a_deep_stack_is_written_in_all_formats() {
    let mut builder = LogBuilder::new();
    let key = builder.process(&ProcessInfo::new(8, "deep.exe"));
    let stack: Vec<u64> = (1..=u64::from(u16::MAX)).collect();
    let mut event = NewEvent::new(key, Operation::Registry(RegistryOperation::CLOSE_KEY));
    (event.time, event.duration, event.stack) = (FileTime(START), Ticks(7), &stack);
    builder.event(&event);
    check_all(&builder.finish(), "deep");
}
