//! The summaries by name: paths, folders, extensions, registry, network.

use clap::Args;
use procmon_parser::analysis::{
    Counts, FileCounts, FileSummary, FileView, NetworkCounts, NetworkSummary, RegistryCounts, RegistrySummary,
    TableColumn,
};

use crate::args::analysis::{AnalysisArgs, TopArgs};
use crate::args::sort;
use crate::error::{Failure, Outcome};
use crate::view::analysis::Analyser;
use crate::view::sheet::model::Column;
use crate::view::sheet::table::sheet;

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Column to sort the rows by; numbers are in descending order.
    #[arg(long, value_name = "COLUMN", default_value = "events", value_parser = sort::parser(FileCounts::COLUMNS))]
    sort: TableColumn,
}

#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    #[command(flatten)]
    files: FileArgs,
    /// Number of levels below the drive; 0 shows the drives only.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Column to sort the rows by; numbers are in descending order.
    #[arg(long, value_name = "COLUMN", default_value = "events", value_parser = sort::parser(RegistryCounts::COLUMNS))]
    sort: TableColumn,
}

#[derive(Debug, Args)]
pub(crate) struct NetworkArgs {
    #[command(flatten)]
    analysis: AnalysisArgs,
    #[command(flatten)]
    top: TopArgs,
    /// Column to sort the rows by; numbers are in descending order.
    #[arg(long, value_name = "COLUMN", default_value = "events", value_parser = sort::parser(NetworkCounts::COLUMNS))]
    sort: TableColumn,
}

pub(super) fn files(args: &FileArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let summary = logs.analyse(|style| FileSummary::new(style.clone()))?;
    let name = Column::new("path", "Path");
    let rows = args.top.rows(logs.format);
    logs.write(
        |out| summary.write_procmon_csv(FileView::ByPath, out),
        || sheet(summary.by_path(), name, args.sort, rows),
    )
}

pub(super) fn folders(args: &FolderArgs) -> Result<Outcome, Failure> {
    let FolderArgs { files: args, depth } = args;
    let mut logs = Analyser::open(&args.analysis)?;
    let summary = logs.analyse(|style| FileSummary::new(style.clone()))?;
    let name = Column::new("folder", "Folder");
    let rows = args.top.rows(logs.format);
    logs.write(
        |out| summary.write_procmon_csv(FileView::ByFolder, out),
        || {
            let mut table = summary.by_folder();
            table.rows.retain(|row| depth.is_none_or(|depth| row.depth <= depth));
            let mut sheet = sheet(table, name, args.sort, rows);
            if let Some((_, sums)) = &mut sheet.left_out {
                sums.clear(); // the sums of folders contain each other
            }
            sheet
        },
    )
}

pub(super) fn extensions(args: &FileArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let summary = logs.analyse(|style| FileSummary::new(style.clone()))?;
    let name = Column::new("extension", "Extension");
    let rows = args.top.rows(logs.format);
    logs.write(
        |out| summary.write_procmon_csv(FileView::ByExtension, out),
        || sheet(summary.by_extension(), name, args.sort, rows),
    )
}

pub(super) fn registry(args: &RegistryArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let summary = logs.analyse(|style| RegistrySummary::new(style.clone()))?;
    let name = Column::new("path", "Path");
    let rows = args.top.rows(logs.format);
    logs.write(|out| summary.write_procmon_csv(out), || sheet(summary.table(), name, args.sort, rows))
}

pub(super) fn network(args: &NetworkArgs) -> Result<Outcome, Failure> {
    let mut logs = Analyser::open(&args.analysis)?;
    let summary = logs.analyse(|style| NetworkSummary::new(style.clone()))?;
    let name = Column::new("endpoint", "Endpoint");
    let rows = args.top.rows(logs.format);
    logs.write(|out| summary.write_procmon_csv(out), || sheet(summary.table(), name, args.sort, rows))
}
