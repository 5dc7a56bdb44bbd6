//! Text of flags and access masks.

use std::fmt;

use super::cell::Cell;
use super::number;
use crate::code::{FileAccess, FileAttributes, NotifyFilter, RegistryAccess, RestoreFlags};

/// Writes names separated by a comma and a blank. `rest` writes the bits without a name.
fn list<W: fmt::Write + ?Sized, F>(
    cell: &mut Cell<'_, W>,
    names: impl Iterator<Item = (F, Option<&'static str>)>,
    rest: impl Fn(&mut Cell<'_, W>, F) -> fmt::Result,
) -> fmt::Result {
    for (i, (mask, name)) in names.enumerate() {
        if i > 0 {
            cell.literal(", ")?;
        }
        match name {
            Some(name) => cell.literal(name)?,
            None => rest(cell, mask)?,
        }
    }
    Ok(())
}

/// Writes access rights to a key; `None 0x0` if there are none.
pub(super) fn registry_access<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, access: RegistryAccess) -> fmt::Result {
    let access = access.mapped();
    if access.is_empty() {
        return cell.literal("None 0x0");
    }
    with_rest(cell, access.names())
}

/// Writes the flags of RegRestoreKey, without the bits that have no name.
pub(super) fn restore_flags<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, flags: RestoreFlags) -> fmt::Result {
    list(cell, flags.names().filter(|(_, name)| name.is_some()), |_, _| Ok(()))
}

/// Writes names separated by a comma and a blank, then the bits without a name as one number.
pub(super) fn with_rest<W: fmt::Write + ?Sized, F: bitflags::Flags>(
    cell: &mut Cell<'_, W>,
    names: impl Iterator<Item = (F, Option<&'static str>)>,
) -> fmt::Result
where
    F::Bits: Into<u64>,
{
    list(cell, names, |cell, rest| number::hex(cell, rest.bits()))
}

/// Writes access rights to a file; `None 0x0` if there are none.
pub(super) fn file_access<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, access: FileAccess) -> fmt::Result {
    let access = access.mapped();
    if access.is_empty() { cell.literal("None 0x0") } else { with_rest(cell, access.names()) }
}

/// Writes attributes as letters without a separator; `n/a` if there are none.
pub(super) fn file_attributes<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    attributes: FileAttributes,
) -> fmt::Result {
    if attributes.is_empty() {
        return cell.literal("n/a");
    }
    for (i, (mask, letters)) in attributes.names().enumerate() {
        match letters {
            Some(letters) => cell.literal(letters)?,
            None => {
                cell.literal(if i > 0 { " " } else { "" })?;
                number::hex(cell, mask.bits())?;
            }
        }
    }
    Ok(())
}

/// Writes the changes that notify the caller, without the bits that have no name; `*` if there are none.
pub(super) fn notify_filter<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, filter: NotifyFilter) -> fmt::Result {
    let mut names = filter.names().filter(|(_, name)| name.is_some()).peekable();
    if names.peek().is_none() { cell.literal("*") } else { list(cell, names, |_, _| Ok(())) }
}
