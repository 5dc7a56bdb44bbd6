//! The style of Procmon's text.

use std::fmt::Display;
use std::str::FromStr;

use procmon_parser::{Column, Compat, Locale, UtcOffset};
use pyo3::prelude::*;

use crate::error::{Failure, Result};

/// The style of Procmon's text: the version of Procmon whose output is reproduced, the time zone, and the format of
/// dates and numbers.
///
/// >>> import procmon_pml as pml
/// >>> style = pml.Style(compat="3.94", utc_offset="+01:00")
/// >>> pml.Log("fixtures/sample64.pml")[77].text("Time of Day", style)
/// '9:30:00.1482276 AM'
#[pyclass(frozen, module = "procmon_pml")]
#[derive(Clone, Default)]
pub(crate) struct Style {
    pub(crate) inner: procmon_parser::Style,
    compat: Compat,
}

#[pymethods]
impl Style {
    #[new]
    #[pyo3(signature = (compat = None, *, utc_offset = None, locale = None, advanced = false, resolve = true))]
    fn new(
        compat: Option<&str>,
        utc_offset: Option<&str>,
        locale: Option<&str>,
        advanced: bool,
        resolve: bool,
    ) -> Result<Self> {
        let compat = compat.map(parse::<Compat>).transpose()?.unwrap_or_default();
        let mut style = procmon_parser::Style::new().compat(compat);
        style = style.advanced_names(advanced).resolve_addresses(resolve);
        if let Some(offset) = utc_offset {
            style = style.utc_offset(parse::<UtcOffset>(offset)?);
        }
        if let Some(locale) = locale {
            style = style.locale(parse::<Locale>(locale)?);
        }
        Ok(Self { inner: style, compat })
    }

    /// The name of the version of Procmon, or ``complete``.
    #[getter]
    fn compat(&self) -> &'static str {
        self.compat.name()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __repr__(&self) -> String {
        format!("Style({:?})", self.compat.name())
    }
}

fn parse<T: FromStr>(text: &str) -> Result<T, Failure>
where
    Failure: From<T::Err>,
{
    Ok(text.parse::<T>()?)
}

/// Returns the style of an argument, or the default.
pub(crate) fn or_default(style: Option<&Bound<'_, Style>>) -> procmon_parser::Style {
    style.map_or_else(procmon_parser::Style::default, |style| style.get().inner.clone())
}

/// Returns the column that has a title such as `Process Name`, or a name such as `process_name`. Case is ignored.
pub(crate) fn column(title: &str) -> Result<Column> {
    let found = title.parse::<Column>().or_else(|error| {
        let is_title = |column: &&Column| column.name().is_some_and(|name| is_same(name, title));
        Column::ALL.iter().find(is_title).copied().ok_or(error)
    });
    Ok(found?)
}

/// Returns true if a name is a title in lower case, with `_` between words: `date_and_time` for `Date & Time`.
fn is_same(title: &str, name: &str) -> bool {
    let title = title.to_ascii_lowercase().replace('&', "and");
    title.replace(' ', "_") == name.to_ascii_lowercase()
}

/// Returns the columns that have these titles or names, by default those of Procmon's export of all columns.
pub(crate) fn columns(titles: Option<Vec<String>>) -> Result<Vec<Column>> {
    match titles {
        Some(titles) => titles.iter().map(|title| column(title)).collect(),
        None => Ok(Column::PROCMON_ORDER.to_vec()),
    }
}

/// Formats a value as a Python string.
pub(crate) fn text<'py>(py: Python<'py>, value: impl Display) -> Bound<'py, pyo3::types::PyString> {
    pyo3::types::PyString::new(py, &value.to_string())
}
