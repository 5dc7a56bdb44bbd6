//! `pml count`: the number of events by the text of a column.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use procmon_parser::Column;
use procmon_parser::analysis::{Counts, Occurrence, Occurrences, TableColumn};

use crate::args::analysis::{AnalysisArgs, TopArgs};
use crate::args::sort;
use crate::error::{Failure, Outcome};
use crate::view::analysis::Analyser;
use crate::view::sheet::model;
use crate::view::sheet::table::sheet;

#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    /// Column whose texts are counted.
    #[arg(value_name = "COLUMN", value_parser = column_parser(), ignore_case = true)]
    column: Column,
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Order of the rows: by number, largest first, or by text.
    #[arg(long, value_name = "COLUMN", default_value = "count", value_parser = sort::parser(Occurrence::COLUMNS))]
    sort: TableColumn,
}

fn column_parser() -> impl TypedValueParser<Value = Column> {
    let names = Column::ALL.iter().filter_map(|column| column.name());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Column>())
}

pub(crate) fn run(args: &CountArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let occurrences = logs.analyse(|style| Occurrences::new(args.column, style.clone()))?;
    let name = model::Column::new("value", args.column.name().unwrap_or("Value"));
    let rows = args.top.rows(logs.format);
    logs.write(|out| occurrences.write_procmon_csv(out), || sheet(occurrences.table(), name, args.sort, rows))
}
