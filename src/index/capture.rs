//! The names that the files of one capture share.

use std::sync::Arc;

use super::Container;
use super::hosts::Hosts;

/// The files of a capture, taken together.
///
/// For all files, Procmon keeps only one table of hosts and ports (from the last file that has one) and one system root
/// (from the first file). A table names the hosts that were resolved by the end of its file, so the names of the other
/// files are useful too.
#[derive(Debug)]
pub(super) struct Capture {
    first: Arc<Container>,
    /// The last file that has hosts and ports tables, even if they are empty.
    last_named: Option<Arc<Container>>,
    /// The hosts and ports that have a name in some file, with the name in the last such file.
    names: Hosts,
}

impl Capture {
    /// Creates a capture from its files. `first` is the first of `files`.
    pub(super) fn new<'c>(first: &Arc<Container>, files: impl DoubleEndedIterator<Item = &'c Arc<Container>>) -> Self {
        let mut names = Hosts::default();
        let mut last_named = None;
        for file in files.rev() {
            names.add_names(&file.tables.hosts);
            if last_named.is_none() && file.tables.hosts.are_stored() {
                last_named = Some(Arc::clone(file));
            }
        }
        Self { first: Arc::clone(first), last_named, names }
    }

    /// Returns the hosts and ports that have a name in some file.
    pub(super) fn names(&self) -> &Hosts {
        &self.names
    }

    /// Returns the tables of the last file that has them.
    pub(super) fn last_names(&self) -> Option<&Hosts> {
        self.last_named.as_ref().map(|file| &file.tables.hosts)
    }

    /// Returns the system root of the first file.
    pub(super) fn system_root(&self) -> &str {
        &self.first.system.system_root
    }
}
