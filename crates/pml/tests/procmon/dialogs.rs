//! `--csv=procmon` of the analyses, against the files that Procmon's dialogs save.

use std::fs;
use std::path::Path;

use crate::data::unzip;

crate::tests! {
    with_data:
        dialogs_are_those_of_procmon;
}

/// The logs whose dialogs are compared, some under a filter. The tests of the library compare all others.
const LOGS: [&str; 5] = ["fs_1", "misc_1", "registry_1", "win10-64-process", "win10-64-process+9"];

/// Returns the command that shows a dialog. Returns `None` for the dialogs that Procmon cannot save; the tests of the
/// library compare their contents.
fn command(dialog: &str) -> Option<Vec<String>> {
    let words: &[&str] = match dialog {
        "activity" => &["summary", "processes"],
        "xref" => &["summary", "xref"],
        "registry" => &["summary", "registry"],
        "network" => &["summary", "network"],
        "file-by-path" => &["summary", "files"],
        "file-by-folder" => &["summary", "folders"],
        "file-by-extension" => &["summary", "extensions"],
        "tree" | "tree-running" | "stack" | "stack-0" | "system" => return None,
        column => return Some(vec!["count".to_owned(), column.strip_prefix("count-").unwrap().replace('-', " ")]),
    };
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// Procmon writes the rows of the file summary by path in an order of its own, so their lines are compared as a multiset.
fn dialogs_are_those_of_procmon(data: &Path) {
    let (mut compared, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(data.join("conformance/tools")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".csv.gz") else { continue };
        let (log, dialog) = name.split_once('.').unwrap();
        let (true, Some(command)) = (LOGS.contains(&log), command(dialog)) else { continue };
        let (log, rules) = log.split_once('+').map_or((log, None), |(log, rules)| (log, Some(rules)));
        let folder = if data.join(format!("corpus/{log}.pml.gz")).exists() { "corpus" } else { "conformance" };
        let mut program = assert_cmd::cargo::cargo_bin_cmd!("pml");
        program.args(&command).arg(data.join(format!("{folder}/{log}.pml.gz"))).arg("--csv=procmon");
        if let Some(rules) = rules {
            program.arg("--config").arg(data.join(format!("conformance/filter/{log}-{rules}.pmc")));
        }
        let output = program.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let mut files = [String::from_utf8(output.stdout).unwrap(), String::from_utf8(unzip(&path)).unwrap()];
        if dialog == "file-by-path" {
            files = files.map(|file| {
                let mut lines: Vec<_> = file.split("\r\n").collect();
                lines.sort_unstable();
                lines.join("\r\n")
            });
        }
        compared += 1;
        if files[0] != files[1] {
            wrong.push(name.to_owned());
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} files differ: {wrong:?}", wrong.len());
    assert!(compared >= 112, "{compared}");
}
