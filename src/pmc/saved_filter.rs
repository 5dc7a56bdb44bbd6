//! Saved filters (PMF).

use std::fs;
use std::io;
use std::path::Path;

use super::rules;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::wire::cursor::Cursor;

/// A saved filter, as Procmon exports it (PMF). Its name is the name of the file, so it is not stored here.
///
/// ```
/// use procmon_parser::{Rule, SavedFilter};
///
/// let saved = SavedFilter::new([Rule::process_name().is("python.exe").include()]);
/// assert_eq!(SavedFilter::parse(&saved.to_bytes())?.filter, saved.filter);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SavedFilter {
    /// The rules.
    #[cfg_attr(feature = "serde", serde(rename = "rules"))]
    pub filter: Filter,
    /// The bytes of the list of rules, as they were read.
    #[cfg_attr(feature = "serde", serde(skip))]
    list: Vec<u8>,
    /// Bytes after the list, which Procmon ignores.
    #[cfg_attr(feature = "serde", serde(skip))]
    trailing: Vec<u8>,
}

impl SavedFilter {
    /// Creates a saved filter.
    #[must_use]
    pub fn new(filter: impl Into<Filter>) -> Self {
        Self { filter: filter.into(), list: rules::EMPTY.to_vec(), trailing: Vec::new() }
    }

    /// Reads a PMF file into memory and parses it.
    ///
    /// # Errors
    /// If the file cannot be read, or if [`parse`](Self::parse) fails.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| Error::from(error).in_file(path))?;
        Self::parse(&bytes).map_err(|error| error.in_file(path))
    }

    /// Parses the bytes of a PMF file.
    ///
    /// # Errors
    /// If the file is shorter than the size that it states, or if its rules are truncated.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes, 0);
        let size = cursor.read::<u32>("filter.size")?;
        let list = cursor.bytes(size as usize, "filter.rules")?;
        Ok(Self { filter: rules::parse(list, 4)?, list: list.to_vec(), trailing: cursor.rest().to_vec() })
    }

    /// Returns true if the bytes of a file are a saved filter and not a configuration: they begin with the size of the
    /// rest, and a valid list of rules follows. A configuration begins with the size of its first option.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> bool {
        let size = bytes.first_chunk().map(|&size| u32::from_le_bytes(size) as usize);
        size.is_some_and(|size| size.checked_add(4) == Some(bytes.len())) && Self::parse(bytes).is_ok()
    }

    /// Returns the bytes of the PMF file. A saved filter that was parsed and not changed has the same bytes. If the
    /// filter was changed, the remaining rules keep their bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let list = rules::encode(&self.filter, &self.list);
        let size = u32::try_from(list.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&size, list.as_slice(), &self.trailing].concat()
    }

    /// Writes the PMF file.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_to(&self, mut out: impl io::Write) -> Result<()> {
        Ok(out.write_all(&self.to_bytes())?)
    }
}

/// Compares saved filters by the bytes of their files.
impl PartialEq for SavedFilter {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for SavedFilter {}
