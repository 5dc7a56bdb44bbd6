//! The versions of Procmon's output, with the limits and mistakes of each.

use std::fmt;
use std::str::FromStr;

use crate::code::EventClass;
use crate::error::Error;
use crate::event::Event;

/// The version of Procmon whose output to reproduce. The bytes of a log have had the same meaning since 2013, but
/// versions of Procmon print them differently.
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
    /// No version: all items, full strings and all values that are in the log. A NUL inside a string is `␀`.
    #[default]
    Complete,
    /// Procmon 3.94 byte for byte. The Detail column has at most 7 items. A cell ends at its first NUL and has at most
    /// 4,095 UTF-16 units. A string with more characters than the detail block has bytes is empty.
    Procmon3_94,
    /// Procmon 3.53 byte for byte. The Detail column has all items except lists of streams, long strings are not empty,
    /// and operations that got a name in 3.60 are `<Unknown>`. Other limits of cells are those of 3.94.
    Procmon3_53,
    /// Procmon 3.52 byte for byte: like 3.53 except for directory listings.
    Procmon3_52,
    /// Procmon 3.0 of 2013, as far as it is known from one log of Windows XP: like 3.52 except for the name of one
    /// operation.
    Procmon3_0,
}

impl Compat {
    /// All versions, newest first.
    pub const ALL: [Self; 5] =
        [Self::Complete, Self::Procmon3_94, Self::Procmon3_53, Self::Procmon3_52, Self::Procmon3_0];

    /// Returns the name that `FromStr` parses, such as `procmon-3.94`.
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

    /// Returns true if a log that is saved under a filter has an event although the filter hides it. Procmon saves all
    /// profiling events, but exports only those that its filter shows. Always false for [`Complete`](Self::Complete).
    #[must_use]
    pub fn saves_hidden(self, event: Event<'_>) -> bool {
        self.is_procmon() && event.class() == EventClass::PROFILING
    }

    /// Returns true for a version of Procmon, with its limits and mistakes.
    pub(crate) const fn is_procmon(self) -> bool {
        !matches!(self, Self::Complete)
    }

    /// Returns the greatest number of items in the Detail column.
    pub(super) const fn max_items(self) -> usize {
        if matches!(self, Self::Procmon3_94) { 7 } else { usize::MAX }
    }

    /// Returns the greatest length of a cell, in UTF-16 units.
    pub(super) const fn max_units(self) -> usize {
        if self.is_procmon() { 4095 } else { usize::MAX }
    }

    /// Returns true if a string with more characters than the detail block has bytes prints as empty.
    pub(super) const fn blanks_long_strings(self) -> bool {
        matches!(self, Self::Procmon3_94)
    }

    /// Returns true if the parameters of a Process Start are not printed for a log of this format version, even if the
    /// log has them.
    pub(super) const fn hides_parameters(self, version: u32) -> bool {
        matches!(self, Self::Procmon3_94) && version < 8
    }

    /// Returns true if SetAllocationInformationFile has its old name, SetAllInformationFile.
    pub(super) const fn has_old_allocation_name(self) -> bool {
        matches!(self, Self::Procmon3_0)
    }

    /// Returns the position of the information class in a directory listing.
    pub(super) const fn listing_form(self) -> ListingForm {
        match self {
            Self::Complete | Self::Procmon3_94 => ListingForm::ClassFirst,
            Self::Procmon3_53 => ListingForm::ClassOverThird,
            Self::Procmon3_52 | Self::Procmon3_0 => ListingForm::NoClass,
        }
    }

    /// Returns true if lists of streams are not printed.
    pub(super) const fn lacks_streams(self) -> bool {
        matches!(self, Self::Procmon3_53 | Self::Procmon3_52 | Self::Procmon3_0)
    }

    /// Returns true if operations that got a name in Procmon 3.60 print as `<Unknown>`.
    pub(super) const fn lacks_new_names(self) -> bool {
        matches!(self, Self::Procmon3_53 | Self::Procmon3_52 | Self::Procmon3_0)
    }
}

/// The position of the information class in the detail of a directory listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListingForm {
    /// The first item, before the pattern and the entries.
    ClassFirst,
    /// The third item, instead of the entry that belongs there.
    ClassOverThird,
    /// The class is not printed.
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
        found.ok_or_else(|| Error::unknown_name("version of Procmon's output", text))
    }
}
