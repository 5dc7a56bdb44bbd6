//! The columns Operation, Path and Detail of file-system events.

mod directory;
mod information;
mod volume;

use std::fmt;

use super::cell::{Cell, Items};
use super::names::Name;
use super::{ColumnText, Style, flags, number};
use crate::code::{
    ControlCode, CreateDisposition, FileInformationClass, FileOperation, Origin, PageProtection, SecurityInformation,
    SyncType,
};
use crate::detail::file;
use crate::detail::{
    CreateFile, CreateFileMapping, FileDetail, FileRequest, IoControl, Lock, MdlTransfer, RawArguments, Sid, Transfer,
};

pub(super) use directory::path;

/// Returns the Operation column.
pub(super) fn operation(style: &Style, operation: FileOperation, minor: u8, origin: Origin) -> &'static str {
    let compat = style.compat;
    let class = FileInformationClass(minor.into());
    let sets_allocation =
        operation == FileOperation::SET_INFORMATION && class == FileInformationClass::ALLOCATION_INFORMATION;
    if compat.has_old_allocation_name() && sets_allocation {
        return "SetAllInformationFile";
    }
    if style.advanced_names {
        return operation.advanced_name(minor, origin);
    }
    let has_name = match operation {
        FileOperation::QUERY_INFORMATION => compat.has_name(Name::Query(class)),
        FileOperation::SET_INFORMATION => compat.has_name(Name::Set(class)),
        _ => true,
    };
    if has_name { operation.plain_name(minor) } else { "<Unknown>" }
}

impl ColumnText<'_, '_> {
    /// Returns the label and value of the item that advanced output prints first. There is no value if the minor
    /// function has no name.
    fn request_type(&self, operation: FileOperation) -> Option<(&'static str, Option<&'static str>)> {
        let value = operation.minor_name(file::minor(&self.event));
        match operation {
            FileOperation::LOCK_CONTROL if file::origin(&self.event) == Origin::FastIo => None,
            FileOperation::LOCK_CONTROL => Some(("Lock Type: ", value)),
            operation if operation.has_minors() => Some(("Type: ", value)),
            _ => None,
        }
    }
}

pub(super) fn detail<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    operation: FileOperation,
    detail: &FileDetail<'_>,
) -> fmt::Result {
    if cx.style.advanced_names {
        type_of_request(cx, items, operation, detail)?;
    }
    match &detail.request {
        FileRequest::VolumeMount { device_type } => {
            items.item("Device Type: ", |cell| named_or_hex(cell, device_type.mounted_name(), device_type.0))
        }
        FileRequest::MdlWriteComplete { offset, mdl } => {
            items.item("Offset: ", |cell| number::grouped(cell, *offset))?;
            items.item("MDL: ", |cell| number::hex(cell, *mdl))
        }
        FileRequest::PrepareMdlWrite(transfer) | FileRequest::MdlRead(transfer) => mdl_transfer(items, transfer),
        FileRequest::MdlReadComplete { mdl } => items.item("MDL: ", |cell| number::hex(cell, *mdl)),
        FileRequest::QueryOpen(information) => match information {
            Some(information) => information::network_open(cx, items, *information, false),
            None => Ok(()),
        },
        FileRequest::CheckIfPossible { for_read, offset, length, .. } => {
            items.word("Operation: ", if *for_read { "Read" } else { "Write" })?;
            items.item("Offset: ", |cell| number::grouped(cell, *offset))?;
            items.item("Length: ", |cell| number::grouped(cell, *length))
        }
        FileRequest::AcquireForModWrite { ending_offset } => {
            items.maybe("EndingOffset: ", *ending_offset, number::grouped)
        }
        FileRequest::CreateFileMapping(mapping) => create_file_mapping(items, mapping),
        FileRequest::Create(create) => create_file(cx, items, create),
        FileRequest::Read(transfer) | FileRequest::Write(transfer) => read_or_write(items, transfer),
        FileRequest::QueryInformation(query) => match &query.result {
            Some(result) => information::query(cx, items, result),
            None => Ok(()),
        },
        FileRequest::SetInformation(set) => information::set(cx, items, &set.information),
        FileRequest::QueryVolume(query) => match &query.result {
            Some(result) => volume::detail(cx, items, result),
            None => Ok(()),
        },
        FileRequest::SetVolume(set) => volume::detail(cx, items, &set.information),
        FileRequest::QueryDirectory(query) => directory::query(cx, items, query),
        FileRequest::NotifyChangeDirectory(notify) => {
            items.item("Filter: ", |cell| flags::notify_filter(cell, notify.filter))
        }
        FileRequest::FileSystemControl(control) => {
            control_code(items, control.code)?;
            control_lengths(items, control)
        }
        FileRequest::DeviceIoControl(control) => control_code(items, control.code),
        FileRequest::Lock(lock) => lock_or_unlock(items, lock, detail.minor),
        FileRequest::QuerySecurity { information, .. } | FileRequest::SetSecurity(information) => {
            security(items, *information)
        }
        FileRequest::Generic(arguments) => generic(items, detail, arguments),
        FileRequest::Plain(_) => Ok(()),
    }
}

/// Writes the item that advanced output prints first. It names the minor function, which in plain output is part of the
/// name of the operation.
fn type_of_request<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    operation: FileOperation,
    detail: &FileDetail<'_>,
) -> fmt::Result {
    let Some((label, name)) = cx.request_type(operation) else { return Ok(()) };
    items.item(label, |cell| match name {
        Some(name) => cell.literal(name),
        None => {
            cell.literal("<Unknown : ")?;
            number::decimal(cell, detail.minor)?;
            cell.literal(" >")
        }
    })
}

fn named_or_hex<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, name: Option<&'static str>, code: u32) -> fmt::Result {
    match name {
        Some(name) => cell.literal(name),
        None => number::hex(cell, code),
    }
}

fn mdl_transfer<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, transfer: &MdlTransfer) -> fmt::Result {
    items.item("Offset: ", |cell| number::grouped(cell, transfer.offset))?;
    items.item("Length: ", |cell| number::grouped(cell, transfer.length))?;
    items.item("Key: ", |cell| number::hex(cell, transfer.key))?;
    items.item("MDL: ", |cell| number::hex(cell, transfer.mdl))
}

fn create_file_mapping<W: fmt::Write + ?Sized>(
    items: &mut Items<'_, '_, W>,
    mapping: &CreateFileMapping,
) -> fmt::Result {
    items.item("SyncType: ", |cell| match mapping.sync_type.name() {
        Some(name) => cell.literal(name),
        None => {
            cell.literal("Unknown: ")?;
            number::decimal(cell, mapping.sync_type.0.cast_signed())
        }
    })?;
    if mapping.sync_type != SyncType::CREATE_SECTION {
        return Ok(());
    }
    items.item("PageProtection: ", |cell| {
        let shown = mapping.shown_page_protection;
        cell.literal(shown.protection_name().unwrap_or_default())?;
        if shown.contains(PageProtection::NOCACHE) { cell.literal("|PAGE_NOCACHE") } else { Ok(()) }
    })
}

fn create_file<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    create: &CreateFile<'_>,
) -> fmt::Result {
    items.item("Desired Access: ", |cell| flags::file_access(cell, create.desired_access))?;
    items.word("Disposition: ", create.disposition.name().unwrap_or("<unknown>"))?;
    items.item("Options: ", |cell| flags::with_rest(cell, create.options.names()))?;
    items.item("Attributes: ", |cell| flags::file_attributes(cell, create.attributes))?;
    items.item("ShareMode: ", |cell| match create.share_access.is_empty() {
        true => cell.literal("None"),
        false => flags::with_rest(cell, create.share_access.names()),
    })?;
    items.item("AllocationSize: ", |cell| match create.disposition {
        CreateDisposition::SUPERSEDE
        | CreateDisposition::CREATE
        | CreateDisposition::OPEN_IF
        | CreateDisposition::OVERWRITE_IF => number::grouped(cell, create.shown_allocation_size),
        _ => cell.literal("n/a"),
    })?;
    if let Some(sid) = create.impersonating {
        items.item("Impersonating: ", |cell| account(cx, cell, sid))?;
    }
    match create.open_result {
        Some(result) => items.word("OpenResult: ", result.name().unwrap_or("<unknown>")),
        None => Ok(()),
    }
}

/// Writes the name of the account of a SID if it is known, or else the SID.
fn account<W: fmt::Write + ?Sized>(cx: &ColumnText<'_, '_>, cell: &mut Cell<'_, W>, sid: Sid<'_>) -> fmt::Result {
    match cx.style.accounts.name(sid) {
        Some(name) => cell.table_string(name),
        None if Sid::new(sid.as_bytes()).is_none() => Ok(()), // not a valid SID
        None => fmt::Write::write_fmt(cell, format_args!("{sid}")),
    }
}

fn read_or_write<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, transfer: &Transfer) -> fmt::Result {
    items.item("Offset: ", |cell| number::grouped(cell, transfer.offset))?;
    items.item("Length: ", |cell| number::grouped(cell, transfer.transferred.unwrap_or(transfer.requested)))?;
    if !transfer.io_flags.is_empty() {
        items.item("I/O Flags: ", |cell| flags::with_rest(cell, transfer.io_flags.names()))?;
    }
    if transfer.priority.0 == 0 {
        return Ok(());
    }
    items.item("Priority: ", |cell| match transfer.priority.name() {
        Some(name) => cell.literal(name),
        None => number::decimal(cell, transfer.priority.0),
    })
}

fn control_code<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, code: ControlCode) -> fmt::Result {
    items.item("Control: ", |cell| {
        if let Some(name) = code.name() {
            return cell.literal(name);
        }
        number::hex(cell, code.0)?;
        cell.literal(" (Device:")?;
        number::hex(cell, code.0 >> 16)?;
        cell.literal(" Function:")?;
        number::decimal(cell, code.function())?;
        cell.literal(" Method: ")?;
        number::decimal(cell, code.0 & 3)?;
        cell.literal(")")
    })
}

/// Writes the lengths and ranges for the codes for which Procmon shows them. Procmon confuses the input length with the
/// output length.
fn control_lengths<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, control: &IoControl<'_>) -> fmt::Result {
    match control.code {
        ControlCode::FSCTL_PIPE_INTERNAL_READ => {
            items.item("Length: ", |cell| number::grouped(cell, control.input_length))
        }
        ControlCode::FSCTL_PIPE_INTERNAL_WRITE => {
            items.item("Length: ", |cell| number::grouped(cell, control.output_length))
        }
        ControlCode::FSCTL_PIPE_TRANSCEIVE | ControlCode::FSCTL_PIPE_INTERNAL_TRANSCEIVE => {
            items.item("WriteLength: ", |cell| number::grouped(cell, control.output_length))?;
            items.item("ReadLength: ", |cell| number::grouped(cell, control.input_length))
        }
        _ => match control.offload {
            Some(range) => {
                items.maybe("Offset: ", range.offset, number::grouped)?;
                items.maybe("Length: ", range.length, number::grouped)
            }
            None => Ok(()),
        },
    }
}

fn lock_or_unlock<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, lock: &Lock, minor: u8) -> fmt::Result {
    let locks = minor == FileOperation::LOCK;
    if locks {
        items.word("Exclusive: ", number::boolean(lock.exclusive))?;
    }
    items.item("Offset: ", |cell| number::grouped(cell, lock.offset))?;
    // Procmon shows only the low 32 bits of the length.
    items.item("Length: ", |cell| lock.length.map_or(Ok(()), |length| number::grouped(cell, length & 0xFFFF_FFFF)))?;
    if locks { items.word("Fail Immediately: ", number::boolean(lock.fail_immediately)) } else { Ok(()) }
}

fn security<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, information: SecurityInformation) -> fmt::Result {
    items.item("Information: ", |cell| flags::with_rest(cell, information.names()))
}

fn generic<W: fmt::Write + ?Sized>(
    items: &mut Items<'_, '_, W>,
    detail: &FileDetail<'_>,
    arguments: &RawArguments,
) -> fmt::Result {
    let [first, second, third, fourth] = arguments.0;
    items.item("Minor ID: ", |cell| number::hex(cell, detail.minor))?;
    items.item("IRP Flags: ", |cell| number::hex(cell, detail.irp_flags))?;
    items.item("Flags: ", |cell| number::hex(cell, detail.callback_flags))?;
    items.item("Arg1: ", |cell| number::hex(cell, first))?;
    items.item("Arg2: ", |cell| number::hex(cell, second))?;
    items.item("Arg3: ", |cell| number::hex(cell, third))?;
    items.item("Arg4: ", |cell| number::hex(cell, fourth))
}
