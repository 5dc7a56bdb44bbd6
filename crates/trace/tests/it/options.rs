//! The options of traces.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use procmon_parser::analysis::StackWeight;
use procmon_parser::code::EventClass;
use procmon_parser::{Event, Style};
use procmon_trace::TraceWriter;

use crate::open;
use crate::support::{Perfetto, check_folded, check_speedscope, written};

fn is_registry(event: Event<'_>) -> bool {
    event.class() == EventClass::REGISTRY
}

#[test]
fn a_filter_applies_to_all_formats() {
    let log = open("sample64.pml");
    let count = log.events().flatten().filter(|event| is_registry(*event)).count() as u64;
    let writer = || TraceWriter::new().filter(&is_registry);
    let (trace, summary) = written(|out| writer().perfetto(out, &log));
    assert_eq!((summary.events, summary.slices), (count, count));
    assert_eq!(Perfetto::parse(&trace, "").of_phase("X").filter(|event| event["cat"] != "Registry").count(), 0);
    assert_eq!(written(|out| writer().firefox(out, &log)).1.slices, count);
    assert_eq!(check_speedscope(&written(|out| writer().speedscope(out, &log)).0, StackWeight::Count, ""), count);
    assert_eq!(check_folded(&written(|out| writer().folded(out, &log)).0, ""), count);
    assert!(written(|out| writer().svg(out, &log)).0.contains(&format!("Stacks of {count} events")));
}

#[test]
fn times_count_from_the_start_of_the_log() {
    let log = open("sample64.pml");
    let last = |event: Event<'_>| event.ordinal() as usize == log.len() - 1;
    let (trace, _) = written(|out| TraceWriter::new().filter(&last).perfetto(out, &log));
    let trace = Perfetto::parse(&trace, "");
    let event = log.event(log.len() - 1).unwrap();
    let ticks = event.time().since(log.index().origin()).0;
    let object = trace.events.iter().find(|object| object.contains_key("ts")).unwrap();
    assert!(ticks > 0 && (object["ts"].as_f64().unwrap() * 10.0).round() as u64 == ticks);
}

#[test]
fn threads_do_not_change_a_call_tree() {
    let logs: Vec<_> = (0..400).map(|_| open("sample64.pml")).collect();
    let writer = |threads| TraceWriter::new().threads(NonZero::new(threads).unwrap());
    let one = written(|out| writer(1).speedscope(out, &logs[..]));
    assert_eq!(one.0, written(|out| writer(3).speedscope(out, &logs[..])).0);
    assert_eq!(one.1.events, 400 * 165);
}

#[test]
fn threads_do_not_change_a_profile() {
    let logs: Vec<_> = (0..40).map(|_| open("sample64.pml")).collect();
    let writer = |threads| TraceWriter::new().threads(NonZero::new(threads).unwrap());
    let one = written(|out| writer(1).firefox(out, &logs[..]));
    assert_eq!(one.0, written(|out| writer(2).firefox(out, &logs[..])).0);
    assert_eq!(one.1.events, 40 * 165);
}

#[test]
fn several_logs_of_a_computer_have_common_processes() {
    let logs = [open("sample64.pml"), open("sample64.pml")];
    let (twice, summary) = written(|out| TraceWriter::new().perfetto(out, &logs[..]));
    let (once, _) = written(|out| TraceWriter::new().perfetto(out, &logs[0]));
    let count = |trace: &str, phase: &str| Perfetto::parse(trace, "").of_phase(phase).count();
    assert_eq!((count(&twice, "M"), summary.events), (count(&once, "M"), 330));
    assert_eq!(count(&twice, "i"), 2 * count(&once, "i"));
}

#[test]
fn texts_are_in_the_style() {
    let log = open("sample64.pml");
    let writer = TraceWriter::new().style(Style::new().advanced_names(true)).title("a \"log\"");
    let (trace, _) = written(|out| writer.perfetto(out, &log));
    assert!(trace.contains("\"name\":\"IRP_MJ_CREATE\"") && trace.contains("\"title\":\"a \\\"log\\\"\""));
    assert!(written(|out| writer.firefox(out, &log)).0.contains("IRP_MJ_CREATE"));
}

#[test]
fn progress_covers_all_events() {
    let log = open("sample64.pml");
    let read = AtomicU64::new(0);
    let add = |events| {
        read.fetch_add(events, Ordering::Relaxed);
    };
    let writer = TraceWriter::new().filter(&is_registry).progress(&add);
    writer.perfetto(std::io::sink(), &log).unwrap();
    writer.svg(std::io::sink(), &log).unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 2 * log.len() as u64);
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;

    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let (log, writer) = (open("sample64.pml"), TraceWriter::new());
    assert!(writer.perfetto(Full, &log).unwrap_err().is_io());
    assert!(writer.firefox(Full, &log).unwrap_err().is_io());
    assert!(writer.speedscope(Full, &log).unwrap_err().is_io());
    assert!(writer.folded(Full, &log).unwrap_err().is_io());
    assert!(writer.svg(Full, &log).unwrap_err().is_io());
}
