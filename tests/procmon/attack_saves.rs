//! Logs that Procmon's own writer would not write: how Procmon saves them, which process it takes for System, and how it
//! names endpoints and images of several files of a capture.

use std::io::Cursor;
use std::path::Path;

use crate::data::unzip;
use crate::oracle::assert_same_save;
use procmon_parser::export::{self, csv::Csv, xml::Xml};
use procmon_parser::write::SaveOptions;
use procmon_parser::{Column, Compat, Configuration, Event, LogsReader, Style};

crate::tests! {
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
        // The names of the own file, else those of the last file that has one.
        ["h0_0:p0_0 -> h0_9:99", "h0_1:p0_1 -> h0_9:99", "h2_2:p2_2 -> h0_9:99", r"A:\R\xx"],
        ["h0_0:p0_0 -> h0_9:99", "h1_1:p1_1 -> h0_9:99", "h1_2:p1_2 -> h0_9:99", r"B:\R\xx"],
        ["h0_0:p0_0 -> h0_9:99", "h1_1:p1_1 -> h0_9:99", "h2_2:p2_2 -> h0_9:99", r"C:\R\xx"],
    ];
    assert_eq!(paths, expected.concat());
}
