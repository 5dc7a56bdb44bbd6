//! Checks that a real Procmon loads configurations written by `pml pmc new`, and exports the same as `pml export`.
//!
//! The environment variable `PROCMON_ORACLE_SCRIPT` names a script that runs Procmon; `docs/TESTING.md` describes how
//! it is called. Without the variable, the test is ignored.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::data::unzip;
use procmon_parser::{Configuration, SavedFilter};

crate::tests! {
    with_oracle_and_data:
        procmon_shows_what_export_writes;
}

/// Configurations: a name, the log to test them with, and the arguments of `pml pmc new`.
const CONFIGURATIONS: &[(&str, &str, &[&str])] = &[
    ("defaults", "win10-64-process", &[]),
    ("old form", "win10-64-process", &["--for", "3.5"]),
    ("minimal", "win10-64-process", &["--minimal", "--drop-filtered-events"]),
    ("no rules", "win10-64-process", &["--no-rules"]),
    ("all columns", "win10-64-mixed", &["--columns", "default", "--no-rules"]),
    ("four columns", "win10-64-mixed", &["--columns", "PID,Path,Duration,Completion Time"]),
    ("a column twice", "win10-64-process", &["--columns", "PID,Path,PID", "--for", "3.5"]),
    ("advanced", "win10-64-filesystem", &["--advanced", "--no-rules", "--columns", "default"]),
    ("advanced, with the default filter", "win10-64-filesystem", &["--advanced"]),
    (
        "advanced, old form",
        "win10-64-filesystem",
        &["--advanced", "--for", "3.5", "--no-rules", "--include", "Operation is FASTIO_READ"],
    ),
    ("numbers", "win10-64-mixed", &["--resolve=off", "--include", "Event Class is Network"]),
    ("names", "win10-64-mixed", &["--resolve=on", "--include", "Event Class is Network"]),
    (
        "a path and two processes",
        "win10-64-mixed",
        &[
            "--include",
            "Process Name is svchost.exe",
            "--include",
            r"Path begins with C:\Windows",
            "--include",
            "Process Name is explorer.exe",
            "--exclude",
            "Operation is CloseFile",
        ],
    ),
    (
        "numbers and times",
        "win10-64-mixed",
        &[
            "--rule",
            "Duration more than 0.0001 then Include",
            "--rule",
            "PID less than 2000 then Include",
            "--rule",
            "Relative Time less than 20.5 then Include",
        ],
    ),
    ("no matching event", "win10-64-process", &["--include", "Path is nowhere"]),
    (
        "all settings",
        "win10-64-process",
        &[
            "--highlight",
            "Result is SUCCESS",
            "--history-depth",
            "1",
            "--ring-buffer",
            "--ring-buffer-size",
            "64",
            "--ring-buffer-minutes",
            "5",
            "--autoscroll",
            "--always-on-top",
            "--highlight-foreground",
            "#ff0000",
            "--highlight-background",
            "#00ff00",
            "--log-font",
            "Consolas, height -13, weight 700, italic",
            "--bookmark-font",
            "Arial, height 9, underlined",
            "--log-file",
            r"C:\tmp\Ähre.pml",
            "--symbol-path",
            r"srv*C:\symbols",
            "--source-path",
            r"C:\src",
            "--dbghelp-path",
            r"C:\debuggers\dbghelp.dll",
            "--columns",
            "Time of Day,PID,Path",
        ],
    ),
];

fn pml(arguments: &[&str]) {
    let output = assert_cmd::cargo::cargo_bin_cmd!("pml").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Returns configurations that Procmon does not write but loads: a description, and the bytes of the file.
fn unusual_configurations() -> Vec<(&'static str, Vec<u8>)> {
    let with = |options: &[(&str, &[u8])]| {
        let mut configuration = Configuration::new();
        options.iter().for_each(|(name, value)| _ = configuration.set(name, value));
        configuration.to_bytes()
    };
    let (count, map) = (("ColumnCount", &[2][..]), ("ColumnMap", &[0x76, 0x9C, 0, 0, 0x87, 0x9C][..]));
    let whole = with(&[count, map]);
    let unsorted = "Path contains a;PID more than 2000;Path contains b";
    let mut rules = vec![0xFF, 3, 0, 0, 0];
    for condition in unsorted.split(';') {
        rules.extend(&SavedFilter::new([format!("{condition} then Include").parse().unwrap()]).to_bytes()[9..]);
    }
    vec![
        ("short values", whole.clone()),
        ("a short map and more columns", with(&[("ColumnCount", &[5, 0]), map])),
        ("no columns", with(&[("ColumnCount", &[0])])),
        ("empty values", with(&[("ColumnCount", &[]), ("ColumnMap", &[]), ("FilterRules", &[])])),
        (
            "a switch that is not 1",
            with(&[("AdvancedMode", &[0, 1]), ("Unknown", b"?"), ("FilterRules", &[1, 0, 0, 0, 0])]),
        ),
        ("lowercase names", with(&[("columncount", &[3]), ("FILTERRULES", &[])])),
        ("the first of two", [with(&[("ColumnCount", &[3])]), with(&[("ColumnCount", &[1])])].concat()),
        ("zeros at the end", [&whole[..], &[0; 16]].concat()),
        ("rules in a different order", with(&[("FilterRules", &rules)])),
    ]
}

/// Exports a log with a configuration, by Procmon and by `pml export`. Returns true if the outputs are equal.
fn is_same(script: &Path, name: &str, log: &Path, config: &Path) -> bool {
    let [ours, procmon] = ["ours.csv", "procmon.csv"].map(|name| config.with_file_name(name));
    pml(&["export", text(log), "--config", text(config), "--compat", "procmon-3.94", "-o", text(&ours)]);
    let output = Command::new(script).args([log, &procmon, config]).env("FILTER", "1").output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let (ours, procmon) = (fs::read(&ours).unwrap(), fs::read(&procmon).unwrap());
    let rows = procmon.iter().filter(|&&byte| byte == b'\n').count() - 1;
    let verdict = if ours == procmon { "same" } else { "DIFFERENT" };
    println!("{verdict}: {name}: {rows} rows of {}", log.display());
    ours == procmon
}

/// Unpacks a log of the comparison data into a folder, and returns its path.
fn unpacked(data: &Path, folder: &Path, name: &str) -> PathBuf {
    let log = folder.join(format!("{name}.pml"));
    if !log.exists() {
        fs::write(&log, unzip(&data.join(format!("corpus/{name}.pml.gz")))).unwrap();
    }
    log
}

fn procmon_shows_what_export_writes(script: &Path, data: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("configuration.pmc");
    let mut different = Vec::new();
    for (name, log, arguments) in CONFIGURATIONS {
        pml(&[&["pmc", "new", "-o", text(&config)], *arguments].concat());
        if !is_same(script, name, &unpacked(data, folder.path(), log), &config) {
            different.push(*name);
        }
    }
    for (name, bytes) in unusual_configurations() {
        fs::write(&config, bytes).unwrap();
        if !is_same(script, name, &unpacked(data, folder.path(), "win10-64-process"), &config) {
            different.push(name);
        }
    }
    assert!(different.is_empty(), "{different:?}");
}
