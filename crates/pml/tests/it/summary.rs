//! `pml summary`, `pml count` and `pml tree` as their users run them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::analysis::{
    Analysis, CrossReference, FileSummary, FileView, NetworkSummary, Occurrences, ProcessActivity, ProcessTree,
    RegistrySummary, StackSummary, SystemDetails,
};
use procmon_parser::{Column, Compat, LogsReader, Style};
use serde_json::Value;

/// The commands, each with a column of its text.
const COMMANDS: [(&[&str], &str); 11] = [
    (&["summary", "files"], "Path"),
    (&["summary", "folders"], "Folder"),
    (&["summary", "extensions"], "Extension"),
    (&["summary", "registry"], "Path"),
    (&["summary", "network"], "Endpoint"),
    (&["summary", "stacks"], "Location"),
    (&["summary", "xref"], "Writers"),
    (&["summary", "processes"], "Process"),
    (&["summary", "system"], "Computer Name"),
    (&["count", "Result"], "Result"),
    (&["tree"], "Process"),
];

/// The number of characters of a narrow terminal.
const NARROW: usize = 60;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn run(code: i32, arguments: &[&str], columns: usize) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
    let output = command.args(arguments).env("COLUMNS", columns.to_string()).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(arguments: &[&str], columns: usize) -> String {
    String::from_utf8(run(0, arguments, columns).stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let json: Value = serde_json::from_str(&text(arguments, 80)).unwrap();
    if let Value::Array(list) = &json { list[0].clone() } else { json }
}

fn sample() -> (String, LogsReader) {
    let path = fixture("sample64.pml");
    (path.to_str().unwrap().to_owned(), LogsReader::open(&path).unwrap())
}

fn fed<A: Analysis>(log: &LogsReader, mut analysis: A) -> A {
    log.events().flatten().for_each(|event| analysis.add(&event));
    analysis
}

fn csv(write: impl FnOnce(&mut Vec<u8>) -> procmon_parser::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    out
}

#[test]
fn text_fits_the_terminal() {
    let (log, _) = sample();
    for (command, title) in COMMANDS {
        for columns in [NARROW, 100, 300] {
            let text = text(&[command, &[&log]].concat(), columns);
            assert!(text.contains(title), "{command:?}: {text}");
            let table = text.lines().filter(|line| line.starts_with(' ') && command != ["summary", "system"]);
            for line in table {
                assert!(line.chars().count() <= columns, "{command:?} {columns}: {line}");
            }
        }
    }
}

#[test]
fn narrow_text_has_fewer_columns_and_shorter_paths() {
    let (log, _) = sample();
    let arguments = ["summary", "files", &log];
    let (narrow, wide) = (text(&arguments, NARROW), text(&arguments, 300));
    assert!(wide.contains(r"C:\Users\alice\AppData\Local\Wörter\cache.db") && wide.contains("Read Bytes"), "{wide}");
    assert!(narrow.contains("…") && narrow.contains("cache.db") && !narrow.contains("Read Bytes"), "{narrow}");
    assert!(wide.contains("16 KB") && wide.contains("118 µs"), "units: {wide}");
}

#[test]
fn json_and_csv_have_the_same_rows() {
    let (log, _) = sample();
    for (command, _) in COMMANDS {
        let json = json(&[command, &[&log, "--json"]].concat());
        let rows = json["rows"].as_array().unwrap();
        let csv = text(&[command, &[&log, "--csv"]].concat(), 80);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let columns = reader.headers().unwrap().len();
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows.len(), "{command:?}");
        assert!(!rows.is_empty(), "{command:?}");
        for (row, record) in rows.iter().zip(&records) {
            let row = row.as_object().unwrap();
            let with_log = command == ["tree"] || command == ["summary", "system"];
            let with_objects = row.contains_key("buckets");
            assert_eq!(columns + usize::from(with_objects), row.len() + usize::from(with_log), "{command:?}");
            let numbers = row.values().filter_map(Value::as_u64).map(|number| number.to_string());
            for number in numbers {
                assert!(record.iter().any(|cell| cell == number), "{command:?}: {number} in {record:?}");
            }
        }
    }
}

#[test]
fn numbers_are_those_of_the_library() {
    let (log, reader) = sample();
    let summary = fed(&reader, FileSummary::default());
    let table = summary.by_path();
    let files = json(&["summary", "files", &log, "--json", "--sort", "name"]);
    assert_eq!(files["total"]["events"], table.total.events);
    let rows = files["rows"].as_array().unwrap();
    assert_eq!(rows.len(), table.rows.len());
    for (row, expected) in rows.iter().zip(&table.rows) {
        assert_eq!(row["path"], *expected.name);
        assert_eq!(row["events"], expected.counts.events);
        assert_eq!(row["read_bytes"], expected.counts.read_bytes);
        assert_eq!(row["write_transferred"], expected.counts.write_transferred);
        assert_eq!(row["seconds"], expected.counts.time.as_secs_f64());
    }
    let activity = fed(&reader, ProcessActivity::new());
    let processes = json(&["summary", "processes", &log, "--json", "--sort", "pid"]);
    let events = |row: &Value| row["events"].as_u64().unwrap();
    let rows = processes["rows"].as_array().unwrap();
    assert_eq!(rows.len(), activity.rows().len());
    assert_eq!(rows.iter().map(events).sum::<u64>(), reader.len() as u64);
    for row in rows {
        let buckets = row["buckets"].as_array().unwrap();
        assert_eq!(buckets.iter().map(events).sum::<u64>(), events(row));
    }
    let tree = json(&["tree", &log, "--json"]);
    assert_eq!(tree["rows"].as_array().unwrap().len(), reader.index().processes().len());
    let running = json(&["tree", &log, "--json", "--running"]);
    assert!(running["rows"].as_array().unwrap().iter().all(|row| row["ended"].is_null()));
}

#[test]
fn procmon_csv_is_that_of_the_library() {
    let (log, reader) = sample();
    let style = || Style::new().compat(Compat::Procmon3_94);
    let files = fed(&reader, FileSummary::new(style()));
    let tree = ProcessTree::new(reader.indexes());
    let count = |column| csv(|out| fed(&reader, Occurrences::new(column, style())).write_procmon_csv(out));
    let expected: [(&[&str], Vec<u8>); 13] = [
        (&["summary", "files"], csv(|out| files.write_procmon_csv(FileView::ByPath, out))),
        (&["summary", "folders"], csv(|out| files.write_procmon_csv(FileView::ByFolder, out))),
        (&["summary", "extensions"], csv(|out| files.write_procmon_csv(FileView::ByExtension, out))),
        (&["summary", "registry"], csv(|out| fed(&reader, RegistrySummary::new(style())).write_procmon_csv(out))),
        (&["summary", "network"], csv(|out| fed(&reader, NetworkSummary::new(style())).write_procmon_csv(out))),
        (&["summary", "xref"], csv(|out| fed(&reader, CrossReference::new(style())).write_procmon_csv(out))),
        (&["summary", "processes"], csv(|out| fed(&reader, ProcessActivity::new()).write_procmon_csv(out))),
        (&["summary", "stacks"], csv(|out| fed(&reader, StackSummary::new()).write_procmon_csv(out))),
        (
            &["summary", "stacks", "--depth", "0"],
            csv(|out| fed(&reader, StackSummary::new()).write_procmon_csv_of_processes(out)),
        ),
        (&["summary", "system"], csv(|out| SystemDetails::new(reader.indexes()).write_procmon_csv(out))),
        (&["tree"], csv(|out| tree.write_procmon_csv(out, &tree.rows(), &style()))),
        (&["tree", "--running"], csv(|out| tree.write_procmon_csv(out, &tree.running_rows(), &style()))),
        (&["count", "detail"], count(Column::DETAIL)),
    ];
    for (command, expected) in expected {
        let ours = run(0, &[command, &[&log, "--csv=procmon"]].concat(), 80).stdout;
        assert!(ours == expected, "{command:?}: {}", String::from_utf8_lossy(&ours));
    }
    run(2, &["tree", &log, fixture("sample32.pml").to_str().unwrap(), "--csv=procmon"], 80);
}

#[test]
fn rows_are_sorted_cut_and_selected() {
    let (log, _) = sample();
    let top = json(&["summary", "registry", &log, "--json", "--sort", "writes", "--top", "2"]);
    let all = json(&["summary", "registry", &log, "--json", "--sort", "writes"]);
    assert_eq!(top["rows"].as_array().unwrap()[..], all["rows"].as_array().unwrap()[..2]);
    let sum = |json: &Value, key: &str| {
        json["rows"].as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>()
    };
    for key in ["events", "writes", "failed"] {
        let left_out = top["left_out"]["sums"][key].as_u64().unwrap();
        assert_eq!(sum(&top, key) + left_out, sum(&all, key), "{key}");
    }
    assert!(text(&["summary", "registry", &log, "--top", "2"], 80).contains("more rows)"));
    let arguments = ["summary", "processes", &log, "--json", "--filter", "PID is 5120 then Include"];
    assert_eq!(json(&arguments)["rows"].as_array().unwrap().len(), 1);
    let error = run(2, &["summary", "files", &log, "--sort", "read-bites"], 80).stderr;
    assert!(String::from_utf8(error).unwrap().contains("'read-bytes'"));
    let error = run(2, &["count", "Proces Name", &log], 80).stderr;
    assert!(String::from_utf8(error).unwrap().contains("'Process Name'"));
}

#[test]
fn stacks_have_levels_modules_and_thresholds() {
    let (log, reader) = sample();
    let depths = |arguments: &[&str]| {
        let json = json(&[&["summary", "stacks", &log, "--json"], arguments].concat());
        let rows = json["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["depth"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(depths(&["--depth", "0"]).iter().max(), Some(&1));
    assert_eq!(depths(&["--depth", "2"]).iter().max(), Some(&3));
    assert!(depths(&["--min", "40"]).len() < depths(&[]).len());
    let modules = text(&["summary", "stacks", &log, "--by", "module", "--min", "0", "--top", "all"], 300);
    assert!(modules.contains("kernel32.dll") && !modules.contains("kernel32.dll + 0x"), "{modules}");
    let folded = text(&["summary", "stacks", &log, "--folded"], 80);
    let number = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap();
    assert_eq!(folded.lines().map(number).sum::<u64>(), reader.len() as u64);
    run(2, &["summary", "stacks", &log, "--min", "101"], 80);
}

#[test]
fn several_logs_are_one_table_or_a_table_each() {
    let names = ["sample64.pml", "sample32.pml"].map(|name| fixture(name).to_str().unwrap().to_owned());
    let [one, two] = &names;
    let count =
        |logs: &[&str]| json(&[&["count", "Event Class", "--json"], logs].concat())["total"]["count"].as_u64().unwrap();
    assert_eq!(count(&[one, two]), count(&[one]) + count(&[two]));
    for command in [&["tree"][..], &["summary", "system"]] {
        let json: Value = serde_json::from_str(&text(&[command, &[one, two, "--json"]].concat(), 80)).unwrap();
        let files: Vec<_> = json.as_array().unwrap().iter().map(|log| log["files"][0].as_str().unwrap()).collect();
        assert_eq!(files, [one, two]);
        let csv = text(&[command, &[one, two, "--csv"]].concat(), 80);
        assert!(csv.starts_with("Log,") && csv.contains(two.as_str()), "{csv}");
    }
}

#[test]
fn output_files_are_chosen_by_extension() {
    let (log, _) = sample();
    let folder = tempfile::tempdir().unwrap();
    for (extension, option) in [("csv", "--csv"), ("json", "--json")] {
        let file = folder.path().join("out").with_extension(extension);
        run(0, &["summary", "network", &log, "-o", file.to_str().unwrap()], 80);
        assert_eq!(std::fs::read(&file).unwrap(), run(0, &["summary", "network", &log, option], 80).stdout);
    }
    let file = folder.path().join("out.txt");
    run(0, &["summary", "files", &log, "-o", file.to_str().unwrap()], 60);
    assert!(!std::fs::read_to_string(&file).unwrap().contains('…'), "files are not shortened");
    run(2, &["summary", "files", &log, "-o", folder.path().join("out.pml").to_str().unwrap()], 80);
}

#[test]
fn threads_do_not_change_the_output() {
    let (log, _) = sample();
    for (command, _) in COMMANDS {
        let of = |threads| text(&[command, &[&log, "--json", "--threads", threads]].concat(), 80);
        assert_eq!(of("1"), of("3"), "{command:?}");
    }
}

#[test]
fn hostile_logs_are_shown_without_control_characters() {
    let logs = [
        "damaged.pml",
        "empty.pml",
        "version7.pml",
        "quirks/cells.pml.gz",
        "quirks/frames.pml.gz",
        "quirks/modules.pml.gz",
    ];
    for name in logs {
        let log = fixture(name);
        let code = if matches!(name, "damaged.pml" | "quirks/cells.pml.gz") { 3 } else { 0 };
        for (command, _) in COMMANDS.iter().copied().chain([(&["count", "Detail"][..], ""), (&["count", "Path"], "")]) {
            for form in [&["--top", "all"][..], &["--json"], &["--csv"], &["--csv=procmon"]] {
                let has_top = command != ["tree"] && command != ["summary", "system"];
                let form = if form[0] == "--top" && !has_top { &[] } else { form };
                let arguments = [command, &[log.to_str().unwrap()], form].concat();
                let output = run(code, &arguments, 80);
                if form.is_empty() || form[0] == "--top" {
                    let text = String::from_utf8(output.stdout).unwrap();
                    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{arguments:?}: {text:?}");
                }
            }
        }
    }
}

#[test]
fn folders_have_a_depth_and_are_a_tree_only_by_name() {
    let (log, _) = sample();
    let folders = |arguments: &[&str]| {
        let json = json(&[&["summary", "folders", &log, "--json", "--top", "all"], arguments].concat());
        let rows = json["rows"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row["folder"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let depth = |folder: &String| folder.matches('\\').count();
    let (all, upper) = (folders(&[]), folders(&["--depth", "1"]));
    assert!(all.iter().any(|folder| depth(folder) > 1));
    assert_eq!(upper, all.into_iter().filter(|folder| depth(folder) <= 1).collect::<Vec<_>>());
    let starts = |order: &str| {
        let text = text(&["summary", "folders", &log, "--top", "all", "--sort", order], 300);
        text.lines().filter_map(|line| Some(line.split_once(":\\")?.0.chars().count())).collect::<BTreeSet<_>>().len()
    };
    assert!(starts("name") > 1);
    assert_eq!(starts("events"), 1);
}
