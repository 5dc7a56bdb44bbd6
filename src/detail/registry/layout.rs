//! The layouts of the detail and extra blocks of registry events.

use super::{
    CreateKeyResult, EnumKey, EnumValue, KeyInformation, KeySetInformation, OpenKey, QueryKey, QueryValue,
    RegistryDetail, RegistryRequest, SetInfoKey, SetValue, ValueData, ValueInformation,
};
use crate::code::{
    Category, KeyInformationClass, KeySetInformationClass, RegistryDisposition, RegistryOperation, RegistryType,
    RestoreFlags, SaveFormat, ValueInformationClass,
};
use crate::detail::{DetailBlocks, Source, Unknown};
use crate::error::Result;
use crate::wire::codec::{Codec, narrow};
use crate::wire::cursor::Cursor;
use crate::wire::{Field, FileTime, PmlStr};

/// Returns the size in bytes of the head of the detail block, which is the fixed part before the key. Returns `None` if
/// the layout of the operation is unknown.
const fn known_head_size(operation: RegistryOperation) -> Option<usize> {
    use RegistryOperation as Op;
    Some(match operation {
        Op::OPEN_KEY | Op::CREATE_KEY | Op::RESTORE_KEY | Op::SAVE_KEY => 8,
        Op::QUERY_KEY | Op::QUERY_VALUE => 12,
        Op::SET_VALUE | Op::ENUM_VALUE | Op::ENUM_KEY | Op::SET_INFO_KEY => 16,
        Op::LOAD_KEY | Op::RENAME_KEY => 4,
        Op::REPLACE_KEY => 6,
        Op::CLOSE_KEY
        | Op::DELETE_KEY
        | Op::DELETE_VALUE
        | Op::FLUSH_KEY
        | Op::UNLOAD_KEY
        | Op::QUERY_MULTIPLE_VALUE_KEY
        | Op::SET_KEY_SECURITY
        | Op::QUERY_KEY_SECURITY => 2,
        _ => return None,
    })
}

/// Returns the size of the head of the detail block in bytes; 0 if the layout of the operation is unknown.
pub(in crate::detail) fn head_size(operation: RegistryOperation) -> usize {
    known_head_size(operation).unwrap_or(0)
}

/// Returns the stored path: the key, followed by the name of the value for operations on a value.
pub(in crate::detail) fn path<'a>(source: &Source<'a>, operation: RegistryOperation) -> Result<PmlStr<'a>> {
    let Some(head_size) = known_head_size(operation) else { return Ok(PmlStr::EMPTY) };
    let mut block = source.detail_cursor();
    let mut path = PmlStr::EMPTY;
    block.info("registry.path", &mut path)?;
    block.filler_to(head_size, "registry.header")?;
    block.characters(&mut path);
    Ok(path)
}

/// Returns the category of an operation. Opening a key is a write if the extra block reports that the key was created.
pub(in crate::detail) fn category(source: &Source<'_>, operation: RegistryOperation) -> Option<Category> {
    let created = || {
        let disposition = source.extra.and_then(|extra| extra.get(4..)).and_then(RegistryDisposition::read);
        disposition == Some(RegistryDisposition::CREATED_NEW_KEY)
    };
    match operation {
        RegistryOperation::OPEN_KEY | RegistryOperation::CREATE_KEY if created() => Some(Category::Write),
        _ => operation.category(),
    }
}

/// Decodes into an existing value. A returned value would be copied right after it was written, which stalls the CPU.
#[inline]
pub(crate) fn decode<'a>(
    source: &Source<'a>,
    operation: RegistryOperation,
    detail: &mut RegistryDetail<'a>,
) -> Result<()> {
    detail.request.reset(operation);
    let Some(head_size) = known_head_size(operation) else {
        if let RegistryRequest::OpenKey2(unknown) | RegistryRequest::Unknown(unknown) = &mut detail.request {
            *unknown = source.unknown();
        }
        return Ok(());
    };
    lay_out(&mut source.detail_cursor(), head_size, detail)?;
    if let Some(extra) = source.extra_cursor() {
        detail.request.read_result(extra);
    }
    Ok(())
}

pub(in crate::detail) fn encode(
    mut detail: RegistryDetail<'_>,
    operation: RegistryOperation,
    blocks: &mut DetailBlocks,
) -> Result<()> {
    blocks.expect_same(&detail.request, &RegistryRequest::empty(operation), operation.name())?;
    let Some(head_size) = known_head_size(operation) else {
        return match detail.request {
            RegistryRequest::OpenKey2(unknown) | RegistryRequest::Unknown(unknown) => blocks.copy(unknown),
            _ => Ok(()), // unreachable: `expect_same` has checked the variant
        };
    };
    lay_out(&mut blocks.writer(), head_size, &mut detail)?;
    detail.request.write_result(operation, blocks)
}

/// Visits the fields of the detail block: the head, the key, and data of variable size.
#[inline]
fn lay_out<'a, C: Codec<'a>>(block: &mut C, head_size: usize, detail: &mut RegistryDetail<'a>) -> Result<()> {
    use RegistryRequest as Request;
    let RegistryDetail { path, request } = detail;
    block.info("registry.path", path)?;
    // Visits the characters of the key, which follow the head.
    let key = |block: &mut C, path: &mut PmlStr<'a>| -> Result<()> {
        block.filler_to(head_size, "registry.header")?;
        block.characters(path);
        Ok(())
    };
    match request {
        Request::OpenKey(open) | Request::CreateKey(open) => {
            block.filler(2);
            block.field("open_key.desired_access", &mut open.desired_access)?;
            key(block, path)
        }
        Request::QueryKey(query) => {
            block.filler(2);
            block.field("query_key.length", &mut query.length)?;
            block.field("query_key.information_class", &mut query.information_class)?;
            key(block, path)
        }
        Request::EnumKey(query) => {
            block.filler(2);
            block.field("enum_key.length", &mut query.length)?;
            block.field("enum_key.index", &mut query.index)?;
            block.field("enum_key.information_class", &mut query.information_class)?;
            key(block, path)
        }
        Request::QueryValue(query) => {
            block.filler(2);
            block.field("query_value.length", &mut query.length)?;
            block.field("query_value.information_class", &mut query.information_class)?;
            key(block, path)
        }
        Request::EnumValue(query) => {
            block.filler(2);
            block.field("enum_value.length", &mut query.length)?;
            block.field("enum_value.index", &mut query.index)?;
            block.field("enum_value.information_class", &mut query.information_class)?;
            key(block, path)
        }
        Request::SetValue(set) => {
            block.filler(2);
            set_value(block, set, |block| key(block, path))
        }
        Request::SetInfoKey(set) => {
            block.filler(2);
            set_info_key(block, set, |block| key(block, path))
        }
        Request::LoadKey { hive_path: second } | Request::RenameKey { new_name: second } => {
            block.info("registry.second_string", second)?;
            key(block, path)?;
            block.characters(second);
            Ok(())
        }
        Request::RestoreKey { flags, file_name } => {
            block.info("restore_key.file_name", file_name)?;
            block.field("restore_key.flags", flags)?;
            key(block, path)?;
            block.characters(file_name);
            Ok(())
        }
        Request::SaveKey { format, file_name } => {
            block.info("save_key.file_name", file_name)?;
            block.field("save_key.format", format)?;
            key(block, path)?;
            block.characters(file_name);
            Ok(())
        }
        Request::ReplaceKey { old_file_name, new_file_name, misread_new_file_name } => {
            block.info("replace_key.old_file_name", old_file_name)?;
            block.info("replace_key.new_file_name", new_file_name)?;
            key(block, path)?;
            let mut files: &[u8] = &[];
            block.peek(&mut files);
            *misread_new_file_name = misread_name(files, *old_file_name, *new_file_name);
            block.characters(old_file_name);
            block.characters(new_file_name);
            Ok(())
        }
        Request::CloseKey
        | Request::DeleteKey
        | Request::DeleteValue
        | Request::FlushKey
        | Request::UnloadKey
        | Request::QueryMultipleValueKey
        | Request::SetKeySecurity
        | Request::QueryKeySecurity
        | Request::OpenKey2(_)
        | Request::Unknown(_) => key(block, path),
    }
}

/// Returns the name of the new file as Procmon reads it, from the wrong offset: it takes the string-info word of the
/// old name for the size of that name in bytes. `files` contains the characters of both names.
fn misread_name<'a>(files: &'a [u8], old: PmlStr<'a>, new: PmlStr<'a>) -> PmlStr<'a> {
    let characters = |bytes, name: PmlStr<'a>| PmlStr::counted(bytes, name.declared_len() as usize, name.is_utf16());
    let old_size = characters(files, old).as_bytes().len();
    let new_size = characters(files.get(old_size..).unwrap_or_default(), new).as_bytes().len();
    // The bytes after the two names belong to neither.
    let names = files.get(..old_size + new_size).unwrap_or(files);
    characters(names.get(usize::from(old.info_word())..).unwrap_or_default(), new)
}

fn set_value<'a, C: Codec<'a>>(
    block: &mut C,
    set: &mut SetValue<'a>,
    key: impl FnOnce(&mut C) -> Result<()>,
) -> Result<()> {
    let data = &mut set.data;
    let mut captured: u16 = narrow("set_value.data", data.captured.len(), u16::MAX.into())?;
    block.field("set_value.type", &mut data.value_type)?;
    block.field("set_value.length", &mut data.length)?;
    block.field("set_value.captured_length", &mut captured)?;
    key(block)?;
    block.available(data.full_size().min(captured.into()), &mut data.captured);
    Ok(())
}

/// Returns the captured size that the detail block of a RegSetValue stores, in bytes. It can exceed the size of the
/// captured data, which ends at the declared length or at the end of the block.
pub(crate) fn set_value_captured(detail: &[u8]) -> Option<u16> {
    const CAPTURED_LENGTH: usize = 12;
    detail.get(CAPTURED_LENGTH..).and_then(u16::read)
}

fn set_info_key<'a, C: Codec<'a>>(
    block: &mut C,
    set: &mut SetInfoKey<'a>,
    key: impl FnOnce(&mut C) -> Result<()>,
) -> Result<()> {
    block.field("set_info_key.information_class", &mut set.information_class)?;
    block.field("set_info_key.length", &mut set.length)?;
    block.field("set_info_key.captured_length", &mut set.captured_length)?;
    key(block)?;
    if set.captured_length == 0 {
        return Ok(());
    }
    let mut all: &[u8] = &[];
    block.peek(&mut all);
    let class = set.information_class;
    let information = set.information.get_or_insert_with(|| KeySetInformation::empty(class));
    if key_set_structure(block, information, set.captured_length.into()).is_err() {
        *information = KeySetInformation::Truncated(all);
    }
    Ok(())
}

fn key_set_structure<'a, C: Codec<'a>>(
    block: &mut C,
    information: &mut KeySetInformation<'a>,
    captured: usize,
) -> Result<()> {
    match information {
        KeySetInformation::WriteTime(time) => block.field("set_info_key.last_write", time),
        KeySetInformation::Wow64Flags(flags) => block.field("set_info_key.wow64_flags", flags),
        KeySetInformation::HandleTags(tags) => block.field("set_info_key.handle_tags", tags),
        KeySetInformation::Truncated(bytes) => {
            block.rest(bytes);
            Ok(())
        }
        KeySetInformation::Unknown(bytes) => {
            block.available(captured, bytes);
            Ok(())
        }
    }
}

fn open_result<'a, C: Codec<'a>>(extra: &mut C, result: &mut CreateKeyResult) {
    extra.optional(&mut result.granted_access);
    extra.optional(&mut result.disposition);
}

fn key_structure<'a, C: Codec<'a>>(extra: &mut C, information: &mut KeyInformation<'a>) -> Result<()> {
    let head = |extra: &mut C, last_write: &mut FileTime, title_index: &mut u32| -> Result<()> {
        extra.field("key.last_write", last_write)?;
        extra.field("key.title_index", title_index)
    };
    match information {
        KeyInformation::Basic { last_write, title_index, name } => {
            head(extra, last_write, title_index)?;
            extra.size("key.name", name)?;
            extra.utf16_characters(name);
        }
        KeyInformation::Node { last_write, title_index, class_offset, class_size, name } => {
            head(extra, last_write, title_index)?;
            extra.field("key.class_offset", class_offset)?;
            extra.field("key.class_size", class_size)?;
            extra.size("key.name", name)?;
            extra.utf16_characters(name);
        }
        KeyInformation::Full {
            last_write,
            title_index,
            class_offset,
            class_size,
            sub_keys,
            max_name_size,
            max_class_size,
            values,
            max_value_name_size,
            max_value_data_size,
        } => {
            head(extra, last_write, title_index)?;
            extra.field("key.class_offset", class_offset)?;
            extra.field("key.class_size", class_size)?;
            extra.field("key.sub_keys", sub_keys)?;
            extra.field("key.max_name_size", max_name_size)?;
            extra.field("key.max_class_size", max_class_size)?;
            extra.field("key.values", values)?;
            extra.optional(max_value_name_size);
            extra.optional(max_value_data_size);
        }
        KeyInformation::Name(name) => {
            extra.size("key.name", name)?;
            extra.utf16_characters(name);
        }
        KeyInformation::Cached {
            last_write,
            title_index,
            sub_keys,
            max_name_size,
            values,
            max_value_name_size,
            max_value_data_size,
            name_size,
        } => {
            head(extra, last_write, title_index)?;
            extra.field("key.sub_keys", sub_keys)?;
            extra.field("key.max_name_size", max_name_size)?;
            extra.field("key.values", values)?;
            extra.optional(max_value_name_size);
            extra.optional(max_value_data_size);
            extra.optional(name_size);
            if name_size.is_some() {
                // Windows aligns the structure to 8 bytes.
                extra.filler(4);
            }
        }
        KeyInformation::Flags { user_flags, key_flags, control_flags } => {
            extra.field("key.user_flags", user_flags)?;
            extra.optional(key_flags);
            extra.optional(control_flags);
        }
        KeyInformation::HandleTags(tags) => extra.field("key.handle_tags", tags)?,
        KeyInformation::Truncated(bytes) | KeyInformation::Unknown(bytes) => extra.rest(bytes),
    }
    Ok(())
}

fn value_structure<'a, C: Codec<'a>>(extra: &mut C, information: &mut ValueInformation<'a>) -> Result<()> {
    match information {
        ValueInformation::Basic { title_index, value_type, name_size } => {
            extra.field("value.title_index", title_index)?;
            extra.field("value.type", value_type)?;
            extra.optional(name_size);
        }
        ValueInformation::Full { title_index, data_offset, name, data } => {
            extra.field("value.title_index", title_index)?;
            extra.field("value.type", &mut data.value_type)?;
            extra.field("value.data_offset", data_offset)?;
            extra.field("value.data_length", &mut data.length)?;
            extra.size("value.name", name)?;
            extra.utf16_characters(name);
            extra.available_at(*data_offset as usize, data.full_size(), &mut data.captured)?;
        }
        ValueInformation::Partial { title_index, data } => {
            extra.field("value.title_index", title_index)?;
            extra.field("value.type", &mut data.value_type)?;
            extra.field("value.data_length", &mut data.length)?;
            extra.available(data.full_size(), &mut data.captured);
        }
        ValueInformation::Truncated { bytes, .. } | ValueInformation::Unknown(bytes) => extra.rest(bytes),
    }
    Ok(())
}

impl<'a> RegistryRequest<'a> {
    /// Returns the request variant for an operation, with default values.
    #[inline]
    fn empty(operation: RegistryOperation) -> Self {
        let mut request = Self::CloseKey;
        request.reset(operation);
        request
    }

    /// Replaces the request with the variant for an operation, with default values.
    #[inline]
    fn reset(&mut self, operation: RegistryOperation) {
        use RegistryOperation as Op;
        const NONE: PmlStr<'static> = PmlStr::EMPTY;
        match operation {
            Op::OPEN_KEY => *self = Self::OpenKey(OpenKey::default()),
            Op::CREATE_KEY => *self = Self::CreateKey(OpenKey::default()),
            Op::CLOSE_KEY => *self = Self::CloseKey,
            Op::QUERY_KEY => *self = Self::QueryKey(QueryKey::default()),
            Op::SET_VALUE => *self = Self::SetValue(SetValue::default()),
            Op::QUERY_VALUE => *self = Self::QueryValue(QueryValue::default()),
            Op::ENUM_VALUE => *self = Self::EnumValue(EnumValue::default()),
            Op::ENUM_KEY => *self = Self::EnumKey(EnumKey::default()),
            Op::SET_INFO_KEY => *self = Self::SetInfoKey(SetInfoKey::default()),
            Op::DELETE_KEY => *self = Self::DeleteKey,
            Op::DELETE_VALUE => *self = Self::DeleteValue,
            Op::FLUSH_KEY => *self = Self::FlushKey,
            Op::LOAD_KEY => *self = Self::LoadKey { hive_path: NONE },
            Op::UNLOAD_KEY => *self = Self::UnloadKey,
            Op::RENAME_KEY => *self = Self::RenameKey { new_name: NONE },
            Op::QUERY_MULTIPLE_VALUE_KEY => *self = Self::QueryMultipleValueKey,
            Op::SET_KEY_SECURITY => *self = Self::SetKeySecurity,
            Op::QUERY_KEY_SECURITY => *self = Self::QueryKeySecurity,
            Op::OPEN_KEY_2 => *self = Self::OpenKey2(Unknown::default()),
            Op::RESTORE_KEY => *self = Self::RestoreKey { flags: RestoreFlags::empty(), file_name: NONE },
            Op::SAVE_KEY => *self = Self::SaveKey { format: SaveFormat(0), file_name: NONE },
            Op::REPLACE_KEY => {
                *self = Self::ReplaceKey { old_file_name: NONE, new_file_name: NONE, misread_new_file_name: NONE }
            }
            _ => *self = Self::Unknown(Unknown::default()),
        }
    }

    /// Reads the result from the extra block into the request.
    fn read_result(&mut self, mut extra: Cursor<'a>) {
        match self {
            Self::OpenKey(open) | Self::CreateKey(open) => {
                open_result(&mut extra, open.result.insert(CreateKeyResult::default()));
            }
            Self::QueryKey(query) => KeyInformation::read(extra, query.information_class, &mut query.result),
            Self::EnumKey(query) => KeyInformation::read(extra, query.information_class, &mut query.result),
            Self::QueryValue(query) => ValueInformation::read(extra, query.information_class, &mut query.result),
            Self::EnumValue(query) => ValueInformation::read(extra, query.information_class, &mut query.result),
            _ => {}
        }
    }

    /// Writes the result of the request to the extra block, if it has one. For RegSetInfoKey, only checks that the
    /// information belongs to its class.
    fn write_result(&mut self, operation: RegistryOperation, blocks: &mut DetailBlocks) -> Result<()> {
        match self {
            Self::OpenKey(OpenKey { result: Some(result), .. })
            | Self::CreateKey(OpenKey { result: Some(result), .. }) => {
                open_result(&mut blocks.extra_writer(), result);
                Ok(())
            }
            Self::QueryKey(QueryKey { information_class, result: Some(result), .. })
            | Self::EnumKey(EnumKey { information_class, result: Some(result), .. }) => {
                result.write(*information_class, operation, blocks)
            }
            Self::QueryValue(QueryValue { information_class, result: Some(result), .. })
            | Self::EnumValue(EnumValue { information_class, result: Some(result), .. }) => {
                result.write(*information_class, operation, blocks)
            }
            Self::SetInfoKey(SetInfoKey { information_class, information: Some(information), .. })
                if !matches!(information, KeySetInformation::Truncated(_)) =>
            {
                blocks.expect_same(information, &KeySetInformation::empty(*information_class), operation.name())
            }
            _ => Ok(()),
        }
    }
}

impl<'a> KeyInformation<'a> {
    /// Returns the variant for an information class, with default values.
    fn empty(class: KeyInformationClass) -> Self {
        let (last_write, title_index, name) = (FileTime(0), 0, PmlStr::EMPTY);
        let (sub_keys, max_name_size, values) = (0, 0, 0);
        let (max_value_name_size, max_value_data_size) = (None, None);
        match class {
            KeyInformationClass::BASIC => Self::Basic { last_write, title_index, name },
            KeyInformationClass::NODE => Self::Node { last_write, title_index, class_offset: 0, class_size: 0, name },
            KeyInformationClass::FULL => Self::Full {
                last_write,
                title_index,
                class_offset: 0,
                class_size: 0,
                sub_keys,
                max_name_size,
                max_class_size: 0,
                values,
                max_value_name_size,
                max_value_data_size,
            },
            KeyInformationClass::NAME => Self::Name(name),
            KeyInformationClass::CACHED => Self::Cached {
                last_write,
                title_index,
                sub_keys,
                max_name_size,
                values,
                max_value_name_size,
                max_value_data_size,
                name_size: None,
            },
            KeyInformationClass::FLAGS => Self::Flags { user_flags: 0, key_flags: None, control_flags: None },
            KeyInformationClass::HANDLE_TAGS => Self::HandleTags(0),
            _ => Self::Unknown(&[]),
        }
    }

    fn read(extra: Cursor<'a>, class: KeyInformationClass, result: &mut Option<Self>) {
        let information = result.insert(Self::empty(class));
        if let Err(_too_short) = key_structure(&mut { extra }, information) {
            *information = Self::Truncated(extra.rest());
        }
    }

    fn write(
        &mut self,
        class: KeyInformationClass,
        operation: RegistryOperation,
        blocks: &mut DetailBlocks,
    ) -> Result<()> {
        if !matches!(self, Self::Truncated(_)) {
            blocks.expect_same(self, &Self::empty(class), operation.name())?;
        }
        let mut extra = blocks.extra_writer();
        key_structure(&mut extra, self)?;
        extra.align(4);
        Ok(())
    }
}

impl<'a> ValueInformation<'a> {
    /// Returns the variant for an information class, with default values.
    fn empty(class: ValueInformationClass) -> Self {
        match class {
            ValueInformationClass::BASIC => {
                Self::Basic { title_index: 0, value_type: RegistryType::default(), name_size: None }
            }
            ValueInformationClass::FULL => {
                Self::Full { title_index: 0, data_offset: 0, name: PmlStr::EMPTY, data: ValueData::default() }
            }
            ValueInformationClass::PARTIAL => Self::Partial { title_index: 0, data: ValueData::default() },
            _ => Self::Unknown(&[]),
        }
    }

    fn read(extra: Cursor<'a>, class: ValueInformationClass, result: &mut Option<Self>) {
        let information = result.insert(Self::empty(class));
        if let Err(_too_short) = value_structure(&mut { extra }, information) {
            let bytes = extra.rest();
            *information = Self::Truncated { value_type: bytes.get(4..).and_then(RegistryType::read), bytes };
        }
    }

    fn write(
        &mut self,
        class: ValueInformationClass,
        operation: RegistryOperation,
        blocks: &mut DetailBlocks,
    ) -> Result<()> {
        if !matches!(self, Self::Truncated { .. }) {
            blocks.expect_same(self, &Self::empty(class), operation.name())?;
        }
        let mut extra = blocks.extra_writer();
        value_structure(&mut extra, self)?;
        extra.align(4);
        Ok(())
    }
}

impl KeySetInformation<'_> {
    /// Returns the variant for an information class, with default values.
    fn empty(class: KeySetInformationClass) -> Self {
        match class {
            KeySetInformationClass::WRITE_TIME => Self::WriteTime(FileTime(0)),
            KeySetInformationClass::WOW64_FLAGS => Self::Wow64Flags(0),
            KeySetInformationClass::HANDLE_TAGS => Self::HandleTags(0),
            _ => Self::Unknown(&[]),
        }
    }
}

impl ValueData<'_> {
    /// Returns the size of the complete data, in bytes.
    fn full_size(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }
}
