//! Files with rules: configurations and exported filters.

use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Error, Filter, SavedFilter};

use crate::error::Failure;

/// Returns true if the extension of a file is that of exported filters.
pub(crate) fn is_filter_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pmf"))
}

/// The contents of a file with rules.
#[derive(Debug)]
pub(crate) enum Contents {
    /// A configuration, and the first error, if it is damaged.
    Configuration(Configuration, Option<Error>),
    Filter(SavedFilter),
}

impl Contents {
    /// Reads a configuration (PMC) or an exported filter (PMF). The format is detected from the bytes; if they match
    /// neither, from the extension. Fails if no option of a configuration can be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file(path, error))?;
        let (configuration, error) = Configuration::parse_lenient(&bytes);
        let is_empty = configuration.options().is_empty();
        if SavedFilter::detect(&bytes) || is_filter_name(path) && is_empty {
            return SavedFilter::parse(&bytes).map(Self::Filter).map_err(|error| Failure::file(path, error));
        }
        match error {
            Some(error) if is_empty => Err(Failure::file(path, error)),
            error => Ok(Self::Configuration(configuration, error)),
        }
    }
}

/// Reads a configuration (PMC) or an exported filter (PMF), as [`Contents::read`] does. Returns the filter, and
/// the configuration if the file is one. Also fails if a configuration is damaged.
pub(crate) fn read(path: &Path) -> Result<(Option<Configuration>, Filter), Failure> {
    match Contents::read(path)? {
        Contents::Configuration(_, Some(error)) => Err(Failure::file(path, error)),
        Contents::Configuration(configuration, None) => {
            let filter = configuration.filter();
            Ok((Some(configuration), filter))
        }
        Contents::Filter(saved) => Ok((None, saved.filter)),
    }
}
