//! Codes and their names. The Python code creates its enumerations from them.

use procmon_parser::Column;
use procmon_parser::code::{self, ControlCode, NtStatus};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;

/// Returns the codes of a table with their names, in the order of their declaration.
#[pyfunction]
pub(crate) fn code_table(table: &str) -> PyResult<Vec<(u32, &'static str)>> {
    macro_rules! names {
        ($Code:ty) => {
            <$Code>::ALL.iter().filter_map(|code| Some((u32::from(code.0), code.name()?))).collect()
        };
    }
    Ok(match table {
        "Column" => names!(Column),
        "EventClass" => names!(code::EventClass),
        "FileInformationClass" => names!(code::FileInformationClass),
        "FsInformationClass" => names!(code::FsInformationClass),
        "NtStatus" => names!(NtStatus),
        "RegistryType" => names!(code::RegistryType),
        _ => return Err(PyKeyError::new_err(table.to_owned())),
    })
}

/// Returns the titles of all columns, in the order of Procmon's export of all columns.
#[pyfunction]
pub(crate) fn column_titles() -> Vec<&'static str> {
    Column::PROCMON_ORDER.iter().filter_map(|column| column.name()).collect()
}

/// Returns Procmon's name of an NTSTATUS, or ``None``.
#[pyfunction]
pub(crate) fn status_name(status: u32) -> Option<&'static str> {
    NtStatus(status).name()
}

/// Returns Procmon's name of a control code, or its number in hexadecimal.
#[pyfunction]
pub(crate) fn control_code_name(code: u32) -> String {
    ControlCode(code).to_string()
}

/// Returns the names of the flags of a set, as Procmon prints them. Bits without a name are left out, and generic access
/// rights are replaced by the specific ones that they stand for.
#[pyfunction]
pub(crate) fn flag_names(table: &str, bits: u32) -> PyResult<Vec<&'static str>> {
    macro_rules! names {
        ($flags:expr) => {
            $flags.names().filter_map(|(_, name)| name).collect()
        };
    }
    Ok(match table {
        "CreateOptions" => names!(code::CreateOptions::from(bits)),
        "FileAccess" => names!(code::FileAccess::from(bits).mapped()),
        "FileAttributes" => names!(code::FileAttributes::from(bits)),
        "IoFlags" => names!(code::IoFlags::from(bits)),
        "NotifyFilter" => names!(code::NotifyFilter::from(bits)),
        "RegistryAccess" => names!(code::RegistryAccess::from(bits).mapped()),
        "SecurityInformation" => names!(code::SecurityInformation::from(bits)),
        "ShareAccess" => names!(code::ShareAccess::from(bits)),
        _ => return Err(PyKeyError::new_err(table.to_owned())),
    })
}
