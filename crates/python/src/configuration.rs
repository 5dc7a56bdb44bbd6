//! Configurations (PMC) and saved filters (PMF).

use std::path::PathBuf;

use procmon_parser::pmc::{Color, Key, LogFont, Value};
use procmon_parser::{Column, SavedFilter};
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::error::Result;
use crate::filter::{self, Rule};
use crate::html::Table;
use crate::output::Target;
use crate::shared;

/// A configuration of Process Monitor (PMC): a mapping from the names of options to their values.
///
/// ``source`` is a path, bytes or a binary file object; without it, the configuration is the one with which Procmon
/// 3.94 starts for the first time. Options have the types bool, int, str (colours as ``#80ffff``), dict (fonts), list
/// of int (widths), list of str (columns) and list of ``Rule``; those that Procmon does not know are bytes. Everything
/// else in the file is kept.
///
/// >>> import procmon_pml as pml
/// >>> config = pml.Configuration()
/// >>> config["DestructiveFilter"] = True
/// >>> config.rules = [pml.Rule("Process Name", "is", "updater.exe")]
/// >>> pml.Configuration(config.to_bytes())["FilterRules"]
/// [Rule('Process Name', 'is', 'updater.exe', 'Include')]
#[pyclass(module = "procmon_pml", mapping)]
#[derive(Clone)]
pub(crate) struct Configuration {
    pub(crate) inner: procmon_parser::Configuration,
}

#[pymethods]
impl Configuration {
    #[new]
    #[pyo3(signature = (source = None))]
    fn new(source: Option<&Bound<'_, PyAny>>) -> Result<Self> {
        let Some(source) = source else { return Ok(Self { inner: procmon_parser::Configuration::procmon_default() }) };
        let inner = match shared::bytes(source)? {
            Some(bytes) => procmon_parser::Configuration::parse(&bytes)?,
            None => procmon_parser::Configuration::open(source.extract::<PathBuf>()?)?,
        };
        Ok(Self { inner })
    }

    /// Returns a configuration without options. Procmon uses the default for each.
    #[staticmethod]
    fn empty() -> Self {
        Self { inner: procmon_parser::Configuration::new() }
    }

    /// The filter: a list of rules.
    #[getter]
    fn rules(&self) -> Vec<Rule> {
        filter::list(&self.inner.filter())
    }

    #[setter]
    fn set_rules(&mut self, rules: &Bound<'_, PyAny>) -> Result<()> {
        let rules = filter::rules(rules)?;
        self.inner.set_filter(rules);
        Ok(())
    }

    /// Adds rules to the filter, where the dialog of Procmon adds them.
    fn add_rules(&mut self, rules: &Bound<'_, PyAny>) -> Result<()> {
        let rules = filter::rules(rules)?;
        self.inner.add_filter_rules(rules.iter().cloned());
        Ok(())
    }

    /// The titles of the shown columns, left to right.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.inner.columns().iter().map(ToString::to_string).collect()
    }

    /// Returns the bytes of the value of an option.
    fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyBytes>> {
        let option = self.inner.options().iter().find(|option| option.name().eq_ignore_ascii_case(name));
        let option = option.ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        Ok(PyBytes::new(py, option.value()))
    }

    /// Sets the bytes of the value of an option.
    fn set_raw(&mut self, name: &str, value: &[u8]) {
        self.inner.set(name, value);
    }

    /// Returns the bytes of the file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.to_bytes())
    }

    /// Writes the configuration to a path or a binary file object.
    fn save(&self, target: &Bound<'_, PyAny>) -> Result<()> {
        let bytes = self.inner.to_bytes();
        Target::new(target)?.write(|out| Ok(out.write_all(&bytes)?))
    }

    /// Writes the filter as a saved filter (PMF) to a path or a binary file object.
    fn save_filter(&self, target: &Bound<'_, PyAny>) -> Result<()> {
        let bytes = SavedFilter::new(self.inner.filter()).to_bytes();
        Target::new(target)?.write(|out| Ok(out.write_all(&bytes)?))
    }

    /// Returns the names of the options in the file, in its order.
    fn keys(&self) -> Vec<String> {
        self.inner.options().iter().map(|option| option.name().to_owned()).collect()
    }

    /// Returns the values of the options in the file, in its order.
    fn values<'py>(&self, py: Python<'py>) -> Result<Vec<Bound<'py, PyAny>>> {
        self.keys().iter().map(|name| self.__getitem__(py, name)).collect()
    }

    /// Returns the names and the values of the options in the file, in its order.
    fn items<'py>(&self, py: Python<'py>) -> Result<Vec<(String, Bound<'py, PyAny>)>> {
        self.keys().into_iter().map(|name| self.__getitem__(py, &name).map(|value| (name, value))).collect()
    }

    /// Returns the value of an option, or ``default`` if the file does not have it.
    #[pyo3(signature = (name, default = None))]
    fn get<'py>(&self, py: Python<'py>, name: &str, default: Option<Bound<'py, PyAny>>) -> Result<Bound<'py, PyAny>> {
        if self.__contains__(name) { self.__getitem__(py, name) } else { Ok(default.into_pyobject(py)?) }
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> Result<Bound<'py, PyAny>> {
        if !self.__contains__(name) {
            return Err(PyKeyError::new_err(name.to_owned()).into());
        }
        match name.parse::<Key>() {
            Ok(key) => object(py, self.inner.value(key)?),
            Err(_unknown) => Ok(self.raw(py, name)?.into_any()),
        }
    }

    fn __setitem__(&mut self, name: &str, value: &Bound<'_, PyAny>) -> Result<()> {
        match name.parse::<Key>() {
            Ok(key) => {
                let value = option_value(key, &self.inner.value(key)?, value)?;
                self.inner.set_value(key, value)?;
            }
            Err(_unknown) => {
                self.inner.set(name, value.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
            }
        }
        Ok(())
    }

    fn __delitem__(&mut self, name: &str) -> PyResult<()> {
        if self.inner.remove(name) { Ok(()) } else { Err(PyKeyError::new_err(name.to_owned())) }
    }

    fn __contains__(&self, name: &str) -> bool {
        self.inner.options().iter().any(|option| option.name().eq_ignore_ascii_case(name))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyIterator>> {
        self.keys().into_pyobject(py)?.try_iter()
    }

    fn __len__(&self) -> usize {
        self.inner.options().len()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __repr__(&self) -> String {
        format!("<Configuration: {} options, {} rules>", self.inner.options().len(), self.inner.filter().len())
    }

    fn _repr_html_(&self) -> String {
        let mut table = Table::new("Configuration", &["Option", "Value"]);
        for option in self.inner.options() {
            let value = option.key().and_then(|key| self.inner.value(key).ok()).map(|value| value.to_string());
            table.row([option.name(), &value.unwrap_or_default()]);
        }
        table.finish()
    }
}

/// Returns the value of an option as a Python object.
fn object(py: Python<'_>, value: Value) -> Result<Bound<'_, PyAny>> {
    Ok(match value {
        Value::Switch(on) => on.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => number.into_pyobject(py)?.into_any(),
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::Color(color) => color.to_string().into_pyobject(py)?.into_any(),
        Value::Font(font) => font_dict(py, &font)?.into_any(),
        Value::Widths(widths) => widths.to_vec().into_pyobject(py)?.into_any(),
        Value::Columns(columns) => {
            let titles: Vec<String> = columns.iter().filter(|column| column.0 != 0).map(ToString::to_string).collect();
            titles.into_pyobject(py)?.into_any()
        }
        Value::Rules(rules) => filter::list(&rules).into_pyobject(py)?.into_any(),
        _ => return Err(PyTypeError::new_err("the option has a type that this version does not know").into()),
    })
}

/// Converts a Python object to the value of an option. The type of the value is that of the present value.
fn option_value(key: Key, present: &Value, value: &Bound<'_, PyAny>) -> Result<Value> {
    let converted = match present {
        Value::Switch(_) => Value::Switch(value.extract::<i64>().map(|number| number != 0)?),
        Value::Number(_) => Value::Number(value.extract()?),
        Value::Text(_) => Value::Text(value.extract()?),
        Value::Color(_) => Value::Color(value.extract::<String>()?.parse::<Color>()?),
        Value::Font(font) => Value::Font(font_of(font, value.cast::<PyDict>().map_err(PyErr::from)?)?),
        Value::Widths(_) => Value::Widths(array(key, value.extract()?)?),
        Value::Columns(_) => {
            let titles = value.extract::<Vec<String>>()?;
            let columns = titles.iter().map(|title| crate::style::column(title)).collect::<Result<Vec<Column>>>()?;
            Value::Columns(array(key, columns)?)
        }
        Value::Rules(_) => Value::Rules(filter::rules(value)?),
        _ => return Err(PyTypeError::new_err(format!("{key} has a type that this version does not know")).into()),
    };
    Ok(converted)
}

/// Fills up a list with zeros.
fn array<T: Copy + Default, const N: usize>(key: Key, list: Vec<T>) -> Result<[T; N]> {
    let mut array = [T::default(); N];
    let Some(start) = array.get_mut(..list.len()) else {
        return Err(PyTypeError::new_err(format!("{key} has at most {N} items")).into());
    };
    start.copy_from_slice(&list);
    Ok(array)
}

fn font_dict<'py>(py: Python<'py>, font: &LogFont) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("face", font.face())?;
    dict.set_item("height", font.height)?;
    dict.set_item("width", font.width)?;
    dict.set_item("escapement", font.escapement)?;
    dict.set_item("orientation", font.orientation)?;
    dict.set_item("weight", font.weight)?;
    dict.set_item("italic", font.italic)?;
    dict.set_item("underline", font.underline)?;
    dict.set_item("strike_out", font.strike_out)?;
    dict.set_item("char_set", font.char_set)?;
    dict.set_item("out_precision", font.out_precision)?;
    dict.set_item("clip_precision", font.clip_precision)?;
    dict.set_item("quality", font.quality)?;
    dict.set_item("pitch_and_family", font.pitch_and_family)?;
    Ok(dict)
}

/// Returns a font with the values of a dictionary, and those of the present font for missing keys.
fn font_of(present: &LogFont, dict: &Bound<'_, PyDict>) -> PyResult<LogFont> {
    let mut font = match dict.get_item("face")? {
        Some(face) => LogFont::new(&face.extract::<String>()?),
        None => LogFont::new(present.face()),
    };
    macro_rules! take {
        ($($field:ident),*) => { $(
            font.$field = match dict.get_item(stringify!($field))? {
                Some(value) => value.extract()?,
                None => present.$field,
            };
        )* };
    }
    take!(height, width, escapement, orientation, weight, italic, underline, strike_out, char_set);
    take!(out_precision, clip_precision, quality, pitch_and_family);
    Ok(font)
}
