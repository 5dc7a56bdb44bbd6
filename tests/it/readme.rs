//! Checks `docs/OPERATIONS.md` against the decoders, and checks that the links of the documents lead to files and
//! headings.
//!
//! After a change of the decoders: `UPDATE_OPERATIONS=1 cargo test --test it readme`.

use std::fmt::{Debug, Write};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::synth::{self, Log};
use procmon_parser::code::{FileOperation, Operation};
use procmon_parser::detail::FileRequest;
use procmon_parser::{Detail, Event, LogsReader};

const OPERATIONS: &str = "docs/OPERATIONS.md";
const BEGIN: &str = "<!-- operations, written by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of operations -->\n";

/// Returns a log with an event of every operation and sub-operation, whose blocks are long enough for any structure.
fn every_operation() -> LogsReader {
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

/// Returns the name of the type that the detail of an event decodes into.
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

/// Returns the table in Markdown: a row for each type that details decode into, with the operations that decode into
/// it.
fn table() -> String {
    let log = every_operation();
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
fn the_table_of_operations_matches_the_decoders() {
    let document = fs::read_to_string(OPERATIONS).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (stored, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE_OPERATIONS").is_some() {
        fs::write(OPERATIONS, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(stored == table, "{OPERATIONS} is out of date: run UPDATE_OPERATIONS=1 cargo test --test it readme");
    }
}

/// Returns the documents whose links are checked: those in the root, in `docs`, and `fixtures/README.md`.
fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "fixtures/README.md"].map(PathBuf::from).into();
    let docs = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    documents.extend(docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    documents
}

/// Returns the fragments that GitHub generates for links to the headings of a document.
fn fragments(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let headings = text.lines().filter_map(|line| Some(line.strip_prefix('#')?.trim_start_matches('#').trim()));
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[test]
fn links_of_the_documents_lead_to_files_and_headings() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: the link {link} leads to a file that does not exist", document.display());
            assert!(
                fragment.is_empty() || fragments(&target).iter().any(|heading| heading == fragment),
                "{}: the link {link} leads to a heading that does not exist",
                document.display()
            );
        }
    }
}
