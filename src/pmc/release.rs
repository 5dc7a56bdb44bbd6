//! Versions of Procmon that write different sets of options.

use std::fmt;
use std::str::FromStr;

use super::Key;
use crate::error::{Error, Result};

/// A version of Procmon that writes its own set of options.
///
/// ```
/// use procmon_parser::Configuration;
/// use procmon_parser::pmc::Release;
///
/// let configuration = Configuration::procmon_default_of("4.04".parse()?);
/// assert_eq!(configuration.options().len(), 22);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Release {
    /// Procmon up to version 3.5x: 20 options.
    Procmon3_5,
    /// Procmon 3.94 to 4.01: all 24 options.
    #[default]
    Procmon3_94,
    /// Procmon 4.04: 22 options, without the paths of dbghelp.dll and of symbols.
    Procmon4_04,
}

impl Release {
    /// All releases, oldest first.
    pub const ALL: [Self; 3] = [Self::Procmon3_5, Self::Procmon3_94, Self::Procmon4_04];

    /// Returns the number of the version: `3.5`, `3.94` or `4.04`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Procmon3_5 => "3.5",
            Self::Procmon3_94 => "3.94",
            Self::Procmon4_04 => "4.04",
        }
    }

    /// Returns true if configurations of the release have an option.
    #[must_use]
    pub const fn has(self, key: Key) -> bool {
        match key {
            Key::Theme | Key::FlightRecorder | Key::RingBufferSize | Key::RingBufferMin => {
                !matches!(self, Self::Procmon3_5)
            }
            Key::DbgHelpPath | Key::SymbolPath => !matches!(self, Self::Procmon4_04),
            _ => true,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Release {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|release| release.name() == text);
        found.ok_or_else(|| Error::unknown_name("Procmon release: 3.5, 3.94 or 4.04", text))
    }
}
