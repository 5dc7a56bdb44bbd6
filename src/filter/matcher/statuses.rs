//! What rules say of each result that has a name.

use crate::code::NtStatus;

/// A hash table of results; those without a name are not in it.
#[derive(Clone)]
pub(super) struct Statuses {
    slots: Box<[Option<(NtStatus, bool)>]>,
}

/// More than twice the number of names.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 10;
const _: () = assert!(NtStatus::ALL.len() * 2 < SLOTS, "the table is too full");

impl Statuses {
    /// Asks `matches` for each name.
    pub(super) fn new(matches: impl Fn(&str) -> bool) -> Self {
        let mut slots: Box<[Option<(NtStatus, bool)>]> = vec![None; SLOTS].into();
        for &status in NtStatus::ALL {
            let free = probes(status).find(|&at| slots.get(at).is_some_and(Option::is_none));
            if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
                *slot = Some((status, matches(status.name().unwrap_or_default())));
            }
        }
        Self { slots }
    }

    /// The answer for a result; `None` for one without a name.
    #[inline]
    pub(super) fn get(&self, status: NtStatus) -> Option<bool> {
        for at in probes(status) {
            match self.slots.get(at)? {
                Some((found, matches)) if *found == status => return Some(*matches),
                Some(_) => {}
                None => return None,
            }
        }
        None
    }
}

/// The slots in which a result may be, in the order in which they are tried.
#[inline]
fn probes(status: NtStatus) -> impl Iterator<Item = usize> {
    let home = (status.0.wrapping_mul(0x9E37_79B9) >> (u32::BITS - SLOT_BITS)) as usize;
    (home..home + SLOTS).map(|at| at % SLOTS)
}

impl std::fmt::Debug for Statuses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.slots.iter().flatten().map(|(status, matches)| (status, matches))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Statuses;
    use crate::code::NtStatus;

    #[test]
    fn named_results_are_found_and_others_not() {
        let statuses = Statuses::new(|name| name.len() % 2 == 0);
        for &status in NtStatus::ALL {
            assert_eq!(statuses.get(status), Some(status.name().unwrap().len() % 2 == 0), "{status:?}");
        }
        assert_eq!(statuses.get(NtStatus(0xC123_4567)), None);
    }
}
