//! The native part of the Python package `procmon_pml`.
//!
//! Each class is a thin wrapper: a `Log` shares an open `LogsStream`, an `Event` shares the window that it was read into,
//! and values are converted when an attribute is read. Work on whole logs runs in another thread while the calling thread
//! waits for it and for signals (`task`).

mod analysis;
mod arrow;
mod codes;
mod configuration;
mod convert;
mod error;
mod event;
mod export;
mod filter;
mod html;
mod log;
mod names;
mod output;
mod process;
mod save;
mod selection;
mod shared;
mod style;
mod task;
mod value;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::arrow::ArrowStream;
    #[pymodule_export]
    use super::codes::{code_table, column_titles, control_code_name, flag_names, status_name};
    #[pymodule_export]
    use super::configuration::Configuration;
    #[pymodule_export]
    use super::error::{PmlError, PmlWarning};
    #[pymodule_export]
    use super::event::{Event, Frame};
    #[pymodule_export]
    use super::filter::Rule;
    #[pymodule_export]
    use super::log::{Events, Log};
    #[pymodule_export]
    use super::process::{Module, Process};
    #[pymodule_export]
    use super::save::merge;
    #[pymodule_export]
    use super::style::Style;
}
