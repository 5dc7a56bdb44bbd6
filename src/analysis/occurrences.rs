//! Count Occurrences: the number of events with each value of a column.

use std::io;

use super::codes::Coded;
use super::csv::DialogCsv;
use super::keys::{Keys, Limits};
use super::table::{self, Table, counts, grouped};
use super::{Analysis, text};
use crate::code::{Category, Column, Operation, Protocol};
use crate::detail::file;
use crate::error::Result;
use crate::event::Event;
use crate::text::Style;

counts! {
    /// The number in a row of [`Occurrences`].
    pub struct Occurrence {
        procmon: {
            /// The number of events.
            events: u64 = Count,
        }
        more: {
        }
    }
}

/// The number of events with each value of a column, for any column.
///
/// ```
/// use procmon_parser::analysis::{Analysis, Occurrences, TableColumn};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut results = Occurrences::new(Column::RESULT, Style::new());
/// log.events().flatten().for_each(|event| results.add(&event));
/// let mut table = results.table();
/// table.sort_by(TableColumn::Count);
/// for row in &table.rows {
///     println!("{:6} {}", row.counts.events, row.name);
/// }
/// # assert_eq!(table.rows[0].name, "SUCCESS");
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occurrences {
    column: Column,
    style: Style,
    values: Coded<1, Occurrence>,
    buffer: String,
}

impl Occurrences {
    /// The columns that Procmon's dialog Count Occurrences offers.
    pub const PROCMON_COLUMNS: [Column; 21] = [
        Column::ARCHITECTURE,
        Column::AUTHENTICATION_ID,
        Column::CATEGORY,
        Column::COMMAND_LINE,
        Column::COMPANY,
        Column::DESCRIPTION,
        Column::DETAIL,
        Column::EVENT_CLASS,
        Column::IMAGE_PATH,
        Column::INTEGRITY,
        Column::OPERATION,
        Column::PARENT_PID,
        Column::PATH,
        Column::PID,
        Column::PROCESS_NAME,
        Column::RESULT,
        Column::SESSION,
        Column::TID,
        Column::USER,
        Column::VERSION,
        Column::VIRTUALIZED,
    ];

    /// Creates an empty count of the values of a column, as the style prints them.
    #[must_use]
    pub fn new(column: Column, style: Style) -> Self {
        Self::with_limits(column, style, Limits::default())
    }

    /// Creates an empty count with the given limits on its values.
    #[must_use]
    pub fn with_limits(column: Column, style: Style, limits: Limits) -> Self {
        Self { column, style, values: Coded::new(Keys::new(limits)), buffer: String::new() }
    }

    /// Returns the column.
    #[must_use]
    pub fn column(&self) -> Column {
        self.column
    }

    /// Returns a row for each value of the column. Values that differ only in case are one value.
    #[must_use]
    pub fn table(&self) -> Table<'_, Occurrence> {
        table::table(&self.values.keys)
    }

    /// Writes the file that Procmon's dialog saves. Procmon cuts each value after 259 UTF-16 code units, and counts
    /// values that are equal when cut as one value. The file is the same byte for byte if the style has the
    /// [`Compat`](crate::Compat) of a version of Procmon. Events beyond the limits are omitted.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        /// Procmon has a buffer for 260 code units, including the terminating NUL.
        const MAX_UNITS: usize = 259;
        let kept = self.values.keys.kept();
        let mut csv = DialogCsv::new(out, &["Value", Occurrence::PROCMON.first().map_or("", |column| column.title())])?;
        let key = |text| match text::prefix(text, MAX_UNITS) {
            std::borrow::Cow::Borrowed(whole) => text::ascii_lower(whole),
            std::borrow::Cow::Owned(start) => text::ascii_lower(&start).into_owned().into(),
        };
        for (value, counts) in grouped(&kept.entries, key) {
            csv.cell(text::shown(&text::prefix(value, MAX_UNITS)));
            csv.cell(counts.events);
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }

    /// Returns a number that determines the text within a file; `None` if there is no such number.
    #[inline]
    fn code(&self, event: &Event<'_>) -> Option<u64> {
        Some(match self.column {
            Column::OPERATION => operation_code(event),
            Column::RESULT => event.status().0.into(),
            Column::EVENT_CLASS => event.class().0.into(),
            Column::TID => event.thread_id().into(),
            Column::SEQUENCE => 0,
            Column::CATEGORY => self.style.category(event).map_or(u64::MAX, |category: Category| category as u64),
            column if column.is_of_process() => event.process_key().0.into(),
            _ => return None,
        })
    }
}

/// Returns a number that determines the name of the operation.
#[inline]
fn operation_code(event: &Event<'_>) -> u64 {
    let variant = match event.operation() {
        Operation::File(_) | Operation::Ipc(_) => {
            u64::from(file::minor(event)) << 1 | u64::from(file::origin(event) == crate::code::Origin::FastIo)
        }
        Operation::Network(protocol, _) => match protocol {
            None => 0,
            Some(Protocol::Udp) => 1,
            Some(Protocol::Tcp) => 2,
        },
        _ => 0,
    };
    u64::from(event.class().0) << 32 | u64::from(event.operation_code()) << 16 | variant
}

/// Counts all events.
impl Analysis for Occurrences {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        let text = event.text_in(self.column, &self.style);
        let sum = if let Some(code) = self.code(event) {
            self.values.sum(event, [code], |buffer| {
                // Writing to a string does not fail.
                let _ = text.write_exact(buffer);
            })
        } else if self.column == Column::PATH {
            self.values.keys.sum(text::path(event, &self.style, &mut self.buffer))
        } else {
            self.buffer.clear();
            let _ = text.write_exact(&mut self.buffer);
            self.values.keys.sum(&self.buffer)
        };
        sum.events += 1;
    }

    fn merge(&mut self, later: Self) {
        self.values.keys.merge(&later.values.keys);
    }
}
