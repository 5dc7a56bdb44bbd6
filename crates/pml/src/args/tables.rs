//! The options of formats with typed columns.

use clap::{Args, ValueEnum};
use procmon_arrow::{EventColumn, Table, Timestamps};

use crate::args::columns::ColumnList;
use crate::args::format::Format;
use crate::error::Failure;

/// The options of Parquet and Arrow files.
#[derive(Debug, Args)]
pub(crate) struct TableArgs {
    /// Add the column detail_json with all decoded values of the detail (Parquet and Arrow only).
    #[arg(long)]
    pub(crate) detail_json: bool,
    /// Resolution of times (Parquet and Arrow only).
    ///
    /// Spark, Hive and BigQuery need "us". Logs have times in steps of 100 ns.
    #[arg(long, value_enum, value_name = "UNIT")]
    pub(crate) timestamps: Option<Resolution>,
    /// Also write the tables processes, modules, system and hosts (Parquet only).
    ///
    /// The tables of trace.parquet are trace.processes.parquet and so on. With --partition-by, each table has a folder.
    #[arg(long)]
    pub(crate) tables: bool,
    /// Write a Parquet file for each log, in folders named after these properties of the logs.
    ///
    /// The output is a folder. It has files such as events/computer=PC1/date=2026-03-02/trace-1f0c4e7a9b3d5826.parquet.
    /// The date is that of the first event, in UTC. Files that exist already and are complete are not written again, so
    /// that an interrupted conversion resumes where it stopped.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LIST")]
    pub(crate) partition_by: Vec<Partition>,
}

/// The resolution of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resolution {
    /// Nanoseconds, the default.
    Ns,
    /// Microseconds. The last digit of a time is cut off.
    Us,
}

/// A property of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partition {
    /// The name of the computer.
    Computer,
    /// The date of the first event, in UTC.
    Date,
}

impl Partition {
    /// Returns the name of the property in paths.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Computer => "computer",
            Self::Date => "date",
        }
    }
}

impl TableArgs {
    /// Fails if an option does not apply to the format.
    pub(crate) fn check(&self, format: Format) -> Result<(), Failure> {
        let wrong = |option: &str, needs: &str| Err(Failure::Usage(format!("{option} needs --format {needs}")));
        match format {
            _ if self.detail_json && format.text().is_some() => wrong("--detail-json", "parquet or arrow"),
            _ if self.timestamps.is_some() && format.text().is_some() => wrong("--timestamps", "parquet or arrow"),
            Format::Parquet => Ok(()),
            _ if self.tables => wrong("--tables", "parquet"),
            _ if !self.partition_by.is_empty() => wrong("--partition-by", "parquet"),
            _ => Ok(()),
        }
    }

    /// Returns the typed columns of an export.
    pub(crate) fn columns(&self, list: Option<&ColumnList>, stacks: bool) -> Result<procmon_arrow::Columns, Failure> {
        let mut columns = list.map_or_else(|| Ok(procmon_arrow::Columns::new()), ColumnList::typed)?;
        if stacks {
            columns = columns.with(EventColumn::Stack);
        }
        if self.detail_json {
            columns = columns.with(EventColumn::DetailJson);
        }
        Ok(columns.timestamps(match self.timestamps {
            None | Some(Resolution::Ns) => Timestamps::Nanoseconds,
            Some(Resolution::Us) => Timestamps::Microseconds,
        }))
    }

    /// Returns the tables to write besides the events.
    pub(crate) fn companions(&self) -> &'static [Table] {
        if self.tables { &Table::ALL } else { &[] }
    }
}
