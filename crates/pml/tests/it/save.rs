//! `pml save` as its users run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::code::EventClass;
use procmon_parser::{Event, LogsReader};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Runs the program and checks its exit code.
fn run(code: i32, arguments: &[&str]) -> Output {
    let output = assert_cmd::cargo::cargo_bin_cmd!("pml").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn message(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs `pml save` on fixtures, and returns the log that it writes.
fn saved(logs: &[&str], arguments: &[&str]) -> LogsReader {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    let logs: Vec<PathBuf> = logs.iter().map(|name| fixture(name)).collect();
    let mut all = vec!["save"];
    all.extend(logs.iter().map(|log| path(log)));
    all.extend(["-o", path(&out)]);
    all.extend(arguments);
    let output = run(0, &all);
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{}", message(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    LogsReader::open(out).unwrap()
}

fn bytes(log: &LogsReader) -> Vec<&[u8]> {
    log.events().map(|event| event.unwrap().bytes()).collect()
}

#[test]
fn save_without_a_selection_copies() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    run(0, &["save", path(&fixture("sample64.pml")), "-o", path(&out)]);
    assert!(fs::read(out).unwrap() == fs::read(fixture("sample64.pml")).unwrap());
}

#[test]
fn save_takes_numbers_of_events() {
    let sample = LogsReader::open(fixture("sample64.pml")).unwrap();
    let all = bytes(&sample);
    assert_eq!(bytes(&saved(&["sample64.pml"], &["--events", "10..20"])), all[10..20]);
    assert_eq!(bytes(&saved(&["sample64.pml"], &["--events", "150.."])), all[150..]);
    assert_eq!(bytes(&saved(&["sample64.pml"], &["--events", "..7"])), all[..7]);
    assert!(saved(&["sample64.pml"], &["--events", "9_000.."]).is_empty());
    for wrong in ["7", "20..10", "a..b", "1..2..3"] {
        run(2, &["save", path(&fixture("sample64.pml")), "-o", "unused.pml", "--events", wrong]);
    }
}

#[test]
fn save_takes_times() {
    let sample = LogsReader::open(fixture("sample64.pml")).unwrap();
    // The sample begins at 08:30:00.1234567 UTC.
    let between = |from: &str, to: &str| saved(&["sample64.pml"], &["--from", from, "--to", to]).len();
    let whole = between("2026-03-02", "2026-03-03");
    assert_eq!(whole, sample.len());
    let middle = "2026-03-02T08:30:00.1500000";
    let (early, late) = (between("2026-03-02 08:30", middle), between(middle, "2026-03-02T08:31:00Z"));
    assert!(early > 0 && late > 0 && early + late == whole, "{early} and {late} of {whole}");
    assert_eq!(between(middle, "2026-03-02T09:31:00+01:00"), late);
    let exactly = "2026-03-02T08:30:00.1234567";
    assert_eq!(between(exactly, "2026-03-02T08:30:00.1234568"), 1);
    let wrong = run(2, &["save", path(&fixture("sample64.pml")), "-o", "unused.pml", "--from", "yesterday"]);
    assert!(message(&wrong).contains("2026-03-02T08:30:00"), "{}", message(&wrong));
}

#[test]
fn save_takes_filters() {
    let log = saved(&["sample64.pml"], &["--filter", "Process Name is updater.exe then Include", "--events", "..100"]);
    assert!(!log.is_empty());
    let names = |event: Event<'_>| event.process().unwrap().name().to_owned();
    assert!(log.events().all(|event| names(event.unwrap()) == "updater.exe"));
    let processes: Vec<_> = log.index().processes().map(|process| process.name()).collect();
    assert_eq!(processes, ["System", "updater.exe"], "only processes with events, and System");
}

#[test]
fn save_joins_a_capture_of_several_files_and_several_logs() {
    let sample = LogsReader::open(fixture("sample64.pml")).unwrap();
    assert_eq!(bytes(&saved(&["segments/capture-1.pml"], &[])), bytes(&sample));
    let second = saved(&["segments/capture-1.pml"], &["--single-file"]);
    assert!(second.len() < sample.len());
    let joined = saved(&["segments/capture.pml", "sample64.pml"], &[]);
    assert_eq!(joined.len(), 2 * sample.len());
    assert!(joined.events().map(|event| event.unwrap().time()).is_sorted());
    assert_eq!(joined.index().processes().len(), sample.index().processes().len(), "they are the same processes");
    let page = saved(&["segments/capture.pml"], &["--events", "60..90"]);
    assert_eq!(bytes(&page), bytes(&sample)[60..90]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    let logs = [fixture("sample64.pml"), fixture("sample32.pml")];
    let output = run(1, &["save", path(&logs[0]), path(&logs[1]), "-o", path(&out)]);
    assert!(message(&output).contains("32-bit"), "{}", message(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn save_warns_of_hosts_with_different_names() {
    let first = fixture("sample64.pml");
    let sample = LogsReader::open(&first).unwrap();
    let host = sample.index().hosts().iter().find(|host| !host.name.is_empty()).unwrap();
    let name: Vec<u8> = host.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut renamed = fs::read(&first).unwrap();
    // The hosts table is in the last section of a log, so the last occurrence is the name in this table. Its first
    // character is changed.
    let at = renamed.windows(name.len()).rposition(|bytes| bytes == name).unwrap();
    renamed[at] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    let [second, out] = ["second.pml", "out.pml"].map(|name| folder.path().join(name));
    fs::write(&second, renamed).unwrap();
    let output = run(0, &["save", path(&first), path(&second), "-o", path(&out)]);
    assert_eq!(
        message(&output),
        "warning: 1 host or port has a different name in a later file; the name from the earlier file is written\n"
    );
    assert_eq!(LogsReader::open(out).unwrap().index().hosts(), sample.index().hosts());
}

#[test]
fn save_of_a_damaged_log_writes_the_rest_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    let output = run(3, &["save", path(&fixture("damaged.pml")), "-o", path(&out)]);
    assert!(message(&output).contains("8 of 165 events could not be read"), "{}", message(&output));
    assert_eq!(LogsReader::open(out).unwrap().len(), 157);
}

#[test]
fn save_never_writes_over_a_log_that_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    for (name, fixture_name) in [("x.pml", "capture.pml"), ("x-1.pml", "capture-1.pml")] {
        fs::copy(fixture("segments").join(fixture_name), folder.path().join(name)).unwrap();
    }
    let [first, second] = ["x.pml", "x-1.pml"].map(|name| folder.path().join(name));
    let before = fs::read(&second).unwrap();
    let output = run(2, &["save", path(&first), "-o", path(&second)]);
    assert!(message(&output).contains("refusing to overwrite it"), "{}", message(&output));
    assert!(fs::read(second).unwrap() == before);
}

#[test]
fn save_keeps_the_old_file_when_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    fs::write(&out, "before").unwrap();
    run(1, &["save", path(&fixture("unclosed.pml")), "-o", path(&out)]);
    run(1, &["save", path(&folder.path().join("missing.pml")), "-o", path(&out)]);
    assert_eq!(fs::read_to_string(&out).unwrap(), "before");
    let nowhere = folder.path().join("no-such-folder").join("out.pml");
    let output = run(1, &["save", path(&fixture("sample64.pml")), "-o", path(&nowhere)]);
    let text = message(&output);
    assert!(text.contains("no-such-folder: ") && !text.contains(".pml-"), "{text}");
    run(1, &["save", path(&fixture("sample64.pml")), "-o", path(folder.path())]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
#[cfg(target_os = "linux")]
fn save_reports_a_full_disk() {
    let output = run(1, &["save", path(&fixture("sample64.pml")), "-o", "/dev/full"]);
    assert!(message(&output).contains("/dev/full: No space left"), "{}", message(&output));
    // A file-size limit smaller than the log simulates a full disk.
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    let program = assert_cmd::cargo::cargo_bin!("pml");
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" save \"$1\" -o \"$2\"";
    let arguments = [path(program), path(&fixture("sample64.pml")), path(&out)].map(str::to_owned);
    let output = std::process::Command::new("bash").args(["-c", script]).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", message(&output));
    assert!(message(&output).contains("out.pml"), "{}", message(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn save_writes_to_standard_output() {
    let output = run(0, &["save", path(&fixture("sample64.pml")), "-o", "-"]);
    assert!(output.stdout == fs::read(fixture("sample64.pml")).unwrap());
}

#[test]
fn save_like_procmon_takes_all_profiling_events() {
    let sample = LogsReader::open(fixture("sample64.pml")).unwrap();
    let filter = ["--filter", "Event Class is Registry then Include"];
    let of = |class: EventClass| sample.events().flatten().filter(move |event| event.class() == class);
    let registry = of(EventClass::REGISTRY).count();
    let profiling = of(EventClass::PROFILING).count();
    assert!(registry > 0 && profiling > 0);
    assert_eq!(saved(&["sample64.pml"], &filter).len(), registry);
    let like_procmon = [&filter[..], &["--compat", "procmon-3.94"]].concat();
    assert_eq!(saved(&["sample64.pml"], &like_procmon).len(), registry + profiling);
    // Procmon cannot select events by number. `--compat` adds the profiling events that the filter hides, but not those
    // outside `--events`.
    let part = [&like_procmon[..], &["--events", "0..20"]].concat();
    let in_part = |event: &Event<'_>| event.ordinal() < 20;
    let expected = of(EventClass::REGISTRY).filter(in_part).count() + of(EventClass::PROFILING).filter(in_part).count();
    assert_eq!(saved(&["sample64.pml"], &part).len(), expected);
}

/// Writes two files that their names associate with one capture. The second one begins `seconds` later, on a different
/// computer.
fn unrelated(folder: &Path, seconds: u64) {
    let bytes = fs::read(fixture("sample64.pml")).unwrap();
    fs::write(folder.join("x.pml"), &bytes).unwrap();
    let log = LogsReader::new(bytes.as_slice()).unwrap();
    let mut later = bytes.clone();
    // 0x0C is the computer name in the header, and 0x1C the start time in an event.
    later[0x0C] = b'Z';
    for event in log.events().flatten() {
        let at = event.offset() as usize + 0x1C;
        let time = event.time().0 + seconds * 10_000_000;
        later[at..at + 8].copy_from_slice(&time.to_le_bytes());
    }
    fs::write(folder.join("x-1.pml"), later).unwrap();
}

#[test]
fn files_that_are_joined_because_of_their_names_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let (log, out) = (folder.path().join("x.pml"), folder.path().join("out.pml"));
    unrelated(folder.path(), 7200);
    for command in [&["save", path(&log), "-o", path(&out)][..], &["export", path(&log)], &["statistics", path(&log)]] {
        let output = run(0, command);
        let message = message(&output);
        let lines: Vec<_> = message.lines().filter(|line| line.contains("x-1.pml: ")).collect();
        assert_eq!(lines.len(), 2, "{command:?}: {message}");
        assert!(lines[0].contains("a different computer") && lines[1].contains("an hour away"), "{message}");
    }
    assert!(message(&run(0, &["export", path(&log), "--single-file"])).is_empty());
}

#[test]
fn info_shows_the_times_of_files_and_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("x.pml");
    unrelated(folder.path(), 7200);
    let text = String::from_utf8(run(0, &["info", path(&log)]).stdout).unwrap();
    assert!(text.contains("  2026-03-02T08:30:00.1234567Z to "), "{text}");
    assert!(text.contains("  2026-03-02T10:30:00.1234567Z to ") && text.contains(", after a gap of 7,1"), "{text}");
    let warning = "x-1.pml: header.computer_name at 0xc: the previous file is from a different computer";
    assert!(text.contains(warning), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&run(0, &["info", path(&log), "--json"]).stdout).unwrap();
    let files = json[0]["files"].as_array().unwrap();
    assert!(files[0]["gap_seconds"].is_null());
    assert!(files[1]["gap_seconds"].as_f64().is_some_and(|gap| (7100.0..7200.0).contains(&gap)), "{files:?}");
    assert_eq!(files[1]["first"], "2026-03-02T10:30:00.1234567Z");
}

/// Returns a log in which the detail of event 3 extends over the following event.
fn overlapping_log() -> (Vec<u8>, [u64; 2]) {
    let mut bytes = fs::read(fixture("sample64.pml")).unwrap();
    let log = LogsReader::open(fixture("sample64.pml")).unwrap();
    let [at, next, after] = [3, 4, 5].map(|number| log.event(number).unwrap().offset());
    // 0x2C is the size of the detail block.
    let field = at as usize + 0x2C;
    let size = u32::from_le_bytes(bytes[field..field + 4].try_into().unwrap()) + (after - next) as u32;
    bytes[field..field + 4].copy_from_slice(&size.to_le_bytes());
    // 0x30 is the offset of the extra block.
    bytes[field + 4..field + 8].fill(0);
    (bytes, [at, next])
}

#[test]
fn overlapping_events_are_reported_with_both_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let (log, out) = (folder.path().join("log.pml"), folder.path().join("out.pml"));
    let (bytes, places) = overlapping_log();
    fs::write(&log, bytes).unwrap();
    let [first, second] = places.map(|place| format!("{place:#x}"));
    let names_both = |text: &str| text.contains(&first) && text.contains(&second) && text.contains("overlap");
    let shown = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    for (code, arguments) in [
        (0, &["info", path(&log)][..]),
        (0, &["info", path(&log), "--json"]),
        (0, &["statistics", path(&log)]),
        (3, &["save", path(&log), "-o", path(&out)]),
        (3, &["recover", path(&log), "-o", path(&out)]),
        (3, &["recover", path(&log), "-o", path(&out), "--json"]),
    ] {
        let output = run(code, arguments);
        let text = shown(&output) + &message(&output);
        let is_json = arguments.contains(&"--json") && arguments[0] == "recover";
        let places_in_json = format!("{},\n        {}", places[0], places[1]);
        assert!(names_both(&text) || is_json && text.contains(&places_in_json), "{arguments:?}: {text}");
    }
    let all = LogsReader::open(fixture("sample64.pml")).unwrap().len();
    // `recover` keeps event 4, whose record is plausible, and leaves out event 3, whose size is wrong.
    assert_eq!(LogsReader::open(&out).unwrap().len(), all - 1);
    assert!(!names_both(&shown(&run(0, &["info", path(&out)]))));
}

#[test]
fn the_time_of_to_is_excluded_and_that_of_from_included() {
    let log = LogsReader::open(fixture("sample64.pml")).unwrap();
    let times: Vec<_> = log.events().map(|event| event.unwrap().time()).collect();
    let time = times[times.len() / 2];
    let count = |option: &str| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out.pml");
        run(0, &["save", path(&fixture("sample64.pml")), "-o", path(&out), option, &time.to_string()]);
        LogsReader::open(out).unwrap().len()
    };
    assert_eq!(count("--to"), times.iter().filter(|of| **of < time).count());
    assert_eq!(count("--from"), times.iter().filter(|of| **of >= time).count());
}
