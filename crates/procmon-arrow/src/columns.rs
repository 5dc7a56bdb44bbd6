//! The choice of columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::schema::{EventColumn, Timestamps};

/// The columns of a table of events, in their order, and the resolution of times.
///
/// ```
/// use procmon_arrow::{Columns, EventColumn};
///
/// let columns = Columns::new().with(EventColumn::Stack);
/// assert!(columns.contains(EventColumn::Stack) && columns.contains(EventColumn::Path));
/// let columns = Columns::parse("time, pid, path")?;
/// assert_eq!(columns.schema().field(1).name(), "pid");
/// # Ok::<(), procmon_arrow::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    list: Vec<EventColumn>,
    timestamps: Timestamps,
}

impl Default for Columns {
    fn default() -> Self {
        Self::new()
    }
}

impl Columns {
    /// Returns all columns except `stack` and `detail_json`, which are written only on request.
    #[must_use]
    pub fn new() -> Self {
        Self::of(EventColumn::ALL.iter().copied().filter(|column| !column.is_on_request()))
    }

    /// Returns the given columns. A column that is given twice is used once.
    #[must_use]
    pub fn of(columns: impl IntoIterator<Item = EventColumn>) -> Self {
        let none = Self { list: Vec::new(), timestamps: Timestamps::default() };
        columns.into_iter().fold(none, Self::with)
    }

    /// Parses a list of names, separated by commas. `default` are the columns of [`new`](Self::new), and `all` are all
    /// columns.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] if no column has a name.
    pub fn parse(list: &str) -> Result<Self> {
        match list.trim() {
            "default" => return Ok(Self::new()),
            "all" => return Ok(Self::of(EventColumn::ALL.iter().copied())),
            _ => {}
        }
        let column = |name: &str| EventColumn::named(name).ok_or_else(|| Error::UnknownColumn(name.to_owned()));
        let columns = list.split(',').map(|name| column(name.trim())).collect::<Result<Vec<_>>>()?;
        Ok(Self::of(columns))
    }

    /// Adds a column at the end, unless it is one of the columns already.
    #[must_use]
    pub fn with(mut self, column: EventColumn) -> Self {
        if !self.contains(column) {
            self.list.push(column);
        }
        self
    }

    /// Sets the resolution of times.
    #[must_use]
    pub fn timestamps(mut self, timestamps: Timestamps) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Returns true if a column is one of the columns.
    #[must_use]
    pub fn contains(&self, column: EventColumn) -> bool {
        self.list.contains(&column)
    }

    /// Returns an iterator over the columns.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = EventColumn> {
        self.list.iter().copied()
    }

    /// Returns the resolution of times.
    #[must_use]
    pub fn resolution(&self) -> Timestamps {
        self.timestamps
    }

    /// Returns the Arrow schema, without the metadata of a log.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema_with(HashMap::new())
    }

    pub(crate) fn schema_with(&self, metadata: HashMap<String, String>) -> SchemaRef {
        let fields: Vec<_> = self.iter().map(|column| column.info().field(self.timestamps)).collect();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }
}
