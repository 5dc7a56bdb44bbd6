//! The properties of columns that matter for Procmon's rules.

use crate::code::Column;

/// Returns true if rules on a column can match. Those on Sequence never do, and those on a column that a version of
/// Procmon does not have never match in that version.
pub(in crate::filter) const fn can_match(column: Column) -> bool {
    column.name().is_some() && !matches!(column, Column::SEQUENCE)
}

/// Returns true if rules on a column compare numbers.
pub(in crate::filter) const fn is_number(column: Column) -> bool {
    matches!(column, Column::PID | Column::SESSION | Column::TID | Column::PARENT_PID) || holds_ticks(column)
}

/// Returns true if a column holds times or spans of time, in ticks.
pub(in crate::filter) const fn holds_ticks(column: Column) -> bool {
    matches!(
        column,
        Column::DATE_AND_TIME
            | Column::RELATIVE_TIME
            | Column::DURATION
            | Column::TIME_OF_DAY
            | Column::COMPLETION_TIME
            | Column::PROCESS_START
            | Column::HIGH_RESOLUTION_PROCESS_START
    )
}
