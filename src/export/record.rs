//! Serialization of events with serde: decoded values, and the text of Procmon's columns.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::code::Column;
use crate::error::Error;
use crate::event::Event;
use crate::text::{ColumnText, Style};
use crate::wire::FileTime;

/// An event with its process and detail, ready to be serialized. `docs/JSON.md` in the repository lists the fields.
///
/// An [`Event`] serializes to the same fields, in the default style and without its stack.
///
/// ```
/// use procmon_parser::export::Record;
/// use procmon_parser::{LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let style = Style::new();
/// let record = Record::new(log.event(0)?, &style).with_stack(true);
/// let json = serde_json::to_value(record)?;
/// assert_eq!(json["ordinal"], 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record<'a, 's> {
    event: Event<'a>,
    style: &'s Style,
    with_stack: bool,
    with_process: bool,
    with_timesketch: bool,
    log: Option<&'s str>,
}

/// The name of the last field, which holds the process.
pub(super) const PROCESS: &str = "process";

impl<'a, 's> Record<'a, 's> {
    /// Creates a record of an event. `style` applies to its text.
    #[must_use]
    pub fn new(event: Event<'a>, style: &'s Style) -> Self {
        Self { event, style, with_stack: false, with_process: true, with_timesketch: false, log: None }
    }

    /// Adds the call stack.
    #[must_use]
    pub fn with_stack(mut self, with_stack: bool) -> Self {
        self.with_stack = with_stack;
        self
    }

    /// Adds the fields that Timesketch requires: `message`, `datetime`, `timestamp`, `timestamp_desc`.
    #[must_use]
    pub fn with_timesketch(mut self, with_timesketch: bool) -> Self {
        self.with_timesketch = with_timesketch;
        self
    }

    /// Adds the name of the log as the first field.
    #[cfg(feature = "jsonl")]
    pub(super) fn with_log(mut self, log: Option<&'s str>) -> Self {
        self.log = log;
        self
    }

    /// Omits the process, so that the caller can write it.
    #[cfg(feature = "jsonl")]
    pub(super) fn without_process(mut self) -> Self {
        self.with_process = false;
        self
    }

    fn text(&self, column: Column) -> Text<'a, 's> {
        Text(self.event.text_in(column, self.style))
    }

    fn head<S: SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        if let Some(log) = self.log {
            fields.serialize_field("log", log)?;
        }
        if self.with_timesketch {
            self.timesketch(fields)?;
        }
        fields.serialize_field("ordinal", &self.event.ordinal())
    }

    /// Returns the number of optional fields before the ordinal.
    fn optional_head(&self) -> usize {
        4 * usize::from(self.with_timesketch) + usize::from(self.log.is_some())
    }

    fn timesketch<S: SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        /// Plaso's description of a start time.
        const DESCRIPTION: &str = "Start Time";
        let time = self.event.time();
        fields.serialize_field("message", &Message(self))?;
        fields.serialize_field("datetime", &time)?;
        fields
            .serialize_field("timestamp", &DateTime::<Utc>::try_from(time).map(|time| time.timestamp_micros()).ok())?;
        fields.serialize_field("timestamp_desc", DESCRIPTION)
    }

    fn detail<S: SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        match self.event.detail() {
            Ok(detail) => {
                fields.serialize_field("detail", &detail)?;
                fields.serialize_field("detail_error", &None::<&str>)
            }
            Err(error) => {
                fields.serialize_field("detail", &None::<&str>)?;
                fields.serialize_field("detail_error", &Shown(&error))
            }
        }
    }
}

impl Serialize for Record<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const FIELDS: usize = 17;
        let event = self.event;
        let optional = self.optional_head() + usize::from(self.with_stack);
        let mut fields = serializer.serialize_struct("Event", FIELDS + optional + usize::from(self.with_process))?;
        self.head(&mut fields)?;
        fields.serialize_field("time", &event.time())?;
        fields.serialize_field("filetime", &event.time().0)?;
        fields.serialize_field("relative_time", &event.time().since(event.index().origin()))?;
        fields.serialize_field("duration", &event.duration())?;
        fields.serialize_field("class", &event.class().name())?;
        fields.serialize_field("class_code", &event.class().0)?;
        fields.serialize_field("operation", &self.text(Column::OPERATION))?;
        fields.serialize_field("operation_code", &event.operation_code())?;
        fields.serialize_field("result", &self.text(Column::RESULT))?;
        fields.serialize_field("result_code", &event.status().0)?;
        fields.serialize_field("category", &event.category().map(|category| category.name()))?;
        fields.serialize_field("thread_id", &event.thread_id())?;
        fields.serialize_field("path", &self.text(Column::PATH))?;
        fields.serialize_field("detail_text", &self.text(Column::DETAIL))?;
        self.detail(&mut fields)?;
        if self.with_stack {
            fields.serialize_field("stack", &Frames(event))?;
        }
        if self.with_process {
            fields.serialize_field(PROCESS, &event.process())?;
        }
        fields.end()
    }
}

/// The first fields of a record: the log and the fields of Timesketch, if enabled, and the ordinal.
#[cfg(feature = "jsonl")]
pub(super) struct Head<'a, 's>(pub(super) Record<'a, 's>);

#[cfg(feature = "jsonl")]
impl Serialize for Head<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = &self.0;
        let mut fields = serializer.serialize_struct("Event", 1 + record.optional_head())?;
        record.head(&mut fields)?;
        fields.end()
    }
}

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Record::new(*self, Style::complete()).serialize(serializer)
    }
}

/// The text of a column.
pub(super) struct Text<'a, 's>(pub(super) ColumnText<'a, 's>);

impl Serialize for Text<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Serializes a value through `Display`.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The call stack.
pub(super) struct Frames<'a>(pub(super) Event<'a>);

impl Serialize for Frames<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.frames())
    }
}

/// One line that summarizes the event: process, operation, path, result and detail.
struct Message<'r, 'a, 's>(&'r Record<'a, 's>);

impl fmt::Display for Message<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |column| self.0.text(column).0;
        let (process, pid) = (text(Column::PROCESS_NAME), text(Column::PID));
        write!(f, "{process} ({pid}) {} {}", text(Column::OPERATION), text(Column::PATH))?;
        write!(f, " {} {}", text(Column::RESULT), text(Column::DETAIL))
    }
}

impl Serialize for Message<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A record of an event that cannot be read, with its error.
#[derive(Clone, Copy, Debug)]
pub struct Unreadable<'e> {
    error: &'e Error,
    with_timesketch: bool,
    log: Option<&'e str>,
}

impl<'e> Unreadable<'e> {
    /// Creates the record of the event that an error belongs to.
    #[must_use]
    pub fn new(error: &'e Error) -> Self {
        Self { error, with_timesketch: false, log: None }
    }

    /// Adds the name of the log as the first field.
    #[cfg(feature = "jsonl")]
    pub(super) fn with_log(mut self, log: Option<&'e str>) -> Self {
        self.log = log;
        self
    }

    /// Adds the fields that Timesketch requires, with 1970-01-01 as the time.
    #[must_use]
    pub fn with_timesketch(mut self, with_timesketch: bool) -> Self {
        self.with_timesketch = with_timesketch;
        self
    }
}

impl Serialize for Unreadable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NOT_A_TIME: &str = "Not a time";
        let place = self.error.place();
        let optional = 4 * usize::from(self.with_timesketch) + usize::from(self.log.is_some());
        let mut fields = serializer.serialize_struct("Unreadable", 4 + optional)?;
        if let Some(log) = self.log {
            fields.serialize_field("log", log)?;
        }
        if self.with_timesketch {
            fields.serialize_field("message", &Shown(self.error))?;
            fields.serialize_field("datetime", &FileTime::UNIX_EPOCH)?;
            fields.serialize_field("timestamp", &0)?;
            fields.serialize_field("timestamp_desc", NOT_A_TIME)?;
        }
        fields.serialize_field("ordinal", &place.and_then(|place| place.event))?;
        fields.serialize_field("error", &Shown(self.error))?;
        fields.serialize_field("error_offset", &place.map(|place| place.offset))?;
        fields.serialize_field("error_field", &place.map(|place| place.field))?;
        fields.end()
    }
}
