//! The Detail column of QueryInformationFile and SetInformationFile.

use std::fmt;

use crate::code::{AlignmentRequirement, DispositionFlags};
use crate::detail::{
    AllInformation, BasicInformation, FileInformation, NetworkOpenInformation, RenameInformation, SetFileInformation,
    StandardInformation, Streams,
};
use crate::text::cell::{Cell, Items};
use crate::text::{ColumnText, flags, number, time};
use crate::wire::FileTime;

pub(super) fn query<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: &FileInformation<'_>,
) -> fmt::Result {
    match *information {
        FileInformation::Basic(information) => basic(cx, items, information),
        FileInformation::Standard(information) => standard(items, information),
        FileInformation::Internal(information) => items.maybe("IndexNumber: ", information.index_number(), number::hex),
        FileInformation::Ea(information) => items.maybe("EaSize: ", information.ea_size(), number::grouped),
        FileInformation::Access(information) => items.maybe("Access: ", information.access(), flags::file_access),
        FileInformation::Name(of) => items.item("Name: ", |cell| cx.string(cell, of.name())),
        FileInformation::Position(information) => items.maybe("Position: ", information.position(), number::grouped),
        FileInformation::Mode(information) => {
            items.maybe("Mode: ", information.mode(), |cell, mode| flags::with_rest(cell, mode.names()))
        }
        FileInformation::Alignment(information) => {
            items.maybe("AlignmentRequirement: ", information.alignment_requirement(), alignment)
        }
        FileInformation::All(information) => all(cx, items, information),
        FileInformation::Streams(list) => streams(cx, items, list),
        FileInformation::NetworkOpen(information) => network_open(cx, items, information, true),
        FileInformation::AttributeTag(information) => {
            items.maybe("Attributes: ", information.attributes(), flags::file_attributes)?;
            items.maybe("ReparseTag: ", information.reparse_tag(), number::hex)
        }
        FileInformation::Unknown(_) => Ok(()),
    }
}

pub(super) fn set<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: &SetFileInformation<'_>,
) -> fmt::Result {
    match *information {
        SetFileInformation::Basic(information) => basic(cx, items, information),
        SetFileInformation::Rename(information) => {
            items.maybe("ReplaceIfExists: ", information.replace_if_exists(), truth)?;
            rename_target(cx, items, information)
        }
        SetFileInformation::RenameEx(information) => {
            items.maybe("Flags: ", information.flags(), |cell, flags| flags::with_rest(cell, flags.names()))?;
            rename_target(cx, items, information)
        }
        SetFileInformation::Link(information) => {
            items.maybe("ReplaceIfExists: ", information.replace_if_exists(), truth)?;
            let name = information.file_name().filter(|_| information.replace_if_exists().is_some());
            items.maybe("FileName: ", name, |cell, name| cx.string(cell, name))
        }
        SetFileInformation::Disposition(information) => items.maybe("Delete: ", information.delete(), truth),
        SetFileInformation::DispositionEx(information) => {
            items.maybe("Flags: ", information.flags(), |cell, flags: DispositionFlags| match flags.is_empty() {
                true => cell.literal("FILE_DISPOSITION_DO_NOT_DELETE"),
                false => flags::with_rest(cell, flags.names()),
            })
        }
        SetFileInformation::Position(information) => items.maybe("Position: ", information.position(), number::grouped),
        SetFileInformation::Allocation(information) => {
            items.maybe("AllocationSize: ", information.allocation_size(), number::grouped)
        }
        SetFileInformation::EndOfFile(information) => {
            items.maybe("EndOfFile: ", information.end_of_file(), number::grouped)
        }
        SetFileInformation::ValidDataLength(information) => {
            items.maybe("ValidDataLength: ", information.valid_data_length(), number::grouped)
        }
        SetFileInformation::Streams(list) => streams(cx, items, list),
        SetFileInformation::ShortName(information) => {
            items.maybe("ShortName: ", information.overlong_name(), |cell, name| cx.string(cell, name.until_nul()))
        }
        SetFileInformation::Unknown(_) => Ok(()),
    }
}

fn truth<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, value: bool) -> fmt::Result {
    cell.literal(number::boolean(value))
}

fn rename_target<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: RenameInformation<'_>,
) -> fmt::Result {
    let target = information.target().filter(|_| information.replace_if_exists().is_some());
    items.maybe("FileName: ", target, |cell, target| cx.string(cell, target))
}

fn basic<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: BasicInformation<'_>,
) -> fmt::Result {
    let date = |cell: &mut Cell<'_, W>, time: FileTime| time::date_and_time(cell, time, cx.style.utc_offset);
    items.maybe("CreationTime: ", information.creation_time(), date)?;
    items.maybe("LastAccessTime: ", information.last_access_time(), date)?;
    items.maybe("LastWriteTime: ", information.last_write_time(), date)?;
    items.maybe("ChangeTime: ", information.change_time(), date)?;
    items.maybe("FileAttributes: ", information.file_attributes(), flags::file_attributes)
}

fn standard<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, information: StandardInformation<'_>) -> fmt::Result {
    items.maybe("AllocationSize: ", information.allocation_size(), number::grouped)?;
    items.maybe("EndOfFile: ", information.end_of_file(), number::grouped)?;
    items.maybe("NumberOfLinks: ", information.number_of_links(), number::grouped)?;
    items.maybe("DeletePending: ", information.delete_pending(), truth)?;
    items.maybe("Directory: ", information.directory(), truth)
}

fn all<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: AllInformation<'_>,
) -> fmt::Result {
    basic(cx, items, information.basic())?;
    standard(items, information.standard())?;
    items.maybe("IndexNumber: ", information.index_number(), number::hex)?;
    items.maybe("EaSize: ", information.ea_size(), number::grouped)?;
    items.maybe("Access: ", information.access(), flags::file_access)?;
    items.maybe("Position: ", information.position(), number::grouped)?;
    items.maybe("Mode: ", information.mode(), |cell, mode| flags::with_rest(cell, mode.names()))?;
    items.maybe("AlignmentRequirement: ", information.alignment_requirement(), alignment)
}

/// Writes times, sizes and attributes. For QueryNetworkOpenInformationFile, Procmon prints the sizes as times.
pub(super) fn network_open<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    information: NetworkOpenInformation<'_>,
    sizes_as_times: bool,
) -> fmt::Result {
    let date = |cell: &mut Cell<'_, W>, time: FileTime| time::date_and_time(cell, time, cx.style.utc_offset);
    let size = |cell: &mut Cell<'_, W>, size: u64| {
        if sizes_as_times { date(cell, FileTime(size)) } else { number::grouped(cell, size) }
    };
    items.maybe("CreationTime: ", information.creation_time(), date)?;
    items.maybe("LastAccessTime: ", information.last_access_time(), date)?;
    items.maybe("LastWriteTime: ", information.last_write_time(), date)?;
    items.maybe("ChangeTime: ", information.change_time(), date)?;
    items.maybe("AllocationSize: ", information.allocation_size(), size)?;
    items.maybe("EndOfFile: ", information.end_of_file(), size)?;
    items.maybe("FileAttributes: ", information.file_attributes(), flags::file_attributes)
}

fn alignment<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, alignment: AlignmentRequirement) -> fmt::Result {
    match alignment.name() {
        Some(name) => cell.literal(name),
        None => {
            number::decimal(cell, alignment.0.wrapping_add(1))?;
            cell.literal(" Byte")
        }
    }
}

/// Writes the names of streams. Each is labelled with its position among all items.
fn streams<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    list: Streams<'_>,
) -> fmt::Result {
    /// The number of bytes per stream that a list needs: Procmon 3.94 prints the first n streams only if the list has n
    /// times as many bytes.
    const MIN: usize = 72;
    let compat = cx.style.compat;
    if compat.lacks_streams() {
        return Ok(());
    }
    let streams = if compat.is_procmon() { list.with_overlaps() } else { list.into_iter() };
    for (i, stream) in streams.enumerate() {
        let is_short = list.as_bytes().len() < MIN * (i + 1);
        if items.is_full() || (compat.is_procmon() && is_short) {
            break;
        }
        items.numbered(|cell, place| {
            number::decimal(cell, place)?;
            cell.literal(": ")?;
            cx.string(cell, stream.name)
        })?;
    }
    Ok(())
}
