//! Help texts, completions, manual pages and colors. `INSTA_UPDATE=always cargo test` updates the snapshots after a
//! change of a help text.

use std::process::{Command, Output};

use procmon_parser::Compat;

fn pml(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pml"));
    command.args(arguments).env_remove("COLUMNS").env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(arguments: &[&str]) -> String {
    // The help names the file of the program, which is `pml.exe` on Windows.
    String::from_utf8(run(&mut pml(arguments)).stdout).unwrap().replace("pml.exe", "pml")
}

/// Returns the commands that a help text lists.
fn commands(help: &str) -> Vec<&str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !matches!(*name, "" | "help"))
        .collect()
}

/// Checks the help of a command and of its subcommands. Returns the number of help texts.
fn check(command: &[&str]) -> usize {
    let help = text(&[command, &["--help"]].concat());
    let name = [&["pml"], command].concat().join("-");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, help);
    });
    1 + commands(&help).into_iter().map(|subcommand| check(&[command, &[subcommand]].concat())).sum::<usize>()
}

#[test]
fn help_texts_match_their_snapshots() {
    assert!(check(&[]) >= 14);
}

#[test]
fn every_command_has_examples_and_exit_codes() {
    for command in commands(&text(&["--help"])) {
        let help = text(&[command, "--help"]);
        assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{command}");
    }
}

#[test]
fn the_help_names_every_version_that_is_accepted() {
    let help = text(&["export", "--help"]);
    // Long lines are wrapped.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut accepted = 0;
    for version in (0..1000).map(|number| format!("{}.{:02}", number / 100, number % 100)) {
        let Ok(compat) = version.parse::<Compat>() else { continue };
        let line = help.split(" - ").find(|line| line.starts_with(&format!("{compat}:"))).unwrap();
        let name = compat.name().strip_prefix("procmon-").unwrap();
        let later = line.rsplit_once("; also for ").and_then(|(_, range)| range.split_once(" to "));
        let later = later.map(|(first, last)| (first, &last[..version.len()]));
        // Versions have the same number of characters, so texts compare as numbers.
        let is_later = later.is_some_and(|(first, last)| (first..=last).contains(&version.as_str()));
        assert!(is_later != (version == name || version == format!("{name}0")), "{version}: {line}");
        accepted += 1;
    }
    assert_eq!(accepted, 120);
    assert!(help.contains("; also for 3.95 to 4.00"));
}

#[test]
fn shells_complete_every_command() {
    let help = text(&["--help"]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = text(&["completions", shell]);
        for command in commands(&help) {
            assert!(script.contains(command), "{shell} {command}");
        }
    }
    assert_eq!(pml(&["completions", "cmd"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page() {
    let page = text(&["man"]);
    assert!(page.contains(".TH pml 1"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    assert_eq!(text(&["man", pages.to_str().unwrap()]), "");
    for command in commands(&text(&["--help"])) {
        let page = std::fs::read_to_string(pages.join(format!("pml-{command}.1"))).unwrap();
        assert!(page.contains("Examples:"), "{command}");
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = pml(&["man", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("file"));
}

#[test]
fn colors_can_be_forced_and_disabled() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sample64.pml");
    for command in [&["statistics", log][..], &["info", log], &["--help"]] {
        let colored = run(pml(command).env("CLICOLOR_FORCE", "1")).stdout;
        assert!(colored.contains(&0x1B), "{command:?}");
        let plain = run(pml(command).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).stdout;
        assert!(!plain.contains(&0x1B), "{command:?}");
        assert_eq!(String::from_utf8(plain).unwrap(), text(command), "{command:?}");
    }
    for command in [&["statistics", log][..], &["info", log]] {
        let colored = run(pml(command).args(["--color", "always"]).env("NO_COLOR", "1")).stdout;
        assert!(colored.contains(&0x1B), "{command:?}");
        let plain = run(pml(command).args(["--color", "never"]).env("CLICOLOR_FORCE", "1")).stdout;
        assert!(!plain.contains(&0x1B), "{command:?}");
    }
}
