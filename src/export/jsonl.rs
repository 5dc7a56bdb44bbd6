//! JSON Lines: one object per line for each event, UTF-8 without a byte-order mark.
//!
//! An object is a serialized [`Record`]: decoded values, the detail as a structure named after its types in
//! [`detail`](crate::detail), and the text of Procmon's columns. An event that cannot be read is an object with the
//! field `error`. With [columns](JsonLines::with_columns), an object has the text of those columns instead.
//! `docs/JSON.md` in the repository lists all fields.

use super::cells::ProcessCache;
use super::record::{Frames, Head, PROCESS, Record, Text, Unreadable};
use super::{Format, Sealed};
use crate::code::Column;
use crate::error::Error;
use crate::event::Event;
use crate::text::Style;

/// The JSON Lines format. Each process is serialized once and copied afterwards.
///
/// ```
/// use procmon_parser::export::{self, jsonl::JsonLines};
/// use procmon_parser::{LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut out = Vec::new();
/// export::write(&mut out, log.events(), JsonLines::new(Style::new()).with_stacks(true))?;
/// let text = String::from_utf8(out)?;
/// let event: serde_json::Value = serde_json::from_str(text.lines().next().unwrap_or_default())?;
/// println!("{} {}", event["operation"], event["process"]["name"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonLines {
    style: Style,
    with_stacks: bool,
    with_timesketch: bool,
    /// The columns to write instead of a full record, each with its key.
    columns: Option<Vec<(Column, String)>>,
    processes: ProcessCache,
}

impl JsonLines {
    /// Creates the format. `style` applies to `operation`, `result`, `path` and `detail_text`; times are always UTC.
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

    /// Adds the fields that Timesketch requires: `message`, `datetime`, `timestamp`, `timestamp_desc`.
    #[must_use]
    pub fn with_timesketch(mut self, with_timesketch: bool) -> Self {
        self.with_timesketch = with_timesketch;
        self
    }

    /// Writes the text of the given columns, as in a CSV file, instead of full records. The keys are the titles in
    /// lower case with `_` between words: `date_and_time`. A column that is given twice is written once.
    ///
    /// ```
    /// use procmon_parser::export::{self, jsonl::JsonLines};
    /// use procmon_parser::{Column, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let format = JsonLines::new(Style::new()).with_columns(&[Column::TIME_OF_DAY, Column::PID]);
    /// let mut out = Vec::new();
    /// export::write(&mut out, log.events(), format)?;
    /// assert!(out.starts_with(br#"{"ordinal":0,"time_of_day":""#));
    /// # Ok::<(), procmon_parser::Error>(())
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

    /// Appends the object of an event with the text of columns.
    fn row(&self, event: Event<'_>, columns: &[(Column, String)], out: &mut Vec<u8>) {
        let record = Record::new(event, &self.style).with_timesketch(self.with_timesketch);
        append(out, &Head(record));
        // Removes the closing brace, to append more fields.
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

/// Returns the key of a column. The key of an unknown column is its id.
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
        // Removes the closing brace, to append the process.
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

/// Appends a comma and the key of a field.
fn append_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends the JSON of a value.
fn append(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    // Writing into memory does not fail, and neither does serializing values whose keys are all strings.
    let _ = serde_json::to_writer(out, value);
}
