//! The data that the page reads: the types of `web/src/data.ts`, with the same names.

use serde::Serialize;

/// The version of the data that the page expects.
pub(crate) const VERSION: u32 = 2;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Data {
    pub(crate) version: u32,
    pub(crate) generator: String,
    pub(crate) title: String,
    /// The FILETIME from which all times count, in decimal digits.
    pub(crate) epoch: String,
    pub(crate) utc_offset: i32,
    pub(crate) overview: Overview,
    pub(crate) logs: Vec<LogInfo>,
    pub(crate) classes: Vec<&'static str>,
    pub(crate) timeline: Timeline,
    pub(crate) processes: Vec<Process>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) results: Vec<ResultName>,
    pub(crate) tables: Vec<Table>,
    pub(crate) flame: Option<FlameSummary>,
    pub(crate) findings: Vec<RuleFindings>,
    pub(crate) activity: Vec<Series>,
    pub(crate) events: Events,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    pub(crate) facts: Vec<Fact>,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) events: u64,
    pub(crate) by_class: Vec<u64>,
    pub(crate) processes: usize,
    pub(crate) warnings: Vec<String>,
    pub(crate) segments: Vec<Segment>,
}

/// One of the logs of the report.
#[derive(Debug, Serialize)]
pub(crate) struct LogInfo {
    pub(crate) name: String,
    pub(crate) computer: String,
    pub(crate) system: String,
    /// The number of its first event among the events of all logs.
    pub(crate) first: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Segment {
    /// The index of the log that the file belongs to.
    pub(crate) log: usize,
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) unreadable: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) note: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    pub(crate) start: u64,
    pub(crate) width: u64,
    pub(crate) by_class: Vec<Vec<u64>>,
    pub(crate) by_process: Vec<ProcessCells>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ProcessCells {
    pub(crate) process: usize,
    /// Triples of a bucket, a class, and the number of events in them.
    pub(crate) cells: Vec<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Process {
    pub(crate) log: usize,
    pub(crate) key: u32,
    pub(crate) pid: u32,
    pub(crate) parent: Option<usize>,
    pub(crate) parent_pid: u32,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) command_line: String,
    pub(crate) user: String,
    pub(crate) integrity: String,
    pub(crate) session: u32,
    pub(crate) bits: u32,
    pub(crate) company: String,
    pub(crate) description: String,
    pub(crate) version: String,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) exit_status: String,
    pub(crate) events: Vec<u64>,
    pub(crate) duration: u64,
}

impl Process {
    /// Returns the texts that come from the log.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts = [&self.name, &self.path, &self.command_line, &self.user, &self.integrity];
        texts.into_iter().chain([&self.company, &self.description, &self.version]).map(String::as_str)
    }
}

/// The column of a summary that counts the events of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Counted {
    Open,
    Read,
    Write,
    Connect,
    Send,
    Receive,
}

/// The kinds of access that the cross reference distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    Read,
    Write,
}

/// The ways in which events of an operation count in the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Traits {
    #[serde(rename = "counts")]
    pub(crate) counted: Option<Counted>,
    pub(crate) access: Option<Access>,
    /// True if tables of files include the durations.
    pub(crate) timed: bool,
}

/// An operation: the events of a class that have the same name and count in the same columns of the tables.
#[derive(Debug, Serialize)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) class: usize,
    #[serde(flatten)]
    pub(crate) traits: Traits,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResultName {
    pub(crate) name: String,
    pub(crate) failed: bool,
}

/// The type of the values of a column.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColumnType {
    Text,
    Count,
    Bytes,
    Duration,
    Time,
    Process,
    Event,
}

/// The measure that the page computes for a column.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Measure {
    Key,
    Events,
    Failed,
    Duration,
    Timed,
    Longest,
    Bytes,
    Processes,
    Writers,
    Readers,
    Number,
    Time,
    Process,
    Operation,
    Path,
    Result,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    #[serde(rename = "type")]
    pub(crate) column_type: ColumnType,
    pub(crate) measure: Measure,
    /// Limits the measure to the events that this column counts; `None` for all events.
    #[serde(rename = "counts", skip_serializing_if = "Option::is_none")]
    pub(crate) counted: Option<Counted>,
}

/// The property by which a table groups events.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GroupBy {
    Path,
    Remote,
    Folder,
    Extension,
    Operation,
    Result,
    Process,
}

#[derive(Debug, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub(crate) enum Recipe {
    Groups {
        by: GroupBy,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        classes: Vec<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        shared: Option<bool>,
    },
    Slowest {
        limit: usize,
    },
}

/// The tables in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TableId {
    Files,
    Folders,
    Extensions,
    Registry,
    Network,
    #[serde(rename = "processes-table")]
    Processes,
    Operations,
    Results,
    CrossReference,
    Slowest,
}

#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) id: TableId,
    pub(crate) title: &'static str,
    pub(crate) description: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) data: Vec<Vec<Cell>>,
    pub(crate) rows: usize,
    pub(crate) sorted: usize,
    pub(crate) recipe: Recipe,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Text(String),
    Number(u64),
    None,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlameSummary {
    pub(crate) processes: Vec<usize>,
    pub(crate) left_out: u64,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Flame {
    pub(crate) names: Vec<Box<str>>,
    pub(crate) trees: Vec<FlameTree>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FlameTree {
    pub(crate) process: usize,
    pub(crate) class: usize,
    pub(crate) operation: usize,
    pub(crate) parent: Vec<usize>,
    pub(crate) name: Vec<usize>,
    pub(crate) count: Vec<u64>,
    pub(crate) duration: Vec<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleFindings {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) level: String,
    pub(crate) explanation: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) left_out: usize,
    /// True if there can be further findings that were not counted.
    pub(crate) incomplete: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) text: String,
    pub(crate) process: Option<usize>,
    pub(crate) events: Vec<u64>,
    pub(crate) count: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) process: Option<usize>,
    pub(crate) metric: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) times: Vec<u64>,
    pub(crate) values: Vec<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Events {
    pub(crate) total: u64,
    pub(crate) embedded: usize,
    pub(crate) note: String,
    pub(crate) chunks: Vec<usize>,
    pub(crate) columns: Vec<EventColumn>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct EventColumn {
    pub(crate) id: &'static str,
    pub(crate) encoding: Encoding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    Uint,
    Optional,
    Delta,
}
