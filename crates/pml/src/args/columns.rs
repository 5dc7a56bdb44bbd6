//! Lists of columns.

use std::fmt;
use std::str::FromStr;

use procmon_parser::Column;

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
