//! Rules from code, with values of the type of their column.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::rule::Rule;
use crate::code::{Action, Column, Relation};
use crate::wire::{FileTime, Ticks};

/// A column that a rule is about to look at; its methods are the relations.
///
/// ```
/// use std::time::Duration;
///
/// use procmon_parser::Rule;
/// use procmon_parser::code::NtStatus;
///
/// let rules = [
///     Rule::result().is_not(NtStatus::SUCCESS).include(),
///     Rule::path().begins_with(r"C:\Windows").exclude(),
///     Rule::duration().more_than(Duration::from_millis(250)).include(),
/// ];
/// assert_eq!(rules[0].to_string(), "Result is not SUCCESS then Include");
/// assert_eq!(rules[2].to_string(), "Duration more than 0.25 then Include");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct On<T> {
    column: Column,
    value: PhantomData<T>,
}

/// A column and what it is compared with: a rule but for its action.
#[derive(Clone, Debug)]
#[must_use = "a condition becomes a rule by `include` or `exclude`"]
pub struct Condition {
    column: Column,
    relation: Relation,
    value: String,
    number: Option<i64>,
}

impl Condition {
    /// The rule that shows the events for which the condition holds, and of the others none.
    pub fn include(self) -> Rule {
        self.then(Action::INCLUDE)
    }

    /// The rule that hides the events for which the condition holds.
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

/// What a column is compared with: [`Text`], [`Ticks`] or a [`FileTime`].
pub trait Operand: sealed::Sealed {
    /// The value as one would type it, which leads Procmon to the number.
    #[doc(hidden)]
    fn value(&self) -> String;

    /// The number that is kept beside the value, unless it is computed of it.
    #[doc(hidden)]
    fn number(&self) -> Option<i64>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Text {}
    impl Sealed for super::Ticks {}
    impl Sealed for super::FileTime {}
}

/// The value of a column of text: whatever can be displayed, such as a `&str`, a number,
/// [an `NtStatus`](crate::code::NtStatus), [an `EventClass`](crate::code::EventClass).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl<T: fmt::Display> From<T> for Text {
    fn from(value: T) -> Self {
        Self(value.to_string())
    }
}

impl Operand for Text {
    fn value(&self) -> String {
        self.0.clone()
    }

    fn number(&self) -> Option<i64> {
        None
    }
}

impl Operand for Ticks {
    /// Seconds with a point, which Procmon takes for seconds whatever the column.
    fn value(&self) -> String {
        let (seconds, ticks) = (self.0 / 10_000_000, self.0 % 10_000_000);
        let text = format!("{seconds}.{ticks:07}");
        let short = text.trim_end_matches('0');
        if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
    }

    fn number(&self) -> Option<i64> {
        Some(self.0.cast_signed())
    }
}

impl Operand for FileTime {
    /// Date and time of day in UTC, as en-US writes them, to the tick.
    fn value(&self) -> String {
        let Ok(time) = DateTime::<Utc>::try_from(*self) else { return format!("{:#x}", self.0) };
        let (afternoon, hour) = time.hour12();
        let (month, day, year) = (time.month(), time.day(), time.year());
        let (minute, second, ticks) = (time.minute(), time.second(), self.0 % 10_000_000);
        let half = if afternoon { "PM" } else { "AM" };
        format!("{month}/{day}/{year} {hour}:{minute:02}:{second:02}.{ticks:07} {half}")
    }

    fn number(&self) -> Option<i64> {
        Some(self.0.cast_signed())
    }
}

impl<T: Operand> On<T> {
    const fn new(column: Column) -> Self {
        Self { column, value: PhantomData }
    }

    fn compare(self, relation: Relation, value: &T) -> Condition {
        Condition { column: self.column, relation, value: value.value(), number: value.number() }
    }

    /// The column is the value.
    pub fn is(self, value: impl Into<T>) -> Condition {
        self.compare(Relation::IS, &value.into())
    }

    /// The column is not the value.
    pub fn is_not(self, value: impl Into<T>) -> Condition {
        self.compare(Relation::IS_NOT, &value.into())
    }

    /// The column sorts before the value.
    pub fn less_than(self, value: impl Into<T>) -> Condition {
        self.compare(Relation::LESS_THAN, &value.into())
    }

    /// The column sorts behind the value.
    pub fn more_than(self, value: impl Into<T>) -> Condition {
        self.compare(Relation::MORE_THAN, &value.into())
    }
}

impl On<Text> {
    /// The column begins with the value.
    pub fn begins_with(self, value: impl Into<Text>) -> Condition {
        self.compare(Relation::BEGINS_WITH, &value.into())
    }

    /// The column ends with the value.
    pub fn ends_with(self, value: impl Into<Text>) -> Condition {
        self.compare(Relation::ENDS_WITH, &value.into())
    }

    /// The value is a part of the column.
    pub fn contains(self, value: impl Into<Text>) -> Condition {
        self.compare(Relation::CONTAINS, &value.into())
    }

    /// The value is no part of the column.
    pub fn excludes(self, value: impl Into<Text>) -> Condition {
        self.compare(Relation::EXCLUDES, &value.into())
    }
}

macro_rules! columns {
    ($($(#[$doc:meta])* $function:ident: $Value:ty = $COLUMN:ident;)*) => {
        /// Rules from code, a function for each column. The functions of ids and flags take the value, the others
        /// the relation first.
        impl Rule {
            $($(#[$doc])*
            #[must_use]
            pub const fn $function() -> On<$Value> {
                On::new(Column::$COLUMN)
            })*
        }
    };
}

columns! {
    /// Date & Time: start of the operation, UTC.
    date_and_time: FileTime = DATE_AND_TIME;
    /// Process Name.
    process_name: Text = PROCESS_NAME;
    /// Operation: its name as it is shown, in advanced mode another one than in normal mode.
    operation: Text = OPERATION;
    /// Result.
    result: Text = RESULT;
    /// Detail.
    detail: Text = DETAIL;
    /// Sequence: Procmon has rules on it, and none ever matches.
    sequence: Text = SEQUENCE;
    /// Company of the process's image.
    company: Text = COMPANY;
    /// Description of the process's image.
    description: Text = DESCRIPTION;
    /// Command Line of the process.
    command_line: Text = COMMAND_LINE;
    /// User of the process.
    user: Text = USER;
    /// Image Path of the process.
    image_path: Text = IMAGE_PATH;
    /// Path: what the operation is about.
    path: Text = PATH;
    /// Relative Time: start of the operation since the first event of the log.
    relative_time: Ticks = RELATIVE_TIME;
    /// Duration of the operation; one whose completion was never seen took no time.
    duration: Ticks = DURATION;
    /// Time of Day: start of the operation since midnight UTC.
    time_of_day: Ticks = TIME_OF_DAY;
    /// Version of the process's image.
    version: Text = VERSION;
    /// Event Class.
    event_class: Text = EVENT_CLASS;
    /// Integrity level of the process.
    integrity: Text = INTEGRITY;
    /// Category.
    category: Text = CATEGORY;
    /// Architecture of the process: `64-bit` or `32-bit`.
    architecture: Text = ARCHITECTURE;
    /// Completion Time: end of the operation, UTC.
    completion_time: FileTime = COMPLETION_TIME;
    /// Process Start, which Procmon 3.94 does not know: its rules never match.
    process_start: FileTime = PROCESS_START;
}

impl Rule {
    /// A column by its code; the value is text, of which the number is computed.
    ///
    /// ```
    /// use procmon_parser::{Column, Rule};
    ///
    /// assert_eq!(Rule::on(Column::PID).more_than(1000).exclude().number(), 1000);
    /// ```
    #[must_use]
    pub const fn on(column: Column) -> On<Text> {
        On::new(column)
    }

    /// PID is this one.
    pub fn pid(pid: u32) -> Condition {
        Self::on(Column::PID).is(pid)
    }

    /// Parent PID is this one.
    pub fn parent_pid(pid: u32) -> Condition {
        Self::on(Column::PARENT_PID).is(pid)
    }

    /// TID is this one.
    pub fn tid(tid: u32) -> Condition {
        Self::on(Column::TID).is(tid)
    }

    /// Session is this one.
    pub fn session(session: u32) -> Condition {
        Self::on(Column::SESSION).is(session)
    }

    /// Authentication ID is this one, [`Process::authentication_id`](crate::Process::authentication_id).
    pub fn authentication_id(luid: u64) -> Condition {
        Self::on(Column::AUTHENTICATION_ID).is(format_args!("{:08x}:{:08x}", luid >> 32, luid & 0xFFFF_FFFF))
    }

    /// Virtualized is `True` or `False`.
    pub fn virtualized(virtualized: bool) -> Condition {
        Self::on(Column::VIRTUALIZED).is(if virtualized { "True" } else { "False" })
    }
}
