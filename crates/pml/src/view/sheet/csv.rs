//! Sheets as CSV, with plain numbers and ISO dates.

use std::io::{self, Write};

use super::model::{Sheet, Value};

/// Writes the rows of all sheets, which have the same columns. If the sheets are of one log each, the first column has
/// the name of the log.
pub(super) fn write<'a>(out: &mut dyn Write, sheets: impl IntoIterator<Item = Sheet<'a>>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    for (i, sheet) in sheets.into_iter().enumerate() {
        let log = sheet.log.first();
        // A list of objects cannot be written as a cell.
        let is_shown: Vec<bool> = sheet.columns.iter().map(|column| column.key != "buckets").collect();
        if i == 0 {
            let titles =
                sheet.columns.iter().zip(&is_shown).filter(|(_, shown)| **shown).map(|(column, _)| column.title);
            csv.write_record(log.map(|_| "Log").into_iter().chain(titles)).map_err(io_error)?;
        }
        for row in sheet.rows {
            let cells = row.iter().zip(&is_shown).filter(|(_, shown)| **shown).map(|(value, _)| Value::plain(value));
            let log = log.map(|log| log.as_str().into());
            csv.write_record(log.into_iter().chain(cells).map(|cell| cell.into_owned())).map_err(io_error)?;
        }
    }
    csv.flush()
}

/// Returns the error of the output. The conversion of the library would hide its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
