//! The properties of columns that matter for Procmon's rules.

use crate::code::Column;

/// Returns true if rules on a column can match. In Procmon 3.94, those on Sequence and Process Start never do.
pub(in crate::filter) const fn can_match(column: Column) -> bool {
    column.name().is_some() && !matches!(column, Column::SEQUENCE | Column::PROCESS_START)
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
    )
}
