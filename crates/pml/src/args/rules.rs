//! Files with rules: configurations and exported filters.

use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Filter, SavedFilter};

use crate::error::Failure;

/// Reads a configuration (PMC) or an exported filter (PMF), regardless of its name. Returns the filter, and the
/// configuration if the file is one.
pub(crate) fn read(path: &Path) -> Result<(Option<Configuration>, Filter), Failure> {
    let failed = |error: procmon_parser::Error| Failure::file(path, error);
    let bytes = fs::read(path).map_err(|error| Failure::file(path, error))?;
    let is_named_filter = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pmf"));
    match Configuration::parse(&bytes) {
        _ if SavedFilter::detect(&bytes) => {}
        Err(_) if is_named_filter => {}
        Ok(configuration) => {
            let filter = configuration.filter();
            return Ok((Some(configuration), filter));
        }
        Err(error) => return Err(failed(error)),
    }
    SavedFilter::parse(&bytes).map(|saved| (None, saved.filter)).map_err(failed)
}
