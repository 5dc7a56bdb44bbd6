//! Procmon's XML: whole files, byte for byte; and what complete text makes of characters that XML cannot have.

use std::path::Path;

use crate::procmon::{all_logs, data, log, unzip};
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

/// What becomes of a text, given as UTF-16.
fn escaped(text: &[u16], style: Style) -> String {
    let bytes: Vec<u8> = text.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    // Without the upper bit, a string is UTF-16.
    let info = u16::try_from(text.len()).unwrap();
    let detail = [&info.to_le_bytes(), bytes.as_slice()].concat();
    let events = vec![crate::support::synth::Event::new(4, 2, detail, None)];
    let log = crate::support::synth::Log { events, ..crate::support::synth::sample(true) };
    let log = LogsReader::new(log.bytes()).unwrap();
    let xml = String::from_utf8(xml(&log, &[Column::DETAIL], style, false)).unwrap();
    let (_, rest) = xml.split_once("<Detail>Output: ").unwrap();
    rest.split_once("</Detail>").unwrap().0.to_owned()
}

#[test]
fn characters_are_kept_where_xml_allows_them() {
    let text: Vec<u16> = "<a & 'b'> \"\u{1F600}\"\t\u{7F}\u{E000}\u{FFFD}\u{1}\u{FFFE}".encode_utf16().collect();
    let complete = escaped(&text, Style::new());
    assert_eq!(complete, "&lt;a &amp; &apos;b&apos;&gt; &quot;\u{1F600}&quot;\t\u{7F}\u{E000}\u{FFFD}__");
    let procmon = escaped(&text, Style::new().compat(Compat::Procmon3_94));
    assert_eq!(procmon, "&lt;a &amp; &apos;b&apos;&gt; &quot;__&quot;\t\u{7F}\u{E000}\u{FFFD}__");
}

#[test]
fn line_ends_come_back_from_a_reader_of_xml() {
    let text: Vec<u16> = "a\nb\r\nc\rd".encode_utf16().collect();
    assert_eq!(escaped(&text, Style::new()), "a\r\nb&#13;\r\nc&#13;d");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "a\r\nb\r\r\nc\rd");
}

#[test]
fn half_a_character_is_an_underline_in_procmons_xml_only() {
    let text = [0xD800, 0x61, 0xDC00, 0xFFFD];
    assert_eq!(escaped(&text, Style::new()), "\u{FFFD}a\u{FFFD}\u{FFFD}");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "_a_\u{FFFD}");
}

#[test]
fn files_are_well_formed_xml() {
    // Without a parser at hand: as many ends as beginnings, of each element.
    for (name, log) in all_logs() {
        let xml = String::from_utf8(xml(&log, Column::PROCMON_ORDER, Style::new(), true)).unwrap();
        for tag in ["procmon", "processlist", "process", "module", "eventlist", "event", "stack", "frame", "Path"] {
            assert_eq!(xml.matches(&format!("<{tag}>")).count(), xml.matches(&format!("</{tag}>")).count(), "{name}");
        }
        assert!(xml.chars().all(|c| matches!(c, '\t' | '\r' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'..)), "{name}");
    }
}
