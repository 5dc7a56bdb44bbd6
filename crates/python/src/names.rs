//! Python strings for texts that occur in many events.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The Python strings for texts that live as long as the log: names of processes, operations and results. A text is
/// recognized by its address, so that its string is created only once.
#[derive(Default)]
pub(crate) struct Names(HashMap<(usize, usize), Py<PyString>, RandomState>);

impl Names {
    /// Returns the Python string for a text. The text must live as long as the log.
    #[inline]
    pub(crate) fn get(&mut self, py: Python<'_>, text: &str) -> Py<PyString> {
        let address = (text.as_ptr() as usize, text.len());
        match self.0.get(&address) {
            Some(name) => name.clone_ref(py),
            None => self.make(py, text, address),
        }
    }

    #[cold]
    fn make(&mut self, py: Python<'_>, text: &str, address: (usize, usize)) -> Py<PyString> {
        let name = PyString::intern(py, text).unbind();
        self.0.insert(address, name.clone_ref(py));
        name
    }
}
