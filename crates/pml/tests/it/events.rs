//! `pml events`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use procmon_parser::{Column, LogsReader};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// Runs `pml events` and checks its exit code.
fn run(code: i32, arguments: &[&str]) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
    command.env("COLUMNS", "120").env_remove("CLICOLOR_FORCE").arg("events").args(arguments);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(arguments: &[&str]) -> String {
    text_with(0, arguments)
}

fn text_with(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(run(code, arguments).stdout).unwrap()
}

/// Returns the exit code for a log. One of the crafted logs has events that cannot be read.
fn code(log: &str) -> i32 {
    if log.ends_with("cells.pml.gz") { 3 } else { 0 }
}

/// Returns the cells of each row, without the titles.
fn rows(arguments: &[&str]) -> Vec<Vec<String>> {
    let text = text(&[arguments, &["--no-header"]].concat());
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn message(code: i32, arguments: &[&str]) -> String {
    String::from_utf8(run(code, arguments).stderr).unwrap()
}

/// Returns a text as a terminal may show it.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)).unwrap(),
            '\x7F' => '\u{2421}',
            c => c,
        })
        .collect()
}

/// The numbers of the events of a selection, in order.
fn numbers(log: &str, arguments: &[&str]) -> Vec<u64> {
    let lines = text(&[&[log, "--json"], arguments].concat());
    let number = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["ordinal"].as_u64().unwrap();
    lines.lines().map(number).collect()
}

/// Decompresses the logs with unusual contents into a folder.
fn crafted(folder: &Path) -> Vec<PathBuf> {
    let logs = [
        "conformance/misc_1.pml.gz",
        "conformance/fs_1.pml.gz",
        "conformance/registry_1.pml.gz",
        "quirks/cells.pml.gz",
    ];
    let copy = |name: &str| {
        let path = folder.join(Path::new(name).file_name().unwrap());
        fs::copy(fixture(name), &path).unwrap();
        path
    };
    logs.iter().map(|name| copy(name)).collect()
}

/// Replaces the escapes of characters that cannot be seen, such as `\u{feff}`, with the characters.
fn without_escapes(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.split_once('}').and_then(|(code, rest)| Some((u32::from_str_radix(code, 16).ok()?, rest)));
        match code.and_then(|(code, rest)| Some((char::from_u32(code)?, rest))) {
            Some((c, rest)) => plain.extend([c.to_string().as_str(), rest]),
            None => plain.extend(["\\u{", part]),
        }
    }
    plain
}

#[test]
fn piped_events_are_the_cells_of_an_export() {
    let folder = tempfile::tempdir().unwrap();
    let mut logs: Vec<_> = ["sample64.pml", "sample32.pml", "version7.pml"].map(|name| fixture(name).into()).into();
    logs.extend(crafted(folder.path()));
    for log in logs {
        let log = log.to_str().unwrap();
        let titles: Vec<_> = Column::PROCMON_ORDER.iter().map(ToString::to_string).collect();
        let shown = text_with(code(log), &[log, "--columns", "default"]);
        assert_eq!(shown.lines().next().unwrap(), titles.join("\t"));
        let exported = assert_cmd::cargo::cargo_bin_cmd!("pml").args(["export", log]).output().unwrap().stdout;
        let exported = exported.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
        let mut count = 0;
        // An export has empty rows for events that cannot be read.
        let rows = csv::Reader::from_reader(exported).into_records().map(Result::unwrap);
        let rows = rows.filter(|row| row.iter().any(|cell| !cell.is_empty() && cell != "n/a"));
        for (line, row) in shown.lines().skip(1).zip(rows) {
            let expected: Vec<_> = row.iter().map(visible).collect();
            // CSV has `;` for a line feed.
            let cells: Vec<_> = line.split('\t').map(|cell| without_escapes(cell).replace('␊', ";")).collect();
            let expected: Vec<_> = expected.iter().map(|cell| cell.replace('␊', ";")).collect();
            assert_eq!(cells, expected, "{log}");
            count += 1;
        }
        assert_eq!(count + 1, shown.lines().count(), "{log}");
        assert!(count > 0, "{log}");
    }
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for log in crafted(folder.path()) {
        let log = log.to_str().unwrap();
        let table = ["--table", "always", "--columns", "all"];
        for arguments in [&table[..], &["-e", "a", "-C", "1", "--table", "always"], &["--event", "0..200"], &[]] {
            // Single events are read without the others.
            let code = if arguments.first() == Some(&"--event") { 0 } else { code(log) };
            let text = text_with(code, &[&[log], arguments].concat());
            assert!(text.lines().count() > 10, "{log} {arguments:?}");
            let control = text.chars().find(|&c| c.is_control() && c != '\n' && (c != '\t' || !arguments.is_empty()));
            assert_eq!(control, None, "{log} {arguments:?}");
        }
    }
}

#[test]
fn tables_fit_the_width() {
    let log = fixture("sample64.pml");
    let table = text(&[&log, "--table", "always"]);
    assert!(table.starts_with("Time of Day"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 120 && !line.ends_with(' ')), "{table}");
    assert!(table.contains('…') && table.contains("updater.exe"));
    assert_eq!(table.lines().count(), 1 + LogsReader::open(&log).unwrap().len());
    let bare = text(&[&log, "--table", "always", "--no-header"]);
    assert_eq!(table.split_once('\n').unwrap().1, bare);
}

#[test]
fn a_search_finds_text_in_any_column() {
    let log = fixture("sample64.pml");
    let all = rows(&[&log, "--columns", "all"]);
    let with = |word: &str| {
        let has = |row: &&Vec<String>| row.iter().any(|cell| cell.to_lowercase().contains(word));
        all.iter().filter(has).count()
    };
    for word in ["petals", "KERNEL32", "alice", "\"c:\\", "5120"] {
        let count = with(&word.to_lowercase());
        assert!(count > 0, "{word}");
        assert_eq!(rows(&[&log, "-e", word]).len(), count, "{word}");
        assert_eq!(text(&[&log, "-e", word, "--count"]), format!("{count}\n"));
    }
    let either = numbers(&log, &["-e", "petals", "-e", "kernel32"]);
    let regex = numbers(&log, &["-e", "PETALS|kernel\\d+", "--regex"]);
    assert_eq!(either, regex);
    assert!(!either.is_empty());
    assert!(message(2, &[&log, "-e", "(", "--regex"]).contains("--search"));
    assert_eq!(text(&[&log, "-e", "no such text", "--count"]), "0\n");
}

#[test]
fn matches_have_context() {
    let log = fixture("sample64.pml");
    let matches = numbers(&log, &["-e", "petals"]);
    let count = LogsReader::open(&log).unwrap().len() as u64;
    for (options, before, after) in
        [(&["-C", "2"][..], 2, 2), (&["-B", "3"], 3, 0), (&["-A", "1"], 0, 1), (&["-C", "1", "-A", "4"], 1, 4)]
    {
        let near = |&number: &u64| matches.iter().any(|&hit| number + before >= hit && number <= hit + after);
        let expected: Vec<_> = (0..count).filter(near).collect();
        let arguments = [&["-e", "petals"], options].concat();
        assert_eq!(numbers(&log, &arguments), expected, "{options:?}");
        let gaps = expected.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
        let lines = text(&[&[log.as_str(), "--no-header"], &arguments[..]].concat());
        assert_eq!(lines.lines().filter(|&line| line == "--").count(), gaps, "{options:?}");
    }
    let first = numbers(&log, &["-e", "petals", "-A", "1", "-n", "1"]);
    assert_eq!(first, [matches[0], matches[0] + 1]);
}

#[test]
fn context_can_be_of_the_same_thread_or_process() {
    let path = fixture("sample64.pml");
    let log = LogsReader::open(&path).unwrap();
    let events: Vec<_> = log.events().map(Result::unwrap).collect();
    for same in ["thread", "process"] {
        let key = |number: usize| {
            let event = events[number];
            (event.process_key(), if same == "thread" { event.thread_id() } else { 0 })
        };
        for hit in [20, events.len() / 2, events.len() - 3] {
            let before = (0..hit).rev().find(|&number| key(number) == key(hit));
            let after = (hit + 1..events.len()).find(|&number| key(number) == key(hit));
            let expected: Vec<_> = before.into_iter().chain([hit]).chain(after).map(|number| number as u64).collect();
            let range = format!("{hit}..{}", hit + 1);
            assert_eq!(numbers(&path, &["--events", &range, "-C", "1", "--same", same]), expected, "{same} {hit}");
        }
    }
}

#[test]
fn events_are_sorted_and_limited() {
    let path = fixture("sample64.pml");
    let log = LogsReader::open(&path).unwrap();
    let mut slowest: Vec<_> = log.events().map(Result::unwrap).collect();
    slowest.sort_by_key(|event| (std::cmp::Reverse(event.duration()), event.ordinal()));
    let slowest: Vec<_> = slowest.iter().map(|event| u64::from(event.ordinal())).collect();
    assert_eq!(numbers(&path, &["--sort", "duration"]), slowest);
    assert_eq!(numbers(&path, &["--sort", "duration", "-n", "7"]), slowest[..7]);
    assert_eq!(numbers(&path, &["--sort", "duration", "--last", "7"]), slowest[slowest.len() - 7..]);
    let fastest: Vec<_> = slowest.iter().rev().copied().collect();
    assert_eq!(numbers(&path, &["--sort", "Duration", "--reverse", "-n", "7"]), fastest[..7]);
    let all: Vec<_> = (0..log.len() as u64).collect();
    assert_eq!(numbers(&path, &[]), all);
    assert_eq!(numbers(&path, &["--sort", "time"]), all);
    assert_eq!(numbers(&path, &["-n", "3"]), all[..3]);
    assert_eq!(numbers(&path, &["--last", "3"]), all[all.len() - 3..]);
    let backwards: Vec<_> = all.iter().rev().copied().collect();
    assert_eq!(numbers(&path, &["--reverse"]), backwards);
    assert_eq!(numbers(&path, &["--reverse", "--last", "2"]), backwards[backwards.len() - 2..]);
    let paths = rows(&[&path, "--sort", "path", "--columns", "path"]);
    let folded: Vec<_> = paths.iter().map(|row| row[0].to_lowercase()).collect();
    assert!(folded.is_sorted() && folded.len() == log.len());
    assert!(message(2, &[&path, "--sort", "speed"]).contains("unknown column"));
}

#[test]
fn events_of_processes_are_shown_with_their_children() {
    let path = fixture("sample64.pml");
    let log = LogsReader::open(&path).unwrap();
    let count = |names: &[&str]| {
        let is = |name: &str| names.contains(&name);
        log.events().flatten().filter(|event| event.process().is_some_and(|process| is(process.name()))).count()
    };
    let shown = |arguments: &[&str]| numbers(&path, arguments).len();
    assert_eq!(shown(&["--process", "updater"]), count(&["updater.exe"]));
    assert_eq!(shown(&["--process", "5120"]), count(&["updater.exe"]));
    assert_eq!(shown(&["--process", "EXPLORER.exe"]), count(&["explorer.exe"]));
    assert_eq!(shown(&["--process", "explorer.exe", "--process", "640"]), count(&["explorer.exe", "services.exe"]));
    // explorer.exe started updater.exe.
    assert_eq!(shown(&["--process", "explorer", "--tree"]), count(&["explorer.exe", "updater.exe"]));
    assert!(message(0, &[&path, "--process", "none.exe"]).contains("none.exe"));
}

#[test]
fn one_event_is_shown_in_full() {
    let path = fixture("sample64.pml");
    let shown = text(&[&path, "--event", "40"]);
    for part in [
        "Event 40 of",
        "Process Name",
        "High Resolution Process Start",
        "REG_BINARY",
        "\"query_value\"",
        "ntdll.dll + 0x",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for column in Column::ALL {
        assert!(shown.contains(&column.to_string()), "{column}");
    }
    let several = text(&[&path, "--event", "40", "--event", "3..5"]);
    assert!(several.starts_with(&shown) && several.contains("Event 3 of") && several.contains("Event 4 of"));
    assert!(!several.contains("Event 5 of"));
    let json: serde_json::Value = serde_json::from_str(&text(&[&path, "--event", "40", "--json"])).unwrap();
    assert_eq!((&json["ordinal"], json["stack"].is_array()), (&40.into(), true));
    assert!(message(2, &[&path, "--event", "1000000"]).contains("no event 1000000"));
    assert!(message(2, &[&path, "--event", "four"]).contains("not an event number"));
}

#[test]
fn several_logs_are_named_and_merged() {
    let (a, b) = (fixture("sample64.pml"), fixture("sample32.pml"));
    let shown = rows(&[&a, &b, "--columns", "PID"]);
    assert_eq!(shown.len(), LogsReader::open(&a).unwrap().len() + LogsReader::open(&b).unwrap().len());
    assert!(shown.iter().all(|row| row.len() == 2) && shown[0][0] == a && shown.last().unwrap()[0] == b);
    assert!(rows(&[&a, &b, "--columns", "PID", "--log-names", "never"]).iter().all(|row| row.len() == 1));
    assert!(rows(&[&a, "--columns", "PID", "--log-names", "always"]).iter().all(|row| row.len() == 2));
    assert!(rows(&[&a, "--columns", "PID"]).iter().all(|row| row.len() == 1));
    let merged = text(&[&a, &b, "--merge", "--json"]);
    let merged: Vec<serde_json::Value> = merged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(merged.len(), shown.len());
    let keys: Vec<_> = merged.iter().map(|event| event["filetime"].as_u64().unwrap()).collect();
    assert!(keys.is_sorted());
    assert_eq!((merged[0]["log"].as_str(), merged[1]["log"].as_str()), (Some(a.as_str()), Some(b.as_str())));
}

#[test]
fn unreadable_events_are_reported() {
    let path = fixture("damaged.pml");
    let output = run(3, &[&path, "--count"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be read"));
    let readable = LogsReader::open(&path).unwrap().events().flatten().count();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{readable}\n"));
    assert_eq!(text(&[&fixture("empty.pml"), "--count"]), "0\n");
    assert_eq!(text(&[&fixture("empty.pml"), "--table", "always"]), "");
    run(2, &[&path, "--count", "--limit", "1"]);
    run(1, &["no-such-log.pml"]);
}

#[test]
fn the_command_has_other_names() {
    let log = fixture("sample64.pml");
    let expected = text(&[&log, "-e", "petals"]);
    for name in ["grep", "cat"] {
        let output = assert_cmd::cargo::cargo_bin_cmd!("pml").args([name, &log, "-e", "petals"]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{name}");
    }
}

#[test]
fn exports_can_name_their_logs() {
    let (a, b) = (fixture("sample64.pml"), fixture("sample32.pml"));
    let export = |arguments: &[&str]| {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
        command.args(["export", &a, &b]).args(arguments).output().unwrap()
    };
    let plain = String::from_utf8(export(&["--columns", "PID"]).stdout).unwrap();
    let named = String::from_utf8(export(&["--columns", "PID", "--log-names", "auto"]).stdout).unwrap();
    let first = LogsReader::open(&a).unwrap().len();
    let lines: Vec<_> = plain.lines().skip(1).collect();
    let expected = lines.iter().enumerate().map(|(number, line)| {
        let log = if number < first { &a } else { &b };
        format!("\"{log}\",{line}")
    });
    assert!(named.starts_with("\u{FEFF}\"Log\",\"PID\""));
    assert_eq!(named.lines().skip(1).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    for line in String::from_utf8(export(&["--format", "jsonl", "--log-names", "always"]).stdout).unwrap().lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["log"] == a.as_str() || event["log"] == b.as_str());
    }
    assert_eq!(export(&["--format", "xml", "--log-names", "auto"]).status.code(), Some(2));
}
