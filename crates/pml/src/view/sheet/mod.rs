//! Tables of typed values, written as text, CSV and JSON.

mod csv;
mod json;
pub(crate) mod model;
pub(crate) mod table;
mod text;

use std::io::Write;

use procmon_parser::Result;

use model::Sheet;

/// The format of sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetFormat {
    /// Text whose lines have at most this number of characters.
    Text(usize),
    Json,
    Csv,
}

/// Writes a sheet of all logs: in JSON an object.
pub(crate) fn write(out: &mut dyn Write, sheet: Sheet<'_>, format: SheetFormat) -> Result<()> {
    match format {
        SheetFormat::Text(width) => text::write(out, sheet, width)?,
        SheetFormat::Json => {
            json::write(out, sheet)?;
            writeln!(out)?;
        }
        SheetFormat::Csv => csv::write(out, [sheet])?,
    }
    Ok(())
}

/// Writes a sheet for each log: in JSON an array.
pub(crate) fn write_each(out: &mut dyn Write, sheets: Vec<Sheet<'_>>, format: SheetFormat) -> Result<()> {
    match format {
        SheetFormat::Text(width) => {
            for (i, sheet) in sheets.into_iter().enumerate() {
                if i > 0 {
                    writeln!(out)?;
                }
                text::write(out, sheet, width)?;
            }
        }
        SheetFormat::Json => {
            write!(out, "[")?;
            for (i, sheet) in sheets.into_iter().enumerate() {
                write!(out, "{}", if i > 0 { ",\n" } else { "" })?;
                json::write(out, sheet)?;
            }
            writeln!(out, "]")?;
        }
        SheetFormat::Csv => csv::write(out, sheets)?,
    }
    Ok(())
}
