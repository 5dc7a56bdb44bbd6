//! Sheets: columns, and rows of typed values.

use std::borrow::Cow;

use procmon_parser::{FileTime, Ticks};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::view::table::count_or_empty;
use crate::view::time::{Seconds, iso, readable};
use crate::view::units;

/// A value of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// No value.
    None,
    Text(Cow<'a, str>),
    /// A number of things, which can be summed.
    Count(u64),
    /// A number of bytes, which can be summed.
    Bytes(u64),
    /// A number that is a name, such as a PID.
    Id(u64),
    /// A span of time.
    Time(Ticks),
    /// A time.
    Moment(FileTime),
    /// A part of the whole, in percent.
    Percent(f64),
    Flag(bool),
    List(Vec<String>),
    /// A list of objects, for JSON alone.
    Objects(Vec<serde_json::Value>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl Value<'_> {
    /// Returns the value as text for people: with units, and empty for 0.
    pub(crate) fn readable(&self) -> String {
        match self {
            Self::None | Self::Objects(_) | Self::Flag(false) => String::new(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Count(number) => count_or_empty(*number),
            Self::Bytes(bytes) => units::bytes(*bytes),
            Self::Id(number) => number.to_string(),
            Self::Time(time) => units::time(*time),
            // Without the last four of seven decimals.
            Self::Moment(time) => iso(*time).map_or_else(String::new, |iso| {
                let text = readable(&iso);
                text.get(..text.len().saturating_sub(4)).unwrap_or(&text).to_owned()
            }),
            Self::Percent(percent) => format!("{percent:.1}%"),
            Self::Flag(true) => "yes".to_owned(),
            Self::List(list) => list.join(", "),
        }
    }

    /// Returns the value for CSV, with plain digits.
    pub(crate) fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::None | Self::Objects(_) => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) => number.to_string().into(),
            Self::Time(time) => Seconds(*time).plain().into(),
            Self::Moment(time) => iso(*time).unwrap_or_default().into(),
            Self::Percent(percent) => percent.to_string().into(),
            Self::Flag(flag) => flag.to_string().into(),
            Self::List(list) => list.join("; ").into(),
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Bytes(_) | Self::Id(_) | Self::Time(_) | Self::Percent(_))
    }

    /// Returns the number by which rows are sorted; `None` for texts.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) => Some(*number),
            Self::Time(Ticks(number)) | Self::Moment(FileTime(number)) => Some(*number),
            _ => None,
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(number) | Self::Bytes(number) | Self::Id(number) => serializer.serialize_u64(*number),
            Self::Time(time) => Seconds(*time).serialize(serializer),
            Self::Moment(time) => iso(*time).serialize(serializer),
            Self::Percent(percent) => serializer.serialize_f64(*percent),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(list) => list.serialize(serializer),
            Self::Objects(objects) => objects.serialize(serializer),
        }
    }
}

/// A column of a sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The key in JSON.
    pub(crate) key: &'static str,
    /// The title in text and CSV.
    pub(crate) title: &'static str,
    /// The rank in text: 0 for a column that is always shown; `None` for one that is never shown.
    pub(crate) rank: Option<u8>,
    /// True for texts that may be shortened.
    pub(crate) is_long: bool,
    /// True for a column that follows all others in text.
    pub(crate) is_last: bool,
}

impl Column {
    /// Creates a column that is not shown in text.
    pub(crate) const fn new(key: &'static str, title: &'static str) -> Self {
        Self { key, title, rank: None, is_long: false, is_last: false }
    }

    /// Makes the column appear in text.
    pub(crate) const fn rank(mut self, rank: u8) -> Self {
        self.rank = Some(rank);
        self
    }

    /// Permits shortening the texts of the column.
    pub(crate) const fn long(mut self) -> Self {
        self.is_long = true;
        self
    }

    /// Moves the column to the end in text.
    pub(crate) const fn last(mut self) -> Self {
        self.is_last = true;
        self
    }
}

/// The values of a row, one for each column.
pub(crate) type Row<'a> = Vec<Value<'a>>;

/// A table of typed values.
pub(crate) struct Sheet<'a> {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Box<dyn Iterator<Item = Row<'a>> + 'a>,
    /// The names of the files, if the sheet is of one log.
    pub(crate) log: Vec<String>,
    /// Further values, before the rows.
    pub(crate) facts: Vec<(&'static str, &'static str, Value<'a>)>,
    /// The number and the sums of the rows that are not shown.
    pub(crate) left_out: Option<(u64, Row<'a>)>,
    /// The sums of events without a row, because a limit was reached.
    pub(crate) others: Option<Row<'a>>,
    /// The sums of all events.
    pub(crate) total: Option<Row<'a>>,
    /// Lines after the text.
    pub(crate) notes: Vec<String>,
    /// True if text has a line for each value.
    pub(crate) is_vertical: bool,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(columns: Vec<Column>, rows: impl IntoIterator<Item = Row<'a>, IntoIter: 'a>) -> Self {
        Self {
            columns,
            rows: Box::new(rows.into_iter()),
            log: Vec::new(),
            facts: Vec::new(),
            left_out: None,
            others: None,
            total: None,
            notes: Vec::new(),
            is_vertical: false,
        }
    }
}

/// Sorts rows by a column: numbers in descending order, texts in alphabetical order.
pub(crate) fn sort(rows: &mut [Row<'_>], at: usize) {
    rows.sort_by_cached_key(|row| {
        let value = row.get(at).unwrap_or(&Value::None);
        match value.number() {
            Some(number) => (std::cmp::Reverse(number), String::new()),
            None => (std::cmp::Reverse(0), value.plain().to_lowercase()),
        }
    });
}

/// Keeps the first rows. Returns the number and the sums of the others.
pub(crate) fn truncate<'a>(rows: &mut Vec<Row<'a>>, max_rows: usize) -> Option<(u64, Row<'a>)> {
    let others = rows.split_off(max_rows.min(rows.len()));
    let sum = others.iter().cloned().reduce(|sum, row| sum.into_iter().zip(row).map(|(a, b)| add(a, b)).collect())?;
    let sums = sum.into_iter().map(|value| if value.is_number() { value } else { Value::None });
    Some((
        others.len() as u64,
        sums.map(|value| if matches!(value, Value::Id(_)) { Value::None } else { value }).collect(),
    ))
}

fn add<'a>(one: Value<'a>, other: Value<'a>) -> Value<'a> {
    match (one, other) {
        (Value::Count(a), Value::Count(b)) => Value::Count(a.wrapping_add(b)),
        (Value::Bytes(a), Value::Bytes(b)) => Value::Bytes(a.wrapping_add(b)),
        (Value::Time(Ticks(a)), Value::Time(Ticks(b))) => Value::Time(Ticks(a.wrapping_add(b))),
        (Value::None, value @ Value::Time(_)) | (value @ Value::Time(_), Value::None) => value,
        _ => Value::None,
    }
}

/// A row as a JSON object.
pub(crate) struct Object<'s, 'a> {
    pub(crate) columns: &'s [Column],
    pub(crate) row: &'s [Value<'a>],
    /// True if values that are missing have no key.
    pub(crate) is_partial: bool,
}

impl Serialize for Object<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, value) in self.columns.iter().zip(self.row) {
            if !self.is_partial || *value != Value::None {
                map.serialize_entry(column.key, value)?;
            }
        }
        map.end()
    }
}

/// Returns true if the values of a column are numbers.
pub(crate) fn are_numbers(rows: &[Row<'_>], at: usize) -> bool {
    rows.iter().filter_map(|row| row.get(at)).all(|value| value.is_number() || *value == Value::None)
}
