//! The columns Path and Detail of directory listings, in which versions of Procmon differ most.

use std::fmt;

use crate::code::FileOperation;
use crate::detail::{DirectoryEntry, QueryDirectory, file};
use crate::text::cell::{Cell, Items};
use crate::text::compat::ListingForm;
use crate::text::{ColumnText, number};

/// Writes the Path column: the path of the file, followed in a listing by the pattern.
pub(in crate::text) fn path<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    operation: FileOperation,
    cell: &mut Cell<'_, W>,
) -> fmt::Result {
    let Some(path) = cx.event.stored_path() else { return Ok(()) };
    cx.string(cell, path)?;
    if operation != FileOperation::DIRECTORY_CONTROL {
        return Ok(());
    }
    let Some(filter) = file::directory_filter(&cx.event.source()) else { return Ok(()) };
    if path.units().next_back().is_some_and(|last| last != u16::from(b'\\')) {
        cell.literal("\\")?;
    }
    cx.string(cell, filter)
}

/// Writes the items of a listing. An entry is labelled with its position among all items.
pub(super) fn query<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    query: &QueryDirectory<'_>,
) -> fmt::Result {
    let form = cx.style.compat.listing_form();
    if form == ListingForm::ClassFirst {
        items.word("FileInformationClass: ", query.information_class.name().unwrap_or_default())?;
    }
    if let Some(filter) = query.filter {
        items.item("Filter: ", |cell| {
            if filter.declared_len() == 0 { cell.literal("n/a") } else { cx.string(cell, filter) }
        })?;
    }
    let is_procmon = cx.style.compat.is_procmon();
    let entries = query.entries.map(|list| if is_procmon { list.with_overlaps() } else { list.into_iter() });
    for entry in entries.into_iter().flatten() {
        if items.is_full() {
            break;
        }
        /// The position at which Procmon 3.53 writes the class over an entry.
        const CLASS_PLACE: usize = 2;
        if form == ListingForm::ClassOverThird && items.count() == CLASS_PLACE {
            class_in_place(items, query)?;
            continue;
        }
        one_entry(cx, items, entry)?;
    }
    // If there are exactly two items, the class follows them.
    if form == ListingForm::ClassOverThird && items.count() == 2 { class_in_place(items, query) } else { Ok(()) }
}

fn class_in_place<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, query: &QueryDirectory<'_>) -> fmt::Result {
    items.word("FileInformationClass: ", query.information_class.name().unwrap_or_default())
}

fn one_entry<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    entry: DirectoryEntry<'_>,
) -> fmt::Result {
    items.numbered(|cell, place| {
        number::decimal(cell, place)?;
        cell.literal(": ")?;
        cx.string(cell, entry.name())
    })
}
