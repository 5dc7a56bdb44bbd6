//! JSON Lines: an object for each event on a line of its own, UTF-8 without a byte-order mark.
//!
//! An object is what [`Record`] serializes to: values as values, the detail as a structure with the names of its types
//! in [`detail`](crate::detail), and the words of Procmon's columns beside them. An event that cannot be read is an
//! object with the field `error`. With [columns](JsonLines::with_columns), an object has their texts in place of all
//! that. `docs/JSON.md` in the repository tells what all fields are.

use super::cells::ProcessCache;
use super::record::{Frames, Head, PROCESS, Record, Text, Unreadable};
use super::{Format, Sealed};
use crate::code::Column;
use crate::error::Error;
use crate::event::Event;
use crate::text::Style;

/// The format. What is said of a process is made once for each process and copied from then on.
///
/// ```
/// use procmon_parser::export::{self, jsonl::JsonLines};
/// use procmon_parser::{LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut out = Vec::new();
/// export::write(&mut out, log.events(), JsonLines::new(Style::new()).with_stacks(true)).unwrap();
/// let text = String::from_utf8(out).unwrap();
/// let event: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
/// println!("{} {}", event["operation"], event["process"]["name"]);
/// ```
#[derive(Clone, Debug)]
pub struct JsonLines {
    style: Style,
    with_stacks: bool,
    with_timesketch: bool,
    /// What to write in place of all that is known, each with its key.
    columns: Option<Vec<(Column, String)>>,
    processes: ProcessCache,
}

impl JsonLines {
    /// All events; their texts (operation, result, path, `detail_text`) in a style. Times are UTC in any.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style, with_stacks: false, with_timesketch: false, columns: None, processes: ProcessCache::default() }
    }

    /// Adds the call stack to each event.
    #[must_use]
    pub fn with_stacks(mut self, with_stacks: bool) -> Self {
        self.with_stacks = with_stacks;
        self
    }

    /// Adds what Timesketch asks for: `message`, `datetime`, `timestamp`, `timestamp_desc`.
    #[must_use]
    pub fn with_timesketch(mut self, with_timesketch: bool) -> Self {
        self.with_timesketch = with_timesketch;
        self
    }

    /// Writes the texts of these columns, as in a CSV, in place of all that is known. Their keys are the titles in
    /// lower case with `_` between words: `date_and_time`. A column that is named twice is written once.
    ///
    /// ```
    /// use procmon_parser::export::{self, jsonl::JsonLines};
    /// use procmon_parser::{Column, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let format = JsonLines::new(Style::new()).with_columns(&[Column::TIME_OF_DAY, Column::PID]);
    /// let mut out = Vec::new();
    /// export::write(&mut out, log.events(), format).unwrap();
    /// assert!(out.starts_with(br#"{"ordinal":0,"time_of_day":""#));
    /// ```
    #[must_use]
    pub fn with_columns(mut self, columns: &[Column]) -> Self {
        let mut keyed: Vec<(Column, String)> = Vec::new();
        for &column in columns {
            if keyed.iter().all(|&(other, _)| other != column) {
                keyed.push((column, key(column)));
            }
        }
        self.columns = Some(keyed);
        self
    }

    /// Writes the object of an event with the texts of columns.
    fn row(&self, event: Event<'_>, columns: &[(Column, String)], out: &mut Vec<u8>) {
        let record = Record::new(event, &self.style).with_timesketch(self.with_timesketch);
        append(out, &Head(record));
        // The rest takes the place of the brace.
        out.pop();
        for (column, key) in columns {
            append_key(out, key);
            append(out, &Text(event.text_in(*column, &self.style)));
        }
        if self.with_stacks {
            append_key(out, "stack");
            append(out, &Frames(event));
        }
        out.extend_from_slice(b"}\n");
    }
}

/// The key of a column; of one that nobody knows, its id.
fn key(column: Column) -> String {
    column.to_string().to_lowercase().replace('&', "and").replace(' ', "_")
}

impl Sealed for JsonLines {}

impl Format for JsonLines {
    fn header(&self, _out: &mut Vec<u8>) {}

    fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if let Some(columns) = &self.columns {
            return self.row(event, columns, out);
        }
        let record = Record::new(event, &self.style).with_stack(self.with_stacks).with_timesketch(self.with_timesketch);
        append(out, &record.without_process());
        // The process takes the place of the brace.
        out.pop();
        append_key(out, PROCESS);
        let process = event.process();
        self.processes.append(out, event.index(), process, 0, 1, |_, out| append(out, &process));
        out.extend_from_slice(b"}\n");
    }

    fn unreadable(&mut self, error: &Error, out: &mut Vec<u8>) {
        append(out, &Unreadable::new(error).with_timesketch(self.with_timesketch));
        out.push(b'\n');
    }

    fn footer(&self, _out: &mut Vec<u8>) {}
}

/// Appends the key of a further field.
fn append_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends the JSON of a value.
fn append(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    // Writing into memory does not fail, and neither do values whose keys are all texts.
    let _ = serde_json::to_writer(out, value);
}
