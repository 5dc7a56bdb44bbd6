//! `pml report --html`: the page of one log or several.

use std::fs;
use std::path::Path;
use std::process::Command;

use procmon_parser::LogsReader;
use serde_json::Value;

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).to_str().unwrap().to_owned()
}

/// Runs `pml report`, checks its exit code, and returns its messages.
fn report(code: i32, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pml")).arg("report").args(arguments).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    message
}

/// Returns the data of the page of some logs.
fn page(code: i32, logs: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let logs: Vec<_> = logs.iter().map(|log| fixture(log)).collect();
    let mut arguments: Vec<_> = logs.iter().map(String::as_str).collect();
    arguments.extend(["--html", page.to_str().unwrap()]);
    report(code, &arguments);
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(" id=\"report-data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn events(log: &str) -> u64 {
    LogsReader::open(fixture(log)).unwrap().len() as u64
}

#[test]
fn a_report_is_about_several_logs() {
    let data = page(0, &["sample64.pml", "sample32.pml", "sample64.pml"]);
    assert_eq!(data["overview"]["events"], events("sample64.pml") + events("sample32.pml"), "each log once");
    let names: Vec<_> = data["logs"].as_array().unwrap().iter().map(|log| log["name"].as_str().unwrap()).collect();
    assert_eq!(names, [fixture("sample64.pml"), fixture("sample32.pml")]);
    assert!(data["title"].as_str().unwrap().starts_with("2 logs: "));
    let capture = page(0, &["segments/capture-1.pml", "segments/capture.pml"]);
    assert_eq!((&capture["title"], capture["logs"].as_array().unwrap().len()), (&"capture.pml".into(), 1));
}

#[test]
fn a_report_notes_salvaged_files() {
    let data = page(9, &["sample64.pml", "unclosed.pml"]);
    let segments = data["overview"]["segments"].as_array().unwrap();
    assert_eq!(segments[0]["note"], "");
    let note = segments[1]["note"].as_str().unwrap();
    assert!(note.starts_with("not closed or damaged; ") && note.ends_with(" events recovered"), "{note}");
}

#[test]
fn a_report_rejects_options_that_do_not_apply() {
    let (log, other) = (fixture("sample64.pml"), fixture("sample32.pml"));
    for options in [["--format", "csv"], ["--working", "folder"]] {
        let message = report(2, &[&log, "--html", "page.html", options[0], options[1]]);
        assert!(message.contains("cannot be used with"), "{message}");
    }
    let message = report(2, &[&log, &other]);
    assert!(message.contains("--html FILE writes one page"), "{message}");
    report(2, &["--html", "page.html"]);
    assert!(!Path::new("page.html").exists());
}
