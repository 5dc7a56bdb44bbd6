//! `pml summary stacks`.

use clap::{Args, ValueEnum};
use procmon_parser::Ticks;
use procmon_parser::analysis::{StackOrder, StackRow, StackRowKind, StackSummary, StackTree};

use crate::args::analysis::{AnalysisArgs, AnalysisFormat, TopArgs};
use crate::args::stacks::{By, Weight};
use crate::error::{Failure, Outcome};
use crate::term::counted;
use crate::view::analysis::Analyser;
use crate::view::sheet::model::{Column, Row, Sheet, Value};
use crate::view::sheet::{self, SheetFormat};

#[derive(Debug, Args)]
pub(crate) struct StackArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Order of the frames below a process or a frame.
    #[arg(long, value_enum, default_value_t = Order::Count)]
    sort: Order,
    /// Maximum number of frames of a stack, from the outermost one; 0 shows processes only.
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// Part of a frame that distinguishes it from others.
    #[arg(long, value_enum, default_value_t = By::Offset)]
    by: By,
    /// Omit frames with less than PERCENT of the total [default: 1 in text, or else 0].
    ///
    /// The total is the duration of all events with --sort time, or else their number.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    min: Option<f64>,
    /// Write a line for each stack, in the format that tools for flame graphs read.
    ///
    /// A line ends with the number of events, or with their duration in units of 100 ns.
    #[arg(
        long,
        value_enum,
        value_name = "WEIGHT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "count",
        conflicts_with_all = ["json", "csv", "min", "top"]
    )]
    folded: Option<Weight>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    /// Number of events, largest first.
    Count,
    /// Sum of the durations, longest first.
    Time,
    /// Name and offset, as in Procmon.
    Name,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

const COLUMNS: [Column; 12] = [
    Column::new("depth", "Depth"),
    Column::new("kind", "Kind"),
    Column::new("count", "Count").rank(0),
    Column::new("percent_count", "% Count").rank(2),
    Column::new("seconds", "Time").rank(1),
    Column::new("percent_time", "% Time").rank(2),
    Column::new("self_count", "Self Count").rank(3),
    Column::new("self_seconds", "Self Time"),
    Column::new("location", "Location").rank(0).long().last(),
    Column::new("pid", "PID"),
    Column::new("offset", "Offset"),
    Column::new("path", "Path"),
];

pub(super) fn run(args: &StackArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let frames = args.depth.unwrap_or(u32::MAX);
    let summary = logs.analyse(|_| StackSummary::new().modules_only(args.by == By::Module).max_depth(frames))?;
    let max_rows = args.top.rows(logs.format);
    let is_text = logs.format == AnalysisFormat::Text;
    logs.write_with(|out, format| match (args.folded, format) {
        (Some(weight), _) => summary.tree(StackOrder::Name).write_folded(out, weight.into()),
        (None, None) => {
            let tree = summary.tree(StackOrder::Name);
            let rows: Vec<_> = tree.rows().filter(|row| is_shown(row, frames)).collect();
            tree.write_procmon_csv(out, rows)
        }
        (None, Some(format)) => write(out, &summary, args, (is_text, max_rows), format),
    })
}

/// Returns true if a row has at most `frames` frames.
fn is_shown(row: &StackRow<'_>, frames: u32) -> bool {
    row.depth <= frames.saturating_add(1)
}

fn write(
    out: &mut dyn std::io::Write,
    summary: &StackSummary,
    args: &StackArgs,
    (is_text, max_rows): (bool, usize),
    format: SheetFormat,
) -> procmon_parser::Result<()> {
    let tree = summary.tree(match args.sort {
        Order::Count => StackOrder::Count,
        Order::Time => StackOrder::Time,
        Order::Name => StackOrder::Name,
    });
    let percent = args.min.unwrap_or(if is_text { 1.0 } else { 0.0 });
    let (count, time) = minimum(&tree, percent, args.sort);
    let frames = args.depth.unwrap_or(u32::MAX);
    let all = tree.rows().next().map_or((0, Ticks(0)), |row| (row.count, row.time));
    let shown = || tree.rows_above(count, time).filter(move |row| is_shown(row, frames));
    let rows = shown().take(max_rows).map(move |of| row(&of, all, is_text));
    let mut sheet = Sheet::new(COLUMNS.to_vec(), rows);
    let left_out = shown().count().saturating_sub(max_rows);
    sheet.left_out = (left_out > 0).then_some((left_out as u64, Vec::new()));
    if args.depth.is_none() && summary.shortened() > 0 {
        let events = counted(summary.shortened(), "event", "events");
        sheet.notes.push(format!("The innermost frames of {events} are omitted: the tree has too many calls."));
    }
    if summary.uncounted() > 0 {
        let events = counted(summary.uncounted(), "event", "events");
        sheet.notes.push(format!("Not counted: {events} whose innermost frame has the address 0."));
    }
    sheet::write(out, sheet, format)
}

/// Returns the minimum count and time of the rows that are shown.
fn minimum(tree: &StackTree<'_>, percent: f64, order: Order) -> (u64, Ticks) {
    let Some(all) = tree.rows().next() else { return (0, Ticks(0)) };
    match order {
        Order::Time => (0, Ticks(part(all.time.0, percent))),
        Order::Count | Order::Name => (part(all.count, percent), Ticks(0)),
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a threshold need not be exact, and the result is between 0 and `whole`"
)]
fn part(whole: u64, percent: f64) -> u64 {
    (whole as f64 * percent / 100.0).ceil() as u64
}

#[expect(clippy::cast_precision_loss, reason = "a percentage need not be exact")]
fn percent<'s>(part: u64, whole: u64) -> Value<'s> {
    if whole == 0 { Value::None } else { Value::Percent(part as f64 * 100.0 / whole as f64) }
}

fn row<'s>(row: &StackRow<'s>, (count, time): (u64, Ticks), is_text: bool) -> Row<'s> {
    /// The depth at which the indentation ends, so that deep stacks stay readable.
    const DEEPEST: usize = 40;
    let indent = if is_text { (row.depth as usize).min(DEEPEST) } else { 0 };
    let pid = row.pid.map_or(String::new(), |pid| format!(" ({pid})"));
    let location = format!("{:indent$}{}{pid}", "", row.location());
    let kind = match row.kind {
        StackRowKind::All => "all",
        StackRowKind::Process => "process",
        StackRowKind::Frame => "frame",
        _ => "omitted",
    };
    vec![
        Value::Id(row.depth.into()),
        kind.into(),
        Value::Count(row.count),
        percent(row.count, count),
        Value::Time(row.time),
        percent(row.time.0, time.0),
        Value::Count(row.self_count),
        Value::Time(row.self_time),
        Value::Text(location.into()),
        row.pid.map_or(Value::None, |pid| Value::Id(pid.into())),
        row.offset.map_or(Value::None, |offset| Value::Text(format!("{offset:#x}").into())),
        row.path.into(),
    ]
}
