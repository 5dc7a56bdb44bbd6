//! The table of operations in the README matches the decoders.
//!
//! `UPDATE_README=1 cargo test --test it readme` updates the table.

use std::fmt::{Debug, Write};
use std::fs;

use crate::support::synth::{self, Log};
use procmon_parser::code::{FileOperation, Operation};
use procmon_parser::detail::FileRequest;
use procmon_parser::{Detail, Event, LogsReader};

const BEGIN: &str = "<!-- operations, written by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of operations -->\n";

/// Returns a log with an event of each operation and sub-operation, whose blocks are large enough for any structure.
fn log_of_every_operation() -> LogsReader {
    let mut events = Vec::new();
    for (class, operations) in [(1, 0..10), (2, 0..22), (3, 0..51), (4, 0..3), (5, 0..10)] {
        for operation in operations {
            let has_minors = class == 3 && FileOperation(operation).has_minors();
            for minor in 0..=if has_minors { 255_u8 } else { 0 } {
                let mut detail = vec![0; 600];
                detail[0] = minor;
                events.push(synth::Event::new(class, operation, detail, Some(vec![0; 600])));
            }
        }
    }
    LogsReader::new(Log { events, ..synth::sample(true) }.bytes()).unwrap()
}

fn name(event: Event<'_>) -> &'static str {
    match event.operation() {
        Operation::Network(_, operation) => operation.name().unwrap_or_default(),
        _ => event.operation_name(),
    }
}

/// Returns the name of a value's enum variant.
fn variant(value: impl Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Returns the name of the type that an event's detail is decoded into.
fn decoded_into(event: Event<'_>) -> String {
    match event.detail().unwrap() {
        Detail::Process(detail) => format!("ProcessDetail::{}", variant(detail)),
        Detail::Registry(detail) => format!("RegistryRequest::{}", variant(detail.request)),
        Detail::Network(_) => "NetworkDetail".to_owned(),
        Detail::Profiling(detail) => format!("ProfilingDetail::{}", variant(detail)),
        Detail::File(detail) => match detail.request {
            FileRequest::QueryInformation(query) => format!("FileInformation::{}", variant(query.result.unwrap())),
            FileRequest::SetInformation(set) => format!("SetFileInformation::{}", variant(set.information)),
            FileRequest::QueryVolume(query) => format!("VolumeInformation::{}", variant(query.result.unwrap())),
            FileRequest::SetVolume(set) => format!("VolumeInformation::{}", variant(set.information)),
            request => format!("FileRequest::{}", variant(request)),
        },
        _ => "Unknown".to_owned(),
    }
}

/// Returns the table, which has a row for each type with the operations that are decoded into it.
fn table() -> String {
    let log = log_of_every_operation();
    let mut rows: Vec<(String, String, Vec<&str>)> = Vec::new();
    for event in log.events().map(Result::unwrap) {
        let (class, into, name) = (event.class().to_string(), decoded_into(event), name(event));
        if matches!(name, "" | "<Unknown>") {
            continue;
        }
        match rows.iter_mut().find(|row| row.0 == class && row.1 == into) {
            Some(row) if row.2.contains(&name) => {}
            Some(row) => row.2.push(name),
            None => rows.push((class, into, vec![name])),
        }
    }
    let mut table = "| Class | Operations | Decoded into |\n|---|---|---|\n".to_owned();
    for (class, into, names) in rows {
        writeln!(table, "| {class} | {} | `{into}` |", names.join(", ")).unwrap();
    }
    table
}

#[test]
fn the_table_of_operations_is_up_to_date() {
    let readme = fs::read_to_string("README.md").unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (stored, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write("README.md", format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(
            stored == table,
            "the table in README.md is out of date: run UPDATE_README=1 cargo test --test it readme"
        );
    }
}
