//! JSON Lines: one object per line for each event, UTF-8 without a byte-order mark.
//!
//! An object is a serialized [`Record`]: decoded values, the detail as a structure named after its types in
//! [`detail`](crate::detail), and the text of Procmon's columns. An event that cannot be read is an object with the
//! field `error`. With [columns](JsonLines::with_columns), an object has the text of those columns instead.
//! `docs/JSON.md` in the repository lists all fields.

use super::cells::ProcessCache;
use super::log_names::LogNames;
use super::output::Output;
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
    log_names: Option<LogNames>,
    processes: ProcessCache,
}

impl JsonLines {
    /// Creates the format. `style` applies to `operation`, `result`, `path` and `detail_text`; times are always UTC.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            with_stacks: false,
            with_timesketch: false,
            columns: None,
            log_names: None,
            processes: ProcessCache::default(),
        }
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

    /// Adds the key `log` with the name of the log, before all others.
    #[must_use]
    pub fn with_log_names(mut self, names: LogNames) -> Self {
        self.log_names = Some(names);
        self
    }

    /// Appends the line of an event, with its line feed.
    ///
    /// ```
    /// use procmon_parser::export::jsonl::JsonLines;
    /// use procmon_parser::{LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let mut line = Vec::new();
    /// JsonLines::new(Style::new()).append_event(log.event(0)?, &mut line);
    /// assert!(line.starts_with(b"{\"ordinal\":0,") && line.ends_with(b"}\n"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn append_event(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        // The whole line stays in `out`.
        self.event(event, &mut Output::new(out, &mut |_| {}));
    }

    /// Returns the record of an event.
    fn record<'a>(&self, event: Event<'a>) -> Record<'a, '_> {
        let log = self.log_names.as_ref().map(|names| names.of_event(event));
        Record::new(event, &self.style).with_log(log).with_timesketch(self.with_timesketch)
    }

    /// Appends the object of an event with the text of columns.
    fn row(&self, event: Event<'_>, columns: &[(Column, String)], out: &mut Output<'_>) {
        let record = self.record(event);
        append(out, &Head(record));
        // Removes the closing brace, to append more fields.
        out.pop();
        for (column, key) in columns {
            append_key(out, key);
            append(out, &Text(event.text_in(*column, &self.style)));
        }
        if self.with_stacks {
            append_key(out, "stack");
            append_long(out, &Frames(event), is_long(event));
        }
        out.extend_from_slice(b"}\n");
    }
}

/// Returns the key of a column. The key of an unknown column is its id.
fn key(column: Column) -> String {
    column.to_string().to_lowercase().replace('&', "and").replace(' ', "_")
}

impl Format for JsonLines {}

impl Sealed for JsonLines {
    fn header(&self, _out: &mut Output<'_>) {}

    fn event(&mut self, event: Event<'_>, out: &mut Output<'_>) {
        if let Some(columns) = &self.columns {
            return self.row(event, columns, out);
        }
        let record = self.record(event).with_stack(self.with_stacks);
        append_long(out, &record.without_process(), self.with_stacks && is_long(event));
        // Removes the closing brace, to append the process.
        out.pop();
        append_key(out, PROCESS);
        let process = event.process();
        self.processes.append(out, event.index(), process, 0, 1, |_, out| append(out, &process));
        out.extend_from_slice(b"}\n");
    }

    fn unreadable(&mut self, error: &Error, out: &mut Output<'_>) {
        let log = self.log_names.as_ref().map(|names| names.of_error(error));
        append(out, &Unreadable::new(error).with_log(log).with_timesketch(self.with_timesketch));
        out.push(b'\n');
    }

    fn footer(&self, _out: &mut Vec<u8>) {}
}

/// Returns true if the stack of an event may take more memory than a buffer should hold. Procmon records less than a
/// thousand frames.
fn is_long(event: Event<'_>) -> bool {
    event.stack().len() > 1000
}

/// Appends the JSON of a value. If it is long, passes on its beginning, but not its last byte.
fn append_long(out: &mut Output<'_>, value: &impl serde::Serialize, is_long: bool) {
    if is_long {
        // As in `append`, nothing fails.
        let _ = serde_json::to_writer(out, value);
    } else {
        append(out, value);
    }
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
