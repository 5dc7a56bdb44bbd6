//! Lists of columns.

use std::fmt;
use std::str::FromStr;

use procmon_arrow::EventColumn;
use procmon_parser::Column;

use crate::error::Failure;

/// A list of columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns(pub(crate) Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        Self(Column::PROCMON_ORDER.to_vec())
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "default" => return Ok(Self::default()),
            "all" => {
                // The columns that Procmon 3.94 does not have follow its own.
                let newer = Column::ALL.iter().filter(|column| !Column::PROCMON_ORDER.contains(column));
                return Ok(Self(Column::PROCMON_ORDER.iter().chain(newer).copied().collect()));
            }
            _ => {}
        }
        let column = |title: &str| title.trim().parse().map_err(|_| unknown_column(title));
        text.split(',').map(column).collect::<Result<_, _>>().map(Self)
    }
}

/// A list of columns as given: of Procmon's columns, or of typed columns. The format of the output decides.
#[derive(Clone, Debug)]
pub(crate) struct ColumnList {
    procmon: Result<Columns, String>,
    typed: Option<procmon_arrow::Columns>,
}

impl FromStr for ColumnList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (procmon, typed) = (text.parse(), procmon_arrow::Columns::parse(text).ok());
        match procmon {
            Err(message) if typed.is_none() => Err(message),
            procmon => Ok(Self { procmon, typed }),
        }
    }
}

impl ColumnList {
    /// Returns the list as columns of Procmon.
    pub(crate) fn procmon(&self) -> Result<Columns, Failure> {
        self.procmon.clone().map_err(Failure::Usage)
    }

    /// Returns the list as typed columns.
    pub(crate) fn typed(&self) -> Result<procmon_arrow::Columns, Failure> {
        self.typed.clone().ok_or_else(|| {
            let names: Vec<_> = EventColumn::ALL.iter().map(|column| column.info().name).collect();
            Failure::Usage(format!("--columns: the columns of this format are: {}", names.join(", ")))
        })
    }
}

fn unknown_column(title: &str) -> String {
    let mut titles: Vec<_> = Column::ALL.iter().filter_map(|column| column.name()).collect();
    titles.sort_unstable();
    format!("unknown column {:?}; the columns are: {}", title.trim(), titles.join(", "))
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Column::PROCMON_ORDER {
            return f.write_str("default");
        }
        for (i, column) in self.0.iter().enumerate() {
            write!(f, "{}{column}", if i > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}
