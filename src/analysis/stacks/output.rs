//! The text forms of call trees: folded stacks, and the CSV of Procmon's Stack Summary.

use std::fmt;
use std::io;

use super::super::csv::{DialogCsv, Seconds};
use super::nodes::{Nodes, Tally};
use super::rows::StackRow;
use super::view::StackTree;
use crate::error::Result;

/// The number at the end of a line of folded stacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StackWeight {
    /// The number of events.
    #[default]
    Count,
    /// The sum of the durations, in ticks of 100 ns.
    Time,
}

impl StackTree<'_> {
    /// Writes folded stacks, which flame graph tools read. Each line has a process and its frames from the outermost to
    /// the innermost one, separated by semicolons, then a space and a number. The number covers the events whose stack
    /// ends at the last frame of the line.
    ///
    /// A frame is `module!offset`, such as `ntdll.dll!0x1a2b`. A name is cut after 255 characters. Semicolons and control
    /// characters in names become `_`.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, StackOrder, StackSummary, StackWeight};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = StackSummary::new().modules_only(true);
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// let mut folded = Vec::new();
    /// summary.tree(StackOrder::Name).write_folded(&mut folded, StackWeight::Count)?;
    /// let expected = "updater.exe (5120);updater.exe;<unknown>;kernel32.dll;ntdll.dll;ntoskrnl.exe;ntfs.sys;";
    /// assert!(String::from_utf8(folded).unwrap().lines().any(|line| line.starts_with(expected)));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_folded(&self, mut out: impl io::Write, weight: StackWeight) -> Result<()> {
        let weight_of = |tally: Tally| match weight {
            StackWeight::Count => tally.count,
            StackWeight::Time => tally.time,
        };
        let mut line = FoldedLine::default();
        for row in self.rows().skip(1) {
            line.push(&row);
            let own = weight_of(Tally { count: row.self_count, time: row.self_time.0 });
            if own > 0 {
                line.write(&mut out, own)?;
            }
        }
        Ok(out.flush()?)
    }

    /// Writes rows of the tree as Procmon's Stack Summary shows them, with an additional first column Depth.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv<'t>(
        &self,
        out: impl io::Write,
        rows: impl IntoIterator<Item = StackRow<'t>>,
    ) -> Result<()> {
        const TITLES: [&str; 10] =
            ["Depth", "Name", "Count", "% Count", "Time", "% Time", "Location", "Module", "Offset", "Path"];
        let all = self.total(Nodes::ROOT);
        let mut csv = DialogCsv::new(out, &TITLES)?;
        for row in rows {
            let location = row.location().to_string();
            csv.cell(row.depth);
            csv.cell(location.split(',').next().unwrap_or_default());
            csv.cell(row.count);
            csv.cell(percent(row.count, all.count));
            csv.cell(Seconds(row.time));
            csv.cell(percent(row.time.0, all.time));
            csv.cell(&location);
            csv.cell(row.module());
            csv.cell(row.offset_text());
            csv.cell(row.full_path());
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }
}

/// Returns a part as a percentage of the whole, as Procmon prints it.
#[expect(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "n/a".to_owned() } else { format!("{:9.5}%", part as f64 * 100.0 / whole as f64) }
}

/// A line of folded stacks.
#[derive(Debug, Default)]
struct FoldedLine {
    text: String,
    /// The length of the text up to each depth, from depth 1.
    ends: Vec<usize>,
}

/// The maximum number of characters of a name.
const NAME: usize = 255;

impl FoldedLine {
    /// Replaces the end of the line, from the depth of a row on, with that row.
    fn push(&mut self, row: &StackRow<'_>) {
        let above = (row.depth as usize).saturating_sub(1);
        self.ends.truncate(above);
        self.text.truncate(self.ends.last().copied().unwrap_or_default());
        if above > 0 {
            self.text.push(';');
        }
        let visible = |c: char| if c == ';' || c.is_control() { '_' } else { c };
        self.text.extend(row.name.chars().take(NAME).map(visible));
        // Writing to a string does not fail.
        let _ = match (row.pid, row.offset) {
            (Some(pid), _) => fmt::write(&mut self.text, format_args!(" ({pid})")),
            (_, Some(offset)) => fmt::write(&mut self.text, format_args!("!{offset:#x}")),
            _ => Ok(()),
        };
        self.ends.push(self.text.len());
    }

    fn write(&self, out: &mut impl io::Write, number: u64) -> Result<()> {
        Ok(writeln!(out, "{} {number}", self.text)?)
    }
}
