//! Builders of rules, one for each type of column.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::Rule;
use crate::code::{Action, Column, Relation};
use crate::wire::{FileTime, Ticks};

/// A column, a relation and a value: a rule without its action.
#[derive(Clone, Debug)]
#[must_use = "a condition becomes a rule by `include` or `exclude`"]
pub struct Condition {
    column: Column,
    relation: Relation,
    value: String,
    /// The number to store; `None` to compute it from the value.
    number: Option<i64>,
}

impl Condition {
    /// Creates the rule that shows the events for which the condition holds, and hides the others.
    pub fn include(self) -> Rule {
        self.then(Action::INCLUDE)
    }

    /// Creates the rule that hides the events for which the condition holds.
    pub fn exclude(self) -> Rule {
        self.then(Action::EXCLUDE)
    }

    fn then(self, action: Action) -> Rule {
        let rule = Rule::new(self.column, self.relation, &self.value, action);
        match self.number {
            Some(number) => rule.with_number(number),
            None => rule,
        }
    }
}

/// Declares a builder: a column whose values have one type. Its methods are the relations.
macro_rules! typed_column {
    ($(#[$doc:meta])* $Name:ident, $Value:ty, |$value:ident| $parts:expr, $($relation:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[must_use = "a column becomes a condition by one of its relations"]
        pub struct $Name(Column);

        impl $Name {
            typed_column!(@relations $Value, $($relation)*);

            fn compare(self, relation: Relation, $value: $Value) -> Condition {
                let (value, number) = $parts;
                Condition { column: self.0, relation, value, number }
            }
        }
    };
    (@relations $Value:ty, $($(#[$doc:meta])* $function:ident = $RELATION:ident;)*) => { $(
        $(#[$doc])*
        pub fn $function(self, value: $Value) -> Condition {
            self.compare(Relation::$RELATION, value)
        }
    )* };
}

typed_column! {
    /// A column that is compared as text, without regard to the case of A to Z.
    ///
    /// A value is anything that can be displayed, such as a `&str`, an
    /// [`NtStatus`](crate::code::NtStatus), an [`EventClass`](crate::code::EventClass).
    ///
    /// ```
    /// use procmon_parser::Rule;
    /// use procmon_parser::code::NtStatus;
    ///
    /// let rule = Rule::result().is_not(NtStatus::SUCCESS).include();
    /// assert_eq!(rule.to_string(), "Result is not SUCCESS then Include");
    /// let rule = Rule::path().begins_with(r"C:\Windows").exclude();
    /// assert_eq!(rule.to_string(), r"Path begins with C:\Windows then Exclude");
    /// ```
    TextColumn, impl fmt::Display, |value| (value.to_string(), None),
    /// The text is the value.
    is = IS;
    /// The text is not the value.
    is_not = IS_NOT;
    /// The text sorts before the value.
    less_than = LESS_THAN;
    /// The text sorts after the value.
    more_than = MORE_THAN;
    /// The text begins with the value.
    begins_with = BEGINS_WITH;
    /// The text ends with the value.
    ends_with = ENDS_WITH;
    /// The text contains the value.
    contains = CONTAINS;
    /// The text does not contain the value.
    excludes = EXCLUDES;
}

typed_column! {
    /// A column of numbers: process id, thread id or session.
    ///
    /// ```
    /// use procmon_parser::Rule;
    ///
    /// assert_eq!(Rule::pid().more_than(1000).exclude().to_string(), "PID more than 1000 then Exclude");
    /// ```
    NumberColumn, u32, |value| (value.to_string(), Some(value.into())),
    /// The number equals the value.
    is = IS;
    /// The number does not equal the value.
    is_not = IS_NOT;
    /// The number is less than the value.
    less_than = LESS_THAN;
    /// The number is greater than the value.
    more_than = MORE_THAN;
}

typed_column! {
    /// A column of points in time, compared with a precision of 100 ns.
    TimeColumn, impl Into<FileTime>, |value| {
        let time = value.into();
        (date_and_time(time), Some(time.0.cast_signed()))
    },
    /// The time is the value.
    is = IS;
    /// The time is not the value.
    is_not = IS_NOT;
    /// The time is before the value.
    less_than = LESS_THAN;
    /// The time is after the value.
    more_than = MORE_THAN;
}

typed_column! {
    /// A column of spans of time, compared with a precision of 100 ns.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use procmon_parser::Rule;
    ///
    /// let rule = Rule::duration().more_than(Duration::from_millis(250)).include();
    /// assert_eq!(rule.to_string(), "Duration more than 0.25 then Include");
    /// ```
    TicksColumn, impl Into<Ticks>, |value| {
        let span = value.into();
        (seconds(span), Some(span.0.cast_signed()))
    },
    /// The span is the value.
    is = IS;
    /// The span is not the value.
    is_not = IS_NOT;
    /// The span is shorter than the value.
    less_than = LESS_THAN;
    /// The span is longer than the value.
    more_than = MORE_THAN;
}

typed_column! {
    /// A column of locally unique identifiers (LUID), compared as text of 16 hexadecimal digits.
    ///
    /// ```
    /// use procmon_parser::Rule;
    ///
    /// let rule = Rule::authentication_id().is(0x3E7).include();
    /// assert_eq!(rule.to_string(), "Authentication ID is 00000000:000003e7 then Include");
    /// ```
    LuidColumn, u64, |value| (format!("{:08x}:{:08x}", value >> 32, value & 0xFFFF_FFFF), None),
    /// The identifier equals the value.
    is = IS;
    /// The identifier does not equal the value.
    is_not = IS_NOT;
    /// The identifier is less than the value.
    less_than = LESS_THAN;
    /// The identifier is greater than the value.
    more_than = MORE_THAN;
}

typed_column! {
    /// A column that is `True` or `False`, or `n/a` if it is unknown.
    BoolColumn, bool, |value| (if value { "True" } else { "False" }.to_owned(), None),
    /// The column is the value.
    is = IS;
    /// The column is not the value.
    is_not = IS_NOT;
}

/// Formats a span as seconds with a decimal point, because Procmon then reads it as seconds in every column.
pub(in crate::filter) fn seconds(span: Ticks) -> String {
    let (seconds, ticks) = (span.0 / 10_000_000, span.0 % 10_000_000);
    let text = format!("{seconds}.{ticks:07}");
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

/// Formats a time as date and time of day in UTC, in the en-US format, with seven decimals.
fn date_and_time(file_time: FileTime) -> String {
    let Ok(time) = DateTime::<Utc>::try_from(file_time) else { return format!("{:#x}", file_time.0) };
    let (afternoon, hour) = time.hour12();
    let (month, day, year) = (time.month(), time.day(), time.year());
    let (minute, second, ticks) = (time.minute(), time.second(), file_time.0 % 10_000_000);
    let am_pm = if afternoon { "PM" } else { "AM" };
    format!("{month}/{day}/{year} {hour}:{minute:02}:{second:02}.{ticks:07} {am_pm}")
}

macro_rules! columns {
    ($($(#[$doc:meta])* $function:ident: $Builder:ident = $COLUMN:ident;)*) => {
        /// Builders of rules, one for each column: `Rule::pid().is(1336).exclude()`.
        impl Rule {
            $($(#[$doc])*
            pub const fn $function() -> $Builder {
                $Builder(Column::$COLUMN)
            })*
        }
    };
}

columns! {
    /// Begins a condition on Date & Time, the start of the operation in UTC.
    date_and_time: TimeColumn = DATE_AND_TIME;
    /// Begins a condition on Process Name.
    process_name: TextColumn = PROCESS_NAME;
    /// Begins a condition on PID.
    pid: NumberColumn = PID;
    /// Begins a condition on Operation. The names of operations differ between advanced mode and normal mode.
    operation: TextColumn = OPERATION;
    /// Begins a condition on Result.
    result: TextColumn = RESULT;
    /// Begins a condition on Detail.
    detail: TextColumn = DETAIL;
    /// Begins a condition on Sequence, which never matches in Procmon.
    sequence: TextColumn = SEQUENCE;
    /// Begins a condition on Company, of the process image.
    company: TextColumn = COMPANY;
    /// Begins a condition on Description, of the process image.
    description: TextColumn = DESCRIPTION;
    /// Begins a condition on Command Line, of the process.
    command_line: TextColumn = COMMAND_LINE;
    /// Begins a condition on User, of the process.
    user: TextColumn = USER;
    /// Begins a condition on Image Path, of the process.
    image_path: TextColumn = IMAGE_PATH;
    /// Begins a condition on Session.
    session: NumberColumn = SESSION;
    /// Begins a condition on Path: the file, registry key, connection or process that the operation acts on.
    path: TextColumn = PATH;
    /// Begins a condition on TID.
    tid: NumberColumn = TID;
    /// Begins a condition on Relative Time, from the first event of the log to the start of the operation.
    relative_time: TicksColumn = RELATIVE_TIME;
    /// Begins a condition on Duration, which is 0 if the completion was not recorded.
    duration: TicksColumn = DURATION;
    /// Begins a condition on Time of Day, from midnight UTC to the start of the operation.
    time_of_day: TicksColumn = TIME_OF_DAY;
    /// Begins a condition on Version, of the process image.
    version: TextColumn = VERSION;
    /// Begins a condition on Event Class.
    event_class: TextColumn = EVENT_CLASS;
    /// Begins a condition on Authentication ID; see [`Process::authentication_id`](crate::Process::authentication_id).
    authentication_id: LuidColumn = AUTHENTICATION_ID;
    /// Begins a condition on Virtualized.
    virtualized: BoolColumn = VIRTUALIZED;
    /// Begins a condition on Integrity, the integrity level of the process.
    integrity: TextColumn = INTEGRITY;
    /// Begins a condition on Category.
    category: TextColumn = CATEGORY;
    /// Begins a condition on Parent PID.
    parent_pid: NumberColumn = PARENT_PID;
    /// Begins a condition on Architecture, of the process: `64-bit` or `32-bit`.
    architecture: TextColumn = ARCHITECTURE;
    /// Begins a condition on Completion Time, the end of the operation in UTC.
    completion_time: TimeColumn = COMPLETION_TIME;
    /// Begins a condition on Process Start, the creation of the process in UTC. It never matches in Procmon 3.94, which
    /// does not have the column.
    process_start: TimeColumn = PROCESS_START;
    /// Begins a condition on High Resolution Process Start, which compares like Process Start.
    high_resolution_process_start: TimeColumn = HIGH_RESOLUTION_PROCESS_START;
}

impl Rule {
    /// Begins a condition on any column. The value is text, as typed in the filter dialog, and the number of the rule
    /// is computed from it.
    ///
    /// ```
    /// use procmon_parser::{Column, Rule};
    ///
    /// assert_eq!(Rule::on(Column::PID).more_than("0x3E8").exclude().number(), 1000);
    /// ```
    pub const fn on(column: Column) -> TextColumn {
        TextColumn(column)
    }
}
