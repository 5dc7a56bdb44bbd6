//! Logs with known calls and samples.

use std::io::Cursor;

use procmon_parser::code::{FileOperation, NtStatus, Operation, ProfilingOperation, RegistryOperation};
use procmon_parser::detail::{Detail, ProcessProfiling, ProfilingDetail, ThreadProfiling};
use procmon_parser::write::{LogsWriter, ModuleInfo, NewDetail, NewEvent, ProcessInfo};
use procmon_parser::{FileTime, LogsReader, PointerWidth, ProcessKey, SystemInfo, Ticks};
use procmon_trace::TraceWriter;
use serde_json::Value;

use crate::support::{Perfetto, check_all, written};

pub(crate) const START: u64 = 134_169_138_000_000_000;

/// Builds a log.
pub(crate) struct LogBuilder(LogsWriter<Cursor<Vec<u8>>>);

impl LogBuilder {
    pub(crate) fn new() -> Self {
        let system = SystemInfo::new(PointerWidth::Bits64);
        Self(LogsWriter::new(Cursor::new(Vec::new()), &system).unwrap())
    }

    pub(crate) fn process(&mut self, process: &ProcessInfo) -> ProcessKey {
        self.0.add_process(process).unwrap()
    }

    pub(crate) fn event(&mut self, event: &NewEvent<'_>) {
        self.0.write_event(event).unwrap();
    }

    /// Adds a call of a thread. Times are relative to the start; without an end, it has not completed.
    pub(crate) fn call(&mut self, process: ProcessKey, thread_id: u32, start: u64, end: Option<u64>) {
        let mut event = NewEvent::new(process, Operation::Registry(RegistryOperation::CLOSE_KEY));
        event.thread_id = thread_id;
        event.time = FileTime(START + start);
        event.duration = Ticks(end.map_or(u64::MAX, |end| end - start));
        event.status = if end.is_some() { NtStatus::SUCCESS } else { NtStatus::PENDING };
        event.detail = NewDetail::Bytes { detail: b"\x04\x80HKLM\0\0", extra: None };
        self.event(&event);
    }

    pub(crate) fn finish(self) -> LogsReader {
        LogsReader::new(self.0.finish().unwrap().into_inner()).unwrap()
    }
}

fn process(pid: u32, name: &str, start_time: u64) -> ProcessInfo {
    let mut process = ProcessInfo::new(pid, name);
    process.start_time = FileTime(start_time);
    process
}

#[test]
fn calls_nest_or_are_asynchronous() {
    let mut builder = LogBuilder::new();
    let key = builder.process(&process(8, "a.exe", START));
    for (thread, start, end) in [
        (1, 0, Some(100)),
        (1, 10, Some(50)),
        (2, 20, Some(60)),
        (1, 20, Some(60)), // overlaps
        (1, 50, None),
        (1, 60, Some(60)),
        (1, 60, Some(100)),
        (1, 59, Some(61)), // not in the order of time
        (0, 70, Some(70)),
    ] {
        builder.call(key, thread, start, end);
    }
    let log = builder.finish();
    check_all(&log, "calls");
    let (trace, summary) = written(|out| TraceWriter::new().perfetto(out, &log));
    let trace = Perfetto::parse(&trace, "calls");
    let events = |phase: &str| trace.of_phase(phase).map(|event| event["args"]["event"].as_u64().unwrap()).collect();
    let (nested, asynchronous): (Vec<_>, Vec<_>) = (events("X"), events("b"));
    assert_eq!((nested, asynchronous, summary.slices), (vec![0, 1, 2, 5, 6, 8], vec![3, 4, 7], 9));
}

#[test]
fn processes_with_one_pid_are_apart() {
    let mut builder = LogBuilder::new();
    let keys = [
        builder.process(&process(8, "first.exe", START)),
        builder.process(&process(8, "second.exe", START + 5)),
        builder.process(&process(12, "third.exe", START)),
        ProcessKey::NONE,
    ];
    for (number, key) in keys.into_iter().enumerate() {
        builder.call(key, 1, 10 * number as u64, Some(10 * number as u64 + 1000));
    }
    let log = builder.finish();
    check_all(&log, "processes");
    let (trace, _) = written(|out| TraceWriter::new().perfetto(out, &log));
    let trace = Perfetto::parse(&trace, "processes");
    let names =
        trace.of_phase("M").map(|event| (event["pid"].as_u64().unwrap(), event["args"]["name"].as_str().unwrap()));
    let next = 1 << 30;
    let expected = [(8, "first.exe"), (next, "second.exe (PID 8)"), (12, "third.exe"), (next + 1, "(unknown process)")];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert_eq!(trace.of_phase("b").count(), 0, "the threads of two processes are different");
    let (profile, _) = written(|out| TraceWriter::new().firefox(out, &log));
    let profile: Value = serde_json::from_str(&profile).unwrap();
    let names: Vec<_> = profile["threads"].as_array().unwrap().iter().map(|thread| &thread["processName"]).collect();
    assert_eq!(names.len(), 4);
}

/// Returns a log with samples of a process and of a thread, one second apart.
fn samples() -> LogsReader {
    let mut builder = LogBuilder::new();
    let key = builder.process(&process(8, "busy.exe", START));
    for (second, (user, kernel, bytes)) in
        [(0, 0, 4096), (2_500_000, 2_500_000, 8192), (12_500_000, 2_500_000, 0)].into_iter().enumerate()
    {
        let mut of_process = ProcessProfiling::default();
        (of_process.user_time, of_process.kernel_time) = (Ticks(user), Ticks(kernel));
        (of_process.private_bytes, of_process.working_set) = (bytes, u64::MAX - bytes);
        let mut of_thread = ThreadProfiling::default();
        (of_thread.user_time, of_thread.kernel_time, of_thread.context_switches) = (Ticks(10_000), Ticks(15_000), 7);
        for (operation, detail) in [
            (ProfilingOperation::PROCESS_PROFILING, ProfilingDetail::Process(of_process)),
            (ProfilingOperation::THREAD_PROFILING, ProfilingDetail::Thread(of_thread)),
        ] {
            let mut event = NewEvent::new(key, Operation::Profiling(operation));
            event.time = FileTime(START + second as u64 * 10_000_000);
            event.thread_id = 16;
            event.stack = &[0x7FF6_0000_1000, 0, 0x7FF6_0000_2000];
            event.detail = NewDetail::Typed(Detail::Profiling(detail));
            builder.event(&event);
        }
    }
    builder.finish()
}

#[test]
fn samples_are_counters() {
    let log = samples();
    check_all(&log, "samples");
    let (trace, summary) = written(|out| TraceWriter::new().perfetto(out, &log));
    let trace = Perfetto::parse(&trace, "samples");
    let values = |name: &str, key: &str| {
        let counters = trace.of_phase("C").filter(|event| event["name"] == name);
        counters.map(|event| event["args"][key].as_f64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(values("CPU time", "user ms"), [0.0, 250.0, 1250.0]);
    assert_eq!(values("CPU time", "kernel ms"), [0.0, 250.0, 250.0]);
    assert_eq!(values("CPU", "percent of a processor"), [50.0, 100.0]);
    assert_eq!(values("Private Bytes", "bytes"), [4096.0, 8192.0, 0.0]);
    assert_eq!(values("Working Set", "bytes").len(), 3);
    assert_eq!(values("Thread 16", "user ms"), [1.0; 3]);
    assert_eq!(values("Thread 16", "kernel ms"), [1.5; 3]);
    assert_eq!(values("Thread 16", "context switches"), [7.0; 3]);
    assert_eq!((summary.counters, summary.slices, summary.instants), (3 * 3 + 2 + 3, 0, 0));
}

#[test]
fn samples_have_cpu_time_and_stacks() {
    let (profile, summary) = written(|out| TraceWriter::new().firefox(out, &samples()));
    let profile: Value = serde_json::from_str(&profile).unwrap();
    let thread = &profile["threads"][0];
    assert_eq!(thread["samples"]["threadCPUDelta"], serde_json::json!([2500, 2500, 2500]));
    assert_eq!(thread["stackTable"]["length"], 2);
    let strings = thread["stringArray"].as_array().unwrap();
    assert!(strings.contains(&"<unknown>!0x7ff600001000".into()), "{strings:?}");
    assert_eq!((summary.samples, summary.counters), (3, 9));
    let counters = profile["counters"].as_array().unwrap();
    let private = counters.iter().find(|counter| counter["name"] == "Private Bytes").unwrap();
    assert_eq!(private["samples"]["count"], serde_json::json!([4096.0, 4096.0, -8192.0]));
}

#[test]
fn extreme_times_stay_numbers() {
    let mut builder = LogBuilder::new();
    let key = builder.process(&process(8, "a.exe", u64::MAX));
    for (time, duration) in [
        (START, u64::MAX),
        (START + 1, 1),
        (0, 5),
        (u64::MAX, u64::MAX),
        (u64::MAX - 1, 0),
        (START + 2, u64::MAX / 2),
        (START - 1, 10),
    ] {
        for status in [NtStatus::SUCCESS, NtStatus::PENDING] {
            let mut event = NewEvent::new(key, Operation::File(FileOperation::READ));
            (event.time, event.duration, event.status) = (FileTime(time), Ticks(duration), status);
            event.thread_id = u32::MAX;
            event.stack = &[u64::MAX, 1, 0];
            builder.event(&event);
        }
    }
    check_all(&builder.finish(), "times");
}

#[test]
fn the_module_of_an_address_depends_on_the_time() {
    let mut builder = LogBuilder::new();
    let mut process = ProcessInfo::new(8, "reload.exe");
    let module = |name: &str, base, after| {
        let mut module = ModuleInfo::new(format!("C:\\{name}.dll").as_str(), base, 0x1000);
        module.load_time = FileTime(START + after);
        module
    };
    process.modules = vec![module("always", 0x1000, 0), module("first", 0x5000, 100), module("second", 0x5004, 200)];
    let key = builder.process(&process);
    for (after, stack) in (0..30).map(|number| number * 10).flat_map(|after| {
        [(after, [0x1010, 0x5010, 0x1020]), (after, [0x1010, 0x1010, 0x1020]), (after + 1, [0x1010, 0x5010, 0x1020])]
    }) {
        let mut event = NewEvent::new(key, Operation::Registry(RegistryOperation::CLOSE_KEY));
        (event.time, event.duration, event.stack) = (FileTime(START + after), Ticks(1), &stack);
        builder.event(&event);
    }
    let log = builder.finish();
    check_all(&log, "reload");
    let (stacks, _) = written(|out| TraceWriter::new().folded(out, &log));
    for (name, count) in [("<unknown>!0x5010", 20), ("first.dll!0x10", 20), ("second.dll!0xc", 20)] {
        let line = stacks.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.ends_with(&format!(" {count}")), "{line}");
    }
}
