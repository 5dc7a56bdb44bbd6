//! The examples run and print the expected output for the 64-bit sample.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use procmon_parser::{Column, Configuration, LogsReader};

/// Runs an example on the 64-bit sample and returns its output.
fn run(example: &str) -> String {
    run_with(example, &["fixtures/sample64.pml"])
}

/// Runs an example with arguments and returns its output.
fn run_with(example: &str, arguments: &[&str]) -> String {
    let source = fs::read_to_string(format!("examples/{example}.rs")).unwrap();
    assert!(source.lines().count() < 60, "examples/{example}.rs has more than 59 lines");
    // With these options, nothing is left to build after `cargo test --workspace --all-features`.
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--workspace", "--all-features", "--example", example]);
    assert!(build.status().unwrap().success(), "{example} cannot be built");
    let deps = env::current_exe().unwrap();
    let program = deps.parent().and_then(Path::parent).unwrap().join("examples").join(example);
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{example}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Checks that the output of an example has lines that contain the given strings, in this order.
fn prints(example: &str, expected: &[&str]) {
    let printed = run(example);
    let mut lines = printed.lines();
    for text in expected {
        assert!(lines.any(|line| line.contains(text)), "{example}: {text:?} is missing or out of order in\n{printed}");
    }
}

#[test]
#[ignore = "slow"]
fn read_log_prints_events_and_details() {
    prints(
        "read_log",
        &["ORCHID: Windows 10", "Process Create", r"4096 bytes to C:\Users\alice\AppData", "16896 bytes written"],
    );
}

#[test]
#[ignore = "slow"]
fn process_tree_indents_child_processes() {
    prints(
        "process_tree",
        &["System (4)", "  services.exe (640)", "    explorer.exe (3312)", "      updater.exe (5120)"],
    );
}

#[test]
#[ignore = "slow"]
fn dll_search_failures_counts_missing_dlls() {
    prints(
        "dll_search_failures",
        &[r"Medium   updater.exe (5120) C:\Program Files\Wörter & Co\petals.dll (1 times)", "3 libraries not found"],
    );
}

#[test]
#[ignore = "slow"]
fn registry_values_prints_typed_data() {
    prints(
        "registry_values",
        &[
            r"updater.exe set HKLM\SOFTWARE\Wörter & Co : Value 2 =",
            "Value 3 = 1336 (0x538) (REG_DWORD)",
            r#"Value 6 = ["one", "two", "drei & vier"] (REG_MULTI_SZ)"#,
        ],
    );
}

#[test]
#[ignore = "slow"]
fn filter_log_prints_the_matching_events() {
    prints("filter_log", &[r"updater.exe CreateFile C:\Program Files\Wörter & Co\petals.dll", "6 of 165 events"]);
}

#[test]
#[ignore = "slow"]
fn stack_frames_prints_modules_and_offsets() {
    prints("stack_frames", &["CreateFile", "K  0 fltmgr.sys + 0x4f10", "U  5 0x12340"]);
}

#[test]
#[ignore = "slow"]
fn write_log_writes_a_readable_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace.pml");
    assert_eq!(run_with("write_log", &[path.to_str().unwrap()]), "3 events\n");
    let log = LogsReader::open(path).unwrap();
    let columns = [Column::PROCESS_NAME, Column::OPERATION, Column::PATH, Column::RESULT];
    let row = columns.map(|column| log.event(2).unwrap().text(column).to_string());
    assert_eq!(row, ["petals.exe", "CreateFile", r"D:\Größe\petals.dll", "SUCCESS"]);
}

#[test]
#[ignore = "slow"]
fn merge_logs_restores_a_split_log() {
    let folder = tempfile::tempdir().unwrap();
    let [head, tail, both] = ["head.pml", "tail.pml", "both.pml"].map(|name| folder.path().join(name));
    let [head, tail, both] = [&head, &tail, &both].map(|path| path.to_str().unwrap());
    let sample = "fixtures/sample64.pml";
    assert_eq!(run_with("split_log", &[sample, head, "0", "60"]), "60 of 165 events\n");
    assert_eq!(run_with("split_log", &[sample, tail, "60"]), "105 of 165 events\n");
    assert_eq!(run_with("merge_logs", &[both, tail, head]), "165 events of 2 logs\n");
    let [joined, sample] = [both, sample].map(|path| LogsReader::open(path).unwrap());
    let bytes = |log: &LogsReader| log.events().map(|event| event.unwrap().bytes().to_vec()).collect::<Vec<_>>();
    assert!(bytes(&joined) == bytes(&sample));
}

#[test]
#[ignore = "slow"]
fn configurations_are_built_and_edited() {
    let folder = tempfile::tempdir().unwrap();
    let [built, edited] = ["python.pmc", "edited.pmc"].map(|name| folder.path().join(name));
    let [built, edited] = [&built, &edited].map(|path| path.to_str().unwrap());
    let printed = run_with("build_filter_config", &[built]);
    assert!(printed.starts_with("Process Name is python.exe then Include\n"), "{printed}");
    let configuration = Configuration::open(built).unwrap();
    assert_eq!((configuration.columns().len(), configuration.filter().rules().len()), (5, 26));
    assert!(configuration.drop_filtered_events());

    let printed = run_with("edit_config", &[built, edited]);
    assert_eq!(printed, "Logfile:  -> D:\\captures\\night.pml\nAdvancedMode: off -> on\n26 rules -> 26\n");
    assert!(Configuration::open(edited).unwrap().advanced_mode());
}
