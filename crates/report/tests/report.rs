//! Reports on the logs of the repository and on logs that are made here.

#![allow(missing_docs)]

use std::fs;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use base64::Engine;
use flate2::read::{DeflateDecoder, GzDecoder};
use procmon_parser::code::EventClass;
use procmon_parser::summary::Summary;
use procmon_parser::{Log, LogsReader, OpenOptions};
use procmon_report::{Embed, Report, ReportOptions};
use serde_json::Value;

/// The fixtures, which are invented logs.
fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let names = ["empty.pml", "sample32.pml", "sample64.pml", "version7.pml", "segments/capture.pml"];
    let crafted = ["conformance/fs_1.pml.gz", "conformance/misc_1.pml.gz", "conformance/registry_1.pml.gz"];
    let crafted = crafted.into_iter().chain(["quirks/frames.pml.gz", "quirks/modules.pml.gz"]);
    names.into_iter().chain(crafted).map(|name| root.join(name)).collect()
}

fn open(path: &Path) -> LogsReader {
    if path.extension().is_some_and(|end| end == "gz") {
        let mut bytes = Vec::new();
        GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        return LogsReader::new(bytes).unwrap();
    }
    OpenOptions::new().open(path).unwrap()
}

fn options() -> ReportOptions {
    ReportOptions::new().title("log.pml").file("log.pml", 1).threads(NonZero::<usize>::MIN)
}

fn page_of(log: &(impl Log + Sync + ?Sized), options: &ReportOptions) -> String {
    let report = Report::of(log, options, |_| true).unwrap();
    let mut page = Vec::new();
    report.write_to(&mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// Returns the contents of an element of a page.
fn element<'p>(page: &'p str, id: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!(" id=\"{id}\">"))?;
    Some(rest.split_once("</script>").unwrap().0)
}

fn data(page: &str) -> Value {
    serde_json::from_str(element(page, "report-data").unwrap()).unwrap()
}

/// Returns the decompressed contents of an element.
fn unpacked(page: &str, id: &str) -> Vec<u8> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(element(page, id).unwrap()).unwrap();
    let mut contents = Vec::new();
    DeflateDecoder::new(&*bytes).read_to_end(&mut contents).unwrap();
    contents
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Checks the fields of an object, and of the first one of each list.
fn check_fields(data: &Value) {
    let check = |value: &Value, fields: &str| {
        let mut expected: Vec<_> = fields.split(' ').collect();
        expected.sort_unstable();
        let mut found = keys(value);
        found.sort_unstable();
        assert_eq!(found, expected);
    };
    check(
        data,
        "version generator title origin utcOffset overview classes timeline processes operations results tables flame \
         findings activity events",
    );
    check(&data["overview"], "computer system facts start end events byClass processes warnings segments");
    check(&data["timeline"], "start width byClass byProcess");
    check(&data["events"], "total embedded note chunks columns");
    for (list, fields) in [
        (
            "processes",
            "key pid parent parentPid name path commandLine user integrity session bits company description \
                       version start end exitStatus events duration",
        ),
        ("operations", "name class kind"),
        ("results", "name failed"),
        ("tables", "id title description columns data rows sorted recipe"),
        ("findings", "id title level explanation findings leftOut"),
        ("activity", "process metric unit times values"),
    ] {
        data[list].as_array().unwrap().iter().for_each(|value| check(value, fields));
    }
    let findings = data["findings"].as_array().unwrap().iter().flat_map(|rule| rule["findings"].as_array().unwrap());
    findings.for_each(|finding| check(finding, "text process events count"));
    data["overview"]["segments"].as_array().unwrap().iter().for_each(|segment| {
        check(segment, "name bytes events unreadable start end note");
    });
}

/// Returns the sum of the numbers of a column of a table.
fn total(data: &Value, table: &str, column: usize) -> u64 {
    let table = data["tables"].as_array().unwrap().iter().find(|other| other["id"] == table).unwrap();
    table["data"][column].as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).sum()
}

fn sum(values: &Value) -> u64 {
    values.as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).sum()
}

#[test]
fn the_totals_are_those_of_the_summary() {
    for path in fixtures() {
        let log = open(&path);
        let mut summary = Summary::new();
        log.events().flatten().for_each(|event| summary.add(event));
        let page = page_of(&log, &options());
        let data = data(&page);
        check_fields(&data);
        let name = path.display();
        assert_eq!(data["overview"]["events"], summary.events(), "{name}");
        let classes = ["Process", "File System", "Registry", "Network", "Profiling"];
        for (at, class) in classes.into_iter().enumerate() {
            let class: EventClass = class.parse().unwrap();
            let events =
                summary.classes().iter().find(|other| other.class() == class).map_or(0, |other| other.events());
            assert_eq!(data["overview"]["byClass"][at], events, "{name}");
            assert_eq!(sum(&data["timeline"]["byClass"][at]), events, "{name}");
        }
        for table in ["operations", "results", "processes-table"] {
            assert_eq!(total(&data, table, 1), summary.events(), "{name}: {table}");
        }
        let of_processes: u64 =
            data["processes"].as_array().unwrap().iter().map(|process| sum(&process["events"])).sum();
        assert_eq!(of_processes, summary.events(), "{name}");
        let failed: u64 = summary.processes().iter().map(|process| process.failed()).sum();
        assert_eq!(total(&data, "operations", 5), failed, "{name}");
        assert_eq!(data["events"]["embedded"], summary.events(), "{name}");
        assert_eq!(data["events"]["note"], "", "{name}");
    }
}

/// Reads the columns of a chunk: numbers of LEB128, column by column.
fn columns(bytes: &[u8], rows: usize) -> Vec<Vec<u64>> {
    let mut numbers = Vec::new();
    let (mut value, mut shift) = (0_u64, 0);
    for byte in bytes {
        value |= u64::from(byte & 0x7F) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push(value);
            (value, shift) = (0, 0);
        }
    }
    numbers.chunks(rows).map(<[u64]>::to_vec).collect()
}

#[test]
fn embedded_events_are_those_of_the_log() {
    for path in fixtures().into_iter().skip(1) {
        let log = open(&path);
        let page = page_of(&log, &options());
        let data = data(&page);
        let rows = usize::try_from(data["events"]["chunks"][0].as_u64().unwrap()).unwrap();
        let columns = columns(&unpacked(&page, "events-0"), rows);
        assert_eq!(columns.len(), data["events"]["columns"].as_array().unwrap().len());
        let texts = |id: &str| serde_json::from_slice::<Vec<Value>>(&unpacked(&page, id)).unwrap();
        let (paths, details) = (texts("texts-paths"), texts("details-0"));
        let (frames, stacks) = (texts("texts-frames"), texts("texts-stacks"));
        let number = |column: usize, row: usize| usize::try_from(columns[column][row]).unwrap();
        for (row, event) in log.events().flatten().take(rows).enumerate() {
            let text = |column| event.text(column).to_string();
            if text(procmon_parser::Column::PATH).len() <= 8192 {
                assert_eq!(paths[number(7, row)], text(procmon_parser::Column::PATH));
            }
            if text(procmon_parser::Column::DETAIL).len() <= 8192 {
                assert_eq!(details[number(8, row)], text(procmon_parser::Column::DETAIL));
            }
            let operation = text(procmon_parser::Column::OPERATION);
            let operation = if operation.is_empty() { "<Unknown>" } else { &operation };
            assert_eq!(data["operations"][number(5, row)]["name"], operation);
            assert_eq!(data["results"][number(6, row)]["name"], text(procmon_parser::Column::RESULT));
            assert_eq!(columns[2][row], event.duration().map_or(0, |duration| duration.0.min((1 << 53) - 1) + 1));
            assert_eq!(columns[4][row], u64::from(event.thread_id()));
            if let Some(process) = event.process() {
                assert_eq!(data["processes"][number(3, row)]["pid"], process.pid());
            }
            if let Some(stack) = number(10, row).checked_sub(1) {
                let innermost = event.frames().find(|frame| frame.address != 0);
                let frame =
                    stacks[stack].get(0).map(|frame| &frames[usize::try_from(frame.as_u64().unwrap()).unwrap()]);
                assert_eq!(frame.is_some(), innermost.is_some());
            } else {
                assert!(event.stack().is_empty());
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_page() {
    for path in fixtures() {
        let log = open(&path);
        let page = page_of(&log, &options());
        for threads in [2, 3] {
            let other = page_of(&log, &options().threads(NonZero::new(threads).unwrap()));
            assert!(page == other, "{} with {threads} threads", path.display());
        }
    }
}

#[test]
fn the_stacks_of_the_flame_graph_are_those_of_the_events() {
    let log = open(&fixtures()[2]);
    let page = page_of(&log, &options());
    let flame: Value = serde_json::from_slice(&unpacked(&page, "flame")).unwrap();
    let counted: u64 = flame["trees"].as_array().unwrap().iter().map(|tree| sum(&tree["count"])).sum();
    let with_stack = log.events().flatten().filter(|event| event.stack().iter().next().is_some_and(|first| first != 0));
    assert_eq!(counted, with_stack.count() as u64);
    for tree in flame["trees"].as_array().unwrap() {
        let parents = tree["parent"].as_array().unwrap();
        assert!(parents.iter().enumerate().skip(1).all(|(node, parent)| parent.as_u64().unwrap() < node as u64));
    }
}

#[test]
fn what_is_left_out_is_said() {
    let log = open(&fixtures()[5]);
    let limited = data(&page_of(&log, &options().embed(Embed::First(10))));
    let embedded = limited["events"]["embedded"].as_u64().unwrap();
    assert!((10..3000).contains(&embedded));
    let note = limited["events"]["note"].as_str().unwrap();
    assert!(note.starts_with("The first 10 events and "), "{note}");
    let numbers: String = note.chars().filter(|character| *character != ',').collect();
    assert!(numbers.contains(&format!(
        "The other {} of {} events are left out",
        log.len() as u64 - embedded,
        log.len()
    )));
    let page = page_of(&log, &options().embed(Embed::None));
    let none = data(&page);
    assert_eq!(none["events"]["embedded"], 0);
    assert_eq!(none["events"]["note"], "No events are embedded, to limit the size of this page.");
    assert!(element(&page, "events-0").is_none());
    let all = data(&page_of(&log, &options().embed(Embed::All)));
    for part in ["overview", "tables", "findings", "timeline", "processes"] {
        assert_eq!(all[part], none[part], "{part}");
    }
}

#[test]
fn a_selection_applies_to_all_parts() {
    let log = open(&fixtures()[2]);
    let is_selected = |event: procmon_parser::Event<'_>| event.class() == EventClass::REGISTRY;
    let report = Report::of(&log, &options(), |event| is_selected(*event)).unwrap();
    let selected = log.events().flatten().filter(|event| is_selected(*event)).count();
    assert_eq!((report.events(), report.embedded()), (selected as u64, selected));
}

#[test]
fn an_event_alone_has_a_report() {
    let log = open(&fixtures()[2]);
    let report = Report::of(&log, &options(), |event| event.ordinal() == 7).unwrap();
    let mut page = Vec::new();
    report.write_to(&mut page).unwrap();
    let data = data(&String::from_utf8(page).unwrap());
    assert_eq!((report.events(), data["overview"]["start"].clone()), (1, data["overview"]["end"].clone()));
    assert_eq!(data["timeline"]["byClass"][0].as_array().unwrap().len(), 1);
}

#[test]
fn an_empty_log_has_a_report() {
    let page = page_of(&open(&fixtures()[0]), &options());
    let data = data(&page);
    assert_eq!((&data["overview"]["events"], &data["timeline"]["byClass"][0]), (&0.into(), &Value::Array(Vec::new())));
    assert!(data["flame"].is_null());
}

#[test]
fn a_damaged_log_has_a_report() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/damaged.pml");
    let log = OpenOptions::new().salvage(true).open(path).unwrap();
    let page = page_of(&log, &options().warning("The log is damaged."));
    let data = data(&page);
    assert_eq!(data["overview"]["warnings"][0], "The log is damaged.");
    assert_eq!(data["overview"]["events"], log.events().flatten().count() as u64);
    assert!(page.contains("<li>The log is damaged.</li>"));
}

#[test]
fn findings_refer_to_events_that_match() {
    for path in fixtures().into_iter().skip(1) {
        let log = open(&path);
        let data = data(&page_of(&log, &options()));
        let rule = data["findings"].as_array().unwrap().iter().find(|rule| rule["id"] == "access-denied").unwrap();
        let denied = |event: &procmon_parser::Event<'_>| {
            event.text(procmon_parser::Column::RESULT).to_string() == "ACCESS DENIED"
        };
        let mut counted = 0;
        for finding in rule["findings"].as_array().unwrap() {
            counted += finding["count"].as_u64().unwrap();
            for number in finding["events"].as_array().unwrap() {
                let event = log.event(usize::try_from(number.as_u64().unwrap()).unwrap()).unwrap();
                assert!(denied(&event));
            }
        }
        if rule["leftOut"] == 0 {
            assert_eq!(counted, log.events().flatten().filter(denied).count() as u64, "{}", path.display());
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u{202E}\u{2028}";
    let log = open(&fixtures()[2]);
    let page = page_of(&log, &options().title(hostile).warning(hostile).file(hostile, 1));
    assert_eq!(data(&page)["title"], hostile);
    let script = include_str!("../web/dist/report.js");
    let own = page.replace(script, "");
    assert!(!own.contains("<script>alert") && !own.contains("<img") && !own.contains('\u{2028}'));
    let summary = own.split_once("<script type=").unwrap().0;
    assert!(!summary.contains('\u{202E}') && summary.contains("\\u{202E}"));
    assert!(own.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
    assert!(page.contains("script-src 'sha256-") && page.contains("default-src 'none'"));
}
