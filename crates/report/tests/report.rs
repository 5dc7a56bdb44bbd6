//! Reports on the logs of the repository, and on logs that the tests generate.

#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use base64::Engine;
use flate2::read::{DeflateDecoder, GzDecoder};
use procmon_parser::analysis::{Analysis, FileSummary, NetworkSummary, RegistrySummary, extension, folder, remote};
use procmon_parser::code::{EventClass, FileInformationClass, FileOperation, NtStatus, Operation, ProcessOperation};
use procmon_parser::detail::{
    CreateFile, Detail, FileDetail, FileRequest, LoadImage, ProcessDetail, RenameInformationFields, SetInformation,
    Transfer,
};
use procmon_parser::summary::Summary;
use procmon_parser::write::{LogsWriter, NewDetail, NewEvent, ProcessInfo};
use procmon_parser::{Column, FileTime, LogsReader, OpenOptions, PmlStr, PointerWidth, Style, SystemInfo, Ticks};
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
    ReportOptions::new().title("log.pml").file("log.pml", 1, "").threads(NonZero::<usize>::MIN)
}

fn page_of(log: &LogsReader, options: &ReportOptions) -> String {
    page_of_all(&[log], options)
}

fn page_of_all(logs: &[&LogsReader], options: &ReportOptions) -> String {
    let report = Report::of(logs, options, |_| true).unwrap();
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
        "version generator title epoch utcOffset overview logs classes timeline processes operations results tables flame \
         findings activity events",
    );
    check(&data["overview"], "facts start end events byClass processes warnings segments");
    check(&data["timeline"], "start width byClass byProcess");
    check(&data["events"], "total embedded note chunks columns");
    for (list, fields) in [
        (
            "processes",
            "log key pid parent parentPid name path commandLine user integrity session bits company description \
                       version start end exitStatus events duration",
        ),
        ("logs", "name computer system first"),
        ("operations", "name class counts access timed"),
        ("results", "name failed"),
        ("tables", "id title description columns data rows sorted recipe"),
        ("findings", "id title level explanation findings leftOut incomplete"),
        ("activity", "process metric unit times values"),
    ] {
        data[list].as_array().unwrap().iter().for_each(|value| check(value, fields));
    }
    let findings = data["findings"].as_array().unwrap().iter().flat_map(|rule| rule["findings"].as_array().unwrap());
    findings.for_each(|finding| check(finding, "text process events count"));
    data["overview"]["segments"].as_array().unwrap().iter().for_each(|segment| {
        check(segment, "log name bytes events unreadable start end note");
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

/// Returns the number of embedded events without a plausible time, by class.
fn misplaced(page: &str) -> BTreeMap<u64, u64> {
    let data = data(page);
    let mut events = BTreeMap::new();
    let Some(rows) = data["events"]["chunks"][0].as_u64() else { return events };
    let operations = &columns(&unpacked(page, "events-0"), usize::try_from(rows).unwrap())[5];
    for (time, operation) in differences(page, 1).into_iter().zip(operations) {
        if time < 0 {
            let class = &data["operations"][usize::try_from(*operation).unwrap()]["class"];
            *events.entry(class.as_u64().unwrap()).or_default() += 1;
        }
    }
    events
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
        let misplaced = misplaced(&page);
        let is_reported = data["overview"]["warnings"].to_string().contains("more than five years");
        assert_eq!(is_reported, !misplaced.is_empty(), "{name}");
        let classes = ["Process", "File System", "Registry", "Network", "Profiling"];
        for (at, class) in classes.into_iter().enumerate() {
            let class: EventClass = class.parse().unwrap();
            let events =
                summary.classes().iter().find(|other| other.class() == class).map_or(0, |other| other.events());
            assert_eq!(data["overview"]["byClass"][at], events, "{name}");
            let plausible = events - misplaced.get(&(at as u64)).copied().unwrap_or_default();
            assert_eq!(sum(&data["timeline"]["byClass"][at]), plausible, "{name}");
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

/// Reads the columns of a chunk: numbers in LEB128, column by column.
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
        let (paths, details, decoded) = (texts("texts-paths"), texts("details-0"), texts("decoded-0"));
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
            assert_eq!(columns[2][row], event.duration().map_or(0, |duration| duration.0.min((1 << 53) - 2) + 1));
            assert_eq!(columns[4][row], u64::from(event.thread_id()));
            if let Some(value) = number(11, row).checked_sub(1) {
                assert_eq!(decoded[value], serde_json::to_value(event.detail().unwrap()).unwrap());
            }
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
    assert_eq!(counted, with_stack.clone().count() as u64);
    let mut by_operation: BTreeMap<String, u64> = BTreeMap::new();
    for tree in flame["trees"].as_array().unwrap() {
        let name = &flame["names"][usize::try_from(tree["operation"].as_u64().unwrap()).unwrap()];
        *by_operation.entry(name.as_str().unwrap().to_owned()).or_default() += sum(&tree["count"]);
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for event in with_stack {
        let name = event.text_in(Column::OPERATION, &Style::new()).to_string();
        *expected.entry(if name.is_empty() { "<Unknown>".to_owned() } else { name }).or_default() += 1;
    }
    assert_eq!(by_operation, expected);
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
    let report = Report::of(&[&log], &options(), |event| is_selected(*event)).unwrap();
    let selected = log.events().flatten().filter(|event| is_selected(*event)).count();
    assert_eq!((report.events(), report.embedded()), (selected as u64, selected));
}

#[test]
fn an_event_alone_has_a_report() {
    let log = open(&fixtures()[2]);
    let report = Report::of(&[&log], &options(), |event| event.ordinal() == 7).unwrap();
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
    let page = page_of(&log, &options().title(hostile).warning(hostile).file(hostile, 1, hostile));
    assert_eq!(data(&page)["title"], hostile);
    let script = include_str!("../web/dist/report.js");
    let own = page.replace(script, "");
    assert!(!own.contains("<script>alert") && !own.contains("<img") && !own.contains('\u{2028}'));
    let summary = own.split_once("<script type=").unwrap().0;
    assert!(!summary.contains('\u{202E}') && summary.contains("\\u{202E}"));
    assert!(own.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
    assert!(page.contains("script-src 'sha256-") && page.contains("default-src 'none'"));
}

/// Returns a fixture with other times of some events.
fn with_times(times: &[(usize, u64)]) -> LogsReader {
    /// The offset of the event-offset array in the header, the size of an entry, and the offset of a time in an event.
    const OFFSETS: (usize, usize, usize) = (0x248, 5, 0x1C);
    let mut bytes = fs::read(&fixtures()[2]).unwrap();
    let number_at = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let offsets = number_at(&bytes, OFFSETS.0);
    for &(number, time) in times {
        let at = number_at(&bytes, offsets + OFFSETS.1 * number) + OFFSETS.2;
        bytes[at..at + 8].copy_from_slice(&time.to_le_bytes());
    }
    LogsReader::new(bytes).unwrap()
}

/// Returns the values of a column of the embedded events, which encodes differences.
fn differences(page: &str, column: usize) -> Vec<i64> {
    let rows = usize::try_from(data(page)["events"]["chunks"][0].as_u64().unwrap()).unwrap();
    let numbers = &columns(&unpacked(page, "events-0"), rows)[column];
    assert!(numbers.iter().all(|number| *number < 1 << 53), "the page reads numbers below 2^53");
    let difference = |number: u64| (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
    numbers
        .iter()
        .scan(0, |last, number| {
            *last += difference(*number);
            Some(*last)
        })
        .collect()
}

#[test]
fn an_event_with_a_wrong_time_does_not_move_the_others() {
    let original = open(&fixtures()[2]);
    let expected: Vec<u64> = original.events().flatten().map(|event| event.time().0).collect();
    for wrong in [0, 1, 5_000_000_000_000_000, u64::MAX, expected[5] + 6 * 31_557_600 * 10_000_000] {
        for number in [0, 5] {
            let page = page_of(&with_times(&[(number, wrong)]), &options());
            let data = data(&page);
            let epoch: u64 = data["epoch"].as_str().unwrap().parse().unwrap();
            for (at, time) in differences(&page, 1).into_iter().enumerate() {
                let time = u64::try_from(time).ok().map(|time| time + epoch);
                assert_eq!(time, (at != number).then(|| expected[at]), "{wrong} {at}");
            }
            let shown: u64 = data["timeline"]["byClass"].as_array().unwrap().iter().map(sum).sum();
            assert_eq!(shown, expected.len() as u64 - 1);
            assert!(data["timeline"]["byClass"][0].as_array().unwrap().len() > 1, "more than one bucket");
            let span = data["overview"]["end"].as_u64().unwrap() - data["overview"]["start"].as_u64().unwrap();
            assert!(span < 3600 * 10_000_000);
            assert_eq!(data["overview"]["events"], expected.len());
            let warnings = data["overview"]["warnings"].to_string();
            assert!(warnings.contains("1 event of times that are more than five years from"), "{warnings}");
        }
    }
}

#[test]
fn large_steps_of_time_can_be_read() {
    let years = |count: u64| count * 31_557_600 * 10_000_000;
    let middle = open(&fixtures()[2]).event(0).unwrap().time().0;
    let times = [(1, middle - years(4)), (2, middle + years(4)), (3, middle - years(4) - 1)];
    let page = page_of(&with_times(&times), &options());
    let epoch: u64 = data(&page)["epoch"].as_str().unwrap().parse().unwrap();
    let found = differences(&page, 1);
    for (number, time) in times {
        assert_eq!(u64::try_from(found[number]).unwrap() + epoch, time);
    }
}

#[test]
fn operations_count_as_in_the_analyses() {
    for path in fixtures().into_iter().skip(1) {
        let log = open(&path);
        let (mut files, mut registry) = (FileSummary::default(), RegistrySummary::default());
        let mut network = NetworkSummary::default();
        for event in log.events().flatten() {
            files.add(&event);
            registry.add(&event);
            network.add(&event);
        }
        let page = page_of(&log, &options().embed(Embed::All));
        let data = data(&page);
        let rows = usize::try_from(data["events"]["chunks"][0].as_u64().unwrap()).unwrap();
        let columns = columns(&unpacked(&page, "events-0"), rows);
        let (files, registry, network) = (files.by_path().total, registry.table().total, network.table().total);
        let count = |class: u64, counts: &str| {
            let is_counted = |operation: &&u64| {
                let operation = &data["operations"][usize::try_from(**operation).unwrap()];
                operation["class"] == class && operation["counts"] == counts
            };
            columns[5].iter().filter(is_counted).count() as u64
        };
        let name = path.display();
        assert_eq!(
            ["open", "read", "write"].map(|of| count(1, of)),
            [files.opens, files.reads, files.writes],
            "{name}"
        );
        let expected = [registry.opens, registry.reads, registry.writes];
        assert_eq!(["open", "read", "write"].map(|of| count(2, of)), expected, "{name}");
        let expected = [network.connects, network.sends, network.receives];
        assert_eq!(["connect", "send", "receive"].map(|of| count(3, of)), expected, "{name}");
        let timed: u64 = (0..rows)
            .filter(|&row| {
                let operation = &data["operations"][usize::try_from(columns[5][row]).unwrap()];
                operation["class"] == 1 && operation["timed"] == true
            })
            .map(|row| columns[2][row].saturating_sub(1))
            .sum();
        assert_eq!(timed, files.time.0, "{name}");
    }
}

#[test]
fn paths_are_divided_as_by_the_page() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../web/test/paths.json")).unwrap();
    assert!(cases.len() > 5);
    for case in cases {
        let path = case["path"].as_str().unwrap();
        assert_eq!(
            (folder(path), extension(path)),
            (case["folder"].as_str().unwrap(), case["extension"].as_str().unwrap())
        );
        assert_eq!(remote(path), case["remote"].as_str().unwrap());
    }
}

/// An event of an invented log.
enum Invented<'a> {
    Open(&'a str, NtStatus),
    Write(&'a str, NtStatus),
    Rename(&'a str, &'a str),
    Load(&'a str),
}

/// Writes a log of one process, with an event in each microsecond.
fn invented(events: &[Invented<'_>], stack: &[u64]) -> LogsReader {
    let system = SystemInfo::new(PointerWidth::Bits64);
    let mut writer = LogsWriter::new(std::io::Cursor::new(Vec::new()), &system).unwrap();
    let process = writer.add_process(&ProcessInfo::new(4711, "petals.exe")).unwrap();
    for (number, invented) in events.iter().enumerate() {
        let (mut path_buffer, mut block) = (Vec::new(), Vec::new());
        let (mut name_buffer, mut target_buffer) = (Vec::new(), Vec::new());
        let (path, operation, status) = match invented {
            Invented::Open(path, status) => (path, FileOperation::CREATE, *status),
            Invented::Write(path, status) => (path, FileOperation::WRITE, *status),
            Invented::Rename(path, _) => (path, FileOperation::SET_INFORMATION, NtStatus::SUCCESS),
            Invented::Load(path) => (path, FileOperation::CREATE, NtStatus::SUCCESS),
        };
        let path = PmlStr::encode(path, &mut path_buffer);
        let file = |request| Detail::File(FileDetail::new(path, request));
        let (operation, detail) = match invented {
            Invented::Open(..) => (Operation::File(operation), file(FileRequest::Create(CreateFile::default()))),
            Invented::Write(..) => (Operation::File(operation), file(FileRequest::Write(Transfer::default()))),
            Invented::Rename(_, to) => {
                let mut fields = RenameInformationFields::default();
                fields.file_name = PmlStr::encode_utf16(to, &mut name_buffer);
                fields.target = PmlStr::encode_utf16(to, &mut target_buffer);
                let length = fields.encode(PointerWidth::Bits64, &mut block);
                let class = FileInformationClass::RENAME_INFORMATION;
                let set = SetInformation::new(class, length, &block, PointerWidth::Bits64);
                (Operation::File(operation), file(FileRequest::SetInformation(set)))
            }
            Invented::Load(_) => {
                let mut image = LoadImage::default();
                image.path = path;
                let operation = Operation::Process(ProcessOperation::LOAD_IMAGE);
                (operation, Detail::Process(ProcessDetail::LoadImage(image)))
            }
        };
        let mut event = NewEvent::new(process, operation);
        event.time = FileTime(134_169_138_001_234_567 + 10 * number as u64);
        event.duration = Ticks(100);
        event.status = status;
        event.stack = stack;
        event.detail = NewDetail::Typed(detail);
        writer.write_event(&event).unwrap();
    }
    LogsReader::new(writer.finish().unwrap().into_inner()).unwrap()
}

/// Returns the texts of the findings of a rule.
fn findings(log: &LogsReader, rule: &str) -> Vec<String> {
    let data = data(&page_of(log, &options()));
    let rule = data["findings"].as_array().unwrap().iter().find(|other| other["id"] == rule).unwrap();
    rule["findings"].as_array().unwrap().iter().map(|finding| finding["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn autostart_places_are_written_only_if_windows_permits_it() {
    const STARTUP: &str = r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Startup\a.lnk";
    let write = |status| findings(&invented(&[Invented::Write(STARTUP, status)], &[]), "autostart");
    assert_eq!(write(NtStatus::SUCCESS), [STARTUP]);
    assert!(write(NtStatus::ACCESS_DENIED).is_empty());
    let rename = |from, to| findings(&invented(&[Invented::Rename(from, to)], &[]), "autostart");
    assert_eq!(rename(r"C:\Temp\a.lnk", STARTUP), [r"C:\Temp\a.lnk"]);
    assert!(rename(STARTUP, r"C:\Temp\a.lnk").is_empty(), "moved out of the folder");
}

#[test]
fn executables_are_dropped_only_if_they_were_written() {
    let drop = |status| {
        let events = [Invented::Write(r"C:\Temp\a.dll", status), Invented::Load(r"C:\Temp\a.dll")];
        findings(&invented(&events, &[]), "dropped")
    };
    assert_eq!(drop(NtStatus::SUCCESS), [r"C:\Temp\a.dll"]);
    assert!(drop(NtStatus::ACCESS_DENIED).is_empty());
}

#[test]
fn a_missing_dll_is_found_at_another_path() {
    let load = |path| {
        let events = [Invented::Open(r"C:\App\x.dll", NtStatus::OBJECT_NAME_NOT_FOUND), Invented::Load(path)];
        findings(&invented(&events, &[]), "missing-dll")
    };
    assert_eq!(load(r"C:\Windows\x.dll"), [r"C:\App\x.dll, then C:\Windows\x.dll"]);
    assert!(load(r"C:\App\X.DLL").is_empty(), "created at the same path meanwhile");
}

#[test]
fn long_paths_are_different_findings() {
    let folder = format!("C:\\{}", "\u{6F22}".repeat(250));
    let paths: Vec<_> = ["a", "b"].iter().map(|name| format!("{folder}\\{name}.txt")).collect();
    let events: Vec<_> = paths.iter().map(|path| Invented::Open(path, NtStatus::ACCESS_DENIED)).collect();
    assert_eq!(findings(&invented(&events, &[]), "access-denied").len(), 2);
}

#[test]
fn trees_of_stacks_have_a_limited_depth() {
    // Each address outside of all modules is a frame with its own name.
    let stack: Vec<u64> = (1..60_000).map(|frame| 0x1000 * frame).collect();
    let log = invented(&[Invented::Open(r"C:\a", NtStatus::SUCCESS)], &stack);
    let flame: Value = serde_json::from_slice(&unpacked(&page_of(&log, &options()), "flame")).unwrap();
    for tree in flame["trees"].as_array().unwrap() {
        let mut depths: Vec<usize> = Vec::new();
        for parent in tree["parent"].as_array().unwrap() {
            let parent = usize::try_from(parent.as_u64().unwrap()).unwrap();
            depths.push(depths.get(parent).map_or(0, |depth| depth + 1));
        }
        assert!(depths.into_iter().max().unwrap() <= 258);
    }
}

#[test]
fn texts_of_processes_are_limited_together() {
    let system = SystemInfo::new(PointerWidth::Bits64);
    let mut writer = LogsWriter::new(std::io::Cursor::new(Vec::new()), &system).unwrap();
    let text = "x".repeat(4000);
    for pid in 0..6000 {
        let mut process = ProcessInfo::new(pid, "petals.exe");
        process.command_line = text.as_str().into();
        process.description = text.as_str().into();
        writer.add_process(&process).unwrap();
    }
    let log = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    let page = page_of(&log, &options());
    let shown = data(&page)["processes"].as_array().unwrap().len();
    assert!(shown > 0 && element(&page, "report-data").unwrap().len() < 16 << 20, "{shown} processes");
}

#[test]
fn several_logs_are_on_one_page() {
    let logs = [open(&fixtures()[2]), open(&fixtures()[1]), open(&fixtures()[2])];
    let several = logs.iter().collect::<Vec<_>>();
    let options = options().file("b", 1, "").file("c", 1, "not closed");
    let page = page_of_all(&several, &options);
    let data = data(&page);
    let lengths = logs.each_ref().map(|log| log.len() as u64);
    assert_eq!(data["overview"]["events"], lengths.iter().sum::<u64>());
    let firsts = data["logs"].as_array().unwrap().iter().map(|log| log["first"].as_u64().unwrap());
    assert!(firsts.eq([0, lengths[0], lengths[0] + lengths[1]]));
    let segments = data["overview"]["segments"].as_array().unwrap();
    assert!(segments.iter().map(|segment| segment["events"].as_u64().unwrap()).eq(lengths));
    assert_eq!(segments[2]["note"], "not closed");
    let numbers = differences(&page, 0);
    assert!(numbers.iter().enumerate().all(|(at, number)| at as i64 == *number));
    let processes = data["processes"].as_array().unwrap();
    assert_eq!(data["overview"]["processes"], logs.iter().map(|log| log.index().processes().len()).sum::<usize>());
    assert!(
        processes
            .iter()
            .filter_map(|process| Some((process["log"].as_u64()?, process["parent"].as_u64()?)))
            .all(|(log, parent)| processes[usize::try_from(parent).unwrap()]["log"] == log)
    );
    // If only a part is embedded, the events of slow calls and findings keep their positions in the logs.
    let part = page_of_all(&several, &options.embed(Embed::First(3)));
    let times = differences(&page, 1);
    for (number, time) in differences(&part, 0).into_iter().zip(differences(&part, 1)) {
        assert_eq!(times[usize::try_from(number).unwrap()], time);
    }
}

#[test]
fn unreadable_events_are_counted_for_each_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/damaged.pml");
    let (damaged, intact) = (open(&path), open(&fixtures()[2]));
    let unreadable = damaged.events().filter(Result::is_err).count();
    assert!(unreadable > 0);
    let data = data(&page_of_all(&[&intact, &damaged], &options().file("damaged.pml", 1, "")));
    let segments = data["overview"]["segments"].as_array().unwrap();
    assert_eq!((&segments[0]["unreadable"], &segments[1]["unreadable"]), (&0.into(), &unreadable.into()));
}

#[test]
fn exit_statuses_are_those_of_the_events() {
    let log = open(&fixtures()[2]);
    let exits = log.events().flatten().filter_map(|event| match event.detail() {
        Ok(Detail::Process(ProcessDetail::Exit(exit))) => Some((event.process()?.pid(), exit.exit_code().to_string())),
        _ => None,
    });
    let exits: Vec<_> = exits.collect();
    let data = data(&page_of(&log, &options()));
    let shown = data["processes"].as_array().unwrap().iter().filter(|process| process["exitStatus"] != "");
    assert_eq!(shown.clone().count(), exits.len());
    for process in shown {
        let expected = exits.iter().find(|(pid, _)| process["pid"] == *pid).unwrap();
        assert_eq!(process["exitStatus"], expected.1);
    }
}

#[test]
fn the_documentation_lists_all_rules() {
    let rules: Vec<Value> = serde_json::from_str(include_str!("../rules/rules.json")).unwrap();
    let documented = include_str!("../../../docs/FINDINGS.md").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        Some((cells.next()?.strip_suffix('`')?, cells.next()?))
    });
    let documented: Vec<_> = documented.take_while(|(id, _)| *id != "id").collect();
    let expected: Vec<_> =
        rules.iter().map(|rule| (rule["id"].as_str().unwrap(), rule["level"].as_str().unwrap())).collect();
    assert_eq!(documented, expected);
}
