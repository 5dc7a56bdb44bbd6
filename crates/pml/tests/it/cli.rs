//! The program as its users run it: `export`, `info`, `save` and `recover`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use procmon_parser::{Column, LogsReader};

fn pml() -> assert_cmd::Command {
    assert_cmd::cargo::cargo_bin_cmd!("pml")
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Runs the program and checks its exit code.
fn run(code: i32, arguments: &[&str]) -> Output {
    let output = pml().args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn rows(bytes: &[u8]) -> Vec<csv::StringRecord> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("a byte-order mark");
    csv::Reader::from_reader(text).records().map(Result::unwrap).collect()
}

fn titles(bytes: &[u8]) -> Vec<String> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("a byte-order mark");
    csv::Reader::from_reader(text).headers().unwrap().iter().map(str::to_owned).collect()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn export_writes_all_events_to_standard_output() {
    let log = fixture("sample64.pml");
    let output = run(0, &["export", path(&log)]);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(titles(&output.stdout).len(), Column::PROCMON_ORDER.len());
    assert_eq!(rows(&output.stdout).len(), LogsReader::open(&log).unwrap().len());
}

#[test]
fn export_writes_the_same_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("out.csv");
    let log = fixture("sample64.pml");
    let output = run(0, &["export", path(&log), "-o", path(&csv)]);
    assert!(output.stdout.is_empty());
    assert_eq!(fs::read(&csv).unwrap(), run(0, &["export", path(&log)]).stdout);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn export_writes_the_requested_columns() {
    let log = fixture("sample64.pml");
    let output = run(0, &["export", path(&log), "--columns", "pid, Path,Process Name"]);
    assert_eq!(titles(&output.stdout), ["PID", "Path", "Process Name"]);
    let output = run(0, &["export", path(&log), "--columns", "all"]);
    assert_eq!(titles(&output.stdout).len(), 29);
    let output = run(2, &["export", path(&log), "--columns", "PID,Paht"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("\"Paht\"") && message.contains("Path"), "{message}");
}

#[test]
fn export_prints_times_in_the_requested_time_zone() {
    let log = fixture("sample64.pml");
    let times = |offset: &str| {
        let output = run(0, &["export", path(&log), "--columns", "Date & Time", "--utc-offset", offset]);
        rows(&output.stdout).iter().map(|row| row[0].to_owned()).collect::<Vec<_>>()
    };
    let utc = times("UTC");
    assert_eq!(times("+00:00"), utc);
    assert_ne!(times("+05:30"), utc);
    run(2, &["export", path(&log), "--utc-offset", "yesterday"]);
}

#[test]
fn export_prints_advanced_names_and_the_text_of_each_version() {
    let log = fixture("sample64.pml");
    let output = run(0, &["export", path(&log), "--columns", "Operation", "--advanced"]);
    assert!(rows(&output.stdout).iter().any(|row| &row[0] == "IRP_MJ_CREATE"));
    let newest = run(0, &["export", path(&log), "--compat", "procmon-4.01", "--columns", "all"]);
    for compat in ["complete", "procmon-3.94", "procmon-3.70", "procmon-3.53", "procmon-3.0", "3.96", "PROCMON-3.94"] {
        let older = run(0, &["export", path(&log), "--compat", compat, "--columns", "all"]);
        assert_eq!(rows(&older.stdout).len(), rows(&newest.stdout).len());
    }
    let with = |compat| run(0, &["export", path(&log), "--compat", compat]).stdout;
    assert_eq!(with("3.94"), with("procmon-3.94"));
    let output = run(2, &["export", path(&log), "--compat", "procmon-1.0"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("procmon-3.94"), "the error lists the versions");
}

#[test]
fn text_and_filters_follow_the_locale() {
    let log = fixture("sample64.pml");
    let german = ["export", path(&log), "--columns", "Date & Time", "--locale", "de-DE"];
    let all = rows(&run(0, &german).stdout);
    assert!(all.iter().all(|row| row[0].chars().nth(2) == Some('.')), "{all:?}");
    let day = &all[0][0][..10];
    let filter = format!("Date & Time begins with {day} then Include");
    let found = rows(&run(0, &[&german[..], &["--filter", &filter]].concat()).stdout);
    assert!(!found.is_empty() && found.iter().all(|row| row[0].starts_with(day)));
    let changed = run(0, &["export", path(&log), "--columns", "Date & Time", "--locale", "de-DE;date=yyyy"]);
    assert!(rows(&changed.stdout).iter().all(|row| row[0].chars().nth(4) == Some(' ')));
    run(2, &["export", path(&log), "--locale", "xx-XX"]);
    run(2, &["export", path(&log), "--locale", "de-DE;date=MMM"]);
}

#[test]
fn export_never_writes_over_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.pml");
    fs::copy(fixture("sample64.pml"), &log).unwrap();
    let before = fs::read(&log).unwrap();
    let detour = folder.path().join(".").join("log.pml");
    let output = run(2, &["export", path(&log), "-o", path(&detour)]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("refusing to overwrite it"));
    assert_eq!(fs::read(&log).unwrap(), before);
}

#[test]
fn export_replaces_a_file_only_when_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("out.csv");
    fs::write(&csv, "before").unwrap();
    run(1, &["export", path(&fixture("unclosed.pml")), "-o", path(&csv)]);
    assert_eq!(fs::read_to_string(&csv).unwrap(), "before");
    run(0, &["export", path(&fixture("sample64.pml")), "-o", path(&csv)]);
    assert_ne!(fs::read_to_string(&csv).unwrap(), "before");
    run(1, &["export", path(&fixture("sample64.pml")), "-o", path(folder.path())]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn export_of_a_damaged_log_writes_the_rest_and_warns() {
    let log = fixture("damaged.pml");
    let output = run(3, &["export", path(&log)]);
    let reader = LogsReader::open(&log).unwrap();
    let unreadable = reader.events().filter(Result::is_err).count();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("{unreadable} of {} events could not be read", reader.len())), "{message}");
    let rows = rows(&output.stdout);
    assert_eq!(rows.len(), reader.len());
    assert_eq!(rows.iter().filter(|row| row.iter().all(|cell| matches!(cell, "" | "n/a"))).count(), unreadable);
}

#[test]
fn bad_logs_end_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.pml");
    fs::write(&text, "Time of Day,Process Name").unwrap();
    let missing = folder.path().join("missing.pml");
    let [cut, count, empty] = ["cut.pml", "count.pml", "empty.pml"].map(|name| folder.path().join(name));
    let mut log = fs::read(fixture("sample64.pml")).unwrap();
    fs::write(&cut, &log[..log.len() / 2]).unwrap();
    // The number of strings.
    let strings = u32::from_le_bytes(log[0x258..0x25C].try_into().unwrap()) as usize;
    log[strings..strings + 4].fill(0xFF);
    fs::write(&count, &log).unwrap();
    fs::write(&empty, "").unwrap();
    for (log, message) in [
        (text, "PML"),
        (missing, "missing.pml"),
        (fixture("unclosed.pml"), "pml recover"),
        (cut, "pml recover"),
        (count, "pml recover"),
        (empty, "empty.pml: the file is empty"),
    ] {
        for command in ["export", "info"] {
            let output = run(1, &[command, path(&log)]);
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(error.starts_with("error: ") && error.contains(message), "{error}");
            assert!(output.stdout.is_empty());
        }
    }
    run(2, &["export"]);
    run(2, &["exprot", "x.pml"]);
}

#[test]
fn a_capture_of_several_files_is_one_log() {
    let first = fixture("segments/capture.pml");
    let whole = run(0, &["export", path(&first)]).stdout;
    let named_all = ["segments/capture.pml", "segments/capture-1.pml", "segments/capture-2.pml"].map(fixture);
    let arguments: Vec<_> = std::iter::once("export").chain(named_all.iter().map(|log| path(log))).collect();
    assert_eq!(run(0, &arguments).stdout, whole);
    let alone = run(0, &["export", path(&first), "--single-file"]).stdout;
    assert!(rows(&alone).len() < rows(&whole).len());
}

#[test]
fn a_log_can_be_read_from_a_pipe() {
    if !Path::new("/dev/stdin").exists() {
        return;
    }
    let log = fixture("sample32.pml");
    let output = pml().args(["export", "/dev/stdin"]).pipe_stdin(&log).unwrap().output().unwrap();
    assert_eq!(output.stdout, run(0, &["export", path(&log)]).stdout);
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    for command in ["export", "info"] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pml"))
            .args([command, path(&fixture("sample64.pml"))])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn info_shows_the_same_as_text_and_as_json() {
    let log = fixture("sample64.pml");
    let text = String::from_utf8(run(0, &["info", path(&log)]).stdout).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&run(0, &["info", path(&log), "--json"]).stdout).unwrap();
    let info = &json[0];
    let reader = LogsReader::open(&log).unwrap();
    assert_eq!(info["events"]["total"], reader.len());
    assert_eq!(info["system"]["computer"], reader.index().system().computer_name);
    assert_eq!(info["processes"].as_array().unwrap().len(), reader.index().processes().count());
    let classes = info["classes"].as_array().unwrap();
    let counted: u64 = classes.iter().map(|class| class["events"].as_u64().unwrap()).sum();
    assert_eq!(counted, reader.len() as u64);
    assert!(text.contains("ORCHID") && classes.iter().all(|class| text.contains(class["name"].as_str().unwrap())));
}

#[test]
fn info_counts_unreadable_events() {
    let output = run(3, &["info", path(&fixture("damaged.pml")), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json[0]["events"]["unreadable"].as_u64().unwrap() > 0);
}

#[test]
fn an_empty_log_is_a_table_without_rows() {
    let output = run(0, &["export", path(&fixture("empty.pml"))]);
    assert_eq!(rows(&output.stdout).len(), 0);
    run(0, &["info", path(&fixture("empty.pml"))]);
}

#[test]
fn save_replaces_names_in_the_whole_log() {
    let folder = tempfile::tempdir().unwrap();
    let [out, map] = ["out.pml", "names.txt"].map(|name| folder.path().join(name));
    fs::write(&map, "# names\n\nupdater=program\n").unwrap();
    let log = fixture("sample64.pml");
    let redact = ["--redact", "Windows=W", "--redact-map", path(&map), "--redact-user"];
    let output = run(0, &[&["save", path(&log), "-o", path(&out)][..], &redact].concat());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.starts_with("redacted: names in "), "{message}");
    let redacted = LogsReader::open(&out).unwrap();
    assert_eq!(redacted.len(), LogsReader::open(&log).unwrap().len());
    assert_eq!(redacted.index().system().computer_name, "computer1");
    assert_eq!(redacted.index().system().system_root, r"C:\W");
    let csv = String::from_utf8(run(0, &["export", path(&out)]).stdout).unwrap().to_ascii_lowercase();
    for name in ["windows", "updater", "orchid", "alice"] {
        assert!(!csv.contains(name), "{name}");
    }
    assert!(csv.contains(r"computer1\user1") && csv.contains("program.exe"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

/// PowerShell writes text files in UTF-16.
#[test]
fn a_map_of_replacements_can_be_in_utf_16() {
    let folder = tempfile::tempdir().unwrap();
    let [out, map] = ["out.pml", "names.txt"].map(|name| folder.path().join(name));
    let log = fixture("sample64.pml");
    let text = "\u{FEFF}updater=program\r\n".encode_utf16();
    fs::write(&map, text.flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
    run(0, &["save", path(&log), "-o", path(&out), "--redact-map", path(&map)]);
    let csv = String::from_utf8(run(0, &["export", path(&out)]).stdout).unwrap();
    assert!(csv.contains("program.exe") && !csv.to_ascii_lowercase().contains("updater"));
    fs::write(&map, [0xFF, 0xFE, 0x00, 0xD8]).unwrap();
    let output = run(2, &["save", path(&log), "-o", path(&out), "--redact-map", path(&map)]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a text file in UTF-8 or UTF-16"));
}

#[test]
fn save_refuses_replacements_that_contain_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pml");
    let log = fixture("sample64.pml");
    for replacement in ["=x", "x", "updater=the Updater"] {
        run(2, &["save", path(&log), "-o", path(&out), "--redact", replacement]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn recover_writes_readable_events_and_reports_losses() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.pml");
    let sound = LogsReader::open(fixture("sample64.pml")).unwrap();
    // Only the header is incomplete.
    let output = run(0, &["recover", path(&fixture("unclosed.pml")), "-o", path(&good)]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains(&format!("{} events recovered", sound.len())), "{report}");
    assert_eq!(LogsReader::open(&good).unwrap().len(), sound.len());
    // Truncated within the events.
    let cut = folder.path().join("cut.pml");
    fs::write(&cut, &fs::read(fixture("sample64.pml")).unwrap()[..20_000]).unwrap();
    let output = run(3, &["recover", path(&cut), "-o", path(&good), "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let recovered = LogsReader::open(&good).unwrap();
    assert!(!recovered.is_empty() && recovered.len() < sound.len());
    assert_eq!(report["events"], recovered.len());
    assert_eq!(report["complete"], false);
    assert_eq!(report["damaged"][0]["declared_events"], sound.len());
    assert_eq!(report["damaged"][0]["processes"], "rebuilt from the events");
    for (event, original) in recovered.events().zip(sound.events()) {
        assert_eq!(event.unwrap().detail_bytes(), original.unwrap().detail_bytes());
    }
}

#[test]
fn recover_copies_intact_logs_and_refuses_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.pml");
    let output = run(0, &["recover", path(&fixture("sample64.pml")), "-o", path(&good)]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("nothing was lost"));
    let none = folder.path().join("none.pml");
    fs::write(&none, "MZ, not a log").unwrap();
    fs::remove_file(&good).unwrap();
    let output = run(1, &["recover", path(&none), "-o", path(&good)]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("none.pml"));
    assert!(!good.exists());
    let log = fixture("unclosed.pml");
    run(2, &["recover", path(&log), "-o", path(&log)]);
    // The log goes to standard output, the report to standard error.
    let output = run(0, &["recover", path(&log), "-o", "-"]);
    assert!(LogsReader::new(output.stdout).is_ok() && !output.stderr.is_empty());
}
