//! Events of the IPC class: they read like file-system events, and versions of Procmon that do not know them print
//! nothing for them.

use crate::support::synth::{self, Log, file};
use procmon_parser::code::{Action, EventClass, Operation, Relation};
use procmon_parser::detail::{DetailBlocks, Target};
use procmon_parser::summary::Summary;
use procmon_parser::write::{NewDetail, NewEvent, WriterOptions};
use procmon_parser::{Column, Compat, Filter, LogsReader, LogsWriter, ProcessKey, Redactor, Rule, Style};

const FILE_SYSTEM: u32 = 3;
const IPC: u32 = 6;

/// The columns that are empty for an event of an unknown class.
const OF_CLASS: [Column; 5] = [Column::EVENT_CLASS, Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL];

/// Returns some file-system events with the given class, and each of them cut short in several places.
fn log_of(class: u32, bits64: bool) -> LogsReader {
    let sample = synth::sample(bits64);
    let mut events = vec![
        file::close_file(bits64, r"C:\Device\NamedPipe\orchid"),
        file::query_directory(
            bits64,
            r"\\.\pipe\",
            file::FILE_NAMES_INFORMATION,
            "or*",
            Some(file::directory_entries(file::FILE_NAMES_INFORMATION, &["orchid", "oregano"])),
        ),
    ];
    events.extend(sample.events.iter().filter(|event| event.class == FILE_SYSTEM).cloned());
    for whole in events.clone() {
        for len in (0..whole.detail.len()).step_by(5) {
            let mut cut = whole.clone();
            cut.detail.truncate(len);
            if let Some(extra) = &mut cut.extra {
                extra.truncate(len);
            }
            events.push(cut);
        }
    }
    for event in &mut events {
        event.class = class;
    }
    LogsReader::new(Log { events, ..sample }.bytes()).unwrap()
}

#[test]
fn ipc_events_read_like_file_system_events() {
    for bits64 in [false, true] {
        let (ipc, file) = (log_of(IPC, bits64), log_of(FILE_SYSTEM, bits64));
        for (event, other) in ipc.events().flatten().zip(file.events().flatten()) {
            assert_eq!(event.class(), EventClass::IPC);
            assert!(matches!(event.operation(), Operation::Ipc(code) if other.operation() == Operation::File(code)));
            assert_eq!(event.target(), other.target());
            assert_eq!(event.category(), other.category());
            assert_eq!(event.operation_name(), other.operation_name());
            match (event.detail(), other.detail()) {
                (Ok(detail), Ok(other)) => assert_eq!(detail, other),
                (detail, other) => assert_eq!(detail.unwrap_err().to_string(), other.unwrap_err().to_string()),
            }
        }
        assert!(ipc.events().flatten().any(|event| matches!(event.target(), Some(Target::File(_)))));
    }
}

#[test]
fn only_versions_that_know_ipc_print_it() {
    for bits64 in [false, true] {
        let (ipc, file) = (log_of(IPC, bits64), log_of(FILE_SYSTEM, bits64));
        for compat in Compat::ALL {
            for advanced in [false, true] {
                let style = Style::new().compat(compat).advanced_names(advanced);
                for (event, other) in ipc.events().flatten().zip(file.events().flatten()) {
                    for &column in Column::ALL {
                        let (text, other) = (event.text_in(column, &style), other.text_in(column, &style).to_string());
                        let expected = match compat {
                            Compat::Complete | Compat::Procmon4_1 if column == Column::EVENT_CLASS => "IPC",
                            Compat::Complete | Compat::Procmon4_1 => &other,
                            _ if OF_CLASS.contains(&column) => "",
                            _ => &other,
                        };
                        assert_eq!(text.to_string(), expected, "{column} under {compat} of {event:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn filters_match_the_text_of_ipc_events() {
    let log = log_of(IPC, true);
    for (column, relation, value) in [
        (Column::EVENT_CLASS, Relation::IS, "ipc"),
        (Column::OPERATION, Relation::IS, "createfile"),
        (Column::OPERATION, Relation::CONTAINS, "directory"),
        (Column::PATH, Relation::CONTAINS, "pipe"),
        (Column::CATEGORY, Relation::IS, "write"),
        (Column::DETAIL, Relation::CONTAINS, "oregano"),
    ] {
        let filter = Filter::from([Rule::new(column, relation, value, Action::INCLUDE)]);
        for compat in Compat::ALL {
            let style = Style::new().compat(compat);
            let matcher = filter.compile_with(log.indexes(), &style);
            let mut shown = 0;
            for event in log.events().flatten() {
                let text = event.text_in(column, &style).to_string().to_lowercase();
                let is_shown = if relation == Relation::IS { text == value } else { text.contains(value) };
                assert_eq!(matcher.matches(event), is_shown, "{column} {relation} {value} in {compat}: {event:?}");
                shown += usize::from(is_shown);
            }
            let knows_ipc = matches!(compat, Compat::Complete | Compat::Procmon4_1);
            assert_eq!(shown > 0, knows_ipc, "{column} {relation} {value} in {compat}");
        }
    }
}

#[test]
fn redaction_replaces_names_in_ipc_events() {
    let log = log_of(IPC, true);
    let mut redactor = Redactor::new();
    redactor.replace("orchid", "violet").replace("oregano", "parsley");
    let out = std::io::Cursor::new(Vec::new());
    let mut writer = WriterOptions::new().redact(redactor).create_for_copy(out, log.index()).unwrap();
    writer.copy_events(log.events().flatten()).unwrap();
    let redacted = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(redacted.event(0).unwrap().text(Column::PATH).to_string(), r"C:\Device\NamedPipe\violet");
    let listing = redacted.event(1).unwrap().text(Column::DETAIL).to_string();
    assert!(listing.ends_with("violet, 3: parsley"), "{listing}");
}

#[test]
fn ipc_events_are_written_like_file_system_events() {
    for bits64 in [false, true] {
        let log = log_of(IPC, bits64);
        let mut blocks = DetailBlocks::default();
        let mut writer = LogsWriter::for_copy(std::io::Cursor::new(Vec::new()), log.index()).unwrap();
        let mut events = Vec::new();
        for event in log.events().flatten() {
            let Ok(detail) = event.detail() else { continue };
            detail.encode_into(event.operation(), event.index().pointer_width(), &mut blocks).unwrap();
            let mut new = NewEvent::from(event);
            (new.process, new.detail) = (ProcessKey::NONE, NewDetail::Typed(detail));
            writer.write_event(&new).unwrap();
            events.push(event);
        }
        let written = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
        assert_eq!(written.len(), events.len());
        for (event, written) in events.into_iter().zip(written.events().flatten()) {
            assert_eq!(written.detail().unwrap(), event.detail().unwrap());
            for column in OF_CLASS {
                assert_eq!(written.text(column).to_string(), event.text(column).to_string());
            }
        }
    }
}

#[test]
fn summaries_count_ipc_events_by_operation() {
    let (ipc, file) = (log_of(IPC, true), log_of(FILE_SYSTEM, true));
    let counts = |log: &LogsReader, class| {
        let summary = Summary::of(log).unwrap();
        let classes = summary.classes();
        let class = classes.iter().find(|found| found.class() == class).unwrap();
        class
            .operations()
            .iter()
            .map(|of| (of.name(), of.code(), of.events(), of.bytes_read(), of.bytes_written()))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&ipc, EventClass::IPC), counts(&file, EventClass::FILE_SYSTEM));
}

#[cfg(feature = "jsonl")]
#[test]
fn json_of_ipc_events_differs_in_the_class_only() {
    use procmon_parser::export::Record;

    let style = Style::new();
    let (ipc, file) = (log_of(IPC, true), log_of(FILE_SYSTEM, true));
    for (event, other) in ipc.events().flatten().zip(file.events().flatten()) {
        let mut json = serde_json::to_value(Record::new(event, &style)).unwrap();
        let mut other = serde_json::to_value(Record::new(other, &style)).unwrap();
        assert_eq!((&json["class"], &json["class_code"]), (&"IPC".into(), &6.into()));
        for json in [&mut json, &mut other] {
            json["class"].take();
            json["class_code"].take();
        }
        assert_eq!(json, other);
    }
}
