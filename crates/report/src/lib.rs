//! Reports on logs of Process Monitor, as one HTML page that opens offline.
//!
//! [`Report::of`] analyses logs and embeds a part of its events; [`Report::write_to`] writes the page, which loads
//! nothing from the network. Its scripts and styles are built from `web`, see `web/README.md`. The rules of its section
//! "What stands out" are data, see `docs/FINDINGS.md`.
//!
//! ```
//! use procmon_parser::LogsReader;
//! use procmon_report::{Report, ReportOptions};
//!
//! let log = LogsReader::open("../../fixtures/sample64.pml")?;
//! let report = Report::of(&[log], &ReportOptions::new().title("sample64.pml"), |_| true)?;
//! let mut page = Vec::new();
//! report.write_to(&mut page)?;
//! assert!(page.starts_with(b"<!DOCTYPE html>"));
//! # Ok::<(), procmon_parser::Error>(())
//! ```

mod activity;
mod bits;
mod buckets;
mod data;
mod directory;
mod embed;
mod findings;
mod flame;
mod gather;
mod hidden;
mod names;
mod options;
mod page;
mod report;
mod rules;
mod tables;
mod texts;
mod times;

pub use options::{Embed, ReportOptions};
pub use report::Report;
