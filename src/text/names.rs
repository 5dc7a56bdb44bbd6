//! The names that were added after Procmon 3.53, with the first version that prints each.

use super::Compat;
use crate::code::{FileInformationClass, NtStatus, RegistryOperation};

/// A name that some versions do not print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A result.
    Result(NtStatus),
    /// An operation on registry keys.
    Registry(RegistryOperation),
    /// A QueryInformationFile, by its information class.
    Query(FileInformationClass),
    /// A SetInformationFile, by its information class.
    Set(FileInformationClass),
}

type Class = FileInformationClass;
type Status = NtStatus;

/// The first version that prints a name. Names that are not listed are as old as the oldest version, or their age is
/// unknown. Source: the exports of 3.53 for the class 0x47 and the result REPARSE GLOBAL, else the tables of names and
/// the release notes of Procmon's versions. RegOpenKey2 and RegReplaceKey came after 3.60, and 3.70 has them.
const SINCE: [(Name, Compat); 17] = [
    (Name::Query(Class::STAT_LX_INFORMATION), Compat::Procmon3_60),
    (Name::Query(Class::CASE_SENSITIVE_INFORMATION), Compat::Procmon3_60),
    (Name::Query(Class::LINK_INFORMATION_EX), Compat::Procmon3_60),
    (Name::Query(Class::LINK_INFORMATION_EX_BYPASS_ACCESS_CHECK), Compat::Procmon3_60),
    (Name::Query(Class::STORAGE_RESERVE_ID_INFORMATION), Compat::Procmon3_60),
    (Name::Query(Class::CASE_SENSITIVE_INFORMATION_FORCE_ACCESS_CHECK), Compat::Procmon3_60),
    (Name::Set(Class::STORAGE_RESERVE_ID_INFORMATION), Compat::Procmon3_60),
    (Name::Result(Status::STORAGE_RESERVE_ID_INVALID), Compat::Procmon3_60),
    (Name::Result(Status::STORAGE_RESERVE_DOES_NOT_EXIST), Compat::Procmon3_60),
    (Name::Result(Status::STORAGE_RESERVE_ALREADY_EXISTS), Compat::Procmon3_60),
    (Name::Result(Status::STORAGE_RESERVE_NOT_EMPTY), Compat::Procmon3_60),
    (Name::Registry(RegistryOperation::SAVE_KEY), Compat::Procmon3_61),
    (Name::Registry(RegistryOperation::RESTORE_KEY), Compat::Procmon3_61),
    (Name::Registry(RegistryOperation::OPEN_KEY_2), Compat::Procmon3_70),
    (Name::Registry(RegistryOperation::REPLACE_KEY), Compat::Procmon3_70),
    (Name::Result(Status::INVALID_OWNER), Compat::Procmon3_93),
    (Name::Result(Status::REPARSE_GLOBAL), Compat::Procmon3_93),
];

/// The first version that prints all names.
const ALL_NAMED: Compat = Compat::Procmon3_93;

impl Compat {
    /// Returns true if this version prints the name.
    #[inline]
    pub(super) fn has_name(self, name: Name) -> bool {
        self >= ALL_NAMED || SINCE.iter().all(|&(other, since)| other != name || since <= self)
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL_NAMED, Name, SINCE};
    use crate::code::NtStatus;
    use crate::text::Compat;

    #[test]
    fn names_are_listed_once_by_age() {
        assert!(SINCE.is_sorted_by_key(|&(_, since)| since));
        assert!(SINCE.iter().all(|(name, _)| SINCE.iter().filter(|(other, _)| other == name).count() == 1));
        assert_eq!(SINCE.last().map(|&(_, since)| since), Some(ALL_NAMED));
    }

    #[test]
    fn a_name_begins_with_its_version() {
        let reserve = Name::Result(NtStatus::STORAGE_RESERVE_NOT_EMPTY);
        assert!(!Compat::Procmon3_53.has_name(reserve) && Compat::Procmon3_60.has_name(reserve));
        let global = Name::Result(NtStatus::REPARSE_GLOBAL);
        assert!(!Compat::Procmon3_70.has_name(global) && Compat::Procmon3_93.has_name(global));
        assert!(Compat::Procmon3_0.has_name(Name::Result(NtStatus::SUCCESS)));
    }
}
