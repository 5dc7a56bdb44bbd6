//! Procmon's XML: whole files, byte for byte; and what complete text makes of characters that XML cannot have.

use std::path::Path;

use crate::data::unzip;
use crate::logs::{is_captured, named};
use procmon_parser::export::{self, xml::Xml};
use procmon_parser::{Column, Compat, LogsReader, Style};

crate::tests! {
    plain:
        characters_are_kept_where_xml_allows_them,
        line_ends_come_back_from_a_reader_of_xml,
        half_a_character_is_an_underline_in_procmons_xml_only;
    each_log:
        files_are_well_formed_xml;
    slow_each_log:
        files_with_stacks_are_well_formed_xml;
    with_data:
        win10_64_process,
        win10_64_process_with_stacks,
        misc_1_with_stacks;
}

fn xml(log: &LogsReader, columns: &[Column], style: Style, with_stacks: bool) -> Vec<u8> {
    let format = Xml::new(log.indexes(), columns, style).with_stacks(with_stacks);
    let mut out = Vec::new();
    export::write(&mut out, log.events(), format).unwrap();
    out
}

/// Compares an export of a log with Procmon's file.
fn check(data: &Path, name: &str, file: &str, with_stacks: bool) {
    let procmon = unzip(&data.join(format!("{name}.procmon-3.94.{file}.gz")));
    check_log(name, named(name), &procmon, with_stacks);
}

/// Compares an export of a log with the bytes of Procmon's file.
pub(crate) fn check_log(name: &str, log: &LogsReader, procmon: &[u8], with_stacks: bool) {
    let ours = xml(log, Column::PROCMON_ORDER, Style::new().compat(Compat::Procmon3_94), with_stacks);
    if ours == procmon {
        return;
    }
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (ours, procmon) = (lines(&ours), lines(procmon));
    let at = ours.iter().zip(&procmon).position(|(ours, procmon)| ours != procmon);
    let at = at.unwrap_or(ours.len().min(procmon.len()));
    panic!("{name} differs from line {at} on\nProcmon {:?}\nours    {:?}", procmon.get(at), ours.get(at));
}

fn win10_64_process(data: &Path) {
    check(data, "corpus/win10-64-process", "xml", false);
}

fn win10_64_process_with_stacks(data: &Path) {
    check(data, "corpus/win10-64-process", "stacks.xml", true);
}

fn misc_1_with_stacks(data: &Path) {
    check(data, "conformance/misc_1", "stacks.xml", true);
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

fn characters_are_kept_where_xml_allows_them() {
    let text: Vec<u16> = "<a & 'b'> \"\u{1F600}\"\t\u{7F}\u{E000}\u{FFFD}\u{1}\u{FFFE}".encode_utf16().collect();
    let complete = escaped(&text, Style::new());
    assert_eq!(complete, "&lt;a &amp; &apos;b&apos;&gt; &quot;\u{1F600}&quot;\t\u{7F}\u{E000}\u{FFFD}__");
    let procmon = escaped(&text, Style::new().compat(Compat::Procmon3_94));
    assert_eq!(procmon, "&lt;a &amp; &apos;b&apos;&gt; &quot;__&quot;\t\u{7F}\u{E000}\u{FFFD}__");
}

fn line_ends_come_back_from_a_reader_of_xml() {
    let text: Vec<u16> = "a\nb\r\nc\rd".encode_utf16().collect();
    assert_eq!(escaped(&text, Style::new()), "a\r\nb&#13;\r\nc&#13;d");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "a\r\nb\r\r\nc\rd");
}

fn half_a_character_is_an_underline_in_procmons_xml_only() {
    let text = [0xD800, 0x61, 0xDC00, 0xFFFD];
    assert_eq!(escaped(&text, Style::new()), "\u{FFFD}a\u{FFFD}\u{FFFD}");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "_a_\u{FFFD}");
}

fn files_are_well_formed_xml(name: &str, log: &LogsReader) {
    // Stacks are most of a file, and in a captured log there are many of one kind.
    assert_well_formed(name, log, !is_captured(name));
}

fn files_with_stacks_are_well_formed_xml(name: &str, log: &LogsReader) {
    assert_well_formed(name, log, true);
}

fn assert_well_formed(name: &str, log: &LogsReader, with_stacks: bool) {
    let xml = String::from_utf8(xml(log, Column::PROCMON_ORDER, Style::new(), with_stacks)).unwrap();
    let mut open = Vec::new();
    for tag in memchr::memchr_iter(b'<', xml.as_bytes()).map(|at| &xml[at + 1..]) {
        let tag = tag.split_once('>').expect("every tag has an end").0;
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}"),
            None if tag.starts_with('?') || tag.ends_with('/') => {}
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{name}: {open:?}");
    assert!(xml.chars().all(|c| matches!(c, '\t' | '\r' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'..)), "{name}");
}
