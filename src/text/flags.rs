//! Sets of flags and access masks.

use std::fmt;

use super::cell::Cell;
use super::number;
use crate::code::{FileAccess, FileAttributes, NotifyFilter, RegistryAccess, RestoreFlags};

/// Writes names joined by a comma and a blank; what has no name goes through `rest`.
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

/// Access to a key; none at all is `None 0x0`.
pub(super) fn registry_access<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, access: RegistryAccess) -> fmt::Result {
    let access = access.mapped();
    if access.is_empty() {
        return cell.literal("None 0x0");
    }
    with_rest(cell, access.names())
}

/// Flags of RegRestoreKey; bits without a name print nothing.
pub(super) fn restore_flags<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, flags: RestoreFlags) -> fmt::Result {
    list(cell, flags.names().filter(|(_, name)| name.is_some()), |_, _| Ok(()))
}

/// Names joined by a comma and a blank, then the bits without a name as one number.
pub(super) fn with_rest<W: fmt::Write + ?Sized, F: bitflags::Flags>(
    cell: &mut Cell<'_, W>,
    names: impl Iterator<Item = (F, Option<&'static str>)>,
) -> fmt::Result
where
    F::Bits: Into<u64>,
{
    list(cell, names, |cell, rest| number::hex(cell, rest.bits()))
}

/// Access to a file; none at all is `None 0x0`.
pub(super) fn file_access<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, access: FileAccess) -> fmt::Result {
    let access = access.mapped();
    if access.is_empty() { cell.literal("None 0x0") } else { with_rest(cell, access.names()) }
}

/// Attributes as letters without a separator; none at all is `n/a`.
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

/// Changes to be notified of; bits without a name print nothing, and no name at all is `*`.
pub(super) fn notify_filter<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, filter: NotifyFilter) -> fmt::Result {
    let mut names = filter.names().filter(|(_, name)| name.is_some()).peekable();
    if names.peek().is_none() { cell.literal("*") } else { list(cell, names, |_, _| Ok(())) }
}
