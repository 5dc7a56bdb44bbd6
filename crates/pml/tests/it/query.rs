//! Messages about wrong queries, and the help on queries. `INSTA_UPDATE=always cargo test` updates the snapshot.

use std::fmt::Write;

/// Queries that are wrong, as users write them.
const WRONG: [&str; 30] = [
    "",
    "Path",
    "Path is",
    "Path = C:\\a",
    "Pth contains temp",
    "Proces Name is a.exe",
    "Process is a.exe",
    "Image is a.exe",
    "Path containes temp",
    "Path begin with C:",
    "Path start with C:",
    "Path like %temp%",
    "PID is python",
    "PID in (4, x)",
    "PID in 4, 8",
    "PID in (4, 8",
    "PID is 4 and",
    "PID is 4 and or TID is 5",
    "PID is 4 && TID is 5",
    "(PID is 4",
    "PID is 4)",
    "not",
    "Path is \"C:\\a",
    "Path is any C:",
    "Duration more than soon",
    "Duration more than 250 parsecs",
    "Date & Time more than 9:00",
    "Time of Day more than noon",
    "any less than 4",
    "Path matches (",
];

fn message(query: &str) -> String {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sample64.pml");
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("pml");
    let output = command.env_remove("COLUMNS").args(["events", log, "--count", "--query", query]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 2)), "{query}");
    String::from_utf8(output.stderr).unwrap().replace("pml.exe", "pml")
}

#[test]
fn wrong_queries_have_helpful_messages() {
    let mut messages = String::new();
    for query in WRONG {
        // Removes the invitation to try --help, which is the same for all.
        let message = message(query);
        let message = message.split("\n\nFor more information").next().unwrap();
        writeln!(messages, "{query}\n{message}\n").unwrap();
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("wrong-queries", messages);
    });
}

#[test]
fn every_wrong_query_is_refused_with_its_place() {
    for query in WRONG {
        let message = message(query);
        // The message about an invalid regular expression can have no mark.
        assert!(message.contains('^') || message.contains("regular expression"), "{query}: {message}");
    }
}

#[test]
fn help_has_topics() {
    let help = |names: &[&str]| assert_cmd::cargo::cargo_bin_cmd!("pml").arg("help").args(names).output().unwrap();
    let text = |names: &[&str]| String::from_utf8(help(names).stdout).unwrap();
    assert!(text(&["query"]).contains("GRAMMAR") && text(&["filters"]).contains("RULES"));
    for command in [&["events"][..], &["pmc", "lint"], &[]] {
        let option = assert_cmd::cargo::cargo_bin_cmd!("pml").args(command).arg("--help").output().unwrap().stdout;
        assert_eq!(text(command), String::from_utf8(option).unwrap(), "{command:?}");
    }
    let unknown = help(&["quarry"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("quarry"));
}

#[test]
fn documents_have_the_text_of_the_help() {
    let document = include_str!("../../../../docs/QUERY.md").replace("\r\n", "\n");
    for topic in [include_str!("../../topics/query.txt"), include_str!("../../topics/filters.txt")] {
        let topic = topic.replace("\r\n", "\n");
        assert!(document.contains(&topic), "docs/QUERY.md differs from the topics of the help:\n{topic}");
    }
}
