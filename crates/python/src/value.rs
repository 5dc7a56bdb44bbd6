//! Serialization of values to Python objects.

use std::fmt;

use procmon_parser::{FileTime, Ticks};
use pyo3::BoundObject;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyType};
use serde::ser::{self, Serialize};

use crate::convert;

/// The form of codes, flags, times and spans.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// `Code`, `Flags`, `datetime` and `timedelta`.
    Typed,
    /// `Code` and `Flags`, but times as FILETIMEs and spans as ticks, with all their digits.
    Ticks,
}

/// Returns a value as dictionaries, lists, strings, numbers and bytes.
pub(crate) fn to_python<'py, T: Serialize + ?Sized>(
    py: Python<'py>,
    value: &T,
    form: Form,
) -> PyResult<Bound<'py, PyAny>> {
    value.serialize(Serializer { py, form }).map_err(|error| error.0)
}

/// An exception, as an error of serde.
#[derive(Debug)]
pub(crate) struct Error(PyErr);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(crate::error::PmlError::new_err(message.to_string()))
    }
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Copy)]
struct Serializer<'py> {
    py: Python<'py>,
    form: Form,
}

impl<'py> Serializer<'py> {
    fn object<T: IntoPyObject<'py>>(self, value: T) -> Result<Bound<'py, PyAny>>
    where
        PyErr: From<T::Error>,
    {
        let object = value.into_pyobject(self.py).map_err(PyErr::from)?;
        Ok(object.into_any().into_bound())
    }

    fn value<T: Serialize + ?Sized>(self, value: &T) -> Result<Bound<'py, PyAny>> {
        value.serialize(self)
    }

    /// Returns a dictionary with one key.
    fn variant(self, name: &'static str, value: Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        dict.set_item(PyString::intern(self.py, name), value)?;
        Ok(dict.into_any())
    }

    fn list(self, length: Option<usize>) -> List<'py> {
        List { serializer: self, items: Vec::with_capacity(length.unwrap_or(0).min(4096)) }
    }

    fn fields(self, variant: Option<&'static str>, length: usize) -> Fields<'py> {
        Fields { serializer: self, variant, length, dict: PyDict::new(self.py), number: None, pair: None }
    }

    /// Returns the time or the span of a number.
    fn time(self, name: &'static str, number: Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        if self.form == Form::Ticks {
            return Ok(number);
        }
        let ticks: u64 = number.extract()?;
        let converted = match name {
            "FileTime" => convert::datetime(self.py, FileTime(ticks)),
            _ => convert::timedelta(self.py, Ticks(ticks)).map(Bound::into_any),
        };
        match converted {
            Err(error) if error.is_instance_of::<PyOverflowError>(self.py) => Ok(number),
            converted => Ok(converted?),
        }
    }
}

/// Returns the class of numbers with a name.
fn code_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CODE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CODE.import(py, "procmon_pml._types", "Code")
}

/// Returns the class of sets of flags with names.
fn flags_class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static FLAGS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    FLAGS.import(py, "procmon_pml._types", "Flags")
}

/// Returns a number with a name.
pub(crate) fn code<'py>(py: Python<'py>, number: u32, name: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    code_class(py)?.call1((number, name.map(|name| PyString::intern(py, name))))
}

impl<'py> ser::Serializer for Serializer<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;
    type SerializeSeq = List<'py>;
    type SerializeTuple = List<'py>;
    type SerializeTupleStruct = List<'py>;
    type SerializeTupleVariant = ser::Impossible<Self::Ok, Error>;
    type SerializeMap = Map<'py>;
    type SerializeStruct = Fields<'py>;
    type SerializeStructVariant = Fields<'py>;

    /// Times are numbers of a known type, and bytes are bytes.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_i8(self, value: i8) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_i16(self, value: i16) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_i32(self, value: i32) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_i64(self, value: i64) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_u16(self, value: u16) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_u32(self, value: u32) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_u64(self, value: u64) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_f32(self, value: f32) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_f64(self, value: f64) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_char(self, value: char) -> Result<Self::Ok> {
        self.object(value)
    }

    fn serialize_str(self, value: &str) -> Result<Self::Ok> {
        Ok(PyString::new(self.py, value).into_any())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Self::Ok> {
        Ok(PyBytes::new(self.py, value).into_any())
    }

    fn serialize_none(self) -> Result<Self::Ok> {
        Ok(self.py.None().into_bound(self.py))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok> {
        self.value(value)
    }

    fn serialize_unit(self) -> Result<Self::Ok> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Self::Ok> {
        Ok(PyDict::new(self.py).into_any())
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<Self::Ok> {
        Ok(PyString::intern(self.py, variant).into_any())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Self::Ok> {
        let value = self.value(value)?;
        match name {
            "FileTime" | "Ticks" => self.time(name, value),
            _ => Ok(value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Self::Ok> {
        let value = self.value(value)?;
        self.variant(variant, value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'py>> {
        Ok(self.list(length))
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'py>> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<List<'py>> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Err(ser::Error::custom(format_args!("{variant} has several values without names")))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Map<'py>> {
        Ok(Map { serializer: self, dict: PyDict::new(self.py), key: None })
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Fields<'py>> {
        Ok(self.fields(None, length))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Fields<'py>> {
        Ok(self.fields(Some(variant), length))
    }
}

struct List<'py> {
    serializer: Serializer<'py>,
    items: Vec<Bound<'py, PyAny>>,
}

impl<'py> List<'py> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.items.push(self.serializer.value(value)?);
        Ok(())
    }

    fn finish(self) -> Result<Bound<'py, PyAny>> {
        Ok(PyList::new(self.serializer.py, self.items)?.into_any())
    }
}

impl<'py> ser::SerializeSeq for List<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Self::Ok> {
        self.finish()
    }
}

impl<'py> ser::SerializeTuple for List<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Self::Ok> {
        self.finish()
    }
}

impl<'py> ser::SerializeTupleStruct for List<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<Self::Ok> {
        self.finish()
    }
}

struct Map<'py> {
    serializer: Serializer<'py>,
    dict: Bound<'py, PyDict>,
    key: Option<Bound<'py, PyAny>>,
}

impl<'py> ser::SerializeMap for Map<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = Some(self.serializer.value(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().ok_or_else(|| <Error as ser::Error>::custom("a value without a key"))?;
        Ok(self.dict.set_item(key, self.serializer.value(value)?)?)
    }

    fn end(self) -> Result<Self::Ok> {
        Ok(self.dict.into_any())
    }
}

struct Fields<'py> {
    serializer: Serializer<'py>,
    variant: Option<&'static str>,
    length: usize,
    dict: Bound<'py, PyDict>,
    /// The first of two fields, if it can be the number of a code or of flags.
    number: Option<(&'static str, Bound<'py, PyAny>)>,
    /// The finished code or flags.
    pair: Option<Bound<'py, PyAny>>,
}

impl<'py> Fields<'py> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        let value = self.serializer.value(value)?;
        let Some((first, number)) = self.number.take() else {
            if self.length == 2 && self.dict.is_empty() && matches!(key, "code" | "bits") {
                self.number = Some((key, value));
                return Ok(());
            }
            return self.set(key, value);
        };
        let class = match (first, key) {
            ("code", "name") => code_class(self.serializer.py)?,
            ("bits", "names") => flags_class(self.serializer.py)?,
            _ => {
                self.set(first, number)?;
                return self.set(key, value);
            }
        };
        self.pair = Some(class.call1((number, value))?);
        Ok(())
    }

    fn set(&self, key: &'static str, value: Bound<'py, PyAny>) -> Result<()> {
        Ok(self.dict.set_item(PyString::intern(self.serializer.py, key), value)?)
    }

    fn finish(self) -> Result<Bound<'py, PyAny>> {
        let value = self.pair.unwrap_or_else(|| self.dict.into_any());
        match self.variant {
            Some(variant) => self.serializer.variant(variant, value),
            None => Ok(value),
        }
    }
}

impl<'py> ser::SerializeStruct for Fields<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<Self::Ok> {
        self.finish()
    }
}

impl<'py> ser::SerializeStructVariant for Fields<'py> {
    type Ok = Bound<'py, PyAny>;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<Self::Ok> {
        self.finish()
    }
}
