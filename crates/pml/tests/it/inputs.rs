//! The inputs of commands: folders, standard input, compressed logs, and a range of the events.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::{LogsReader, Ticks};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs the program with standard input, and checks its exit code.
fn run_with(code: i32, arguments: &[&str], input: &[u8]) -> Output {
    let output = assert_cmd::cargo::cargo_bin_cmd!("pml").args(arguments).write_stdin(input).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn run(code: i32, arguments: &[&str]) -> Output {
    run_with(code, arguments, &[])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn logs_can_be_compressed_or_come_from_a_pipe() {
    let log = fs::read(fixture("sample64.pml")).unwrap();
    let expected = run(0, &["export", path(&fixture("sample64.pml"))]).stdout;
    let (gz, zst) = (gzip(&log), zstd::encode_all(log.as_slice(), 0).unwrap());
    let folder = tempfile::tempdir().unwrap();
    // Compression is recognized by the contents, not by the name.
    // A file can have several frames, and frames without data between them.
    let (first, second) = log.split_at(log.len() / 2);
    let skippable = [b"\x50\x2A\x4D\x18\x03\0\0\0".as_slice(), b"abc"].concat();
    let frames = [zstd::encode_all(first, 0).unwrap(), skippable, zstd::encode_all(second, 0).unwrap()].concat();
    for (name, bytes) in [("a.pml.gz", &gz), ("b.pml.zst", &zst), ("c.pml", &gz), ("d.pml", &frames)] {
        let log = folder.path().join(name);
        fs::write(&log, bytes).unwrap();
        assert!(run(0, &["export", path(&log)]).stdout == expected, "{name}");
    }
    for bytes in [&log, &gz, &zst] {
        assert!(run_with(0, &["export", "-"], bytes).stdout == expected);
    }
    let cut = run_with(1, &["export", "-"], &gz[..gz.len() / 2]);
    assert!(!cut.stderr.is_empty());
}

#[test]
fn a_folder_stands_for_its_logs() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    fs::copy(fixture("sample64.pml"), folder.path().join("b.PML")).unwrap();
    fs::copy(fixture("sample32.pml"), inner.join("a.pml")).unwrap();
    fs::write(inner.join("notes.txt"), "not a log").unwrap();
    let events = |name: &str| LogsReader::open(fixture(name)).unwrap().len();
    let exported = run(0, &["export", path(folder.path()), "--columns", "PID"]).stdout;
    let lines = exported.iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(lines, 1 + events("sample64.pml") + events("sample32.pml"));

    let empty = tempfile::tempdir().unwrap();
    let message = String::from_utf8(run(1, &["info", path(empty.path())]).stderr).unwrap();
    assert!(message.contains("contains no .pml"), "{message}");
}

#[test]
fn a_bad_log_does_not_stop_the_others() {
    let good = fixture("sample64.pml");
    let expected = run(0, &["export", path(&good)]).stdout;
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.pml");
    fs::write(&bad, b"not a log").unwrap();
    for command in ["export", "statistics", "info"] {
        let output = run(3, &[command, path(&bad), path(&good)]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("bad.pml") && !output.stdout.is_empty(), "{command}: {message}");
        run(1, &[command, path(&bad)]);
    }
    assert!(run(3, &["export", path(&bad), path(&good)]).stdout == expected);
    let out = folder.path().join("out.pml");
    run(3, &["save", path(&bad), path(&good), "-o", path(&out)]);
    assert_eq!(LogsReader::open(out).unwrap().len(), LogsReader::open(good).unwrap().len());
}

/// Returns the numbers of the exported events.
fn ordinals(log: &Path, arguments: &[&str]) -> Vec<u64> {
    let mut all = vec!["export", path(log), "--format", "jsonl"];
    all.extend(arguments);
    let lines = String::from_utf8(run(0, &all).stdout).unwrap();
    let number = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["ordinal"].as_u64().unwrap();
    lines.lines().map(number).collect()
}

#[test]
fn all_commands_select_ranges_of_events() {
    let file = fixture("sample64.pml");
    let log = LogsReader::open(&file).unwrap();
    let times: Vec<_> = log.events().map(|event| event.unwrap().time()).collect();
    let (first, last) = (times[0], *times.last().unwrap());
    let span = last.since(first).0;
    let half = Ticks(span / 2);
    let expected = |keep: &dyn Fn(usize) -> bool| {
        (0..times.len()).filter(|&number| keep(number)).map(|number| number as u64).collect::<Vec<_>>()
    };
    let after_half = expected(&|number| times[number] >= first.after(half));
    assert!(!after_half.is_empty() && after_half.len() < times.len());
    assert_eq!(ordinals(&file, &["--from", &format!("+{half}s")]), after_half);
    let before_end = Ticks(span - half.0);
    assert_eq!(ordinals(&file, &["--from", &format!("-{before_end}s")]), after_half);
    let before_half = expected(&|number| times[number] < first.after(half));
    assert_eq!(ordinals(&file, &["--to", &format!("+{half}s")]), before_half);
    assert_eq!(ordinals(&file, &["--events", "10..20"]), (10..20).collect::<Vec<_>>());
    assert_eq!(ordinals(&file, &["--from", &first.after(half).to_string()]), after_half);

    let statistics = run(0, &["statistics", path(&file), "--json", "--events", "10..20"]).stdout;
    let statistics: serde_json::Value = serde_json::from_slice(&statistics).unwrap();
    assert_eq!(statistics[0]["events"]["total"], 10, "{statistics}");

    let folder = tempfile::tempdir().unwrap();
    let arguments = ["report", path(&file), "--events", "10..20", "--working", path(folder.path())];
    run(0, &arguments);
    let report = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let lines = fs::read(report.join("output.csv")).unwrap().iter().filter(|&&byte| byte == b'\n').count();
    assert_eq!(lines, 11);
}

#[test]
fn a_range_that_ends_before_it_starts_is_refused() {
    let file = fixture("sample64.pml");
    for (from, to) in [("2026-03-02", "2026-03-01"), ("+2s", "+1s")] {
        let message = String::from_utf8(run(2, &["export", path(&file), "--from", from, "--to", to]).stderr).unwrap();
        assert!(message.contains("--from"), "{message}");
    }
    let message = String::from_utf8(run(2, &["export", path(&file), "--from", "+1 parsec"]).stderr).unwrap();
    assert!(message.contains("+1.5s"), "{message}");
    // Pipes cannot be read twice, so the range is also resolved for a log in memory.
    let log = fs::read(&file).unwrap();
    assert!(!run_with(0, &["export", "-", "--from", "-1h"], &log).stdout.is_empty());
}
