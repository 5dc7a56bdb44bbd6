//! Files with rules: configurations and exported filters.

use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Filter, SavedFilter};

use crate::error::Failure;

/// Returns true if the extension of a file is that of exported filters.
pub(crate) fn is_filter_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pmf"))
}

/// Reads a configuration (PMC) or an exported filter (PMF), regardless of its name. Returns the filter, and the
/// configuration if the file is one.
pub(crate) fn read(path: &Path) -> Result<(Option<Configuration>, Filter), Failure> {
    let failed = |error: procmon_parser::Error| Failure::file(path, error);
    let bytes = fs::read(path).map_err(|error| Failure::file(path, error))?;
    if !SavedFilter::detect(&bytes) {
        match Configuration::parse(&bytes) {
            Ok(configuration) => {
                let filter = configuration.filter();
                return Ok((Some(configuration), filter));
            }
            Err(_) if is_filter_name(path) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    SavedFilter::parse(&bytes).map(|saved| (None, saved.filter)).map_err(failed)
}
