//! Names that a terminal would obey or not show: each command writes them in a visible form.
//!
//! `script` runs the program with a terminal as its output. Where it is missing, the tests of outputs on terminals check
//! nothing; those of messages need no terminal, because messages are the same everywhere.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use procmon_parser::pmc::SavedFilter;
use procmon_parser::{Configuration, Rule};

use crate::support::synth;

/// A part of a name: it clears the screen, sets a title and a color, reverses the order of the text and is partly
/// invisible.
const EVIL: &str =
    "e\u{1B}[2J\u{1B}]0;x\u{7}\u{1B}[5m\u{9B}3J\u{202E}\u{2066}\u{61C}\u{200B}\u{AD}\u{2028}\u{E0041}vil";

/// The characters of [`EVIL`] that a file name has. A control character in it would make the commands of these tests
/// hard to read; messages are tested with one.
const EVIL_NAME: &str = "e\u{202E}\u{2066}\u{61C}\u{200B}\u{AD}\u{2028}\u{E0041}vil";

/// Returns a log whose every text has [`EVIL`] in it.
fn evil_log() -> synth::Log {
    let mut log = synth::sample(true);
    let spoil = |text: &mut String| text.push_str(EVIL);
    log.computer = "e\u{1B}\u{202E}\u{AD}\u{7}vil".into(); // the field has room for 15 characters
    [&mut log.system_root, &mut log.service_pack].into_iter().for_each(spoil);
    for process in &mut log.processes {
        if process.pid == 4 {
            continue; // a different path would not be that of System
        }
        let synth::Process { name, image_path, command_line, user, integrity, company, version, description, .. } =
            process;
        [name, image_path, command_line, user, integrity, company, version, description].into_iter().for_each(spoil);
    }
    for module in log.processes.iter_mut().flat_map(|process| &mut process.modules) {
        let synth::Module { path, version, company, description, .. } = module;
        [path, version, company, description].into_iter().for_each(spoil);
    }
    log.hosts.iter_mut().for_each(|host| spoil(&mut host.name));
    log.ports.iter_mut().for_each(|port| spoil(&mut port.name));
    let path = |folder: &str| synth::Text::wide(&format!(r"{folder}\{EVIL}\x.{EVIL}"));
    log.events.extend([
        synth::registry::open_key(path(r"\REGISTRY\MACHINE"), 1, Some(1)),
        synth::registry::rename_key(path(r"\REGISTRY\MACHINE"), EVIL),
        synth::file::create_file(true, path("C:"), &synth::file::Create::read(), Some(1)),
        synth::process::load_image(true, 0x7FFF_0000_0000, 0x1000, path("C:")),
        synth::profiling::debug_output(synth::Text::wide(EVIL)),
    ]);
    for event in log.events.iter_mut().rev().take(5) {
        event.process_index = log.processes[2].index;
        event.time = synth::SAMPLE_START + 90_000_000;
        event.stack = vec![log.processes[2].modules[0].base + 8];
    }
    log
}

/// Returns the first character that a terminal obeys or does not show, except for tabs and the ends of lines.
fn hidden(text: &str) -> Option<char> {
    text.chars().find(|&c| {
        (c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
            || matches!(u32::from(c), 0xAD | 0x61C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF)
            || (0xE0000..=0xE0FFF).contains(&u32::from(c))
    })
}

/// Returns a text without the colors that the program writes.
fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut parts = text.split("\u{1B}[");
    plain.extend(parts.next());
    for part in parts {
        match part.split_once('m') {
            Some((codes, rest)) if ["0", "1", "2", "4", "31", "32", "33", "36"].contains(&codes) => {
                plain.push_str(rest)
            }
            _ => plain.extend(["\u{1B}[", part]),
        }
    }
    plain
}

fn check(command: &str, shown: &str, has_names: bool) {
    // A byte-order mark begins CSV.
    let plain = without_colors(shown.strip_prefix('\u{FEFF}').unwrap_or(shown));
    assert_eq!(hidden(&plain), None, "{command}: {:?}", around(&plain));
    assert_eq!(plain.contains("\\u{202e}") || plain.contains("<U+202E>"), has_names, "{command}: {plain}");
}

/// Returns the text around the first hidden character.
fn around(text: &str) -> String {
    let at = text.find(|c: char| hidden(&c.to_string()).is_some()).unwrap_or(0);
    text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().chain(text[at..].chars().take(60)).collect()
}

/// Runs the program with a terminal as its output. Returns `None` without `script`.
fn on_terminal(arguments: &str, folder: &Path) -> Option<String> {
    let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_pml"));
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).current_dir(folder).env("COLUMNS", "400").stdin(Stdio::null());
    Some(String::from_utf8(script.output().ok()?.stdout).unwrap())
}

#[test]
fn commands_show_hidden_characters_of_logs_on_terminals() {
    let folder = tempfile::tempdir().unwrap();
    let log = format!("'{EVIL_NAME}.pml'");
    let bytes = evil_log().bytes();
    fs::write(folder.path().join(format!("{EVIL_NAME}.pml")), &bytes).unwrap();
    // An unclosed log, so that there is something to report.
    fs::write(folder.path().join(format!("{EVIL_NAME}-cut.pml")), synth::unclosed(bytes)).unwrap();
    let commands = [
        "info LOG",
        "info LOG --json",
        "statistics LOG",
        "statistics LOG --all",
        "statistics LOG --dlls --network",
        "statistics LOG --json",
        "statistics LOG --csv",
        "export LOG",
        "export LOG --format jsonl",
        "export LOG --format jsonl --stacks",
        "export LOG --format xml --stacks",
        "export LOG --log-names always",
        "events LOG",
        "events LOG --columns all",
        "events LOG --json",
        "events LOG --event 0..200",
        "events LOG --process nobody",
        "events LOG LOG --log-names always",
        "count 'Process Name' LOG",
        "count Path LOG",
        "count User LOG --csv",
        "count Path LOG --csv=procmon",
        "count Path LOG --json",
        "tree LOG",
        "tree LOG --command-lines",
        "tree LOG --csv",
        "tree LOG --json",
        "summary files LOG",
        "summary folders LOG",
        "summary extensions LOG",
        "summary registry LOG",
        "summary network LOG",
        "summary stacks LOG",
        "summary xref LOG",
        "summary processes LOG",
        "summary system LOG",
        "summary files LOG --csv",
        "summary stacks LOG --json",
        "recover CUT -o x.pml",
        "recover CUT -o x.pml --json",
        "recover LOG -o 'OUT'",
        "info CUT",
        "save LOG -o x.pml --redact-user",
        "export LOG -o missing/x.csv",
        "export LOG -o LOG",
        "report LOG --html x.html",
    ];
    let cut = format!("'{EVIL_NAME}-cut.pml'");
    for command in commands {
        let arguments =
            command.replace("LOG", &log).replace("CUT", &cut).replace("OUT", &format!("{EVIL_NAME}-out.pml"));
        let Some(shown) = on_terminal(&format!("{arguments} --no-progress"), folder.path()) else { return };
        let plain = without_colors(shown.strip_prefix('\u{FEFF}').unwrap_or(&shown));
        assert_eq!(hidden(&plain), None, "{command}: {:?}", around(&plain));
        assert!(!plain.contains("error: unexpected argument"), "{command}: {plain}");
    }
    for command in ["info LOG", "statistics LOG", "export LOG", "events LOG", "tree LOG", "summary files LOG"] {
        let arguments = command.replace("LOG", &log);
        let Some(shown) = on_terminal(&format!("{arguments} --no-progress"), folder.path()) else { return };
        check(command, &shown, true);
    }
}

#[test]
fn commands_show_hidden_characters_of_configurations_on_terminals() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |value: &str| format!("Path contains {value} then Include").parse::<Rule>().unwrap();
    let mut configuration = Configuration::procmon_default();
    configuration.add_filter_rules([rule(EVIL), rule(EVIL)]);
    configuration.set_log_file(EVIL);
    fs::write(folder.path().join("a.pmc"), configuration.to_bytes()).unwrap();
    let saved = SavedFilter::new([rule(EVIL)]);
    fs::write(folder.path().join("b.pmf"), saved.to_bytes()).unwrap();
    for command in [
        "show a.pmc",
        "show a.pmc --json",
        "show b.pmf",
        "lint a.pmc",
        "lint a.pmc --json",
        "diff a.pmc b.pmf",
        "diff a.pmc b.pmf --json",
    ] {
        let Some(shown) = on_terminal(&format!("pmc {command}"), folder.path()) else { return };
        let plain = without_colors(&shown);
        assert_eq!(hidden(&plain), None, "{command}: {:?}", around(&plain));
    }
    let Some(shown) = on_terminal("pmc show b.pmf", folder.path()) else { return };
    check("pmc show", &shown, true);
}

#[test]
fn messages_show_hidden_characters_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{EVIL}.pml");
    fs::write(folder.path().join(&name), b"not a log").unwrap();
    let (missing, option, query) = (format!("{EVIL}.missing"), format!("--{EVIL}"), format!("Path is {EVIL} )"));
    let commands: &[&[&str]] = &[
        &["info", &name],
        &["export", &name, "-o", "x.csv"],
        &["recover", &name, "-o", "x.pml"],
        &["info", &missing],
        &["pmc", "show", &name],
        &["pmc", "show", &missing],
        &["export", &name, &option],
        &["export", &name, "--format", EVIL],
        &["export", &name, "--query", &query],
        &["export", &name, "--filter", &query],
        &["export", &name, "-o", &name],
        &[&missing],
        &["help", EVIL],
    ];
    for arguments in commands {
        let program = env!("CARGO_BIN_EXE_pml");
        let output = Command::new(program).args(*arguments).current_dir(folder.path()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && !message.is_empty(), "{arguments:?}: {message}");
        check(&arguments[0].escape_debug().to_string(), &message, true);
    }
}

#[test]
fn files_and_pipes_get_the_names_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.pml");
    fs::write(&log, evil_log().bytes()).unwrap();
    for arguments in [
        &["export", "log.pml", "--format", "csv"][..],
        &["statistics", "log.pml", "--csv"],
        &["count", "Path", "log.pml", "--csv"],
    ] {
        let program = env!("CARGO_BIN_EXE_pml");
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains(EVIL), "{arguments:?}");
        let path = folder.path().join("out.csv");
        Command::new(program).args(arguments).args(["-o", "out.csv"]).current_dir(folder.path()).output().unwrap();
        assert!(fs::read_to_string(path).unwrap().contains(EVIL), "{arguments:?}");
    }
    for arguments in [&["info", "log.pml", "--json"][..], &["events", "log.pml", "--json"]] {
        let program = env!("CARGO_BIN_EXE_pml");
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().unwrap();
        let json = String::from_utf8(output.stdout).unwrap();
        assert!(json.contains("\u{202E}\u{2066}\u{61C}\u{200B}\u{AD}\u{2028}\u{E0041}vil"), "{arguments:?}");
    }
}

#[test]
fn failed_results_have_a_color_on_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log.pml"), synth::sample(true).bytes()).unwrap();
    let Some(shown) = on_terminal("events log.pml", folder.path()) else { return };
    let colored = shown.matches("\u{1B}[31mNAME NOT FOUND\u{1B}[0m").count();
    assert!(colored > 0 && colored == shown.matches("NAME NOT FOUND").count(), "{shown}");
    assert!(!shown.contains("mSUCCESS"), "{shown}");
}
