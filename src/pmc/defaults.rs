//! The columns of the event list that Procmon starts with.

use super::value::MAX_COLUMNS;
use crate::code::Column;

/// The columns that Procmon starts with.
pub(super) const DEFAULT_COLUMNS: [Column; 7] = [
    Column::TIME_OF_DAY,
    Column::PROCESS_NAME,
    Column::PID,
    Column::OPERATION,
    Column::PATH,
    Column::RESULT,
    Column::DETAIL,
];

/// The widths of the default columns, in pixels.
pub(super) const DEFAULT_WIDTHS: [u16; 7] = [50, 100, 40, 100, 200, 100, 100];

/// Extends an array to [`MAX_COLUMNS`] with zeros, which mark unused columns.
pub(super) fn padded<T: Copy + Default, const N: usize>(used: [T; N]) -> [T; MAX_COLUMNS] {
    let mut all = [T::default(); MAX_COLUMNS];
    for (place, value) in all.iter_mut().zip(used) {
        *place = value;
    }
    all
}
