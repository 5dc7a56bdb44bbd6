//! `pml summary processes`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use procmon_parser::Process;
use procmon_parser::analysis::{ActivityBucket, ActivityRow, ProcessActivity};
use serde_json::json;

use crate::args::analysis::{AnalysisArgs, AnalysisFormat, TopArgs};
use crate::error::{Failure, Outcome};
use crate::view::analysis::Analyser;
use crate::view::sheet::model::{Column, Row, Sheet, Value, sort, truncate};
use crate::view::time::iso;

#[derive(Debug, Args)]
pub(crate) struct ActivityArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Column to sort the rows by; numbers are in descending order, except PIDs.
    #[arg(
        long,
        value_name = "COLUMN",
        default_value = "events",
        value_parser = PossibleValuesParser::new(SORTS.iter().map(|&(name, _)| name))
    )]
    sort: String,
    /// Maximum number of time buckets per process in JSON; all processes have the same buckets.
    #[arg(long, value_name = "N", default_value_t = 100)]
    buckets: usize,
}

/// The columns that rows can be sorted by: the name on the command line, and the key in JSON.
const SORTS: [(&str, &str); 15] = [
    ("events", "events"),
    ("file-events", "file_events"),
    ("registry-events", "registry_events"),
    ("network-events", "network_events"),
    ("process-events", "process_events"),
    ("profiling-events", "profiling_events"),
    ("read-bytes", "read_bytes"),
    ("write-bytes", "write_bytes"),
    ("send-bytes", "send_bytes"),
    ("receive-bytes", "receive_bytes"),
    ("cpu", "cpu_seconds"),
    ("private-bytes", "peak_private_bytes"),
    ("working-set", "peak_working_set"),
    ("pid", "pid"),
    ("name", "process"),
];

const COLUMNS: [Column; 19] = [
    Column::new("pid", "PID").rank(0),
    Column::new("process", "Process").rank(0).long(),
    Column::new("image_path", "Image Path"),
    Column::new("events", "Events").rank(0),
    Column::new("file_events", "File").rank(3),
    Column::new("registry_events", "Registry").rank(3),
    Column::new("network_events", "Network").rank(3),
    Column::new("process_events", "Process Events"),
    Column::new("profiling_events", "Profiling Events"),
    Column::new("read_bytes", "Read").rank(2),
    Column::new("write_bytes", "Written").rank(2),
    Column::new("send_bytes", "Sent").rank(4),
    Column::new("receive_bytes", "Received").rank(4),
    Column::new("cpu_seconds", "CPU").rank(1),
    Column::new("peak_private_bytes", "Private").rank(1),
    Column::new("peak_working_set", "Working Set").rank(1),
    Column::new("started", "Started"),
    Column::new("ended", "Ended"),
    Column::new("buckets", "Buckets"),
];

pub(super) fn run(args: &ActivityArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let buckets = if logs.format == AnalysisFormat::Json { args.buckets } else { 0 };
    let activity = logs.analyse(|_| ProcessActivity::new().max_buckets(buckets))?;
    let max_rows = args.top.rows(logs.format);
    logs.write(|out| activity.write_procmon_csv(out), || sheet(&activity, &args.sort, max_rows, buckets > 0))
}

fn sheet<'s>(activity: &'s ProcessActivity, order: &str, max_rows: usize, has_buckets: bool) -> Sheet<'s> {
    let mut rows: Vec<_> = activity.rows().iter().map(row).collect();
    let key = SORTS.iter().find(|(name, _)| *name == order).map(|(_, key)| *key);
    let at = COLUMNS.iter().position(|column| Some(column.key) == key).unwrap_or_default();
    sort(&mut rows, at);
    if order == "pid" {
        rows.reverse();
    }
    let left_out = truncate(&mut rows, max_rows);
    let columns = COLUMNS.into_iter().enumerate();
    let columns = columns.map(|(i, column)| if i == at { column.rank(0) } else { column });
    let mut sheet = Sheet::new(columns.collect(), rows);
    sheet.left_out = left_out;
    if has_buckets {
        sheet.facts.push(("bucket_seconds", "Bucket", Value::Time(activity.bucket_width())));
    }
    sheet
}

fn row<'s>(row: &ActivityRow<'s>) -> Row<'s> {
    let counts = row.counts;
    let start = row.process.map(Process::start_time).filter(|start| start.0 != 0);
    let name = if row.process.is_some() { row.name() } else { "(not in the process table)" };
    vec![
        Value::Id(row.pid().into()),
        name.into(),
        row.process.map_or("", Process::image_path).into(),
        Value::Count(counts.events()),
        Value::Count(counts.file_events),
        Value::Count(counts.registry_events),
        Value::Count(counts.network_events),
        Value::Count(counts.process_events),
        Value::Count(counts.profiling_events),
        Value::Bytes(counts.bytes_read),
        Value::Bytes(counts.bytes_written),
        Value::Bytes(counts.bytes_sent),
        Value::Bytes(counts.bytes_received),
        row.cpu().map_or(Value::None, Value::Time),
        Value::Bytes(row.peak_private_bytes),
        Value::Bytes(row.peak_working_set),
        start.map_or(Value::None, Value::Moment),
        row.end_time.map_or(Value::None, Value::Moment),
        Value::Objects(row.buckets.iter().map(bucket).collect()),
    ]
}

fn bucket(bucket: &ActivityBucket) -> serde_json::Value {
    let counts = bucket.counts;
    json!({
        "start": iso(bucket.start),
        "events": counts.events(),
        "read_bytes": counts.bytes_read,
        "write_bytes": counts.bytes_written,
        "send_bytes": counts.bytes_sent,
        "receive_bytes": counts.bytes_received,
        "cpu_seconds": bucket.sample.map(|sample| sample.cpu.as_secs_f64()),
        "private_bytes": bucket.sample.map(|sample| sample.private_bytes),
        "working_set": bucket.sample.map(|sample| sample.working_set),
    })
}
