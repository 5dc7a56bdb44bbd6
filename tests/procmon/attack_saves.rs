//! Logs that Procmon's own writer would not write: how Procmon saves them, which process it takes for System, and how
//! it names endpoints and images in several files of a capture.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use crate::data::unzip;
use crate::oracle::{Procmon, assert_same_save};
use crate::support::synth::{self, Host, Icon, Log, Module, Process};
use procmon_parser::export::{self, csv::Csv, xml::Xml};
use procmon_parser::write::SaveOptions;
use procmon_parser::{Column, Compat, Configuration, Event, LogsReader, Style};

crate::tests! {
    with_oracle:
        saves_of_crafted_captures_are_those_of_procmon;
    with_data:
        saves_are_those_of_procmon,
        saves_under_a_filter_are_those_of_procmon,
        saves_lose_no_driver_of_system,
        frames_of_system_are_resolved,
        strings_end_before_their_last_nuls,
        files_of_a_capture_share_names_as_in_procmon,
        files_of_a_capture_show_the_best_names;
}

fn file(data: &Path, name: &str) -> Vec<u8> {
    let folder = if name == "winxp-32-v7.pml" { "corpus" } else { "conformance/attack" };
    unzip(&data.join(format!("{folder}/{name}.gz")))
}

fn open(data: &Path, name: &str) -> LogsReader {
    LogsReader::new(file(data, &format!("{name}.pml"))).unwrap()
}

fn saved(log: &LogsReader, compat: Compat, keep: impl FnMut(Event<'_>) -> bool) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    SaveOptions::new().compat(compat).save(&mut out, log, keep).unwrap();
    out.into_inner()
}

fn saves_are_those_of_procmon(data: &Path) {
    for name in [
        "icons-strings",
        "misc_830008",
        "modules-unsorted",
        "registry_830008",
        "system-path-case",
        "system-path-nul",
        "winxp-32-v7",
    ] {
        let procmon = file(data, &format!("{name}.procmon-3.94.saved.pml"));
        assert_same_save(name, saved(&open(data, name), Compat::Procmon3_94, |_| true), procmon);
    }
}

fn saves_under_a_filter_are_those_of_procmon(data: &Path) {
    let log = open(data, "profiling-filter");
    let style = Style::new().compat(Compat::Procmon3_94);
    for name in ["profiling-filter", "class6-filter"] {
        let configuration = Configuration::open(data.join(format!("conformance/attack/{name}.pmc"))).unwrap();
        let matcher = configuration.filter().compile_with(log.indexes(), &style);
        let save = |compat: Compat| saved(&log, compat, |event| compat.saves_hidden(event) || matcher.matches(event));
        let procmon = file(data, &format!("{name}.procmon-3.94.saved.pml"));
        assert_same_save(name, save(Compat::Procmon3_94), procmon);
        let shown = log.events().flatten().filter(|event| matcher.matches(*event)).count();
        assert_eq!(LogsReader::new(save(Compat::Complete)).unwrap().len(), shown, "{name}: the default");
    }
}

fn saves_lose_no_driver_of_system(data: &Path) {
    let log = open(data, "winxp-32-v7");
    let saved = LogsReader::new(saved(&log, Compat::Complete, |event| event.ordinal() == 0)).unwrap();
    let system = saved.index().processes().find(|process| process.image_path() == "System").unwrap();
    assert_eq!(system.modules().len(), 112);
}

fn frames_of_system_are_resolved(data: &Path) {
    for name in ["winxp-32-v7", "system-path-case", "system-path-nul"] {
        let log = open(data, name);
        let style = Style::new().compat(Compat::Procmon3_94);
        let format = Xml::new(log.indexes(), Column::PROCMON_ORDER, style).with_stacks(true);
        let mut ours = Vec::new();
        export::write(&mut ours, log.events(), format).unwrap();
        assert!(ours == file(data, &format!("{name}.procmon-3.94.stacks.xml")), "{name}: the XML differs");
    }
    let log = open(data, "winxp-32-v7");
    let resolved = |event: Event<'_>| event.frames().filter(|frame| frame.module.is_some()).count();
    assert_eq!(log.events().flatten().map(resolved).sum::<usize>(), 8_663);
}

/// Strings of this log end with two NULs.
fn strings_end_before_their_last_nuls(data: &Path) {
    let log = open(data, "winxp-32-v7");
    let strings = || (0..).map_while(|number| log.index().string(number));
    assert!(strings().all(|string| !string.text().ends_with('\0') && string.units().last() != Some(0)));
    let explorer = log.events().flatten().filter(|event| {
        event.text(Column::IMAGE_PATH).to_string() == r"C:\WINDOWS\Explorer.EXE"
            && event.process().is_some_and(|process| process.image_path() == r"C:\WINDOWS\Explorer.EXE")
    });
    assert_eq!(explorer.count(), 13);
    // A NUL within a string stays visible.
    let crafted = open(data, "icons-strings");
    let command_lines = crafted.events().flatten().map(|event| event.text(Column::COMMAND_LINE).to_string());
    assert_eq!(command_lines.collect::<Vec<_>>(), ["app.exe", "cut␀tail"]);
}

fn segments(data: &Path) -> LogsReader {
    LogsReader::from_segments(["seg", "seg-1", "seg-2"].map(|name| file(data, &format!("{name}.pml")))).unwrap()
}

fn csv(log: &LogsReader, compat: Compat) -> String {
    let mut ours = Vec::new();
    let format = Csv::new(Column::PROCMON_ORDER, Style::new().compat(compat));
    export::write(&mut ours, log.events(), format).unwrap();
    String::from_utf8(ours).unwrap()
}

fn files_of_a_capture_share_names_as_in_procmon(data: &Path) {
    let procmon = String::from_utf8(file(data, "seg.procmon-3.94.csv")).unwrap();
    assert_eq!(csv(&segments(data), Compat::Procmon3_94), procmon);
}

fn files_of_a_capture_show_the_best_names(data: &Path) {
    let log = segments(data);
    let paths: Vec<_> = log.events().flatten().map(|event| event.text(Column::PATH).to_string()).collect();
    let expected = [
        // The name in the file of the event, or else the one in the last file that has a name.
        ["h0_0:p0_0 -> h0_9:99", "h0_1:p0_1 -> h0_9:99", "h2_2:p2_2 -> h0_9:99", r"A:\R\xx"],
        ["h0_0:p0_0 -> h0_9:99", "h1_1:p1_1 -> h0_9:99", "h1_2:p1_2 -> h0_9:99", r"B:\R\xx"],
        ["h0_0:p0_0 -> h0_9:99", "h1_1:p1_1 -> h0_9:99", "h2_2:p2_2 -> h0_9:99", r"C:\R\xx"],
    ];
    assert_eq!(paths, expected.concat());
}

/// Returns a file with processes and with an event of each key.
fn crafted(processes: &[Process], keys: &[u32]) -> Log {
    let event = |&key: &u32| synth::Event { process_index: key, time: 1, ..synth::registry::plain(2, "HKLM") };
    Log { processes: processes.to_vec(), events: keys.iter().map(event).collect(), ..Log::new(true) }
}

fn process(index: u32, path: &str) -> Process {
    let module = |base, load_time| Module {
        base,
        size: 16,
        load_time,
        path: format!("{path}!{load_time}"),
        ..Module::default()
    };
    Process {
        index,
        pid: 100 + index,
        name: format!("{path}.exe"),
        image_path: path.into(),
        modules: vec![module(0x2000, 1), module(0x1000, 1), module(0x1000, 2), module(0x1000, 2)],
        ..Process::default()
    }
}

/// Returns the files of captures that show what Procmon loses when it saves them.
fn captures() -> Vec<(&'static str, Vec<Log>)> {
    let system = |index, build: &str| Process { description: build.into(), ..process(index, "System") };
    let icon = |dimension, image: &[u8]| Icon { dimension, image: image.to_vec() };
    let icons = vec![icon(16, b"a"), icon(32, b"a"), icon(16, b"a"), icon(16, b""), icon(0, b"")];
    let with_icons = |index: u32| Process { small_icon: index, big_icon: index % 3, ..process(index, "icon") };
    let hosts = |log: Log, name: &str| Log { hosts: vec![Host::new([10, 0, 0, 1], name)], ..log };
    vec![
        ("System is missing", vec![crafted(&[process(0, "zero"), process(7, "seven")], &[0, 7, 8])]),
        ("equal icons", vec![Log { icons, ..crafted(&[1, 2, 3, 4, 5].map(with_icons), &[1, 2, 3, 4, 5]) }]),
        (
            "the process of the first event of a key",
            vec![
                hosts(crafted(&[system(1, "first"), process(5, "silent"), process(6, "six")], &[6, 7]), "first"),
                hosts(crafted(&[system(1, "last"), process(5, "loud"), process(7, "seven")], &[5, 6, 1]), "last"),
            ],
        ),
        (
            "System of the last file",
            vec![
                crafted(&[system(1, "first"), process(9, "nine")], &[9, 1]),
                crafted(&[process(2, "two"), system(9, "last")], &[2]),
            ],
        ),
        ("no System in the last file", vec![crafted(&[system(1, "first")], &[1]), crafted(&[process(2, "two")], &[2])]),
        ("version 4", vec![hosts(Log { version: 4, ..crafted(&[system(1, "")], &[1]) }, "unused")]),
    ]
}

fn saves_of_crafted_captures_are_those_of_procmon(script: &Path) {
    for (name, logs) in captures() {
        let procmon = Procmon::new(script);
        let mut files: Vec<_> = logs.iter().map(Log::bytes).collect();
        // Remains of an older computer name, a flag with other bits, fields without a meaning.
        files[0][0x24..0x2C].fill(0x41);
        files[0][8..12].fill(0xFF);
        files[0][0x39C..0x3A0].fill(0x55);
        for (number, bytes) in files.iter().enumerate() {
            let suffix = if number == 0 { String::new() } else { format!("-{number}") };
            fs::write(procmon.path(&format!("capture{suffix}.pml")), bytes).unwrap();
        }
        let output = procmon.path("out.pml");
        procmon.convert(&procmon.path("capture.pml"), &output, None, false);
        let capture = LogsReader::from_segments(files).unwrap();
        assert_same_save(name, saved(&capture, Compat::Procmon3_94, |_| true), fs::read(output).unwrap());
    }
}
