//! The events of a log: how many there are, when they began, and the names of their operations.

use std::io::{self, Write};

use indicatif::HumanCount;
use procmon_parser::code::EventClass;
use procmon_parser::summary::{OperationSummary, Summary};
use serde::Serialize;

use crate::term::fact;
use crate::view::time::{Seconds, iso};

/// The number of the events of a log, and the time that they span; serialized as in the JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Events {
    total: u64,
    unreadable: u64,
    /// The earliest and the latest time, ISO 8601 in UTC.
    first: Option<String>,
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

    /// Writes the events for people.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let unreadable = match self.unreadable {
            0 => String::new(),
            unreadable => format!(", {} of them unreadable", HumanCount(unreadable)),
        };
        fact(out, "Events", &format!("{}{unreadable}", HumanCount(self.total)))?;
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            fact(out, "From", first)?;
            fact(out, "To", &format!("{last} ({} s)", self.seconds))?;
        }
        Ok(())
    }
}

/// The name of a class, or its code if it has no name.
pub(crate) fn class_name(class: EventClass) -> String {
    class.name().map_or_else(|| format!("Class {}", class.0), str::to_owned)
}

/// The name of an operation, or its code if it has no name.
pub(crate) fn operation_name(operation: &OperationSummary) -> String {
    operation.code().map_or_else(|| operation.name().to_owned(), |code| format!("Operation {code}"))
}

/// The heading of the operations of a class.
pub(crate) fn class_heading(name: &str, events: u64) -> String {
    format!("{name}: {} {}", HumanCount(events), if events == 1 { "event" } else { "events" })
}
