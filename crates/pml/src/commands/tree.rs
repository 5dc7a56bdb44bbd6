//! `pml tree`: the processes of a log below their parents.

use clap::Args;
use procmon_parser::analysis::{EventCounts, ProcessTree, ProcessTreeRow};

use crate::args::analysis::{AnalysisArgs, AnalysisFormat};
use crate::error::{Failure, Outcome};
use crate::io::input::Input;
use crate::term::counted;
use crate::view::analysis::Analyser;
use crate::view::sheet::model::{Column, Row, Sheet, Value};

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    /// Show only the processes that were still running at the end of the capture.
    #[arg(long)]
    running: bool,
    /// Show the command lines in text; JSON and CSV always have them.
    #[arg(long)]
    command_lines: bool,
}

const COLUMNS: [Column; 17] = [
    Column::new("depth", "Depth"),
    Column::new("process", "Process").rank(0).long(),
    Column::new("pid", "PID").rank(0),
    Column::new("parent_pid", "Parent PID").rank(5),
    Column::new("started", "Started (UTC)").rank(4),
    Column::new("ended", "Ended"),
    Column::new("lifetime_seconds", "Lifetime").rank(2),
    Column::new("events", "Events").rank(1),
    Column::new("integrity", "Integrity").rank(3),
    Column::new("user", "User").rank(3),
    Column::new("session", "Session"),
    Column::new("is_orphan", "Parent Is Missing"),
    Column::new("shares_pid", "Shares PID"),
    Column::new("description", "Description"),
    Column::new("company", "Company"),
    Column::new("image_path", "Image Path"),
    COMMAND_LINE,
];

const COMMAND_LINE: Column = Column::new("command_line", "Command Line");

pub(crate) fn run(args: &TreeArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let counts = logs.analyse_each(|_| EventCounts::new())?;
    let trees: Vec<_> = logs.inputs.iter().map(|input| ProcessTree::new(input.log.indexes())).collect();
    let rows = |tree| if args.running { ProcessTree::running_rows(tree) } else { ProcessTree::rows(tree) };
    let is_text = logs.format == AnalysisFormat::Text;
    logs.write_each(
        |out| trees.first().map_or(Ok(()), |tree| tree.write_procmon_csv(out, &rows(tree), &logs.style)),
        || {
            let of_logs = logs.inputs.iter().zip(trees.iter().zip(&counts));
            let sheets = of_logs.map(|(input, (tree, counts))| sheet(input, rows(tree), counts, args, is_text));
            sheets.collect()
        },
    )
}

fn sheet<'s>(
    input: &'s Input,
    rows: Vec<ProcessTreeRow<'s>>,
    counts: &'s EventCounts,
    args: &TreeArgs,
    is_text: bool,
) -> Sheet<'s> {
    let running = rows.iter().filter(|row| row.end_time.is_none()).count() as u64;
    let all = counted(rows.len() as u64, "process", "processes");
    let columns = COLUMNS.into_iter().map(|column| match column.key {
        "command_line" if args.command_lines => COMMAND_LINE.rank(0).long().last(),
        _ => column,
    });
    let columns: Vec<_> = columns.collect();
    let rows = rows.into_iter().map(move |of| row(&of, counts.of(of.process), is_text));
    let mut sheet = Sheet::new(columns, rows);
    sheet.log = vec![input.name()];
    if is_text {
        sheet.notes.push(format!("{all}, {running} still running at the end of the capture"));
    }
    sheet
}

fn row<'s>(row: &ProcessTreeRow<'s>, events: u64, is_text: bool) -> Row<'s> {
    /// The depth at which the indentation ends.
    const DEEPEST: usize = 30;
    let process = row.process;
    let indent = if is_text { 2 * row.depth.min(DEEPEST) } else { 0 };
    let known = |text: &'s str| if text == "n/a" { Value::None } else { text.into() };
    let start = process.start_time();
    let lifetime = match (row.lifetime(), is_text) {
        (Some(time), _) => Value::Time(time),
        (None, true) => "running".into(),
        (None, false) => Value::None,
    };
    vec![
        Value::Id(row.depth as u64),
        Value::Text(format!("{:indent$}{}", "", process.name()).into()),
        Value::Id(process.pid().into()),
        Value::Id(process.parent_pid().into()),
        if start.0 == 0 { Value::None } else { Value::Moment(start) },
        row.end_time.map_or(Value::None, Value::Moment),
        lifetime,
        Value::Count(events),
        known(process.integrity()),
        known(process.user()),
        Value::Id(process.session().into()),
        Value::Flag(row.is_orphan),
        Value::Flag(row.shares_pid),
        process.description().into(),
        process.company().into(),
        process.image_path().into(),
        process.command_line().into(),
    ]
}
