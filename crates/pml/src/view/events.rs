//! The events of a log: their number, their time span, and the names of their classes and operations.

use std::io::{self, Write};

use indicatif::HumanCount;
use procmon_parser::code::EventClass;
use procmon_parser::summary::{OperationSummary, Summary};
use serde::Serialize;

use crate::term::{counted, fact};
use crate::view::time::{Seconds, iso, readable};

/// The number of events of a log and their time span. Serialized as in the JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Events {
    total: u64,
    unreadable: u64,
    /// The time of the earliest event, ISO 8601 in UTC.
    first: Option<String>,
    /// The time of the latest event, ISO 8601 in UTC.
    last: Option<String>,
    seconds: Seconds,
}

impl Events {
    pub(crate) fn new(summary: &Summary) -> Self {
        Self {
            total: summary.events() + summary.unreadable(),
            unreadable: summary.unreadable(),
            first: summary.first_time().and_then(iso),
            last: summary.last_time().and_then(iso),
            seconds: Seconds(summary.span()),
        }
    }

    /// Writes the number and the span as text, and the time zone of all times in the output.
    pub(crate) fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let unreadable = match self.unreadable {
            0 => String::new(),
            unreadable => format!(" ({} unreadable)", HumanCount(unreadable)),
        };
        fact(out, "Events", &format!("{}{unreadable}", HumanCount(self.total)))?;
        fact(out, "Time zone", "UTC")?;
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            fact(out, "From", &readable(first))?;
            fact(out, "To", &format!("{} ({} s)", readable(last), self.seconds))?;
        }
        Ok(())
    }
}

/// Returns the name of a class, or its code if it has no name.
pub(crate) fn class_name(class: EventClass) -> String {
    class.name().map_or_else(|| format!("Class {}", class.0), str::to_owned)
}

/// Returns the name of an operation, or its code if it has no name.
pub(crate) fn operation_name(operation: &OperationSummary) -> String {
    operation.code().map_or_else(|| operation.name().to_owned(), |code| format!("Operation {code}"))
}

/// Returns the heading of the operations of a class.
pub(crate) fn class_heading(name: &str, events: u64) -> String {
    format!("{name}: {}", counted(events, "event", "events"))
}
