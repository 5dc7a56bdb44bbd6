//! Rules of filters, and the selection of events.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use procmon_parser::code::{Action, Relation};
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Column, Error, Filter, Index, SavedFilter};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::configuration::Configuration;
use crate::error::Result;
use crate::shared;
use crate::style::{self, Style};

/// A rule of a filter: a column, a relation, a value, and what to do with the events that match.
///
/// >>> import procmon_pml as pml
/// >>> rule = pml.Rule("Process Name", "is", "updater.exe", "Include")
/// >>> rule
/// Rule('Process Name', 'is', 'updater.exe', 'Include')
/// >>> pml.Rule.parse("Process Name is updater.exe then Include") == rule
/// True
#[pyclass(frozen, module = "procmon_pml")]
#[derive(Clone)]
pub(crate) struct Rule {
    pub(crate) inner: procmon_parser::Rule,
}

#[pymethods]
impl Rule {
    #[new]
    #[pyo3(signature = (column, relation, value, action = "Include"))]
    fn new(column: &str, relation: &str, value: &str, action: &str) -> Result<Self> {
        let relation: Relation = relation.replace('_', " ").parse()?;
        let inner = procmon_parser::Rule::new(style::column(column)?, relation, value, action.parse::<Action>()?);
        Ok(Self { inner })
    }

    /// Parses a rule such as ``Path contains temp then Include``.
    #[staticmethod]
    fn parse(text: &str) -> Result<Self> {
        Ok(Self { inner: text.parse()? })
    }

    /// Returns the rule with these numbers of a column, a relation and an action.
    #[staticmethod]
    fn from_codes(column: u32, relation: u32, value: &str, action: u8) -> Self {
        let (column, relation) = (Column(column), Relation(relation));
        Self { inner: procmon_parser::Rule::new(column, relation, value, Action(action)) }
    }

    /// The numbers of the column, of the relation and of the action.
    #[getter]
    fn codes(&self) -> (u32, u32, u8) {
        (self.inner.column().0, self.inner.relation().0, self.inner.action().0)
    }

    /// The title of the column.
    #[getter]
    fn column(&self) -> String {
        self.inner.column().to_string()
    }

    /// The relation, such as ``is`` or ``begins with``.
    #[getter]
    fn relation(&self) -> String {
        self.inner.relation().to_string()
    }

    /// The value that the column is compared with.
    #[getter]
    fn value(&self) -> String {
        self.inner.value()
    }

    /// ``Include`` or ``Exclude``.
    #[getter]
    fn action(&self) -> String {
        self.inner.action().to_string()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.inner.hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let value = style::text(py, self.value()).repr()?;
        Ok(format!("Rule('{}', '{}', {value}, '{}')", self.column(), self.relation(), self.action()))
    }
}

/// Returns the filter of `rules`: a text with a rule in each line, or a list in which each rule is a `Rule` or a text.
pub(crate) fn rules(rules: &Bound<'_, PyAny>) -> Result<Filter> {
    if let Ok(text) = rules.extract::<String>() {
        return Ok(text.parse()?);
    }
    let mut list = Vec::new();
    for rule in rules.try_iter()? {
        let rule = rule?;
        list.push(match rule.cast::<Rule>() {
            Ok(rule) => rule.get().inner.clone(),
            Err(_) => rule.extract::<String>()?.parse()?,
        });
    }
    Ok(Filter::from(list))
}

/// Returns rules as a Python list.
pub(crate) fn list(filter: &Filter) -> Vec<Rule> {
    filter.iter().map(|rule| Rule { inner: rule.clone() }).collect()
}

/// The conditions that events must meet, all of them.
#[derive(Default)]
pub(crate) struct Conditions {
    filters: Vec<(Filter, procmon_parser::Style)>,
    queries: Vec<(Query, procmon_parser::Style)>,
}

impl Conditions {
    pub(crate) fn new(
        config: Option<&Bound<'_, PyAny>>,
        rule_list: Option<&Bound<'_, PyAny>>,
        query: Option<&str>,
        style: Option<&Bound<'_, Style>>,
    ) -> Result<Self> {
        let mut conditions = Self::default();
        if config.is_none() && rule_list.is_none() && query.is_none() {
            return Err(PyTypeError::new_err("filter() needs config, rules or query").into());
        }
        if let Some(config) = config {
            let (filter, own) = configured(config)?;
            conditions.filters.push((filter, style.map_or(own, |style| style.get().inner.clone())));
        }
        let style = style::or_default(style);
        if let Some(list) = rule_list {
            conditions.filters.push((rules(list)?, style.clone()));
        }
        if let Some(query) = query {
            conditions.queries.push((query.parse()?, style));
        }
        Ok(conditions)
    }

    pub(crate) fn compile<'i>(&self, indexes: impl Iterator<Item = &'i Index> + Clone) -> Matcher {
        let filters = self.filters.iter().map(|(filter, style)| filter.compile_with(indexes.clone(), style));
        let queries = self.queries.iter().map(|(query, style)| query.compile_with(indexes.clone(), style));
        Matcher::all(filters.chain(queries))
    }
}

/// Returns the filter and the style of a `Configuration`, or of the file of a configuration or of a saved filter.
fn configured(config: &Bound<'_, PyAny>) -> Result<(Filter, procmon_parser::Style)> {
    if let Ok(config) = config.cast::<Configuration>() {
        let config = config.borrow();
        return Ok((config.inner.filter(), config.inner.style()));
    }
    let bytes = match shared::bytes(config)? {
        Some(bytes) => bytes.to_vec(),
        None => std::fs::read(config.extract::<PathBuf>()?).map_err(Error::from)?,
    };
    if SavedFilter::detect(&bytes) {
        return Ok((SavedFilter::parse(&bytes)?.filter, procmon_parser::Style::default()));
    }
    let config = procmon_parser::Configuration::parse(&bytes)?;
    Ok((config.filter(), config.style()))
}
