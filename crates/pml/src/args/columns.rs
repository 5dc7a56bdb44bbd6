//! Lists of columns.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use procmon_arrow::EventColumn;
use procmon_parser::Column;
use procmon_parser::filter::most_similar;

use crate::error::Failure;

/// A list of columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns(pub(crate) Vec<Column>);

impl Columns {
    /// Returns all columns: those of Procmon 3.94 first, then the newer ones.
    pub(crate) fn all() -> Self {
        let newer = Column::ALL.iter().filter(|column| !Column::PROCMON_ORDER.contains(column));
        Self(Column::PROCMON_ORDER.iter().chain(newer).copied().collect())
    }
}

impl Default for Columns {
    fn default() -> Self {
        Self(Column::PROCMON_ORDER.to_vec())
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "default" => Ok(Self::default()),
            "all" => Ok(Self::all()),
            _ => text.split(',').map(parse).collect::<Result<_, _>>().map(Self),
        }
    }
}

/// Parses the title of a column, such as `Process Name`, or its [name without spaces](hyphenated_names).
pub(crate) fn parse(title: &str) -> Result<Column, String> {
    let title = title.trim();
    let hyphenated = || Column::ALL.iter().find(|column| hyphenated(**column).eq_ignore_ascii_case(title)).copied();
    title.parse().ok().or_else(hyphenated).ok_or_else(|| unknown_column(title))
}

/// Returns the names of all columns without spaces, as shells complete them: `process-name`, `date-and-time`.
pub(crate) fn hyphenated_names() -> impl Iterator<Item = String> {
    Column::ALL.iter().map(|&column| hyphenated(column))
}

fn hyphenated(column: Column) -> String {
    column.to_string().to_lowercase().replace('&', "and").replace(' ', "-")
}

/// The value of `--columns`, parsed both as columns of Procmon and as typed columns; the output format decides which
/// list is used.
#[derive(Clone, Debug)]
pub(crate) struct ColumnList {
    procmon: Result<Columns, String>,
    typed: Result<procmon_arrow::Columns, String>,
}

impl FromStr for ColumnList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let typed = procmon_arrow::Columns::parse(text).map_err(|error| {
            let names: Vec<_> = EventColumn::ALL.iter().map(|column| column.info().name).collect();
            let unknown = text.split(',').map(str::trim).find(|name| EventColumn::named(name).is_none());
            let suggestion = suggestion(unknown.unwrap_or_default(), &names);
            format!("{error}{suggestion}; the columns of Parquet and Arrow are: {}", names.join(", "))
        });
        let list = Self { procmon: text.parse(), typed };
        let is_typed = |name: &str| name.contains('_') || EventColumn::named(name).is_some();
        match (&list.procmon, &list.typed) {
            (Err(_), Err(message)) if text.split(',').all(|name| is_typed(name.trim())) => Err(message.clone()),
            (Err(message), Err(_)) => Err(message.clone()),
            _ => Ok(list),
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
        self.typed.clone().map_err(Failure::Usage)
    }
}

fn unknown_column(title: &str) -> String {
    let mut titles: Vec<_> = Column::ALL.iter().filter_map(|column| column.name()).collect();
    titles.sort_unstable();
    format!("unknown column {title:?}{}; the columns are: {}", suggestion(title, &titles), titles.join(", "))
}

/// Returns the part of a message that suggests the name most similar to an unknown one; empty if none is similar.
fn suggestion(unknown: &str, names: &[&str]) -> String {
    let similar = most_similar(unknown, names.iter().copied());
    similar.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// Returns a parser of lists of columns. Shells complete only the first name in the list.
pub(crate) fn parser<T>() -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    let names = ["default", "all"].map(str::to_owned).into_iter().chain(hyphenated_names());
    CompletedText::new(names.map(PossibleValue::new)).try_map(|text: String| text.parse())
}

/// A parser that accepts any text. Shells complete the names that it lists.
#[derive(Clone)]
pub(crate) struct CompletedText(Vec<PossibleValue>);

impl CompletedText {
    /// Creates a parser that lists these names.
    pub(crate) fn new(names: impl IntoIterator<Item = PossibleValue>) -> Self {
        Self(names.into_iter().collect())
    }
}

impl TypedValueParser for CompletedText {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().cloned()))
    }
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
