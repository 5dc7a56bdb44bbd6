//! The columns of the event list. Three options describe them together: ColumnMap, Columns and ColumnCount.

use super::value::MAX_COLUMNS;
use super::{Configuration, Key};
use crate::code::Column;
use crate::error::{Error, ErrorKind, Result};

/// The width in pixels of a column that was not shown before.
const NEW_WIDTH: u16 = 100;

impl Configuration {
    /// Returns the shown columns, left to right.
    ///
    /// ```
    /// use procmon_parser::{Column, Configuration};
    ///
    /// assert_eq!(Configuration::new().columns().first(), Some(&Column::TIME_OF_DAY));
    /// ```
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        self.columns_with_widths().map(|(column, _)| column).collect()
    }

    /// Returns the shown columns, left to right, each with its width in pixels.
    pub fn columns_with_widths(&self) -> impl Iterator<Item = (Column, u16)> {
        let count = self.column_count() as usize;
        self.column_map().into_iter().zip(self.column_widths()).take(count)
    }

    /// Sets the shown columns, left to right. A column that is already shown keeps its width; others are 100 pixels
    /// wide.
    ///
    /// ```
    /// use procmon_parser::{Column, Configuration};
    ///
    /// let mut configuration = Configuration::new();
    /// configuration.set_columns(&[Column::PID, Column::PATH])?;
    /// assert_eq!(configuration.columns(), [Column::PID, Column::PATH]);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are more than 64 columns.
    pub fn set_columns(&mut self, columns: &[Column]) -> Result<&mut Self> {
        let shown: Vec<_> = self.columns_with_widths().collect();
        let width = |column| shown.iter().find(|(there, _)| *there == column).map_or(NEW_WIDTH, |&(_, width)| width);
        let columns: Vec<_> = columns.iter().map(|&column| (column, width(column))).collect();
        self.set_columns_with_widths(&columns)
    }

    /// Sets the shown columns, left to right, with their widths in pixels.
    ///
    /// # Errors
    /// If there are more than 64 columns.
    pub fn set_columns_with_widths(&mut self, columns: &[(Column, u16)]) -> Result<&mut Self> {
        let (mut map, mut widths) = ([Column(0); MAX_COLUMNS], [0; MAX_COLUMNS]);
        if columns.len() > MAX_COLUMNS {
            let value = columns.len() as u64;
            return Err(Error::new(ErrorKind::InvalidValue { value, expected: "at most 64 columns" }));
        }
        for ((id, width), &column) in map.iter_mut().zip(&mut widths).zip(columns) {
            (*id, *width) = column;
        }
        let count = u32::try_from(columns.len()).unwrap_or(0);
        Ok(self.set_column_widths(widths).set_column_count(count).set_column_map(map))
    }

    /// Checks that the map has room for the number of columns. Procmon does not check this, and reads past the end of
    /// the map.
    pub(super) fn check_column_count(&self) -> Result<()> {
        let count = self.column_count();
        if count as usize <= MAX_COLUMNS {
            return Ok(());
        }
        let offset = self.value_offset(Key::ColumnCount).unwrap_or(0);
        Err(Error::bad_value(offset, "option.value", count.into(), "at most 64 columns").in_option("ColumnCount"))
    }
}
