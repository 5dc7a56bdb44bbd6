//! The outputs in `docs/COOKBOOK.md`, which `scripts/cookbook.py` writes.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The line that marks where an output was cut.
const CUT: &str = "[...]";

/// Copies the fixtures, so that commands write their files elsewhere.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs a command as on a terminal of 110 columns, and returns its output.
fn output(folder: &Path, command: &str) -> String {
    let mut arguments = shlex::split(command).unwrap();
    assert_eq!(arguments.remove(0), "pml");
    let is_table = arguments[0] == "events" && !arguments.iter().any(|argument| argument == "--json");
    arguments.extend(is_table.then(|| ["--table", "always"].map(str::to_owned)).into_iter().flatten());
    let mut program = Command::new(env!("CARGO_BIN_EXE_pml"));
    program.current_dir(folder).args(&arguments).env("COLUMNS", "110").env_remove("CLICOLOR_FORCE");
    let output = program.output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap().replace("\r\n", "\n").replace('\u{FEFF}', "")
}

/// On Windows, the names of logs in the outputs have different separators.
#[cfg(not(windows))]
#[test]
fn the_outputs_of_the_cookbook_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("fixtures"), &folder.path().join("fixtures"));
    let document = fs::read_to_string(root.join("docs/COOKBOOK.md")).unwrap();
    let mut count = 0;
    for block in document.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, shown) = block.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
        let actual = output(folder.path(), command);
        let lines: Vec<_> = actual.lines().map(str::trim_end).collect();
        let shown: Vec<_> = shown.lines().collect();
        let matches = match shown.split_last() {
            Some((&CUT, start)) => lines.len() > start.len() && lines.starts_with(start),
            _ => lines == shown,
        };
        assert!(matches, "{command}: run scripts/cookbook.py\n{actual}");
        count += 1;
    }
    assert!(count >= 15, "only {count} commands");
}
