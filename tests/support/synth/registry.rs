//! Events of the Registry class, and the structures and value data that they contain.
//!
//! The blocks are the same in 32-bit and 64-bit logs. A failed operation has no extra block (`None`).

use super::{Block, Event, GARBAGE, Text};

const REGISTRY: u32 = 2;

pub const REG_NONE: u32 = 0;
pub const REG_SZ: u32 = 1;
pub const REG_EXPAND_SZ: u32 = 2;
pub const REG_BINARY: u32 = 3;
pub const REG_DWORD: u32 = 4;
pub const REG_DWORD_BIG_ENDIAN: u32 = 5;
pub const REG_LINK: u32 = 6;
pub const REG_MULTI_SZ: u32 = 7;
pub const REG_RESOURCE_LIST: u32 = 8;
pub const REG_FULL_RESOURCE_DESCRIPTOR: u32 = 9;
pub const REG_RESOURCE_REQUIREMENTS_LIST: u32 = 10;
pub const REG_QWORD: u32 = 11;

/// Operations whose block has only a path.
pub const CLOSE_KEY: u16 = 2;
pub const DELETE_KEY: u16 = 9;
pub const DELETE_VALUE: u16 = 10;
pub const FLUSH_KEY: u16 = 11;
pub const UNLOAD_KEY: u16 = 13;
pub const QUERY_MULTIPLE_VALUE_KEY: u16 = 15;
pub const SET_KEY_SECURITY: u16 = 16;
pub const QUERY_KEY_SECURITY: u16 = 17;

/// Information classes of RegQueryKey and RegEnumKey.
pub const KEY_BASIC: u32 = 0;
pub const KEY_NODE: u32 = 1;
pub const KEY_FULL: u32 = 2;
pub const KEY_NAME: u32 = 3;
pub const KEY_CACHED: u32 = 4;
pub const KEY_FLAGS: u32 = 5;
pub const KEY_HANDLE_TAGS: u32 = 7;

/// Information classes of RegQueryValue and RegEnumValue.
pub const VALUE_BASIC: u32 = 0;
pub const VALUE_FULL: u32 = 1;
pub const VALUE_PARTIAL: u32 = 2;

/// The last write time of all keys: 7 November 2023, 21:05:09 UTC.
const LAST_WRITE: u64 = 133_438_647_090_000_000;

fn event(operation: u16, detail: Block, extra: Option<Vec<u8>>) -> Event {
    Event::new(REGISTRY, operation, detail.done(), extra)
}

/// Returns an event of one of the operations whose block has only a path.
pub fn plain(operation: u16, path: impl Into<Text>) -> Event {
    let path = path.into();
    event(operation, Block::new(2).u16(0, path.info).append(&path.bytes), None)
}

/// Returns a RegOpenKey event. `opened` is the granted access.
pub fn open_key(path: impl Into<Text>, access: u32, opened: Option<u32>) -> Event {
    opened_key(0, path.into(), access, opened.map(|granted| (granted, 0)))
}

/// Returns a RegCreateKey event. `created` is the granted access and the disposition (1 created, 2 opened).
pub fn create_key(path: impl Into<Text>, access: u32, created: Option<(u32, u32)>) -> Event {
    opened_key(1, path.into(), access, created)
}

fn opened_key(operation: u16, path: Text, access: u32, result: Option<(u32, u32)>) -> Event {
    let detail = Block::new(8).u16(0, path.info).u16(2, GARBAGE).u32(4, access).append(&path.bytes);
    let extra = result.map(|(granted, disposition)| Block::new(8).u32(0, granted).u32(4, disposition).done());
    event(operation, detail, extra)
}

/// Returns a RegQueryKey event. `length` is the size of the caller's buffer in bytes.
pub fn query_key(path: impl Into<Text>, length: u32, class: u32, extra: Option<Vec<u8>>) -> Event {
    query(3, path.into(), length, class, extra)
}

/// Returns a RegQueryValue event. The path ends with the name of the value, or with `(Default)` if it has none.
pub fn query_value(path: impl Into<Text>, length: u32, class: u32, extra: Option<Vec<u8>>) -> Event {
    query(5, path.into(), length, class, extra)
}

fn query(operation: u16, path: Text, length: u32, class: u32, extra: Option<Vec<u8>>) -> Event {
    let detail = Block::new(12).u16(0, path.info).u16(2, GARBAGE).u32(4, length).u32(8, class).append(&path.bytes);
    event(operation, detail, extra)
}

/// Returns a RegEnumValue event.
pub fn enum_value(path: impl Into<Text>, length: u32, index: u32, class: u32, extra: Option<Vec<u8>>) -> Event {
    enumerate(6, path.into(), [length, index, class], extra)
}

/// Returns a RegEnumKey event.
pub fn enum_key(path: impl Into<Text>, length: u32, index: u32, class: u32, extra: Option<Vec<u8>>) -> Event {
    enumerate(7, path.into(), [length, index, class], extra)
}

fn enumerate(operation: u16, path: Text, [length, index, class]: [u32; 3], extra: Option<Vec<u8>>) -> Event {
    let detail = Block::new(16).u16(0, path.info).u16(2, GARBAGE).u32(4, length).u32(8, index).u32(12, class);
    event(operation, detail.append(&path.bytes), extra)
}

/// Returns a RegSetValue event. The block has the part of `data` that [`captured`] returns.
pub fn set_value(path: impl Into<Text>, kind: u32, data: &[u8]) -> Event {
    set(4, path.into(), kind, data.len() as u32, captured(kind, data))
}

/// Returns a RegSetInfoKey event. `kept` is the part of the `length` bytes that the block has; in real logs, it is
/// empty.
pub fn set_info_key(path: impl Into<Text>, class: u32, length: u32, kept: &[u8]) -> Event {
    set(8, path.into(), class, length, kept)
}

fn set(operation: u16, path: Text, kind: u32, length: u32, kept: &[u8]) -> Event {
    let detail = Block::new(16)
        .u16(0, path.info)
        .u16(2, GARBAGE)
        .u32(4, kind)
        .u32(8, length)
        .u16(12, kept.len() as u16)
        .u16(14, GARBAGE)
        .append(&path.bytes)
        .append(kept);
    event(operation, detail, None)
}

/// Returns a RegLoadKey event.
pub fn load_key(path: impl Into<Text>, hive: impl Into<Text>) -> Event {
    two_strings(12, path.into(), hive.into())
}

/// Returns a RegRenameKey event. The new name is stored as UTF-16 even if it is ASCII.
pub fn rename_key(path: impl Into<Text>, new_name: &str) -> Event {
    two_strings(14, path.into(), Text::wide(new_name))
}

fn two_strings(operation: u16, path: Text, second: Text) -> Event {
    let detail = Block::new(4).u16(0, path.info).u16(2, second.info).append(&path.bytes).append(&second.bytes);
    event(operation, detail, None)
}

/// Returns a RegOpenKey2 event, which Procmon does not decode. It is laid out like a RegOpenKey event.
pub fn open_key_2(path: impl Into<Text>, access: u32) -> Event {
    opened_key(18, path.into(), access, None)
}

/// Returns a RegRestoreKey event.
pub fn restore_key(path: impl Into<Text>, file: impl Into<Text>, flags: u32) -> Event {
    saved(19, path.into(), file.into(), flags)
}

/// Returns a RegSaveKey event.
pub fn save_key(path: impl Into<Text>, file: impl Into<Text>, format: u32) -> Event {
    saved(20, path.into(), file.into(), format)
}

fn saved(operation: u16, path: Text, file: Text, number: u32) -> Event {
    let detail = Block::new(8).u16(0, path.info).u16(2, file.info).u32(4, number);
    event(operation, detail.append(&path.bytes).append(&file.bytes), None)
}

/// Returns a RegReplaceKey event.
pub fn replace_key(path: impl Into<Text>, old_file: impl Into<Text>, new_file: impl Into<Text>) -> Event {
    let (path, old_file, new_file) = (path.into(), old_file.into(), new_file.into());
    let detail = Block::new(6).u16(0, path.info).u16(2, old_file.info).u16(4, new_file.info);
    event(21, detail.append(&path.bytes).append(&old_file.bytes).append(&new_file.bytes), None)
}

/// Returns a `KEY_BASIC_INFORMATION`.
pub fn key_basic(name: &str) -> Vec<u8> {
    let name = Text::wide(name).bytes;
    Block::new(16).u64(0, LAST_WRITE).u32(12, name.len() as u32).append(&name).align(4).done()
}

/// Returns a `KEY_NODE_INFORMATION`.
pub fn key_node(name: &str) -> Vec<u8> {
    let name = Text::wide(name).bytes;
    let node = Block::new(24).u64(0, LAST_WRITE).u32(12, u32::MAX).u32(20, name.len() as u32);
    node.append(&name).align(4).done()
}

/// Returns a `KEY_FULL_INFORMATION`.
pub fn key_full(sub_keys: u32, values: u32) -> Vec<u8> {
    Block::new(44)
        .u64(0, LAST_WRITE)
        .u32(12, u32::MAX)
        .u32(20, sub_keys)
        .u32(24, 30)
        .u32(32, values)
        .u32(36, 24)
        .u32(40, 520)
        .done()
}

/// Returns a `KEY_NAME_INFORMATION`.
pub fn key_name(name: &str) -> Vec<u8> {
    let name = Text::wide(name).bytes;
    Block::new(4).u32(0, name.len() as u32).append(&name).align(4).done()
}

/// Returns a `KEY_CACHED_INFORMATION`.
pub fn key_cached(sub_keys: u32, values: u32) -> Vec<u8> {
    Block::new(40)
        .u64(0, LAST_WRITE)
        .u32(12, sub_keys)
        .u32(16, 30)
        .u32(20, values)
        .u32(24, 24)
        .u32(28, 520)
        .u32(32, 12)
        .done()
}

/// Returns a `KEY_FLAGS_INFORMATION`.
pub fn key_flags(user_flags: u32) -> Vec<u8> {
    Block::new(12).u32(0, user_flags).done()
}

/// Returns a `KEY_HANDLE_TAGS_INFORMATION`.
pub fn key_handle_tags(tags: u32) -> Vec<u8> {
    Block::new(4).u32(0, tags).done()
}

/// Returns a `KEY_VALUE_BASIC_INFORMATION`, whose name Procmon does not capture.
pub fn value_basic(kind: u32, name: &str) -> Vec<u8> {
    Block::new(12).u32(4, kind).u32(8, Text::wide(name).bytes.len() as u32).done()
}

/// Returns a `KEY_VALUE_FULL_INFORMATION` with the part of `data` that [`captured`] returns.
pub fn value_full(kind: u32, name: &str, data: &[u8]) -> Vec<u8> {
    let name = Text::wide(name).bytes;
    let data_offset = (20 + name.len()).next_multiple_of(8);
    Block::new(data_offset)
        .u32(4, kind)
        .u32(8, data_offset as u32)
        .u32(12, data.len() as u32)
        .u32(16, name.len() as u32)
        .bytes(20, &name)
        .append(captured(kind, data))
        .align(4)
        .done()
}

/// Returns a `KEY_VALUE_PARTIAL_INFORMATION` with the part of `data` that [`captured`] returns.
pub fn value_partial(kind: u32, data: &[u8]) -> Vec<u8> {
    Block::new(12).u32(4, kind).u32(8, data.len() as u32).append(captured(kind, data)).align(4).done()
}

/// Returns the part of a value's data that the driver captures, which depends on the type.
pub fn captured(kind: u32, data: &[u8]) -> &[u8] {
    let most = match kind {
        REG_NONE | REG_BINARY => 16,
        REG_SZ | REG_EXPAND_SZ | REG_MULTI_SZ => 2048,
        REG_DWORD => 4,
        REG_QWORD => 8,
        _ => 0,
    };
    &data[..data.len().min(most)]
}

/// Returns the data of a string value, with its terminating NUL.
pub fn string(text: &str) -> Vec<u8> {
    let mut data = Text::wide(text).bytes;
    data.extend_from_slice(&[0, 0]);
    data
}

/// Returns the data of a REG_MULTI_SZ value.
pub fn strings(texts: &[&str]) -> Vec<u8> {
    let mut data: Vec<u8> = texts.iter().flat_map(|text| string(text)).collect();
    data.extend_from_slice(&[0, 0]);
    data
}
