//! Compares the module and offset of every stack frame with Procmon's XML export.

use std::path::Path;

use crate::data::{frames_of_xml, unzip};
use crate::logs::named;

crate::tests! {
    with_data:
        frames_of_win10_64_process_match,
        frames_of_misc_1_match;
}

fn check(data: &Path, name: &str) {
    let log = named(name);
    let xml = String::from_utf8(unzip(&data.join(format!("{name}.procmon-3.94.stacks.xml.gz")))).unwrap();
    let procmon = frames_of_xml(&xml);
    assert_eq!(procmon.len(), log.len(), "number of events");
    let mut frames = 0;
    for (event, procmon) in log.events().zip(procmon) {
        let event = event.unwrap();
        let ours: Vec<_> = event
            .frames()
            .map(|frame| {
                let (path, location) = frame.module.map_or_else(Default::default, |module| {
                    let location = format!("{} + {:#x}", module.file_name(), frame.address - module.base());
                    (module.path().to_owned(), location)
                });
                [format!("{:#x}", frame.address), xml_text(&path), xml_text(&location)]
            })
            .collect();
        assert_eq!(ours, procmon, "event {}", event.ordinal());
        frames += ours.len();
    }
    assert!(frames > 0);
}

/// Returns text as it is in Procmon's XML: `_` for each UTF-16 code unit of a character that XML does not allow.
fn xml_text(text: &str) -> String {
    let allowed =
        |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}');
    text.chars().map(|c| if allowed(c) { c.to_string() } else { "_".repeat(c.len_utf16()) }).collect()
}

fn frames_of_win10_64_process_match(data: &Path) {
    check(data, "corpus/win10-64-process");
}

fn frames_of_misc_1_match(data: &Path) {
    check(data, "conformance/misc_1");
}
