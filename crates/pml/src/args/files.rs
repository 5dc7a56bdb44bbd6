//! The files that options name for reading, which no output may overwrite.

use std::path::{Path, PathBuf};

use crate::args::input::InputArgs;
use crate::args::list::Rules;
use crate::args::query::QueryArg;
use crate::args::redact::RedactArgs;
use crate::args::select::SelectArgs;

impl InputArgs {
    /// Returns the logs as they are named, without the other files of their captures.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.logs.iter().map(PathBuf::as_path)
    }
}

impl SelectArgs {
    /// Returns the files that are read for the selection.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let settings = self.config.iter().chain(&self.filter_file).map(PathBuf::as_path);
        let rules = self.filter.iter().filter_map(Rules::file).chain(self.lists.files());
        settings.chain(rules).chain(self.query.iter().flat_map(QueryArg::files))
    }
}

impl RedactArgs {
    /// Returns the files with replacements.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.redact_map.iter().map(PathBuf::as_path)
    }
}
