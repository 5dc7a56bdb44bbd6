//! Typed columns of the logs of Process Monitor (PML): Arrow record batches, Arrow IPC, and Parquet.
//!
//! [`Exporter`] turns any [`Log`](procmon_parser::Log) of [`procmon_parser`] into record batches, in several threads
//! and with bounded memory, and writes them as Parquet or Arrow IPC. [`Columns`] selects the columns. [`Table`] has the
//! tables that accompany the events: processes, modules, systems and hosts.
//!
//! The schema is declared once, by [`EventColumn`], [`ProcessColumn`], [`ModuleColumn`], [`SystemColumn`] and
//! [`HostColumn`]; `docs/SCHEMA.md` in the repository is generated from them. [`SCHEMA_VERSION`] changes when a column
//! is renamed, removed, or gets another type or meaning.
//!
//! ```
//! use procmon_arrow::Exporter;
//! use procmon_parser::LogsReader;
//!
//! let log = LogsReader::open("../../fixtures/sample64.pml")?;
//! let mut file = Vec::new(); // or a `File`
//! let summary = Exporter::new().parquet(&mut file, &log)?;
//! assert_eq!(summary.rows, log.len() as u64);
//! # Ok::<(), procmon_arrow::Error>(())
//! ```
//!
//! # Versions
//!
//! The crates `arrow-*` and `parquet` publish a new major version every few months, and their types are a part of this
//! interface ([`RecordBatch`](arrow_array::RecordBatch), [`Schema`](arrow_schema::Schema)). Therefore this crate is
//! separate from `procmon-parser`.

#![forbid(unsafe_code)]

mod builder;
mod columns;
mod error;
mod exporter;
mod frames;
mod hybrid;
mod ipc;
mod pages;
mod parquet;
mod plan;
mod pool;
mod schema;
mod source;
mod store;
mod tables;
mod typed;

pub use columns::Columns;
pub use error::{Error, Result};
pub use exporter::{Exporter, Summary};
pub use parquet::file_metadata;
pub use schema::{
    ColumnInfo, ColumnType, EventColumn, HostColumn, ModuleColumn, ProcessColumn, SCHEMA_VERSION, SystemColumn,
    Timestamps,
};
pub use tables::Table;
