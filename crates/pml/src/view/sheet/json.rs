//! Sheets as JSON, with a line for each row.

use std::io::{self, Write};

use super::model::{Object, Sheet};

pub(super) fn write(out: &mut dyn Write, sheet: Sheet<'_>) -> io::Result<()> {
    let Sheet { columns, rows, log, facts, left_out, others, total, .. } = sheet;
    writeln!(out, "{{")?;
    if !log.is_empty() {
        member(out, "files", &log)?;
    }
    for (key, _, value) in &facts {
        member(out, key, value)?;
    }
    write!(out, "  \"rows\": [")?;
    for (i, row) in rows.enumerate() {
        write!(out, "{}    ", if i > 0 { ",\n" } else { "\n" })?;
        serde_json::to_writer(&mut *out, &Object { columns: &columns, row: &row, is_partial: false })?;
    }
    write!(out, "\n  ]")?;
    let sums = [("others", others), ("total", total)];
    for (key, row) in sums.iter().filter_map(|(key, row)| Some((key, row.as_ref()?))) {
        write!(out, ",\n  \"{key}\": ")?;
        serde_json::to_writer(&mut *out, &Object { columns: &columns, row, is_partial: true })?;
    }
    if let Some((number, row)) = left_out {
        write!(out, ",\n  \"left_out\": {{\"rows\": {number}, \"sums\": ")?;
        serde_json::to_writer(&mut *out, &Object { columns: &columns, row: &row, is_partial: true })?;
        write!(out, "}}")?;
    }
    write!(out, "\n}}")
}

fn member(out: &mut dyn Write, key: &str, value: &impl serde::Serialize) -> io::Result<()> {
    write!(out, "  \"{key}\": ")?;
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out, ",")
}
