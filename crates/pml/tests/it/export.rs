//! `pml export`: formats, compression, threads.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::{Column, LogsReader, Style};
use serde_json::Value;

use crate::support::synth;

fn pml() -> assert_cmd::Command {
    assert_cmd::cargo::cargo_bin_cmd!("pml")
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// Runs `pml export` and checks its exit code.
fn export(code: i32, arguments: &[&str]) -> Output {
    let output = pml().arg("export").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Exports to a file with this name and returns its bytes.
fn to_file(name: &str, arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join(name);
    export(0, &[&["-o", file.to_str().unwrap()], arguments].concat());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    fs::read(file).unwrap()
}

fn objects(bytes: &[u8]) -> Vec<Value> {
    std::str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_name_of_the_file_chooses_the_format() {
    let log = fixture("sample64.pml");
    for (name, format) in
        [("a.csv", "csv"), ("a.XML", "xml"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("a", "csv")]
    {
        assert_eq!(to_file(name, &[&log]), export(0, &[&log, "--format", format]).stdout, "{name}");
    }
    assert_eq!(to_file("a.txt", &[&log, "--format", "xml"]), export(0, &[&log, "--format", "xml"]).stdout);
    export(2, &[&log, "--format", "html"]);
}

#[test]
fn the_name_of_the_file_chooses_the_compression() {
    let log = fixture("sample64.pml");
    let plain = export(0, &[&log, "--format", "jsonl"]).stdout;
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*to_file("a.jsonl.gz", &[&log])).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert_eq!(zstd::decode_all(&*to_file("a.jsonl.zst", &[&log])).unwrap(), plain);
    let csv = zstd::decode_all(&*to_file("a.csv.ZST", &[&log])).unwrap();
    assert_eq!(csv, export(0, &[&log]).stdout);
}

#[test]
fn xml_lists_processes_and_events() {
    let log = fixture("sample64.pml");
    let reader = LogsReader::open(&log).unwrap();
    let xml = String::from_utf8(export(0, &[&log, "--format", "xml", "--columns", "PID,Path"]).stdout).unwrap();
    assert!(
        xml.starts_with("\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<procmon><processlist><process>\r\n")
    );
    assert!(xml.ends_with("</event>\r\n</eventlist></procmon>"));
    assert_eq!(xml.matches("<process>").count(), reader.index().processes().count());
    assert_eq!(xml.matches("<event>").count(), reader.len());
    assert_eq!(xml.matches("<Path>").count(), reader.len() + xml.matches("<module>").count());
    assert!(!xml.contains("<stack>") && !xml.contains("<Detail>"));
    let stacks = export(0, &[&log, "--format", "xml", "--stacks"]).stdout;
    assert_eq!(String::from_utf8(stacks).unwrap().matches("<stack>").count(), reader.len());
    let empty = export(0, &[&fixture("empty.pml"), "--format", "xml"]).stdout;
    assert!(empty.ends_with(b"</processlist><eventlist></eventlist></procmon>"));
}

#[test]
fn json_has_an_object_for_each_event() {
    let log = fixture("sample64.pml");
    let reader = LogsReader::open(&log).unwrap();
    let plain = objects(&export(0, &[&log, "--format", "jsonl"]).stdout);
    assert_eq!(plain.len(), reader.len());
    assert!(plain.iter().all(|event| event.get("stack").is_none() && event.get("message").is_none()));
    let stacks = objects(&export(0, &[&log, "--format", "jsonl", "--stacks", "--timesketch"]).stdout);
    for (event, object) in reader.events().flatten().zip(stacks) {
        assert_eq!(object["stack"].as_array().unwrap().len(), event.stack().len());
        for key in ["message", "datetime", "timestamp_desc"] {
            assert!(object[key].is_string(), "{key}");
        }
        assert!(object["timestamp"].is_i64());
    }
}

#[test]
fn json_with_columns_has_the_cells_of_the_csv() {
    let log = fixture("sample64.pml");
    let style = Style::new();
    let columns = [Column::PROCMON_ORDER, &[Column::PROCESS_START, Column::HIGH_RESOLUTION_PROCESS_START]].concat();
    let key = |column: &Column| column.name().unwrap().to_lowercase().replace(" & ", "_and_").replace(' ', "_");
    let rows = objects(&export(0, &[&log, "--format", "jsonl", "--columns", "all"]).stdout);
    let reader = LogsReader::open(&log).unwrap();
    assert_eq!(rows.len(), reader.len());
    for (event, row) in reader.events().flatten().zip(&rows) {
        assert_eq!(row["ordinal"], event.ordinal());
        assert_eq!(row.as_object().unwrap().len(), 1 + columns.len());
        for column in &columns {
            assert_eq!(row[key(column)], event.text_in(*column, &style).to_string(), "{column}");
        }
    }
    let arguments = [&log, "--format", "jsonl", "--columns", "Date & Time,PID,PID", "--stacks", "--timesketch"];
    for row in objects(&export(0, &arguments).stdout) {
        let keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
        for key in ["date_and_time", "pid", "stack", "ordinal", "message", "datetime", "timestamp", "timestamp_desc"] {
            assert!(keys.contains(&key), "{key} in {keys:?}");
        }
        assert_eq!(keys.len(), 8);
    }
}

#[test]
fn json_of_a_damaged_log_has_objects_for_unreadable_events() {
    let log = fixture("damaged.pml");
    let output = export(3, &[&log, "--format", "jsonl"]);
    let objects = objects(&output.stdout);
    let reader = LogsReader::open(&log).unwrap();
    let unreadable = reader.events().filter(Result::is_err).count();
    assert_eq!(objects.len(), reader.len());
    assert_eq!(objects.iter().filter(|object| object["error"].is_string()).count(), unreadable);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("{unreadable} of {} events could not be read", reader.len())), "{message}");
}

#[test]
fn options_that_do_not_fit_the_format_are_wrong_usage() {
    let log = fixture("sample64.pml");
    for (arguments, needs) in [
        (["--stacks", "--format", "csv"].as_slice(), "xml, jsonl, parquet or arrow"),
        (&["--timesketch", "--format", "xml"], "jsonl"),
        (&["--threads", "0"], "at least 1"),
    ] {
        let output = export(2, &[&[log.as_str()], arguments].concat());
        assert!(output.stdout.is_empty());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(needs), "{message}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_the_output() {
    let logs = [fixture("sample64.pml"), fixture("sample32.pml"), fixture("segments/capture.pml")];
    let logs: Vec<_> = logs.iter().map(String::as_str).collect();
    for format in ["csv", "xml", "jsonl"] {
        let run = |threads| export(0, &[&logs, ["--format", format, "--threads", threads].as_slice()].concat()).stdout;
        let one = run("1");
        assert!(!one.is_empty());
        for threads in ["2", "3", "8"] {
            assert!(run(threads) == one, "{format} with {threads} threads");
        }
    }
}

/// Applies an order to parts of an export.
fn reordered<T: Copy>(parts: &[T], order: &[usize]) -> Vec<T> {
    assert_eq!(parts.len(), order.len());
    order.iter().map(|&number| parts[number]).collect()
}

/// Returns the parts of an XML export that begin with an event.
fn xml_events(xml: &str) -> Vec<&str> {
    xml.strip_suffix("</eventlist></procmon>").unwrap().split_inclusive("</event>\r\n").collect()
}

#[test]
fn merged_logs_are_exported_in_the_order_of_time() {
    let logs = ["sample64.pml", "sample32.pml", "damaged.pml", "segments/capture.pml"].map(fixture);
    let logs: Vec<_> = logs.iter().map(String::as_str).collect();
    let run = |arguments: &[&str]| String::from_utf8(export(3, &[&logs, arguments].concat()).stdout).unwrap();
    let named = ["--format", "jsonl", "--log-names", "always"];
    let json = run(&named);
    let lines: Vec<_> = json.lines().collect();
    // An event that cannot be read has the time of the event before it.
    let (mut time, mut keys) = (0, Vec::new());
    for (number, object) in objects(json.as_bytes()).iter().enumerate() {
        time = if object["ordinal"] == 0 { 0 } else { time };
        time = object["filetime"].as_u64().unwrap_or(time);
        keys.push((time, number));
    }
    keys.sort();
    let order: Vec<_> = keys.iter().map(|&(_, number)| number).collect();
    assert!(!order.is_sorted());
    let merged = run(&[&named[..], &["--merge"]].concat());
    assert_eq!(merged.lines().collect::<Vec<_>>(), reordered(&lines, &order));

    let (plain, csv) = (run(&["--log-names", "auto"]), run(&["--log-names", "auto", "--merge", "--threads", "3"]));
    let (titles, rows) = plain.split_once('\n').unwrap();
    let expected = reordered(&rows.lines().collect::<Vec<_>>(), &order);
    assert!(titles.starts_with("\u{FEFF}\"Log\",") && csv.starts_with(titles));
    assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), expected);

    let xml = ["--format", "xml", "--stacks"];
    let (plain, merged) = (run(&xml), run(&[&xml[..], &["--merge"]].concat()));
    let (head, events) = plain.split_once("<eventlist>").unwrap();
    let (merged_head, merged_events) = merged.split_once("<eventlist>").unwrap();
    assert_eq!(merged_head, head);
    assert!(xml_events(merged_events) == reordered(&xml_events(events), &order));
}

#[test]
fn merged_exports_and_merged_tables_have_the_same_events() {
    let logs = ["sample32.pml", "sample64.pml", "damaged.pml"].map(fixture);
    let logs: Vec<_> = logs.iter().map(String::as_str).collect();
    for arguments in [&[][..], &["--columns", "pid,path"], &["--query", "Result is not SUCCESS"]] {
        let exported =
            export(3, &[&logs, arguments, &["--merge", "--format", "jsonl", "--log-names", "auto"]].concat());
        let exported = String::from_utf8(exported.stdout).unwrap();
        // "events" does not show events that cannot be read.
        let readable: Vec<_> = exported.lines().filter(|line| !line.contains("\"error\":")).collect();
        let shown = pml().arg("events").args(&logs).args(arguments).args(["--merge", "--json"]).output().unwrap();
        assert_eq!(String::from_utf8(shown.stdout).unwrap().lines().collect::<Vec<_>>(), readable);
        assert!(readable.len() > 20 && readable.len() < exported.lines().count());
    }
}

#[test]
fn one_log_is_the_same_when_merged() {
    let log = fixture("sample64.pml");
    for format in ["csv", "xml", "jsonl", "parquet", "arrow"] {
        let run = |more: &[&str]| export(0, &[&[&log, "--format", format], more].concat()).stdout;
        assert!(run(&["--merge"]) == run(&[]), "{format}");
    }
    let message = export(2, &[&log, "--merge", "--partition-by", "date", "-o", "lake"]).stderr;
    assert!(String::from_utf8(message).unwrap().contains("cannot be used with '--partition-by"));
}

#[test]
fn every_format_can_read_a_pipe() {
    if !Path::new("/dev/stdin").exists() {
        return;
    }
    let log = fixture("sample32.pml");
    for format in ["csv", "xml", "jsonl"] {
        let piped =
            pml().args(["export", "/dev/stdin", "--format", format]).pipe_stdin(&log).unwrap().output().unwrap();
        assert_eq!(piped.stdout, export(0, &[&log, "--format", format]).stdout, "{format}");
    }
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    for format in ["csv", "xml", "jsonl"] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("pml"))
            .args(["export", &fixture("sample64.pml"), "--format", format])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{format}");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_full_disk_is_a_failure_that_names_the_file() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for name in ["csv", "jsonl"] {
        let output = export(1, &[&fixture("sample64.pml"), "--format", name, "-o", "/dev/full"]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with("error: /dev/full: "), "{message}");
    }
}

/// Returns a log whose paths and processes have the names of formulas.
fn log_with_formulas(folder: &Path) -> String {
    let mut log = synth::sample(true);
    log.processes[2].name = "=cmd|' /C calc'!A0".into();
    log.processes[3].name = "@SUM(1+1)".into();
    for name in ["=1+1", "+1", "-1", "\t=1", "\r=1", "a=1", "\"=1\"", "x\n=1"] {
        let event = synth::registry::open_key(synth::Text::wide(name), 1, Some(1));
        log.events.push(synth::Event { process_index: log.processes[2].index, time: synth::SAMPLE_START, ..event });
    }
    let path = folder.join("=log.pml");
    fs::write(&path, log.bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn safe_csv_has_no_formulas() {
    let folder = tempfile::tempdir().unwrap();
    let log = log_with_formulas(folder.path());
    let cells = |csv: &[u8]| -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
        reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let is_formula = |cell: &String| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    for command in [
        &["export", &log][..],
        &["export", &log, "--compat", "3.94"],
        &["export", &log, "--log-names", "always"],
        &["summary", "registry", &log, "--csv"],
        &["summary", "registry", &log, "--csv=procmon"],
        &["summary", "processes", &log, "--csv"],
        &["count", "Path", &log, "--csv"],
        &["count", "Process Name", &log, "--csv=procmon"],
        &["tree", &log, "--csv"],
        &["statistics", &log, "--csv"],
    ] {
        let run = |safe: &[&str]| pml().args(command).args(safe).output().unwrap();
        let (plain, safe) = (run(&[]), run(&["--csv-safe"]));
        assert!(
            plain.status.success() && safe.status.success(),
            "{command:?}: {}",
            String::from_utf8_lossy(&safe.stderr)
        );
        let (plain, safe) = (cells(&plain.stdout), cells(&safe.stdout));
        assert!(plain.iter().any(is_formula) && !safe.iter().any(is_formula), "{command:?}");
        let expected: Vec<_> =
            plain.iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.clone() }).collect();
        assert_eq!(safe, expected, "{command:?}");
    }
    for command in [
        &["export", &log, "--format", "jsonl"][..],
        &["export", &log, "--format", "xml"],
        &["export", &log, "-o", "x.parquet"],
        &["summary", "registry", &log],
        &["count", "Path", &log, "--json"],
        &["statistics", &log],
    ] {
        let output = pml().args(command).arg("--csv-safe").current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("--csv-safe needs --"), "{command:?}: {message}");
    }
}

#[test]
fn addresses_are_shown_as_names_unless_they_are_not_resolved() {
    let log = fixture("sample64.pml");
    let reader = LogsReader::open(&log).unwrap();
    let names: Vec<_> = reader.index().hosts().iter().filter(|host| host.name.contains(".example.")).collect();
    let shown = |arguments: &[&str]| {
        let text =
            String::from_utf8(export(0, &[&[log.as_str(), "--columns", "Path"], arguments].concat()).stdout).unwrap();
        names.iter().filter(|host| text.contains(&*host.name)).count()
    };
    assert!(shown(&[]) > 0);
    assert_eq!(shown(&["--no-resolve"]), 0);
}
