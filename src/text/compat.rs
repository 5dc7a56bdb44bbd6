//! The versions of Procmon's output: what each of them limits, blanks and gets wrong.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// The version of Procmon whose output to reproduce. The bytes of a log have had one meaning since 2013, but versions of
/// Procmon print them differently.
///
/// ```
/// use procmon_parser::Compat;
///
/// assert_eq!("procmon-3.94".parse::<Compat>()?, Compat::Procmon3_94);
/// assert_eq!(Compat::default().to_string(), "complete");
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compat {
    /// No version: everything that the log has, with no item left out, no text cut and no value blanked. A NUL within a
    /// text is `␀`.
    #[default]
    Complete,
    /// Procmon 3.94 byte for byte: at most 7 items of detail, cells of at most 4,095 UTF-16 units that end at the
    /// first NUL, and no string that has more characters than the detail block has bytes.
    Procmon3_94,
    /// Procmon 3.53 byte for byte: all items, cells as in 3.94, REPARSE GLOBAL without its name.
    Procmon3_53,
    /// Procmon 3.52 byte for byte: as 3.53 except for directory listings.
    Procmon3_52,
    /// Procmon 3.0 of 2013, as far as a log of Windows XP shows it: as 3.52 except for the name of one operation.
    Procmon3_0,
}

impl Compat {
    /// All, newest first.
    pub const ALL: [Self; 5] =
        [Self::Complete, Self::Procmon3_94, Self::Procmon3_53, Self::Procmon3_52, Self::Procmon3_0];

    /// The name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Procmon3_94 => "procmon-3.94",
            Self::Procmon3_53 => "procmon-3.53",
            Self::Procmon3_52 => "procmon-3.52",
            Self::Procmon3_0 => "procmon-3.0",
        }
    }

    /// Whether text is a Procmon's, its limits included.
    pub(super) const fn is_procmon(self) -> bool {
        !matches!(self, Self::Complete)
    }

    /// Greatest number of items of a detail.
    pub(super) const fn max_items(self) -> usize {
        if matches!(self, Self::Procmon3_94) { 7 } else { usize::MAX }
    }

    /// Greatest length of a cell in UTF-16 units.
    pub(super) const fn max_units(self) -> usize {
        if self.is_procmon() { 4095 } else { usize::MAX }
    }

    /// Whether a string of more characters than the detail block has bytes prints as nothing.
    pub(super) const fn blanks_long_strings(self) -> bool {
        matches!(self, Self::Procmon3_94)
    }

    /// Whether the parameters of a Process Start are left out of a log of this format version, though the log has them.
    pub(super) const fn hides_parameters(self, version: u32) -> bool {
        matches!(self, Self::Procmon3_94) && version < 8
    }

    /// Whether SetAllocationInformationFile still has its old name.
    pub(super) const fn has_old_allocation_name(self) -> bool {
        matches!(self, Self::Procmon3_0)
    }

    /// Where a directory listing tells its class.
    pub(super) const fn listing_form(self) -> ListingForm {
        match self {
            Self::Complete | Self::Procmon3_94 => ListingForm::ClassFirst,
            Self::Procmon3_53 => ListingForm::ClassOverThird,
            Self::Procmon3_52 | Self::Procmon3_0 => ListingForm::NoClass,
        }
    }

    /// Whether lists of streams print as nothing.
    pub(super) const fn lacks_streams(self) -> bool {
        matches!(self, Self::Procmon3_53 | Self::Procmon3_52 | Self::Procmon3_0)
    }

    /// Whether the names that came with Procmon 3.60 and later are still missing.
    pub(super) const fn lacks_new_names(self) -> bool {
        matches!(self, Self::Procmon3_53 | Self::Procmon3_52 | Self::Procmon3_0)
    }
}

/// Where a directory listing tells its information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListingForm {
    /// In the first item, before pattern and entries.
    ClassFirst,
    /// In the third place, over the entry that belongs there.
    ClassOverThird,
    /// Nowhere.
    NoClass,
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Compat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|compat| compat.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| Error::unknown_name("Compat", text))
    }
}
