//! Compares XML exports byte for byte with Procmon's, and tests characters that XML does not allow.

use std::path::Path;

use crate::data::unzip;
use crate::logs::{is_captured, named};
use procmon_parser::export::{self, xml::Xml};
use procmon_parser::{Column, Compat, LogsReader, Style};

crate::tests! {
    plain:
        characters_that_xml_allows_are_kept,
        line_ends_survive_an_xml_parser,
        an_unpaired_surrogate_is_an_underscore_only_in_procmons_xml;
    each_log:
        exports_are_well_formed_xml;
    slow_each_log:
        exports_with_stacks_are_well_formed_xml;
    with_data:
        xml_of_win10_64_process_matches,
        xml_of_win10_64_process_with_stacks_matches,
        xml_of_misc_1_with_stacks_matches;
}

fn xml(log: &LogsReader, columns: &[Column], style: Style, with_stacks: bool) -> Vec<u8> {
    let format = Xml::new(log.indexes(), columns, style).with_stacks(with_stacks);
    let mut out = Vec::new();
    export::write(&mut out, log.events(), format).unwrap();
    out
}

/// Compares the XML export of a log with Procmon's file.
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

fn xml_of_win10_64_process_matches(data: &Path) {
    check(data, "corpus/win10-64-process", "xml", false);
}

fn xml_of_win10_64_process_with_stacks_matches(data: &Path) {
    check(data, "corpus/win10-64-process", "stacks.xml", true);
}

fn xml_of_misc_1_with_stacks_matches(data: &Path) {
    check(data, "conformance/misc_1", "stacks.xml", true);
}

/// Returns UTF-16 text as it is in the XML.
fn escaped(text: &[u16], style: Style) -> String {
    let bytes: Vec<u8> = text.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    // A string-info word without bit 15 is a number of UTF-16 code units.
    let info = u16::try_from(text.len()).unwrap();
    let detail = [&info.to_le_bytes(), bytes.as_slice()].concat();
    let events = vec![crate::support::synth::Event::new(4, 2, detail, None)];
    let log = crate::support::synth::Log { events, ..crate::support::synth::sample(true) };
    let log = LogsReader::new(log.bytes()).unwrap();
    let xml = String::from_utf8(xml(&log, &[Column::DETAIL], style, false)).unwrap();
    let (_, rest) = xml.split_once("<Detail>Output: ").unwrap();
    rest.split_once("</Detail>").unwrap().0.to_owned()
}

fn characters_that_xml_allows_are_kept() {
    let text: Vec<u16> = "<a & 'b'> \"\u{1F600}\"\t\u{7F}\u{E000}\u{FFFD}\u{1}\u{FFFE}".encode_utf16().collect();
    let complete = escaped(&text, Style::new());
    assert_eq!(complete, "&lt;a &amp; &apos;b&apos;&gt; &quot;\u{1F600}&quot;\t\u{7F}\u{E000}\u{FFFD}__");
    let procmon = escaped(&text, Style::new().compat(Compat::Procmon3_94));
    assert_eq!(procmon, "&lt;a &amp; &apos;b&apos;&gt; &quot;__&quot;\t\u{7F}\u{E000}\u{FFFD}__");
}

fn line_ends_survive_an_xml_parser() {
    let text: Vec<u16> = "a\nb\r\nc\rd".encode_utf16().collect();
    assert_eq!(escaped(&text, Style::new()), "a\r\nb&#13;\r\nc&#13;d");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "a\r\nb\r\r\nc\rd");
}

fn an_unpaired_surrogate_is_an_underscore_only_in_procmons_xml() {
    let text = [0xD800, 0x61, 0xDC00, 0xFFFD];
    assert_eq!(escaped(&text, Style::new()), "\u{FFFD}a\u{FFFD}\u{FFFD}");
    assert_eq!(escaped(&text, Style::new().compat(Compat::Procmon3_94)), "_a_\u{FFFD}");
}

fn exports_are_well_formed_xml(name: &str, log: &LogsReader) {
    // Stacks take most of the file, and those of captured logs are similar, so only a slow test includes them.
    assert_well_formed(name, log, !is_captured(name));
}

fn exports_with_stacks_are_well_formed_xml(name: &str, log: &LogsReader) {
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
