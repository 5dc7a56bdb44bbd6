//! The versions of Procmon whose text can be reproduced, with their limits and mistakes.

use std::fmt;
use std::str::FromStr;

use crate::code::{Column, EventClass};
use crate::error::Error;
use crate::event::Event;

/// The version of Procmon whose text is reproduced, or none. The meaning of the bytes of a log has not changed since
/// 2013, but versions of Procmon print them differently.
///
/// Each version here prints some text differently from the one before it, except that 3.93 and 3.94 print the same
/// text, as far as is known. Versions are in order: a later one is greater, and `Complete` is the greatest. `FromStr`
/// accepts any version from 3.0 up to, but not including, 4.2, with or without `procmon-` before it. A version between
/// two of these prints as the older one, as far as is known: 3.95, 3.96 and 4.0 as 3.94.
///
/// ```
/// use procmon_parser::Compat;
///
/// assert_eq!("procmon-3.94".parse::<Compat>()?, Compat::Procmon3_94);
/// assert_eq!("3.96".parse::<Compat>()?, Compat::Procmon3_94);
/// assert_eq!(Compat::default().to_string(), "complete");
/// assert!(Compat::Procmon3_94 < Compat::Procmon4_01);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Compat {
    /// Procmon 3.0 from 2013, as far as a single log of Windows XP shows it: like 3.52, except that
    /// SetAllocationInformationFile has its old name, SetAllInformationFile.
    Procmon3_0,
    /// Procmon 3.52, byte for byte: like 3.53, except that directory listings do not have the information class.
    Procmon3_52,
    /// Procmon 3.53, byte for byte. The Detail column has all items except lists of streams, long strings are printed,
    /// and newer names are missing. In a directory listing, the information class is the third item and replaces the
    /// entry that would be there. As in 3.94, a cell ends at its first NUL and has at most 4,095 UTF-16 code units.
    Procmon3_53,
    /// Procmon 3.60, from its release notes and the tables of names: like 3.53, with names for more information classes
    /// and results.
    Procmon3_60,
    /// Procmon 3.61, compared with an export of part of one log: the limits of 3.94, and the names of 3.60 plus names
    /// for two more operations on registry keys.
    Procmon3_61,
    /// Procmon 3.70: like 3.61, with names for two more operations on registry keys.
    Procmon3_70,
    /// Procmon 3.93: like 3.94, as far as is known.
    Procmon3_93,
    /// Procmon 3.94, byte for byte. The Detail column has at most 7 items. A cell ends at its first NUL and has at most
    /// 4,095 UTF-16 code units. A string with more characters than the detail block has bytes is printed as empty.
    Procmon3_94,
    /// Procmon 4.01, byte for byte: like 3.94, with the columns Process Start and High Resolution Process Start.
    Procmon4_01,
    /// Procmon 4.1, as far as it is known from another reader of its logs: like 4.01, with events of the IPC class.
    Procmon4_1,
    /// The complete text, unlike any version of Procmon: all items, full strings and all values that are in the log. A
    /// NUL inside a string is printed as `␀`.
    #[default]
    Complete,
}

/// The first version whose output is not reproduced, 4.2, as in [`Compat::number`].
const FIRST_UNKNOWN: u16 = 420;

impl Compat {
    /// All variants: `Complete`, then the versions of Procmon from newest to oldest.
    pub const ALL: [Self; 11] = [
        Self::Complete,
        Self::Procmon4_1,
        Self::Procmon4_01,
        Self::Procmon3_94,
        Self::Procmon3_93,
        Self::Procmon3_70,
        Self::Procmon3_61,
        Self::Procmon3_60,
        Self::Procmon3_53,
        Self::Procmon3_52,
        Self::Procmon3_0,
    ];

    /// Returns the name that `FromStr` parses, such as `procmon-3.94`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Procmon4_1 => "procmon-4.1",
            Self::Procmon4_01 => "procmon-4.01",
            Self::Procmon3_94 => "procmon-3.94",
            Self::Procmon3_93 => "procmon-3.93",
            Self::Procmon3_70 => "procmon-3.70",
            Self::Procmon3_61 => "procmon-3.61",
            Self::Procmon3_60 => "procmon-3.60",
            Self::Procmon3_53 => "procmon-3.53",
            Self::Procmon3_52 => "procmon-3.52",
            Self::Procmon3_0 => "procmon-3.0",
        }
    }

    /// Returns true if Procmon keeps this event when it saves a log under a filter that hides the event. Procmon saves
    /// all profiling events, but exports only those that its filter shows. Always false for
    /// [`Complete`](Self::Complete).
    #[must_use]
    pub fn saves_hidden(self, event: Event<'_>) -> bool {
        self.is_procmon() && event.class() == EventClass::PROFILING
    }

    /// Returns true for the versions of Procmon, which limit the text, and false for [`Complete`](Self::Complete).
    pub(crate) fn is_procmon(self) -> bool {
        self != Self::Complete
    }

    /// Returns true if this version of Procmon has the column. If it lacks the column, it exports empty cells under the
    /// title of the column before it, and rules on the column never match.
    pub(crate) fn has_column(self, column: Column) -> bool {
        match column {
            Column::PROCESS_START | Column::HIGH_RESOLUTION_PROCESS_START => self >= Self::Procmon4_01,
            column => column.name().is_some(),
        }
    }

    /// Returns true if the text of details has the limits that Procmon 3.53 did not have.
    fn has_new_limits(self) -> bool {
        self.is_procmon() && self >= Self::Procmon3_61
    }

    /// Returns true if events of the IPC class are printed. In older versions they have no name, path or detail.
    pub(super) fn shows_ipc(self) -> bool {
        self >= Self::Procmon4_1
    }

    /// Returns the maximum number of items in the Detail column, or `usize::MAX` if there is no limit.
    pub(super) fn max_items(self) -> usize {
        if self.has_new_limits() { 7 } else { usize::MAX }
    }

    /// Returns the maximum length of a cell in UTF-16 code units, or `usize::MAX` if there is no limit.
    pub(super) fn max_units(self) -> usize {
        if self.is_procmon() { 4095 } else { usize::MAX }
    }

    /// Returns true if a string with more characters than the detail block has bytes is printed as empty.
    pub(super) fn blanks_long_strings(self) -> bool {
        self.has_new_limits()
    }

    /// Returns true if only the parent PID of a Process Start is printed for a log of format version `version`, even if
    /// the log has its parameters (docs/PML-FORMAT.md, "Process Start").
    pub(super) fn hides_parameters(self, version: u32) -> bool {
        self.has_new_limits() && version < 8
    }

    /// Returns true if SetAllocationInformationFile has its old name, SetAllInformationFile.
    pub(super) fn has_old_allocation_name(self) -> bool {
        self <= Self::Procmon3_0
    }

    /// Returns the position of the information class in a directory listing.
    pub(super) fn listing_form(self) -> ListingForm {
        if self <= Self::Procmon3_52 {
            ListingForm::NoClass
        } else if self < Self::Procmon3_61 {
            ListingForm::ClassOverThird
        } else {
            ListingForm::ClassFirst
        }
    }

    /// Returns true if lists of streams are not printed.
    pub(super) fn lacks_streams(self) -> bool {
        self < Self::Procmon3_61
    }

    /// Returns the version of Procmon times 100, such as 394 for 3.94; `None` for `Complete`.
    fn number(self) -> Option<u16> {
        number(self.name().strip_prefix(PREFIX)?)
    }
}

/// The position of the information class in the detail of a directory listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListingForm {
    /// The class is the first item, before the pattern and the entries.
    ClassFirst,
    /// The class is the third item, and replaces the entry that would be there.
    ClassOverThird,
    /// The class is not printed.
    NoClass,
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The start of the names of Procmon's versions.
const PREFIX: &str = "procmon-";

impl FromStr for Compat {
    type Err = Error;

    /// Ignores ASCII case.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case(Self::Complete.name()) {
            return Ok(Self::Complete);
        }
        let version = match text.split_at_checked(PREFIX.len()) {
            Some((prefix, version)) if prefix.eq_ignore_ascii_case(PREFIX) => version,
            _ => text,
        };
        let known = number(version).filter(|&version| version < FIRST_UNKNOWN);
        let found =
            known.and_then(|known| Self::ALL.into_iter().find(|other| other.number().is_some_and(|of| of <= known)));
        found.ok_or_else(|| Error::invalid_text(EXPECTED, text))
    }
}

/// Parses a version such as `3.94` as 394. A single decimal digit means tenths: `3.5` is 350.
fn number(version: &str) -> Option<u16> {
    let (major, minor) = version.split_once('.')?;
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(major) || !is_number(minor) {
        return None;
    }
    let scale = match minor.len() {
        1 => 10,
        2 => 1,
        _ => return None,
    };
    let minor: u16 = minor.parse().ok()?;
    major.parse::<u16>().ok()?.checked_mul(100)?.checked_add(minor * scale)
}

/// The names, for messages.
const EXPECTED: &str = "complete, or a version of Procmon: procmon-4.1, procmon-4.01, procmon-3.94, procmon-3.93, procmon-3.70, \
                        procmon-3.61, procmon-3.60, procmon-3.53, procmon-3.52, procmon-3.0, or one between them";

#[cfg(test)]
mod tests {
    use super::{Compat, EXPECTED};

    #[test]
    fn versions_are_in_order() {
        assert!(
            Compat::ALL
                .is_sorted_by(|newer, older| newer > older && newer.number().is_none_or(|n| n < super::FIRST_UNKNOWN))
        );
        let numbers: Vec<_> = Compat::ALL.into_iter().filter_map(Compat::number).collect();
        assert!(numbers.len() + 1 == Compat::ALL.len() && numbers.is_sorted_by(|newer, older| newer > older));
        assert!(Compat::ALL.into_iter().all(|compat| EXPECTED.contains(compat.name())));
    }

    #[test]
    fn versions_between_two_are_the_older() {
        for compat in Compat::ALL {
            assert_eq!(compat.name().parse::<Compat>().unwrap(), compat);
            assert_eq!(compat.name().to_ascii_uppercase().parse::<Compat>().unwrap(), compat);
        }
        let cases = [
            ("3.94", Compat::Procmon3_94),
            ("3.95", Compat::Procmon3_94),
            ("procmon-3.96", Compat::Procmon3_94),
            ("4.0", Compat::Procmon3_94),
            ("4.04", Compat::Procmon4_01),
            ("4.05", Compat::Procmon4_01),
            ("4.10", Compat::Procmon4_1),
            ("3.9", Compat::Procmon3_70),
            ("3.7", Compat::Procmon3_70),
            ("3.5", Compat::Procmon3_0),
        ];
        for (text, compat) in cases {
            assert_eq!(text.parse::<Compat>().unwrap(), compat, "{text}");
        }
        for text in ["", "procmon-", "2.8", "4.2", "4.20", "5.0", "3", "3.", ".94", "3.940", "+3.94", "3.-1", "99999.0"]
        {
            assert!(text.parse::<Compat>().is_err(), "{text}");
        }
    }
}
