//! `pml export` to Parquet and Arrow.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Output;

use arrow_array::StringArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

fn pml() -> assert_cmd::Command {
    assert_cmd::cargo::cargo_bin_cmd!("pml")
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// Runs `pml export` and checks its exit code. Returns the output.
fn export(code: i32, arguments: &[&str]) -> Output {
    let output = pml().arg("export").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn message(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(export(code, arguments).stderr).unwrap()
}

fn metadata(path: &Path) -> HashMap<String, String> {
    procmon_arrow::file_metadata(File::open(path).unwrap()).unwrap()
}

/// Returns all files below a folder, relative to it, in alphabetical order.
fn files(folder: &Path) -> Vec<String> {
    fn add(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { add(&path, files) } else { files.push(path) }
        }
    }
    let mut files = Vec::new();
    add(folder, &mut files);
    let relative = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
    let mut files: Vec<_> = files.iter().map(relative).collect();
    files.sort();
    files
}

#[test]
fn the_name_of_the_file_chooses_parquet_or_arrow() {
    let (log, folder) = (fixture("sample64.pml"), tempfile::tempdir().unwrap());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    export(0, &[&log, "-o", &file("a.parquet")]);
    assert_eq!(metadata(&folder.path().join("a.parquet"))["procmon.rows"], "165");
    export(0, &[&log, "-o", &file("a.arrow"), "--stacks", "--detail-json"]);
    assert!(fs::read(file("a.arrow")).unwrap().starts_with(b"ARROW1"));
    export(0, &[&log, "-o", &file("b.data"), "--format", "parquet", "--columns", "time,pid"]);
    assert!(fs::read(file("b.data")).unwrap().starts_with(b"PAR1"));
    assert_eq!(files(folder.path()), ["a.arrow", "a.parquet", "b.data"]);
    assert!(export(0, &[&log, "--format", "parquet"]).stdout.starts_with(b"PAR1"));
    // A stream starts with a message, not with the magic number of a file.
    assert!(export(0, &[&log, "--format", "arrow"]).stdout.starts_with(&[0xFF; 4]));
}

#[test]
fn a_query_selects_rows_and_damaged_events_are_counted() {
    let (damaged, folder) = (fixture("damaged.pml"), tempfile::tempdir().unwrap());
    let path = folder.path().join("x.parquet");
    export(3, &[&damaged, "-o", path.to_str().unwrap()]);
    let of_all = metadata(&path);
    assert_eq!((&*of_all["procmon.rows"], &*of_all["procmon.unreadable_events"]), ("157", "8"));
    export(0, &[&fixture("sample64.pml"), "-o", path.to_str().unwrap(), "--query", "Result is \"NAME NOT FOUND\""]);
    let rows: u64 = metadata(&path)["procmon.rows"].parse().unwrap();
    assert!(rows > 0 && rows < 165);
    // The query selects fewer rows than there are unreadable events.
    export(3, &[&damaged, "-o", path.to_str().unwrap(), "--query", "Path is \"no such path\""]);
    assert_eq!(metadata(&path)["procmon.rows"], "0");
}

#[test]
fn merged_logs_have_rows_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let logs = ["sample64.pml", "sample32.pml"].map(fixture);
    let path = folder.path().join("x.parquet");
    export(0, &[&logs[0], &logs[1], "--merge", "--columns", "log,ordinal,time", "-o", path.to_str().unwrap()]);
    let shown = pml().arg("events").args(&logs).args(["--merge", "--json"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let mut events = shown.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    assert_eq!(reader.metadata().row_group(0).sorting_columns(), None);
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let names = batch.column(0).as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap();
        let ordinals = batch.column(1).as_primitive::<UInt32Type>();
        for (name, ordinal) in names.into_iter().zip(ordinals) {
            let event = events.next().unwrap();
            assert_eq!(event["ordinal"], ordinal.unwrap());
            assert!(event["log"].as_str().unwrap().ends_with(name.unwrap()));
        }
    }
    assert!(events.next().is_none());
}

#[test]
fn options_that_do_not_apply_are_refused() {
    let (log, folder) = (fixture("sample64.pml"), tempfile::tempdir().unwrap());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (arguments, expected) in [
        (vec!["-o", &*file("x.parquet.gz")], "compressed inside"),
        (vec!["-o", &file("x.arrow"), "--format", "parquet"], "contradicts the extension"),
        (vec!["-o", &file("x.parquet"), "--format", "csv"], "contradicts the extension"),
        (vec!["-o", &file("x.parquet"), "--timesketch"], "--timesketch needs --format jsonl"),
        (vec!["-o", &file("x.csv"), "--detail-json"], "--detail-json needs --format parquet or arrow"),
        (vec!["-o", &file("x.jsonl"), "--timestamps", "us"], "--timestamps needs --format parquet or arrow"),
        (vec!["-o", &file("x.arrow"), "--tables"], "--tables needs --format parquet"),
        (vec!["--format", "parquet", "--tables"], "--tables needs an output file"),
        (
            vec!["-o", &file("lake"), "--format", "csv", "--partition-by", "date"],
            "--partition-by needs --format parquet",
        ),
        (vec!["--partition-by", "date"], "--partition-by needs an output folder"),
        (vec!["-o", &file("x.parquet"), "--columns", "PID"], "process_name"),
        (vec!["-o", &file("x.csv"), "--columns", "process_name"], "unknown column"),
        (vec!["-o", &file("x.parquet"), "--columns", "petals"], "unknown column"),
        (
            vec!["-o", &file("x.parquet"), "--columns", "time,proces_name"],
            "\"proces_name\"; did you mean \"process_name\"?",
        ),
        (
            vec!["-o", &file("x.csv"), "--columns", "Path,Proces Name"],
            "\"Proces Name\"; did you mean \"Process Name\"?",
        ),
        (vec!["-o", &file("x.parquet"), "--log-names", "always"], "--log-names needs --format csv or jsonl"),
    ] {
        let message = message(2, &[&[&*log], &*arguments].concat());
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert!(files(folder.path()).is_empty());
}

#[test]
fn tables_are_files_beside_the_events() {
    let (log, folder) = (fixture("sample64.pml"), tempfile::tempdir().unwrap());
    export(0, &[&log, "-o", folder.path().join("x.parquet").to_str().unwrap(), "--tables"]);
    let names = ["x.hosts.parquet", "x.modules.parquet", "x.parquet", "x.processes.parquet", "x.system.parquet"];
    assert_eq!(files(folder.path()), names);
    for name in names {
        assert_eq!(metadata(&folder.path().join(name))["procmon.logs"], "sample64.pml");
    }
}

#[test]
fn a_folder_is_completed_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().to_str().unwrap();
    let logs = [fixture("sample64.pml"), fixture("sample32.pml"), fixture("version7.pml")];
    let arguments = |number: usize| {
        let logs: Vec<_> = logs[..number].iter().map(String::as_str).collect();
        [logs, vec!["-o", lake, "--partition-by", "computer,date", "--tables"]].concat()
    };
    let converted = |number, expected: &str, more: &[&str]| {
        let message = message(0, &[&arguments(number), more].concat());
        assert!(message.contains(expected), "{message}");
    };
    converted(2, "2 logs were converted, 0 were complete already", &[]);
    let events: Vec<_> = files(folder.path()).into_iter().filter(|file| file.starts_with("events/")).collect();
    assert!(events.iter().all(|file| file.contains("/computer=") && file.contains("/date=2026-03-02/")), "{events:?}");
    assert_eq!(files(folder.path()).len(), 5 * 2);
    converted(3, "1 log was converted, 2 were complete already", &["--threads", "2"]);
    // A file that is not whole is written again.
    let path = folder.path().join(&events[0]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    converted(3, "1 log was converted, 2 were complete already", &[]);
    assert!(fs::read(&path).unwrap() == whole);
    // With other options, files with the same names have different contents.
    converted(3, "3 logs were converted, 0 were complete already", &["--timestamps", "us"]);
    // A copy of a log has the same events.
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(&logs[0], copy.join("sample64.pml")).unwrap();
    let copy = copy.join("sample64.pml");
    let message = message(0, &[&logs[0], copy.to_str().unwrap(), "-o", lake, "--partition-by", "date"]);
    assert!(message.contains("another log has the same events"), "{message}");
}

/// Returns the different values of the column `log` of a file.
fn logs_of(path: &Path) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut logs = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let column = batch.column_by_name("log").unwrap().as_dictionary::<Int32Type>();
        let names = column.values().as_string::<i32>();
        logs.extend(column.keys().iter().map(|key| names.value(key.unwrap() as usize).to_owned()));
        logs.sort();
        logs.dedup();
    }
    logs
}

#[test]
fn the_column_log_identifies_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (one, other) = (path("a/raw.pml"), path("b/raw.pml"));
    for (copy, log) in [(&one, "sample64.pml"), (&other, "sample32.pml")] {
        fs::create_dir_all(Path::new(copy).parent().unwrap()).unwrap();
        fs::copy(fixture(log), copy).unwrap();
    }
    export(0, &[&one, &other, "-o", &path("x.parquet")]);
    assert_eq!(logs_of(Path::new(&path("x.parquet"))), [&*one, &*other]);
    export(0, &[&one, "-o", &path("x.parquet")]);
    assert_eq!(logs_of(Path::new(&path("x.parquet"))), ["raw.pml"]);
    export(0, &[&one, &other, "-o", &path("lake"), "--partition-by", "date", "--tables"]);
    let lake = folder.path().join("lake");
    for file in files(&lake) {
        let name = Path::new(&file).file_stem().unwrap().to_str().unwrap();
        assert!(name.starts_with("raw-"), "{file}");
        // The system has a row for each log; the other tables can be empty.
        if !file.starts_with("hosts") {
            assert_eq!(logs_of(&lake.join(&file)), [name], "{file}");
        }
    }
}

/// Spark and pyarrow ignore files whose names begin with an underscore or a dot.
#[test]
fn no_name_in_a_folder_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let (hidden, lake) = (folder.path().join("_boot.pml"), folder.path().join("lake"));
    fs::copy(fixture("sample64.pml"), &hidden).unwrap();
    export(0, &[hidden.to_str().unwrap(), "-o", lake.to_str().unwrap(), "--partition-by", "date"]);
    let name = files(&lake).pop().unwrap();
    assert!(Path::new(&name).file_name().unwrap().to_str().unwrap().starts_with("log_boot-"), "{name}");
}

#[test]
fn a_folder_remembers_unreadable_events_and_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&fixture("damaged.pml"), "-o", folder.path().to_str().unwrap(), "--partition-by", "date"];
    assert!(message(3, &arguments).contains("1 log was converted"));
    assert!(message(3, &arguments).contains("1 were complete already"));
    let path = folder.path().join(files(folder.path()).pop().unwrap());
    let of_file = metadata(&path);
    assert_eq!(of_file["procmon.schema_version"], procmon_arrow::SCHEMA_VERSION.to_string());
    // A file of another version of the schema is written again.
    let mut bytes = fs::read(&path).unwrap();
    let key = b"procmon.schema_version";
    for at in (0..bytes.len() - key.len()).filter(|&at| bytes[at..].starts_with(key)).collect::<Vec<_>>() {
        bytes[at + key.len() - 1] = b'N';
    }
    fs::write(&path, bytes).unwrap();
    assert!(message(3, &arguments).contains("1 log was converted"));
}

#[test]
fn a_bad_log_does_not_stop_the_conversion_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, bad) = (folder.path().join("lake"), folder.path().join("bad.pml"));
    fs::write(&bad, b"PML_").unwrap();
    let arguments = [bad.to_str().unwrap(), &fixture("sample64.pml"), "-o", lake.to_str().unwrap()];
    let message = message(1, &[&arguments[..], &["--partition-by", "computer"]].concat());
    assert!(message.contains("1 log was converted") && message.contains("bad.pml"), "{message}");
    assert_eq!(files(&lake).len(), 1);
}

/// The logs are large enough that the first file appears long before the last event is written.
#[test]
fn a_killed_export_leaves_no_file_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pml"));
    command.args(["export", &fixture("conformance"), "--stacks", "--detail-json", "--no-progress", "-o"]).arg(&path);
    let mut export = command.spawn().unwrap();
    while fs::read_dir(folder.path()).unwrap().next().is_none() {
        assert!(export.try_wait().unwrap().is_none(), "the export ended without a file");
        std::thread::yield_now();
    }
    export.kill().unwrap();
    assert!(!export.wait().unwrap().success(), "the export ended before it was killed");
    assert!(!path.exists());
    // The temporary file of the killed export does not disturb the next one.
    self::export(0, &[&fixture("sample64.pml"), "-o", path.to_str().unwrap()]);
    assert_eq!(metadata(&path)["procmon.rows"], "165");
}

#[test]
fn every_salvageable_event_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (unclosed, recovered, parquet) = (fixture("unclosed.pml"), file("recovered.pml"), file("x.parquet"));
    export(1, &[&unclosed, "-o", &parquet]);
    assert!(files(folder.path()).is_empty());
    let status = pml().args(["recover", &unclosed, "-o", &recovered]).output().unwrap().status;
    let salvaged = procmon_parser::LogsReader::open(&recovered).unwrap();
    assert!(!salvaged.is_empty(), "{status}");
    export(0, &[&recovered, "-o", &parquet]);
    assert_eq!(metadata(Path::new(&parquet))["procmon.rows"], salvaged.events().flatten().count().to_string());
    for quirk in fs::read_dir(fixture("quirks")).unwrap() {
        let quirk = quirk.unwrap().path();
        if !quirk.to_str().unwrap().ends_with(".pml.gz") {
            continue;
        }
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(File::open(&quirk).unwrap()).read_to_end(&mut bytes).unwrap();
        let log = procmon_parser::LogsReader::new(bytes).unwrap();
        let unreadable = log.events().filter(Result::is_err).count();
        export(if unreadable > 0 { 3 } else { 0 }, &[quirk.to_str().unwrap(), "-o", &parquet]);
        let metadata = metadata(Path::new(&parquet));
        assert_eq!(metadata["procmon.rows"], (log.events().count() - unreadable).to_string(), "{}", quirk.display());
        assert_eq!(metadata["procmon.unreadable_events"], unreadable.to_string(), "{}", quirk.display());
    }
}
