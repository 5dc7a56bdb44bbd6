//! JSON Lines: nothing of a log is lost in them, and `docs/JSON.md` says what is in them.
//!
//! Every column of the CSV is made again from the object of the event alone, by the independent code in [`columns`].
//! The Detail column is made a second time from the typed detail, in [`detail`].

mod columns;
mod detail;

use std::collections::BTreeSet;

use crate::procmon::all_logs;
use procmon_parser::export::{self, Record, Unreadable, jsonl::JsonLines};
use procmon_parser::{Column, LogsReader, Style};
use serde_json::Value;

/// Calls `check` with each log, each event that can be read, and its object.
fn for_all_events(format: &JsonLines, mut check: impl FnMut(&str, procmon_parser::Event<'_>, &Value)) {
    for (name, log) in all_logs() {
        let mut format = format.clone();
        let mut line = Vec::new();
        for event in log.events().flatten() {
            line.clear();
            export::Format::event(&mut format, event, &mut line);
            assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1, "{name}: one line");
            let object = serde_json::from_slice(&line).unwrap_or_else(|error| panic!("{name}: {error}: {event:?}"));
            check(&name, event, &object);
        }
    }
}

#[test]
fn every_column_can_be_made_from_the_object() {
    let columns = [Column::PROCMON_ORDER, &[Column::PROCESS_START]].concat();
    for_all_events(&JsonLines::new(Style::new()), |name, event, object| {
        for &column in &columns {
            let rebuilt = columns::text(object, column);
            assert_eq!(rebuilt, event.text(column).to_string(), "{name}: {column} of {object}");
        }
    });
}

#[test]
fn the_typed_detail_holds_all_values_of_the_text() {
    let (mut rebuilt, mut events) = (0, 0);
    for_all_events(&JsonLines::new(Style::new()), |name, event, object| {
        events += 1;
        if let Some(text) = detail::text(object) {
            assert_eq!(text, event.text(Column::DETAIL).to_string(), "{name}: {object}");
            rebuilt += 1;
        }
    });
    println!("{rebuilt} of {events} details were made again from values");
    assert!(rebuilt > events / 100 * 99);
}

#[test]
fn an_event_serializes_to_its_line() {
    for_all_events(&JsonLines::new(Style::new()), |_, event, object| {
        assert_eq!(serde_json::to_value(event).unwrap(), *object);
    });
}

#[test]
fn stacks_are_the_frames_of_the_event() {
    for_all_events(&JsonLines::new(Style::new()).with_stacks(true), |name, event, object| {
        let frames = event.frames().map(|frame| {
            let module = frame.module.map(|module| module.path());
            let offset = frame.module.map(|module| frame.address - module.base());
            serde_json::json!({ "address": frame.address, "module": module, "offset": offset })
        });
        assert_eq!(object["stack"], Value::Array(frames.collect()), "{name}");
    });
}

#[test]
fn timesketch_finds_what_it_asks_for() {
    for_all_events(&JsonLines::new(Style::new()).with_timesketch(true), |name, event, object| {
        let message = object["message"].as_str().unwrap();
        assert!(message.contains(object["path"].as_str().unwrap()), "{name}");
        assert_eq!(object["datetime"], object["time"]);
        assert_eq!(
            object["timestamp"].as_i64(),
            chrono::DateTime::<chrono::Utc>::try_from(event.time()).ok().map(|time| time.timestamp_micros())
        );
        assert_eq!(object["timestamp_desc"], "Start Time");
    });
}

#[test]
fn an_event_that_cannot_be_read_is_an_object() {
    let log = LogsReader::open("fixtures/damaged.pml").unwrap();
    let mut out = Vec::new();
    let summary = export::write(&mut out, log.events(), JsonLines::new(Style::new()).with_timesketch(true)).unwrap();
    let objects: Vec<Value> =
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), log.len());
    let mut unreadable = 0;
    for (ordinal, object) in objects.iter().enumerate() {
        assert_eq!(object["ordinal"], ordinal);
        if let Some(error) = object.get("error") {
            assert_eq!(error.as_str().unwrap(), log.event(ordinal).unwrap_err().to_string());
            assert!(object["error_offset"].is_u64() && object["error_field"].is_string());
            unreadable += 1;
        }
    }
    assert_eq!(unreadable, summary.unreadable);
}

#[test]
fn codes_flags_times_and_strings_have_one_form_each() {
    use procmon_parser::code::{CreateDisposition, FileAccess};
    use procmon_parser::{FileTime, PmlStr};
    let json = |value: &dyn erased::Json| value.json();
    assert_eq!(json(&CreateDisposition(1)).to_string(), r#"{"code":1,"name":"Open"}"#);
    assert_eq!(json(&CreateDisposition(77)).to_string(), r#"{"code":77,"name":null}"#);
    let access = FileAccess::from_bits_retain(0x0410_0000);
    assert_eq!(json(&access).to_string(), r#"{"bits":68157440,"names":["Synchronize"]}"#);
    assert_eq!(json(&FileTime(0)), "1601-01-01T00:00:00.0000000Z");
    assert_eq!(json(&FileTime((1 << 63) - 1)), "+30828-09-14T02:48:05.4775807Z");
    assert_eq!(json(&FileTime(1 << 63)), "9223372036854775808");
    assert_eq!(json(&PmlStr::utf16(&[0x3D, 0xD8, 0x00, 0xDE, 0x00, 0xD8, 0, 0])), "\u{1F600}\u{FFFD}\0");
}

mod erased {
    pub(crate) trait Json {
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

/// The keys of an object and of all that is in it. A code and a set of flags are values; a key that has keys in it is
/// told by those.
fn keys(path: &str, value: &Value, found: &mut BTreeSet<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) if is_value(object) => Vec::new(),
        Value::Object(object) => {
            let separator = if path.is_empty() { "" } else { "." };
            object.iter().map(|(key, value)| (format!("{path}{separator}{key}"), value)).collect()
        }
        Value::Array(items) => {
            found.insert(format!("{path}[]"));
            items.iter().for_each(|item| keys(&format!("{path}[]"), item, found));
            return;
        }
        _ => Vec::new(),
    };
    if children.is_empty() {
        found.insert(path.to_owned());
    }
    children.iter().for_each(|(path, value)| keys(path, value, found));
}

fn is_value(object: &serde_json::Map<String, Value>) -> bool {
    let is = |keys: [&str; 2]| object.len() == 2 && keys.iter().all(|&key| object.contains_key(key));
    is(["code", "name"]) || is(["bits", "names"])
}

/// Takes out what stands for a missing object or list: null where other events have keys.
fn without_stems(found: &mut BTreeSet<String>) {
    let all = found.clone();
    let continues = |key: &String| {
        all.iter().any(|other| {
            other.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        })
    };
    found.retain(|key| key.ends_with("[]") || !continues(key));
}

/// The keys in the tables of the document.
fn documented() -> BTreeSet<String> {
    let document = include_str!("../../../docs/JSON.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn the_document_tells_of_every_key() {
    if crate::procmon::data().is_none() {
        return; // the logs of the repository alone do not have all keys
    }
    let mut found = BTreeSet::new();
    let format = JsonLines::new(Style::new()).with_stacks(true).with_timesketch(true);
    for_all_events(&format, |_, _, object| keys("", object, &mut found));
    for (_, log) in all_logs() {
        for error in log.events().filter_map(Result::err) {
            let object = serde_json::to_value(Unreadable::new(&error).with_timesketch(true)).unwrap();
            keys("", &object, &mut found);
        }
    }
    without_stems(&mut found);
    let mut documented = documented();
    without_stems(&mut documented);
    let missing: Vec<_> = found.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&found).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not documented: {missing:#?}\nnever seen: {surplus:#?}");
}

#[test]
fn a_record_takes_the_words_of_its_style() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let style = Style::new().advanced_names(true);
    let names = log.events().flatten().map(|event| serde_json::to_value(Record::new(event, &style)).unwrap());
    assert!(names.into_iter().any(|object| object["operation"] == "IRP_MJ_CREATE"));
}

#[test]
fn what_the_tables_hold_serializes_by_the_names_of_its_fields() {
    use serde_json::json;
    let mut bytes = std::fs::read("fixtures/sample64.pml").unwrap();
    let log = LogsReader::new(&bytes[..]).unwrap();
    let index = log.index();
    let system = serde_json::to_value(index.system()).unwrap();
    assert_eq!(system["computer_name"], json!(index.system().computer_name));
    assert_eq!((&system["pointer_width"], &system["os_major"]), (&json!(64), &json!(index.system().os_major)));
    let (host, port) = (&index.hosts()[0], &index.ports()[0]);
    let expected = json!({ "address": host.ip().to_string(), "name": host.name });
    assert_eq!(serde_json::to_value(host).unwrap(), expected);
    let expected = json!({ "port": port.port, "protocol": port.protocol.name(), "name": port.name });
    assert_eq!(serde_json::to_value(port).unwrap(), expected);

    // An icon table that begins where the file ends.
    let end = bytes.len() as u64;
    bytes[0x260..0x268].copy_from_slice(&end.to_le_bytes());
    let log = LogsReader::new(bytes).unwrap();
    let place = json!({ "offset": end, "field": "icons.count", "event": null });
    let expected = json!([{ "kind": "unreadable_icons", "place": place, "count": 1 }]);
    assert_eq!(serde_json::to_value(log.index().warnings()).unwrap(), expected);
}
