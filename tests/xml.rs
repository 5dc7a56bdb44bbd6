//! Procmon's XML: whole files, byte for byte; and what complete text makes of characters that XML cannot have.

mod procmon;

use std::path::Path;

use procmon::{all_logs, data, log, unzip};
use procmon_parser::export::{self, xml::Xml};
use procmon_parser::{Column, Compat, LogsReader, Style};

fn xml(log: &LogsReader, columns: &[Column], style: Style, with_stacks: bool) -> Vec<u8> {
    let format = Xml::new(log.indexes(), columns, style).with_stacks(with_stacks);
    let mut out = Vec::new();
    export::write(&mut out, log.events(), format).unwrap();
    out
}

/// Compares an export of a log with Procmon's file.
fn check(folder: &Path, name: &str, file: &str, with_stacks: bool) {
    let log = log(folder, name);
    let procmon = unzip(&folder.join(format!("{name}.procmon-3.94.{file}.gz")));
    let ours = xml(&log, Column::PROCMON_ORDER, Style::new().compat(Compat::Procmon3_94), with_stacks);
    if ours == procmon {
        return;
    }
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (ours, procmon) = (lines(&ours), lines(&procmon));
    let at = ours.iter().zip(&procmon).position(|(ours, procmon)| ours != procmon);
    let at = at.unwrap_or(ours.len().min(procmon.len()));
    panic!("{name} differs from line {at} on\nProcmon {:?}\nours    {:?}", procmon.get(at), ours.get(at));
}

#[test]
fn win10_64_process() {
    let Some(data) = data() else { return };
    check(&data.join("corpus"), "win10-64-process", "xml", false);
}

#[test]
fn win10_64_process_with_stacks() {
    let Some(data) = data() else { return };
    check(&data.join("corpus"), "win10-64-process", "stacks.xml", true);
}

#[test]
fn misc_1_with_stacks() {
    let Some(data) = data() else { return };
    check(&data.join("conformance"), "misc_1", "stacks.xml", true);
}
