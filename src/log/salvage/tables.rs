//! Finding the tables of a damaged file: where the header says, else each behind the one before it.

use super::Fate;
use crate::index::table::{Source, Table, Watched};
use crate::index::{Hosts, Icons, Processes, Strings, Tables, Warnings};
use crate::wire::PointerWidth;
use crate::wire::layout::FileHeader;

/// The tables that could be read, and what became of each.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tables: Tables,
    pub(super) processes: Fate,
    pub(super) strings: Fate,
    pub(super) icons: Fate,
    pub(super) hosts: Fate,
}

/// What one attempt to read a table gave: the table, its end, and what became of it.
type Attempt<T> = Option<(T, u64, Fate)>;

impl Found {
    /// Reads the tables where the header says they are, or behind the offset array if its end is known.
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
        end = found.take(processes, |found, table, fate| (found.tables.processes, found.processes) = (table, fate));
        let strings = first(file, [Some(header.strings_offset), end], |at| strings(file, at, warnings));
        end = found.take(strings, |found, table, fate| (found.tables.strings, found.strings) = (table, fate));
        let icons = first(file, [Some(header.icons_offset), end], |at| icons(file, at));
        end = found.take(icons, |found, table, fate| (found.tables.icons, found.icons) = (table, fate));
        let hosts = first(file, [Some(header.hosts_offset), end], |at| hosts(file, at));
        found.take(hosts, |found, table, fate| (found.tables.hosts, found.hosts) = (table, fate));
        found
    }

    fn take<T>(&mut self, attempt: Attempt<T>, put: impl FnOnce(&mut Self, T, Fate)) -> Option<u64> {
        let (table, end, fate) = attempt?;
        put(self, table, fate);
        // Behind a table that is not whole nobody knows where the next begins.
        (fate == Fate::Intact).then_some(end)
    }
}

/// The first attempt that is whole, else the first that gives anything.
fn first<T>(file: &dyn Source, places: [Option<u64>; 2], mut read: impl FnMut(u64) -> Attempt<T>) -> Attempt<T> {
    let mut best = None;
    for place in places.into_iter().flatten().filter(|&at| at >= FileHeader::SIZE as u64 && at < file.len()) {
        match read(place) {
            Some(whole @ (.., Fate::Intact)) => return Some(whole),
            attempt => best = best.or(attempt),
        }
    }
    best
}

fn processes(file: &dyn Source, offset: u64, width: PointerWidth) -> Attempt<Processes> {
    let watched = Watched::new(file);
    let (processes, lost) = Processes::salvage(Table { source: &watched, offset }, width, &mut Warnings::default())?;
    Some((processes, watched.end(), fate(lost)))
}

fn strings(file: &dyn Source, offset: u64, warnings: &mut Warnings) -> Attempt<Strings> {
    let watched = Watched::new(file);
    let table = Table { source: &watched, offset };
    // A table that is whole can have its strings in any order.
    let mut own = Warnings::default();
    let whole = Strings::parse(table, &mut own).ok().filter(|strings| strings.len() > 0).map(|strings| (strings, 0));
    let (strings, lost) = whole.or_else(|| Strings::salvage(table, &mut own))?;
    warnings.append(own);
    Some((strings, watched.end(), fate(lost)))
}

fn icons(file: &dyn Source, offset: u64) -> Attempt<Icons> {
    let watched = Watched::new(file);
    let icons = Icons::parse(Table { source: &watched, offset }).ok().filter(|icons| icons.len() > 0)?;
    Some((icons, watched.end(), Fate::Intact))
}

fn hosts(file: &dyn Source, offset: u64) -> Attempt<Hosts> {
    let watched = Watched::new(file);
    let (hosts, end) = Hosts::parse(Table { source: &watched, offset });
    let fate = if end.is_ok() { Fate::Intact } else { Fate::Cut };
    (end.is_ok() || !hosts.hosts.is_empty()).then_some((hosts, watched.end(), fate))
}

fn fate(lost: u32) -> Fate {
    if lost == 0 { Fate::Intact } else { Fate::Partial { lost } }
}
