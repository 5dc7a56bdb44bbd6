//! Finding the tables of a damaged file: at the offset in the header, or else directly after the previous table.

use super::SectionState;
use crate::index::table::{Source, Table, Watched};
use crate::index::{Hosts, Icons, Processes, Strings, Tables, Warnings};
use crate::wire::PointerWidth;
use crate::wire::layout::FileHeader;

/// The tables that could be read, and the state of each.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tables: Tables,
    pub(super) processes: SectionState,
    pub(super) strings: SectionState,
    pub(super) icons: SectionState,
    pub(super) hosts: SectionState,
}

/// The result of an attempt to read a table: the table, the offset of its end, and its state.
type Attempt<T> = Option<(T, u64, SectionState)>;

impl Found {
    /// Reads the tables at the offsets in the header. A table that is not at its offset is searched for at the end of
    /// the table before it (the first one, at the end of the offset array) if that end is known: Procmon writes tables
    /// without gaps (docs/PML-FORMAT.md, "File layout").
    pub(super) fn read(
        file: &dyn Source,
        header: &FileHeader,
        array_end: Option<u64>,
        warnings: &mut Warnings,
    ) -> Self {
        let width = PointerWidth::from_header(header.is_64bit);
        let mut found = Self::default();
        let mut end = array_end;
        let processes = first(file, [Some(header.processes_offset), end], |at| processes(file, at, width));
        end = found.take(processes, |found, table, state| (found.tables.processes, found.processes) = (table, state));
        let strings = first(file, [Some(header.strings_offset), end], |at| strings(file, at, warnings));
        end = found.take(strings, |found, table, state| (found.tables.strings, found.strings) = (table, state));
        let icons = first(file, [Some(header.icons_offset), end], |at| icons(file, at));
        end = found.take(icons, |found, table, state| (found.tables.icons, found.icons) = (table, state));
        // Otherwise, a copy of the log would lose the names.
        let has_hosts = header.version >= Hosts::FIRST_VERSION;
        let hosts = has_hosts.then(|| first(file, [Some(header.hosts_offset), end], |at| hosts(file, at))).flatten();
        found.take(hosts, |found, table, state| (found.tables.hosts, found.hosts) = (table, state));
        found
    }

    /// Stores a table with `put`. Returns its end if the table is intact.
    fn take<T>(&mut self, attempt: Attempt<T>, put: impl FnOnce(&mut Self, T, SectionState)) -> Option<u64> {
        let (table, end, state) = attempt?;
        put(self, table, state);
        // The end of a damaged table is uncertain, so the next table is not searched for there.
        (state == SectionState::Intact).then_some(end)
    }
}

/// Tries to read a table at each of two offsets. Returns the first intact table, else the first one that has any
/// entries.
fn first<T>(file: &dyn Source, places: [Option<u64>; 2], mut read: impl FnMut(u64) -> Attempt<T>) -> Attempt<T> {
    let mut best = None;
    for place in places.into_iter().flatten().filter(|&at| at >= FileHeader::SIZE as u64 && at < file.len()) {
        match read(place) {
            Some(whole @ (.., SectionState::Intact)) => return Some(whole),
            attempt => best = best.or(attempt),
        }
    }
    best
}

fn processes(file: &dyn Source, offset: u64, width: PointerWidth) -> Attempt<Processes> {
    let watched = Watched::new(file);
    let (processes, lost) = Processes::salvage(Table { source: &watched, offset }, width, &mut Warnings::default())?;
    Some((processes, watched.end(), state(lost)))
}

fn strings(file: &dyn Source, offset: u64, warnings: &mut Warnings) -> Attempt<Strings> {
    let watched = Watched::new(file);
    let table = Table { source: &watched, offset };
    // In an intact table, the strings can be stored in any order. Salvaging assumes Procmon's order, so it is tried
    // second.
    let mut own = Warnings::default();
    let whole = Strings::parse(table, &mut own).ok().filter(|strings| strings.len() > 0).map(|strings| (strings, 0));
    let (strings, lost) = whole.or_else(|| Strings::salvage(table, &mut own))?;
    warnings.append(own);
    Some((strings, watched.end(), state(lost)))
}

fn icons(file: &dyn Source, offset: u64) -> Attempt<Icons> {
    let watched = Watched::new(file);
    let icons = Icons::parse(Table { source: &watched, offset }).ok().filter(|icons| icons.len() > 0)?;
    Some((icons, watched.end(), SectionState::Intact))
}

fn hosts(file: &dyn Source, offset: u64) -> Attempt<Hosts> {
    let watched = Watched::new(file);
    let (hosts, end) = Hosts::parse(Table { source: &watched, offset });
    let state = if end.is_ok() { SectionState::Intact } else { SectionState::Truncated };
    (end.is_ok() || !hosts.hosts.is_empty()).then_some((hosts, watched.end(), state))
}

fn state(lost: u32) -> SectionState {
    if lost == 0 { SectionState::Intact } else { SectionState::Partial { lost } }
}
