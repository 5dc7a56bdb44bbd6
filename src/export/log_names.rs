//! The names of logs in the rows of an export.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::event::Event;
use crate::index::Index;

/// The names of logs, for exports that add the name of the log to each row.
///
/// ```
/// use procmon_parser::export::{LogNames, Pipeline, csv::Csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let paths = ["fixtures/sample64.pml".as_ref(), "fixtures/sample32.pml".as_ref()];
/// let logs = [LogsReader::open(paths[0])?, LogsReader::open(paths[1])?];
/// let names = LogNames::new([(logs[0].index(), paths[0], "server"), (logs[1].index(), paths[1], "client")]);
/// let mut out = Vec::new();
/// Pipeline::new().run(&mut out, &logs[..], Csv::new(&[Column::PID], Style::new()).with_log_names(names))?;
/// assert!(out.starts_with("\u{FEFF}\"Log\",\"PID\"\r\n\"server\",\"3312\"\r\n".as_bytes()));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LogNames {
    /// The path of each file, and the name of its log.
    files: HashMap<Index, (PathBuf, String)>,
}

impl LogNames {
    /// Creates a list of all files of the logs: the tables, the path, and the name of the log. The path identifies the
    /// file of an event that cannot be read.
    #[must_use]
    pub fn new<'f>(files: impl IntoIterator<Item = (&'f Index, &'f Path, &'f str)>) -> Self {
        let file = |(index, path, name): (&Index, &Path, &str)| (index.clone(), (path.to_owned(), name.to_owned()));
        Self { files: files.into_iter().map(file).collect() }
    }

    /// Returns the name of the log of an event; an empty text if it is not in the list.
    pub(super) fn of_event(&self, event: Event<'_>) -> &str {
        self.files.get(event.index()).map_or("", |(_, name)| name)
    }

    /// Returns the name of the log of an event that cannot be read; an empty text if it is not known.
    pub(super) fn of_error(&self, error: &Error) -> &str {
        let mut files = self.files.values();
        files.find(|(path, _)| error.path() == Some(path)).map_or("", |(_, name)| name)
    }
}
