//! `pml summary system`.

use clap::Args;
use procmon_parser::analysis::{SystemDetails, SystemRow};

use crate::args::analysis::AnalysisArgs;
use crate::error::{Failure, Outcome};
use crate::io::input::Input;
use crate::view::analysis::Analyser;
use crate::view::sheet::model::{Column, Row, Sheet, Value};

#[derive(Debug, Args)]
pub(crate) struct SystemArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
}

const COLUMNS: [Column; 13] = [
    Column::new("file", "File").rank(0),
    Column::new("computer", "Computer Name").rank(0),
    Column::new("windows", "Operating System").rank(0),
    Column::new("system_root", "System Root").rank(0),
    Column::new("processors", "Logical Processors").rank(0),
    Column::new("memory_bytes", "Memory").rank(0),
    Column::new("is_64bit", "64-bit").rank(0),
    Column::new("format_version", "Format Version").rank(0),
    Column::new("events", "Events").rank(0),
    Column::new("first", "From (UTC)").rank(0),
    Column::new("last", "To (UTC)").rank(0),
    Column::new("seconds", "Span").rank(0),
    Column::new("warnings", "Warnings").rank(0),
];

pub(super) fn run(args: &SystemArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let details = logs.analyse_each(|input| SystemDetails::new(input.log.indexes()))?;
    logs.write_each(
        |out| details.first().map_or(Ok(()), |details| details.write_procmon_csv(out)),
        || logs.inputs.iter().zip(&details).map(|(input, details)| sheet(input, details)).collect(),
    )
}

fn sheet<'s>(input: &'s Input, details: &'s SystemDetails) -> Sheet<'s> {
    let rows = input.paths.iter().zip(details.rows());
    let mut sheet = Sheet::new(COLUMNS.to_vec(), rows.map(|(path, of)| row(path.display().to_string(), &of)));
    sheet.log = vec![input.name()];
    sheet.is_vertical = true;
    sheet
}

fn row<'s>(file: String, row: &SystemRow<'s>) -> Row<'s> {
    let system = row.system;
    vec![
        Value::Text(file.into()),
        system.computer_name.as_str().into(),
        Value::Text(system.os_name().into()),
        system.system_root.as_str().into(),
        Value::Count(system.processors.into()),
        Value::Bytes(system.physical_memory),
        Value::Flag(system.pointer_width.is_64bit()),
        Value::Id(row.format_version.into()),
        Value::Count(row.events),
        row.first_time.map_or(Value::None, Value::Moment),
        row.last_time.map_or(Value::None, Value::Moment),
        Value::Time(row.span()),
        Value::List(row.warnings.iter().map(ToString::to_string).collect()),
    ]
}
