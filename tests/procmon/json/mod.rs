//! JSON Lines: the objects contain everything in a log, and `docs/JSON.md` documents every key.
//!
//! Independent code in [`columns`] rebuilds every column of the CSV from the object of an event, and code in [`detail`]
//! rebuilds the Detail column a second time from the typed detail.

mod columns;
mod detail;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::logs::{self, is_captured};
use procmon_parser::export::{self, Record, Unreadable, jsonl::JsonLines};
use procmon_parser::{Column, Event, LogsReader, Style};
use serde::Deserialize;
use serde_json::Value;

crate::tests! {
    plain:
        an_unreadable_event_is_an_object_with_the_error,
        codes_flags_times_and_strings_have_the_documented_form,
        every_key_is_documented,
        a_record_uses_the_names_of_its_style,
        entries_of_tables_serialize_with_the_names_of_their_fields;
    each_log:
        columns_and_details_can_be_rebuilt_from_the_object,
        an_event_serializes_to_its_line,
        stacks_are_the_frames_of_the_event,
        objects_have_the_fields_that_timesketch_requires;
    slow_each_log:
        stacks_of_all_logs_are_the_frames_of_the_event;
    slow_with_data:
        every_documented_key_occurs;
}

/// Calls `check` with each readable event of a log and its line.
fn for_all_events(log: &LogsReader, format: &JsonLines, mut check: impl FnMut(Event<'_>, &str)) {
    let events: Vec<_> = log.events().flatten().collect();
    for events in events.chunks(1024) {
        let mut lines = Vec::new();
        export::write(&mut lines, events.iter().map(|&event| Ok(event)), format.clone()).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        assert_eq!(lines.matches('\n').count(), events.len(), "an event has several lines");
        events.iter().zip(lines.lines()).for_each(|(&event, line)| check(event, line));
    }
}

/// Parses a part of the object of an event.
fn parse<'a, T: Deserialize<'a>>(line: &'a str) -> T {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

fn columns_and_details_can_be_rebuilt_from_the_object(name: &str, log: &LogsReader) {
    let columns = [Column::PROCMON_ORDER, &[Column::PROCESS_START, Column::HIGH_RESOLUTION_PROCESS_START]].concat();
    let (mut rebuilt, mut events) = (0, 0);
    let mut text = String::new();
    for_all_events(log, &JsonLines::new(Style::new()), |event, line| {
        let object: Value = parse(line);
        for &column in &columns {
            text.clear();
            event.text(column).write_to(&mut text).unwrap();
            assert_eq!(columns::text(&object, column), text, "{name}: {column} of {object}");
        }
        events += 1;
        if let Some(text) = detail::text(&object) {
            assert_eq!(text, event.text(Column::DETAIL).to_string(), "{name}: {object}");
            rebuilt += 1;
        }
    });
    assert!(
        rebuilt * 100 >= events * 99,
        "{name}: only {rebuilt} of {events} details were rebuilt from the typed detail"
    );
}

fn an_event_serializes_to_its_line(name: &str, log: &LogsReader) {
    for_all_events(log, &JsonLines::new(Style::new()), |event, line| {
        assert_eq!(serde_json::to_string(&event).unwrap(), line, "{name}");
    });
}

fn stacks_are_the_frames_of_the_event(name: &str, log: &LogsReader) {
    if !is_captured(name) {
        assert_stacks(name, log);
    }
}

fn stacks_of_all_logs_are_the_frames_of_the_event(name: &str, log: &LogsReader) {
    assert_stacks(name, log);
}

fn assert_stacks(name: &str, log: &LogsReader) {
    #[derive(Deserialize)]
    struct Object<'a> {
        #[serde(borrow)]
        stack: Vec<Frame<'a>>,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Frame<'a> {
        address: u64,
        #[serde(borrow)]
        module: Option<Cow<'a, str>>,
        offset: Option<u64>,
    }
    for_all_events(log, &JsonLines::new(Style::new()).with_stacks(true), |event, line| {
        let frames = event.frames().map(|frame| Frame {
            address: frame.address,
            module: frame.module.map(|module| module.path().into()),
            offset: frame.module.map(|module| frame.address - module.base()),
        });
        assert!(frames.eq(parse::<Object<'_>>(line).stack), "{name}: {line}");
    });
}

fn objects_have_the_fields_that_timesketch_requires(name: &str, log: &LogsReader) {
    #[derive(Deserialize)]
    struct Object<'a> {
        message: String,
        path: String,
        time: Value,
        datetime: Value,
        timestamp: Option<i64>,
        timestamp_desc: &'a str,
    }
    for_all_events(log, &JsonLines::new(Style::new()).with_timesketch(true), |event, line| {
        let object: Object<'_> = parse(line);
        assert!(object.message.contains(&object.path), "{name}");
        assert_eq!(object.datetime, object.time);
        assert_eq!(
            object.timestamp,
            chrono::DateTime::<chrono::Utc>::try_from(event.time()).ok().map(|time| time.timestamp_micros())
        );
        assert_eq!(object.timestamp_desc, "Start Time");
    });
}

fn an_unreadable_event_is_an_object_with_the_error() {
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

fn codes_flags_times_and_strings_have_the_documented_form() {
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

/// The keys of objects and of everything in them, as a tree.
#[derive(Default)]
struct Keys {
    below: HashMap<String, Keys>,
    items: Option<Box<Keys>>,
}

impl Keys {
    /// Adds the keys of a value. The objects of codes and flags count as plain values.
    fn add(&mut self, value: &Value) {
        match value {
            Value::Object(object) if !is_value(object) => {
                for (key, value) in object {
                    match self.below.get_mut(key) {
                        Some(keys) => keys.add(value),
                        None => self.below.entry(key.clone()).or_default().add(value),
                    }
                }
            }
            Value::Array(items) => {
                let keys = self.items.get_or_insert_default();
                items.iter().for_each(|item| keys.add(item));
            }
            _ => {}
        }
    }

    /// Collects the paths of all lists and of the keys without nested keys, for example `stack[]`, `stack[].address`
    /// and `detail.access`.
    fn paths(&self, path: &str, found: &mut BTreeSet<String>) {
        if self.below.is_empty() && self.items.is_none() {
            found.insert(path.to_owned());
        }
        if let Some(items) = &self.items {
            found.insert(format!("{path}[]"));
            items.paths(&format!("{path}[]"), found);
        }
        let separator = if path.is_empty() { "" } else { "." };
        self.below.iter().for_each(|(key, keys)| keys.paths(&format!("{path}{separator}{key}"), found));
    }
}

fn is_value(object: &serde_json::Map<String, Value>) -> bool {
    let is = |keys: [&str; 2]| object.len() == 2 && keys.iter().all(|&key| object.contains_key(key));
    is(["code", "name"]) || is(["bits", "names"])
}

/// Removes paths that are null in some events and have nested keys in others.
fn remove_parents(found: &mut BTreeSet<String>) {
    let all = found.clone();
    let continues = |key: &String| {
        all.iter().any(|other| {
            other.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        })
    };
    found.retain(|key| key.ends_with("[]") || !continues(key));
}

/// Returns the keys in the tables of `docs/JSON.md`.
fn documented() -> BTreeSet<String> {
    let document = include_str!("../../../docs/JSON.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(key, _)| key.to_owned()).collect()
}

/// Returns the keys in the objects of logs.
fn keys_of<'a>(logs: impl Iterator<Item = (&'a str, &'a LogsReader)>) -> BTreeSet<String> {
    let mut keys = Keys::default();
    for (name, log) in logs {
        // Frames have the same keys in every log. Captured logs have very many frames, so these are left out.
        let format = JsonLines::new(Style::new()).with_stacks(!is_captured(name)).with_timesketch(true);
        for_all_events(log, &format, |_, line| keys.add(&parse(line)));
        for error in log.events().filter_map(Result::err) {
            let object = serde_json::to_value(Unreadable::new(&error).with_timesketch(true)).unwrap();
            keys.add(&object);
        }
    }
    let mut found = BTreeSet::new();
    keys.paths("", &mut found);
    found
}

fn every_key_is_documented() {
    let mut all = documented();
    let mut found = keys_of(logs::readers().filter(|(name, _)| !is_captured(name)));
    remove_parents(&mut found);
    // A key that is null in all of these logs can be an object in others.
    let stems: Vec<_> = found.iter().filter(|key| !all.contains(*key)).cloned().collect();
    all.extend(stems.iter().cloned());
    remove_parents(&mut all);
    let missing: Vec<_> = stems.iter().filter(|key| all.contains(*key)).collect();
    assert!(missing.is_empty(), "not documented: {missing:#?}");
}

fn every_documented_key_occurs(_data: &Path) {
    let mut found = keys_of(logs::readers());
    remove_parents(&mut found);
    let mut documented = documented();
    remove_parents(&mut documented);
    let missing: Vec<_> = found.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&found).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "not documented: {missing:#?}\ndocumented, but never seen: {surplus:#?}"
    );
}

fn a_record_uses_the_names_of_its_style() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let style = Style::new().advanced_names(true);
    let names = log.events().flatten().map(|event| serde_json::to_value(Record::new(event, &style)).unwrap());
    assert!(names.into_iter().any(|object| object["operation"] == "IRP_MJ_CREATE"));
}

fn entries_of_tables_serialize_with_the_names_of_their_fields() {
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

    // The icon table starts at the end of the file.
    let end = bytes.len() as u64;
    bytes[0x260..0x268].copy_from_slice(&end.to_le_bytes());
    let log = LogsReader::new(bytes).unwrap();
    let place = json!({ "offset": end, "field": "icons.count", "event": null });
    let expected = json!([{ "kind": "unreadable_icons", "place": place, "count": 1 }]);
    assert_eq!(serde_json::to_value(log.index().warnings()).unwrap(), expected);
}
