//! The Detail column of registry events.

use std::fmt;

use super::cell::{Cell, Items};
use super::{ColumnText, flags, number, time};
use crate::code::{KeyInformationClass, RegistryAccess, RegistryType};
use crate::detail::registry::set_value_captured;
use crate::detail::{
    KeyInformation, KeySetInformation, OpenKey, RegistryRequest, RegistryValue, SetInfoKey, ValueData, ValueInformation,
};
use crate::wire::{Field, PmlStr};

pub(super) fn detail<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    request: &RegistryRequest<'_>,
) -> fmt::Result {
    match request {
        RegistryRequest::OpenKey(open) => open_key(items, open, false),
        RegistryRequest::CreateKey(open) => open_key(items, open, true),
        RegistryRequest::QueryKey(query) => {
            items.item("Query: ", |cell| key_information_class(cell, query.information_class))?;
            key_information(cx, items, query.result.as_ref(), query.length)
        }
        RegistryRequest::EnumKey(query) => {
            items.item("Index: ", |cell| number::grouped(cell, query.index))?;
            key_information(cx, items, query.result.as_ref(), query.length)
        }
        RegistryRequest::QueryValue(query) => value_information(cx, items, query.result.as_ref(), query.length, false),
        RegistryRequest::EnumValue(query) => {
            items.item("Index: ", |cell| number::grouped(cell, query.index))?;
            value_information(cx, items, query.result.as_ref(), query.length, true)
        }
        RegistryRequest::SetValue(set) => {
            let data = &set.data;
            items.item("Type: ", |cell| value_type(cell, data.value_type))?;
            items.item("Length: ", |cell| number::grouped(cell, data.length))?;
            // Procmon goes by the captured size, even if the declared length is 0.
            let has_data = !data.captured.is_empty()
                || cx.style.is_procmon() && set_value_captured(cx.event.detail_bytes()).is_some_and(|size| size > 0);
            if !has_data {
                return Ok(());
            }
            items.item("Data: ", |cell| value_data(cx, cell, data, cx.event.detail_bytes(), usize::MAX))
        }
        RegistryRequest::SetInfoKey(set) => set_info_key(cx, items, set),
        RegistryRequest::LoadKey { hive_path } => items.item("Hive Path: ", |cell| cx.string(cell, *hive_path)),
        RegistryRequest::RenameKey { new_name } => items.item("New Name: ", |cell| cx.string(cell, *new_name)),
        RegistryRequest::RestoreKey { flags, file_name } => {
            items.item("File Name: ", |cell| cx.string(cell, *file_name))?;
            items.item("Flags: ", |cell| flags::restore_flags(cell, *flags))
        }
        RegistryRequest::SaveKey { format, file_name } => {
            items.item("File Name: ", |cell| cx.string(cell, *file_name))?;
            items.item("Format: ", |cell| number::named(cell, format.name(), format.0))
        }
        RegistryRequest::ReplaceKey { old_file_name, new_file_name, misread_new_file_name } => {
            let is_procmon = cx.style.compat.is_procmon();
            let new_name = if is_procmon { misread_new_file_name } else { new_file_name };
            items.item("Old File Name: ", |cell| cx.string(cell, *old_file_name))?;
            items.item("New File Name: ", |cell| cx.string(cell, *new_name))
        }
        RegistryRequest::CloseKey
        | RegistryRequest::DeleteKey
        | RegistryRequest::DeleteValue
        | RegistryRequest::FlushKey
        | RegistryRequest::UnloadKey
        | RegistryRequest::QueryMultipleValueKey
        | RegistryRequest::SetKeySecurity
        | RegistryRequest::QueryKeySecurity
        | RegistryRequest::OpenKey2(_)
        | RegistryRequest::Unknown(_) => Ok(()),
    }
}

fn open_key<W: fmt::Write + ?Sized>(items: &mut Items<'_, '_, W>, open: &OpenKey, creates: bool) -> fmt::Result {
    if open.desired_access.is_empty() {
        return Ok(());
    }
    items.item("Desired Access: ", |cell| flags::registry_access(cell, open.desired_access))?;
    let Some(result) = open.result else { return Ok(()) };
    // Procmon prints the granted access only if the caller requested exactly MAXIMUM_ALLOWED.
    let left_open = open.desired_access == RegistryAccess::MAXIMUM_ALLOWED;
    if let Some(granted) = result.granted_access.filter(|_| left_open) {
        items.item("Granted Access: ", |cell| flags::registry_access(cell, granted))?;
    }
    match result.disposition {
        Some(disposition) if disposition.0 != 0 => {
            items.item("Disposition: ", |cell| number::named(cell, disposition.name(), disposition.0))
        }
        Some(_) if creates => items.word("Disposition: ", ""),
        None if creates && !left_open => items.word("Disposition: ", ""),
        _ => Ok(()),
    }
}

/// Writes an unknown class. Unlike other unknown codes, it has a blank after the number.
fn unknown_class<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, class: u32) -> fmt::Result {
    cell.literal("<Unknown: ")?;
    number::decimal(cell, class)?;
    cell.literal(" >")
}

fn key_information_class<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, class: KeyInformationClass) -> fmt::Result {
    match class.name() {
        Some(name) => cell.literal(name),
        None => unknown_class(cell, class.0),
    }
}

fn key_information<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    result: Option<&KeyInformation<'_>>,
    length: u32,
) -> fmt::Result {
    match result {
        None => items.item("Length: ", |cell| number::grouped(cell, length)),
        Some(KeyInformation::Basic { name, .. } | KeyInformation::Node { name, .. }) => {
            items.item("Name: ", |cell| cx.string(cell, *name))
        }
        Some(KeyInformation::Full { sub_keys, values, .. } | KeyInformation::Cached { sub_keys, values, .. }) => {
            items.item("SubKeys: ", |cell| number::grouped(cell, *sub_keys))?;
            items.item("Values: ", |cell| number::grouped(cell, *values))
        }
        Some(KeyInformation::Flags { user_flags, .. }) => {
            items.item("UserFlags: ", |cell| number::hex(cell, *user_flags))
        }
        Some(KeyInformation::HandleTags(tags)) => items.item("HandleTags: ", |cell| number::hex(cell, *tags)),
        Some(KeyInformation::Name(_) | KeyInformation::Truncated(_) | KeyInformation::Unknown(_)) => Ok(()),
    }
}

fn value_type<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, value_type: RegistryType) -> fmt::Result {
    number::named(cell, value_type.name(), value_type.0)
}

fn value_information<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    result: Option<&ValueInformation<'_>>,
    length: u32,
    with_name: bool,
) -> fmt::Result {
    /// Procmon shows at most as many bytes of data as follow this offset in the extra block.
    const FULL_DATA: usize = 24;
    match result {
        None => items.item("Length: ", |cell| number::grouped(cell, length)),
        Some(
            ValueInformation::Basic { value_type: of, .. } | ValueInformation::Truncated { value_type: Some(of), .. },
        ) => items.item("Type: ", |cell| value_type(cell, *of)),
        Some(ValueInformation::Full { name, data, .. }) => {
            if with_name {
                items.item("Name: ", |cell| cx.string(cell, *name))?;
            }
            let extra = cx.event.extra().unwrap_or_default();
            typed_data(cx, items, data, extra, extra.len().checked_sub(FULL_DATA).unwrap_or(usize::MAX))
        }
        Some(ValueInformation::Partial { data, .. }) => {
            typed_data(cx, items, data, cx.event.extra().unwrap_or_default(), usize::MAX)
        }
        Some(ValueInformation::Truncated { .. } | ValueInformation::Unknown(_)) => Ok(()),
    }
}

/// Writes the type, the length and the data of a value. The captured data is a part of `block`. `shown` is the greatest
/// number of data bytes that Procmon shows.
fn typed_data<'a, W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    data: &ValueData<'a>,
    block: &'a [u8],
    shown: usize,
) -> fmt::Result {
    items.item("Type: ", |cell| value_type(cell, data.value_type))?;
    items.item("Length: ", |cell| number::grouped(cell, data.length))?;
    if data.length == 0 {
        return Ok(());
    }
    items.item("Data: ", |cell| value_data(cx, cell, data, block, shown))
}

fn value_data<'a, W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    cell: &mut Cell<'_, W>,
    data: &ValueData<'a>,
    block: &'a [u8],
    shown: usize,
) -> fmt::Result {
    if cx.style.is_procmon() {
        let captured = data.captured.get(..shown).unwrap_or(data.captured);
        return match data.value_type {
            RegistryType::SZ | RegistryType::EXPAND_SZ => cx.string(cell, misread_string(captured, block)),
            RegistryType::MULTI_SZ => multi_string(cx, cell, misread_strings(captured, block)),
            RegistryType::BINARY | RegistryType::NONE => number::hex_dump(cell, captured),
            RegistryType::DWORD => u32::read(captured).map_or(Ok(()), |number| number::decimal(cell, number)),
            // Procmon prints no data for the other types.
            _ => Ok(()),
        };
    }
    let Some(value) = data.value() else { return Ok(()) };
    match value {
        RegistryValue::String(text) | RegistryValue::ExpandString(text) => cx.string(cell, text),
        RegistryValue::MultiString(texts) => multi_string(cx, cell, texts.into_iter()),
        RegistryValue::Binary(bytes) | RegistryValue::None(bytes) => number::hex_dump(cell, bytes),
        RegistryValue::Dword(number) => number::decimal(cell, number),
        RegistryValue::Qword(number) => number::decimal(cell, number),
        RegistryValue::DwordBigEndian(number) => number::decimal(cell, number),
        RegistryValue::Link(target) => cell.string(target),
        RegistryValue::ResourceList(bytes)
        | RegistryValue::FullResourceDescriptor(bytes)
        | RegistryValue::ResourceRequirementsList(bytes)
        | RegistryValue::Unknown(_, bytes) => number::hex_dump(cell, bytes),
    }
}

/// Returns the string that Procmon reads: it searches as many characters for the NUL as the captured data has bytes.
fn misread_string<'a>(captured: &'a [u8], block: &'a [u8]) -> PmlStr<'a> {
    string_of(to_the_end(captured, block), captured.len())
}

/// Returns the strings of a list that Procmon reads: those that begin in the captured data. Procmon reads each of them
/// like a single string.
fn misread_strings<'a>(captured: &'a [u8], block: &'a [u8]) -> impl Iterator<Item = PmlStr<'a>> {
    let all = to_the_end(captured, block);
    let mut at = 0;
    std::iter::from_fn(move || {
        // The last unit is the NUL that ends the list.
        if captured.len().saturating_sub(at) < 4 {
            return None;
        }
        let string = string_of(all.get(at..)?, captured.len());
        at += string.as_bytes().len() + 2;
        Some(string)
    })
}

/// Returns the string at the start of `bytes`: up to its NUL, and at most `max_units` UTF-16 units.
fn string_of(bytes: &[u8], max_units: usize) -> PmlStr<'_> {
    PmlStr::utf16(bytes.get(..max_units.saturating_mul(2)).unwrap_or(bytes)).until_nul()
}

/// Returns the part of `block` that begins with `captured`. Procmon reads past the end of the block, where the bytes of
/// other events are; this function does not.
fn to_the_end<'a>(captured: &'a [u8], block: &'a [u8]) -> &'a [u8] {
    let start = captured.as_ptr().addr().wrapping_sub(block.as_ptr().addr());
    block.get(start..).filter(|rest| rest.len() >= captured.len()).unwrap_or(captured)
}

/// Writes strings separated by a comma and a blank; empty strings at the start have no separator.
fn multi_string<'a, W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    cell: &mut Cell<'_, W>,
    texts: impl Iterator<Item = PmlStr<'a>>,
) -> fmt::Result {
    let mut is_empty = true;
    for text in texts {
        if !is_empty {
            cell.literal(", ")?;
        }
        if !text.is_empty() && !cx.blanks(text) {
            is_empty = false;
            cell.string(text)?;
        }
    }
    Ok(())
}

fn set_info_key<W: fmt::Write + ?Sized>(
    cx: &ColumnText<'_, '_>,
    items: &mut Items<'_, '_, W>,
    set: &SetInfoKey<'_>,
) -> fmt::Result {
    items.item("KeySetInformationClass: ", |cell| match set.information_class.name() {
        Some(name) => cell.literal(name),
        None => unknown_class(cell, set.information_class.0),
    })?;
    items.item("Length: ", |cell| number::grouped(cell, set.captured_length))?;
    match set.information {
        Some(KeySetInformation::WriteTime(time)) => {
            items.item("LastWriteTime: ", |cell| time::date_and_time(cell, time, cx.style.utc_offset))
        }
        Some(KeySetInformation::Wow64Flags(flags)) => items.item("Wow64Flags: ", |cell| number::hex(cell, flags)),
        Some(KeySetInformation::HandleTags(tags)) => items.item("HandleTags: ", |cell| number::hex(cell, tags)),
        Some(KeySetInformation::Truncated(_) | KeySetInformation::Unknown(_)) | None => Ok(()),
    }
}
