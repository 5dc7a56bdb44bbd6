//! `docs/SCHEMA.md` has the columns of all tables, as they are declared.
//!
//! After a change of the schema: `UPDATE_SCHEMA=1 cargo test -p procmon-arrow --test it schema`.

use std::fmt::Write;
use std::fs;

use procmon_arrow::{ColumnInfo, Columns, EventColumn, SCHEMA_VERSION, Table, Timestamps};

use crate::repository;

const BEGIN: &str = "<!-- columns, written by crates/procmon-arrow/tests/it/schema.rs -->\n";
const END: &str = "<!-- end of columns -->\n";

fn table(text: &mut String, name: &str, columns: &[ColumnInfo]) {
    writeln!(text, "\n## Table `{name}`\n").unwrap();
    text.push_str("| Column | Type | Null | Unit | Origin | Meaning |\n|---|---|---|---|---|---|\n");
    for column in columns {
        let ColumnInfo { name, nullable, unit, origin, doc, .. } = column;
        let (type_name, null) = (column.column_type.name(), if *nullable { "yes" } else { "never" });
        writeln!(text, "| `{name}` | {type_name} | {null} | {unit} | {origin} | {doc} |").unwrap();
    }
}

#[test]
fn the_document_has_all_columns() {
    let mut tables = format!("\nVersion of the schema: {SCHEMA_VERSION}.\n");
    let events: Vec<_> = EventColumn::ALL.iter().map(|column| column.info()).collect();
    table(&mut tables, "events", &events);
    for other in Table::ALL {
        table(&mut tables, other.name(), &other.columns());
    }
    tables.push('\n');
    let path = repository("docs/SCHEMA.md");
    let document = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (stored, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(path, format!("{before}{BEGIN}{tables}{END}{after}")).unwrap();
    } else {
        assert!(stored == tables, "docs/SCHEMA.md is out of date: see crates/procmon-arrow/tests/it/schema.rs");
    }
}

#[test]
fn names_are_unique_and_snake_case() {
    let events: Vec<_> = EventColumn::ALL.iter().map(|column| column.info()).collect();
    for columns in [events].into_iter().chain(Table::ALL.map(Table::columns)) {
        for (number, column) in columns.iter().enumerate() {
            let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(column.name.chars().all(is_snake), "{}", column.name);
            assert!(columns[..number].iter().all(|other| other.name != column.name), "{}", column.name);
        }
    }
}

#[test]
fn lists_of_columns_are_parsed() {
    assert_eq!(Columns::parse("default").unwrap(), Columns::new());
    assert_eq!(Columns::parse("all").unwrap().iter().len(), EventColumn::ALL.len());
    let columns = Columns::parse("pid, path,pid").unwrap();
    assert_eq!(columns.iter().collect::<Vec<_>>(), [EventColumn::Pid, EventColumn::Path]);
    assert_eq!(Columns::parse("pid,Path").unwrap_err().to_string(), "unknown column \"Path\"");
    let schema = Columns::parse("time").unwrap().timestamps(Timestamps::Microseconds).schema();
    assert_eq!(schema.field(0).data_type().to_string(), "Timestamp(µs, \"UTC\")");
}
