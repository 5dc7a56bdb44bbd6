//! The results of rules on Result, computed in advance for each status that has a name.

use crate::code::NtStatus;
use crate::text::Style;

/// The results of rules for statuses.
#[derive(Clone, Debug)]
pub(super) struct Statuses {
    /// The result for SUCCESS. Most events have it, so it is not searched for.
    success: bool,
    /// The statuses with a name, sorted, with the result for each.
    named: Box<[(NtStatus, bool)]>,
}

impl Statuses {
    /// Evaluates `matches` on the name of each status that has one in the style.
    pub(super) fn new(style: &Style, matches: impl Fn(&str) -> bool) -> Self {
        let named = NtStatus::ALL.iter().filter_map(|&status| Some((status, matches(style.status_name(status)?))));
        let mut named: Box<[_]> = named.collect();
        named.sort_unstable_by_key(|&(status, _)| status);
        let success = NtStatus::SUCCESS.name().is_some_and(&matches);
        Self { success, named }
    }

    /// Returns the result for a status; `None` if it has no name.
    #[inline]
    pub(super) fn get(&self, status: NtStatus) -> Option<bool> {
        if status == NtStatus::SUCCESS {
            return Some(self.success);
        }
        let at = self.named.binary_search_by_key(&status, |&(known, _)| known).ok()?;
        self.named.get(at).map(|&(_, matches)| matches)
    }
}

#[cfg(test)]
mod tests {
    use super::Statuses;
    use crate::code::NtStatus;
    use crate::text::{Compat, Style};

    #[test]
    fn named_statuses_are_found_and_others_are_not() {
        let statuses = Statuses::new(&Style::new(), |name| name.len() % 2 == 0);
        for &status in NtStatus::ALL {
            assert_eq!(statuses.get(status), Some(status.name().unwrap().len() % 2 == 0), "{status:?}");
        }
        assert_eq!(statuses.get(NtStatus(0xC123_4567)), None);
        let old = Statuses::new(&Style::new().compat(Compat::Procmon3_53), |_| true);
        assert_eq!(old.get(NtStatus::REPARSE_GLOBAL), None);
    }
}
