//! `pml trace` as its users run it.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Output;

use procmon_parser::{Column, Event, LogsReader};
use serde_json::Value;

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// Runs `pml trace` and checks its exit code.
fn trace(code: i32, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
    let output = command.arg("trace").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Writes a trace to a file with this name and returns its bytes.
fn to_file(name: &str, arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    trace(0, &[&["-o", file.to_str().unwrap()], arguments].concat());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    fs::read(file).unwrap()
}

/// Returns the number of slices and instants of a trace for Perfetto.
fn events(trace: &[u8]) -> usize {
    let trace: Value = serde_json::from_slice(trace).unwrap();
    let is_event = |event: &&Value| ["X", "b", "i"].contains(&event["ph"].as_str().unwrap());
    trace["traceEvents"].as_array().unwrap().iter().filter(is_event).count()
}

/// Returns the number of events that are slices or instants.
fn expected(log: &str, keep: fn(&Event<'_>) -> bool) -> usize {
    let is_sample = |event: &Event<'_>| ["Thread Profiling", "Process Profiling"].contains(&event.operation_name());
    let log = LogsReader::open(log).unwrap();
    log.events().flatten().filter(|event| !is_sample(event) && keep(event)).count()
}

#[test]
fn the_option_or_the_extension_chooses_the_format() {
    let log = fixture("sample64.pml");
    let to = |format: &str| trace(0, &[&log, "--to", format]).stdout;
    for (name, format, start) in [
        ("a.perfetto.json", "perfetto", "{\"otherData\""),
        ("a.firefox.json", "firefox", "{\"meta\""),
        ("a.speedscope.json", "speedscope", "{\"$schema\""),
        ("a.FOLDED", "folded", ""),
        ("a.svg", "svg", "<svg"),
        ("a", "perfetto", "{\"otherData\""),
    ] {
        let written = to_file(name, &[&log]);
        assert!(written.starts_with(start.as_bytes()), "{name}");
        assert_eq!(written, to(format), "{name}");
        assert_eq!(written, to_file("x.unknown", &[&log, "--to", format]), "{name}");
    }
    for wrong in ["a.json", "a.txt", "a.pml"] {
        trace(2, &[&log, "-o", wrong]);
    }
    trace(2, &[&log, "-o", "a.svg", "--to", "folded"]);
    trace(2, &[&log, "--to", "+1s"]);
}

#[test]
fn traces_can_be_compressed() {
    let log = fixture("sample64.pml");
    let plain = trace(0, &[&log]).stdout;
    let mut unpacked = Vec::new();
    let packed = to_file("a.perfetto.json.gz", &[&log]);
    flate2::read::MultiGzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert_eq!(zstd::decode_all(&*to_file("a.json.zst", &[&log, "--to", "perfetto"])).unwrap(), plain);
}

#[test]
fn options_select_events() {
    let log = fixture("sample64.pml");
    let failed = trace(0, &[&log, "--filter", "Result is SUCCESS then Exclude"]).stdout;
    assert_eq!(events(&failed), expected(&log, |event| event.text(Column::RESULT).to_string() != "SUCCESS"));
    let part = trace(0, &[&log, "--from", "+0s", "--until", "+0.001s"]).stdout;
    assert!((1..165).contains(&events(&part)));
    let stacks = trace(0, &[&log, "--stacks", "--events", "77..78"]).stdout;
    assert!(String::from_utf8(stacks).unwrap().contains("\"stack\":\""));
}

#[test]
fn options_choose_the_weight_and_the_frames() {
    let log = fixture("sample64.pml");
    let folded =
        |options: &[&str]| String::from_utf8(trace(0, &[&[&*log, "--to", "folded"], options].concat()).stdout).unwrap();
    let sum =
        |text: &str| text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum::<u64>();
    let (count, modules, time) = (folded(&[]), folded(&["--by", "module"]), folded(&["--weight", "time"]));
    assert!(count.contains("kernel32.dll!0x") && modules.contains(";kernel32.dll;") && !modules.contains("!0x"));
    assert_eq!((sum(&count), sum(&modules)), (165, 165));
    assert!(sum(&time) > 165);
    trace(2, &[&log, "--weight", "time"]);
    trace(2, &[&log, "--to", "firefox", "--by", "module"]);
    trace(2, &[&log, "--to", "svg", "--stacks"]);
}

#[test]
fn unreadable_events_are_reported() {
    let damaged = fixture("damaged.pml");
    let output = trace(3, &[&damaged]);
    assert_eq!(events(&output.stdout), expected(&damaged, |_| true));
    assert!(String::from_utf8(output.stderr).unwrap().contains("8 of 165 events"));
    trace(1, &["missing.pml"]);
    let log = fixture("sample64.pml");
    trace(2, &[&log, "--to", "svg", "-o", &log]);
}

#[test]
fn a_complete_trace_has_no_warning() {
    for format in ["perfetto", "folded"] {
        let message = String::from_utf8(trace(0, &[&fixture("sample64.pml"), "--to", format]).stderr).unwrap();
        assert!(!message.contains("omitted"), "{message}");
    }
}
