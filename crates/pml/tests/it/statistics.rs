//! `pml statistics` as its users run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::LogsReader;
use procmon_parser::summary::Summary;
use serde_json::Value;

const FIXTURES: [&str; 6] =
    ["sample64.pml", "sample32.pml", "version7.pml", "empty.pml", "damaged.pml", "segments/capture.pml"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Runs `pml statistics` and checks its exit code.
fn statistics(code: i32, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
    let output = command.arg("statistics").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(statistics(code, arguments).stdout).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn json_has_the_numbers_of_the_library() {
    for name in FIXTURES {
        let log = LogsReader::open(fixture(name)).unwrap();
        let summary: Summary = log.events().collect();
        let code = if summary.unreadable() > 0 { 3 } else { 0 };
        let json: Value = serde_json::from_str(&text(code, &[path(&fixture(name)), "--json"])).unwrap();
        assert_eq!(json.as_array().unwrap().len(), 1);
        let json = &json[0];
        assert_eq!(json["events"]["total"], log.len());
        assert_eq!(json["events"]["unreadable"], summary.unreadable());
        let shown = json["processes"].as_array().unwrap().iter().filter(|process| process["events"] != 0);
        let processes = summary.processes().into_iter().filter(|process| process.events() > 0);
        let mut compared = 0;
        for (shown, process) in shown.zip(processes) {
            assert_eq!(shown["pid"], process.pid(), "{name}");
            assert_eq!(shown["name"], process.name());
            assert_eq!(shown["events"], process.events());
            assert_eq!(shown["failed"], process.failed());
            assert_eq!(shown["seconds"], process.duration().as_secs_f64());
            assert_eq!(shown["modules"].as_array().unwrap().len(), process.modules().len());
            assert_eq!(shown["operations"].as_array().unwrap().len(), process.operations().len());
            for (shown, operation) in shown["operations"].as_array().unwrap().iter().zip(process.operations()) {
                assert_eq!(shown["events"], operation.events());
                assert_eq!(shown["bytes_read"], operation.bytes_read());
                assert_eq!(shown["bytes_written"], operation.bytes_written());
                assert_eq!(shown["longest_seconds"], operation.longest().as_secs_f64());
                let results = shown["results"].as_array().unwrap();
                let sum: u64 = results.iter().map(|result| result["events"].as_u64().unwrap()).sum();
                assert_eq!(sum, operation.events());
            }
            for (shown, endpoint) in shown["endpoints"].as_array().unwrap().iter().zip(process.endpoints()) {
                assert_eq!(shown["address"], endpoint.remote.address.to_string());
                assert_eq!(shown["bytes_sent"], endpoint.traffic.bytes_sent);
                assert_eq!(shown["bytes_received"], endpoint.traffic.bytes_received);
            }
            compared += process.events();
        }
        assert_eq!(compared, summary.events(), "{name}");
    }
}

#[test]
fn info_counts_the_same() {
    for name in FIXTURES {
        let log = fixture(name);
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
        let output = command.args(["info", path(&log), "--json"]).output().unwrap();
        let info: Value = serde_json::from_slice(&output.stdout).unwrap();
        let statistics: Value =
            serde_json::from_str(&text(output.status.code().unwrap(), &[path(&log), "--json"])).unwrap();
        let (info, statistics) = (&info[0], &statistics[0]);
        assert_eq!(info["system"], statistics["system"]);
        assert_eq!(info["events"], statistics["events"]);
        let classes = |json: &Value| {
            let classes = json["classes"].as_array().unwrap().iter();
            let operations = classes.flat_map(|class| class["operations"].as_array().unwrap());
            let counts = ["name", "events", "failed"];
            operations.map(|operation| counts.map(|count| operation[count].clone())).collect::<Vec<_>>()
        };
        assert_eq!(classes(info), classes(statistics), "{name}");
        let processes = |json: &Value| {
            let processes = json["processes"].as_array().unwrap().iter();
            let processes = processes.filter(|process| process["in_process_table"] != false);
            let facts = ["pid", "parent_pid", "name", "image_path", "user", "started", "ended", "events"];
            processes.map(|process| facts.map(|fact| process[fact].clone())).collect::<Vec<_>>()
        };
        assert_eq!(processes(info), processes(statistics), "{name}");
    }
}

#[test]
fn csv_has_a_row_for_each_operation() {
    let log = fixture("sample64.pml");
    let output = text(0, &[path(&log), "--csv"]);
    let mut reader = csv::Reader::from_reader(output.as_bytes());
    let titles = reader.headers().unwrap().clone();
    let at = |title: &str| titles.iter().position(|shown| shown == title).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let events: u64 = rows.iter().map(|row| row[at("Events")].parse::<u64>().unwrap()).sum();
    assert_eq!(events, LogsReader::open(&log).unwrap().len() as u64);
    let read: u64 = rows.iter().map(|row| row[at("Bytes Read")].parse::<u64>().unwrap()).sum();
    assert!(read > 0);
    statistics(2, &[path(&log), "--csv", "--json"]);
}

#[test]
fn processes_are_sorted_as_requested() {
    let log = fixture("sample64.pml");
    let sorted = |by: &str, field: &str| {
        let json: Value = serde_json::from_str(&text(0, &[path(&log), "--json", "--by", by])).unwrap();
        let processes = json[0]["processes"].as_array().unwrap().iter();
        // The entry for events without a process comes last.
        let processes = processes.filter(|process| process["in_process_table"] == true);
        processes.map(|process| process[field].clone()).collect::<Vec<_>>()
    };
    let numbers = |by, field| sorted(by, field).iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>();
    assert!(numbers("pid", "pid").is_sorted());
    assert!(numbers("count", "events").iter().rev().is_sorted());
    assert!(numbers("duration", "seconds").iter().rev().is_sorted());
    let names = sorted("name", "name").iter().map(|name| name.as_str().unwrap().to_lowercase()).collect::<Vec<_>>();
    assert!(names.is_sorted());
    statistics(2, &[path(&log), "--by", "luck"]);
}

#[test]
fn text_shows_each_process() {
    let log = fixture("sample64.pml");
    let text = text(0, &[path(&log), "--all"]);
    assert!(!text.contains('\x1B'), "no colors without a terminal");
    let reader = LogsReader::open(&log).unwrap();
    for process in reader.index().processes() {
        assert!(text.contains(&format!("PID {}  {}", process.pid(), process.name())));
        assert!(text.contains(process.command_line()));
    }
    for heading in ["Operation", "DLL loaded at", "Remote endpoint", "Time zone UTC", "Started", "Parent"] {
        assert!(text.contains(heading), "{heading}");
    }
    assert!(text.contains("Ended         still running at the end of the capture"));
    // Numbers are aligned to the right of their titles.
    let title = text.lines().find(|line| line.starts_with("  Operation")).unwrap();
    let row = text.lines().skip_while(|line| *line != title).nth(1).unwrap();
    let end = title.find("Longest (s)").unwrap() + "Longest (s)".len();
    assert!(
        row[..end].ends_with(|digit: char| digit.is_ascii_digit())
            && !row[end..].starts_with(|c: char| c.is_ascii_digit())
    );
}

#[test]
fn text_fits_a_screen_unless_more_is_requested() {
    let log = fixture("sample64.pml");
    let short = text(0, &[path(&log)]);
    assert!(short.lines().count() <= 40, "{short}");
    assert!(short.lines().all(|line| line.chars().count() <= 115), "{short}");
    for absent in ["DLL loaded at", "Remote endpoint"] {
        assert!(!short.contains(absent), "{absent}");
    }
    for shown in ["updater.exe", "CPU", "Memory", "Failed: the result is an error."] {
        assert!(short.contains(shown), "{shown}: {short}");
    }
    assert!(text(0, &[path(&log), "--dlls"]).contains("before the capture"));
    assert!(text(0, &[path(&log), "--network"]).contains("Remote endpoint"));
    // The busiest process comes first.
    let rows = || short.lines().skip_while(|line| !line.trim_start().starts_with("PID ")).skip(1);
    assert!(rows().next().unwrap().contains("updater.exe"), "{short}");
    let none = text(0, &[path(&log), "--query", "PID is 4"]);
    assert!(none.contains("without events)"), "{none}");
}

#[test]
fn output_files_are_complete_and_never_overwrite_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("statistics.txt");
    let log = fixture("sample64.pml");
    assert!(statistics(0, &[path(&log), "--all", "-o", path(&out)]).stdout.is_empty());
    assert_eq!(fs::read_to_string(&out).unwrap(), text(0, &[path(&log), "--all"]));
    let copy = folder.path().join("log.pml");
    fs::copy(&log, &copy).unwrap();
    statistics(2, &[path(&copy), "-o", path(&copy)]);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&log).unwrap());
}

#[test]
fn unreadable_events_are_reported() {
    let output = statistics(3, &[path(&fixture("damaged.pml"))]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be read"));
    assert!(String::from_utf8(output.stdout).unwrap().contains("(8 unreadable)"));
    let output = statistics(1, &[path(&fixture("unclosed.pml"))]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("unclosed.pml"));
}

#[test]
fn an_empty_line_separates_logs() {
    let [first, second] = ["sample64.pml", "sample32.pml"].map(|name| path(&fixture(name)).to_owned());
    let separate = [&first, &second].map(|log| text(0, &[log]));
    assert!(separate.iter().all(|text| !text.starts_with('\n')));
    assert_eq!(text(0, &[&first, &second]), separate.join("\n"));
}
