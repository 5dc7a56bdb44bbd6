//! `pml summary xref`.

use clap::Args;
use procmon_parser::analysis::{CrossReference, CrossTable, Participant, TableColumn};

use crate::args::analysis::{AnalysisArgs, TopArgs};
use crate::args::sort;
use crate::error::{Failure, Outcome};
use crate::view::analysis::Analyser;
use crate::view::sheet::model::{Column, Sheet, Value};

#[derive(Debug, Args)]
pub(crate) struct ReferenceArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Column to sort the rows by; numbers of processes are in descending order.
    #[arg(long, value_name = "COLUMN", default_value = "name", value_parser = sort::parser(&CrossTable::COLUMNS))]
    sort: TableColumn,
}

pub(super) fn run(args: &ReferenceArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let references = logs.analyse(|style| CrossReference::new(style.clone()))?;
    let rows = args.top.rows(logs.format);
    logs.write(|out| references.write_procmon_csv(out), || sheet(references.table(), args.sort, rows))
}

fn sheet<'s>(mut table: CrossTable<'s>, order: TableColumn, max_rows: usize) -> Sheet<'s> {
    const COLUMNS: [Column; 3] = [
        Column::new("path", "Path").rank(0).long(),
        Column::new("writers", "Writers").rank(0).long(),
        Column::new("readers", "Readers").rank(0).long(),
    ];
    table.sort_by(order);
    let left_out = table.truncate(max_rows);
    let names = |of: Vec<Participant<'_>>| Value::List(of.iter().map(ToString::to_string).collect());
    let rows = table.rows.into_iter();
    let rows = rows.map(move |row| vec![Value::Text(row.path), names(row.writers), names(row.readers)]);
    let mut sheet = Sheet::new(COLUMNS.to_vec(), rows);
    sheet.left_out = (left_out > 0).then_some((left_out as u64, Vec::new()));
    if table.is_incomplete {
        sheet.notes.push("The log has more paths than fit in memory; rows are missing.".to_owned());
        sheet.facts.push(("is_incomplete", "Incomplete", Value::Flag(true)));
    }
    sheet
}
