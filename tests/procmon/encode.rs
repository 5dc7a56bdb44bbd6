//! Details of all logs: encoding a decoded detail gives the same bytes, and decoding it again gives the same value.

#![allow(clippy::single_range_in_vec_init, reason = "these are lists of one range")]

use std::collections::BTreeMap;
use std::ops::Range;

use crate::logs::is_captured;
use procmon_parser::code::{FileOperation as Op, Operation, RegistryOperation};
use procmon_parser::detail::{
    DetailBlocks, FileRequest, KeyInformation, NetworkDetail, ProcessDetail, RegistryRequest, SetFileInformation,
    ValueInformation, VolumeInformation,
};
use procmon_parser::{Detail, Event, LogsReader};

crate::tests! {
    each_log:
        an_encoded_detail_decodes_to_the_same_value,
        a_decoded_detail_is_encoded_to_the_same_bytes;
}

/// The failures by operation: their number and the first one.
#[derive(Default)]
struct Failures(BTreeMap<String, (usize, String)>);

impl Failures {
    fn add(&mut self, name: &str, event: Event<'_>, blocks: &DetailBlocks, message: &str) {
        let first = || {
            let mut text = format!("{name} event {}: {message}\n  {:?}", event.ordinal(), event.detail());
            for (what, log, ours) in [
                ("detail", Some(event.detail_bytes()), Some(blocks.detail.as_slice())),
                ("extra", event.extra(), blocks.extra.as_deref()),
            ] {
                text += &format!("\n  {what} of the log {log:02x?}\n  {what} as written {ours:02x?}");
            }
            text
        };
        let operation = format!("{:?} {}", event.operation(), event.operation_name());
        self.0.entry(operation).or_insert_with(|| (0, first())).0 += 1;
    }

    fn check(&self) {
        for (operation, (count, first)) in &self.0 {
            println!("{count} {operation}: {first:.3000}");
        }
        assert!(self.0.is_empty(), "encoding fails for {} operations", self.0.len());
    }
}

fn an_encoded_detail_decodes_to_the_same_value(name: &str, log: &LogsReader) {
    let mut blocks = DetailBlocks::default();
    let mut failures = Failures::default();
    for event in log.events().flatten() {
        let Ok(detail) = event.detail() else { continue };
        let (operation, width) = (event.operation(), event.index().pointer_width());
        let written = detail.encode_into(operation, width, &mut blocks);
        let again = Detail::decode(operation, width, &blocks.detail, blocks.extra.as_deref());
        if written.is_err() || !again.as_ref().is_ok_and(|again| *again == detail) {
            failures.add(name, event, &blocks, &format!("{written:?}, {again:?}"));
        }
    }
    failures.check();
}

/// Returns the bytes without meaning in the head of a File System detail, in a 64-bit and in a 32-bit log: pointers of
/// the captured system, the upper halves of 32-bit numbers, and parameters that the operation does not use.
fn unread_parameters(operation: Op, minor: u8) -> (&'static [Range<usize>], &'static [Range<usize>]) {
    match (operation, minor) {
        (Op::VOLUME_MOUNT, _) => (&[0x14..0x40], &[0x14..0x2C]),
        (Op::MDL_WRITE_COMPLETE, _) => (&[0x20..0x40], &[0x1C..0x2C]),
        (Op::PREPARE_MDL_WRITE | Op::MDL_READ, _) => (&[0x1C..0x20, 0x24..0x28, 0x30..0x40], &[0x24..0x2C]),
        (Op::MDL_READ_COMPLETE, _) => (&[0x18..0x40], &[0x14..0x2C]),
        (Op::CHECK_IF_POSSIBLE, _) => (&[0x1C..0x20, 0x24..0x28, 0x29..0x40], &[0x21..0x2C]),
        (Op::QUERY_OPEN | Op::ACQUIRE_FOR_MOD_WRITE, _) => (&[0x10..0x40], &[0x10..0x2C]),
        (Op::CREATE_FILE_MAPPING, _) => (&[0x1C..0x40], &[0x18..0x2C]),
        (Op::CREATE, _) => (&[0x10..0x18, 0x1C..0x20, 0x24..0x28, 0x2C..0x38], &[0x10..0x14, 0x20..0x24]),
        (Op::READ | Op::WRITE, _) => (&[0x14..0x18, 0x1C..0x20, 0x28..0x40], &[0x20..0x2C]),
        (Op::QUERY_INFORMATION | Op::QUERY_VOLUME_INFORMATION, _) => (&[0x14..0x18, 0x1C..0x40], &[0x18..0x2C]),
        (Op::SET_INFORMATION | Op::SET_VOLUME_INFORMATION, _) => (&[0x1C..0x40], &[0x18..0x2C]),
        (Op::DIRECTORY_CONTROL, 1) => (&[0x14..0x20, 0x24..0x28, 0x2C..0x40], &[0x14..0x18, 0x20..0x2C]),
        (Op::DIRECTORY_CONTROL, 2) => (&[0x14..0x18, 0x1C..0x40], &[0x18..0x2C]),
        (Op::FILE_SYSTEM_CONTROL | Op::DEVICE_CONTROL, _) => (&[0x14..0x18, 0x1C..0x20, 0x24..0x40], &[0x1C..0x2C]),
        (Op::LOCK_CONTROL, _) => {
            (&[0x10..0x18, 0x1C..0x20, 0x28..0x30, 0x32..0x40], &[0x10..0x14, 0x20..0x24, 0x26..0x2C])
        }
        (Op::QUERY_SECURITY, _) => (&[0x14..0x18, 0x1C..0x40], &[0x18..0x2C]),
        (Op::SET_SECURITY, _) => (&[0x14..0x40], &[0x14..0x2C]),
        // The detail of other operations keeps four numbers undecoded.
        _ => (&[0x30..0x40], &[0x20..0x2C]),
    }
}

/// Returns the bytes of a detail block that may differ, and the end of its last field. Bytes after that are filler.
fn unread_detail(event: Event<'_>, detail: &Detail<'_>, written: usize) -> (Vec<Range<usize>>, usize) {
    let is_64bit = event.index().is_64bit();
    match (event.operation(), detail) {
        (Operation::File(operation), Detail::File(file)) => {
            let (wide, narrow) = unread_parameters(operation, file.minor);
            let fixed = if is_64bit { 0x44 } else { 0x30 };
            let mut unread = if is_64bit { wide } else { narrow }.to_vec();
            unread.extend([1..8, fixed - 2..fixed]);
            let tail = fixed + file.path.as_bytes().len();
            let end = match file.request {
                FileRequest::Create(create) => {
                    unread.push(tail + 5..tail + 8);
                    tail + 8 + create.impersonating.map_or(0, |sid| sid.as_bytes().len())
                }
                FileRequest::AcquireForModWrite { ending_offset: Some(_) } => tail + 8,
                FileRequest::Lock(lock) if lock.length.is_some() => tail + 8,
                FileRequest::QueryDirectory(query) => {
                    tail + 2 + query.filter.map_or(0, |filter| filter.as_bytes().len())
                }
                FileRequest::SetInformation(set) => match set.information {
                    SetFileInformation::Unknown(bytes) => tail + bytes.len(),
                    _ => written,
                },
                FileRequest::SetVolume(set) => match set.information {
                    VolumeInformation::Unknown(bytes) => tail + bytes.len(),
                    _ => written,
                },
                FileRequest::FileSystemControl(_) | FileRequest::DeviceIoControl(_) => written,
                _ => tail,
            };
            (unread, end)
        }
        (Operation::Registry(operation), Detail::Registry(_)) => {
            use RegistryOperation as Op;
            let unread = match operation {
                Op::OPEN_KEY | Op::CREATE_KEY | Op::QUERY_KEY | Op::QUERY_VALUE | Op::ENUM_KEY | Op::ENUM_VALUE => {
                    vec![2..4]
                }
                Op::SET_VALUE | Op::SET_INFO_KEY => vec![2..4, 14..16],
                _ => vec![],
            };
            (unread, written)
        }
        (Operation::Process(operation), Detail::Process(_)) => {
            use procmon_parser::code::ProcessOperation as Op;
            let unread = match operation {
                Op::PROCESS_DEFINED | Op::PROCESS_CREATE => vec![50..52],
                Op::LOAD_IMAGE if is_64bit => vec![14..16],
                Op::LOAD_IMAGE => vec![10..12],
                _ => vec![],
            };
            (unread, written)
        }
        (_, Detail::Network(NetworkDetail { local, remote, .. })) => {
            let mut unread = vec![2..4];
            unread.extend(local.address.is_ipv4().then_some(12..24));
            unread.extend(remote.address.is_ipv4().then_some(28..40));
            (unread, written)
        }
        _ => (vec![], written),
    }
}

/// Returns the bytes of an extra block that may differ, and the end of its last field.
fn unread_extra(detail: &Detail<'_>, written: usize) -> (Option<Range<usize>>, usize) {
    let end_of_key = |information: Option<KeyInformation<'_>>| match information {
        Some(KeyInformation::Basic { name, .. }) => 16 + name.as_bytes().len(),
        Some(KeyInformation::Node { name, .. }) => 24 + name.as_bytes().len(),
        Some(KeyInformation::Name(name)) => 4 + name.as_bytes().len(),
        Some(KeyInformation::Cached { name_size: Some(_), .. }) => 36,
        _ => written,
    };
    let end_of_value = |information: Option<ValueInformation<'_>>| match information {
        Some(ValueInformation::Full { name, data, data_offset, .. }) => {
            let (end_of_name, data_at) = (20 + name.as_bytes().len(), data_offset as usize);
            (Some(end_of_name..data_at), end_of_name.max(data_at + data.captured.len()).min(written))
        }
        Some(ValueInformation::Partial { data, .. }) => (None, 12 + data.captured.len()),
        _ => (None, written),
    };
    match detail {
        Detail::Registry(registry) => match registry.request {
            RegistryRequest::QueryKey(query) => (None, end_of_key(query.result)),
            RegistryRequest::EnumKey(query) => (None, end_of_key(query.result)),
            RegistryRequest::QueryValue(query) => end_of_value(query.result),
            RegistryRequest::EnumValue(query) => end_of_value(query.result),
            _ => (None, written),
        },
        Detail::File(file) => match file.request {
            FileRequest::Create(_) | FileRequest::Read(_) | FileRequest::Write(_) => (None, written.min(4)),
            _ => (None, written),
        },
        _ => (None, written),
    }
}

/// Returns the bytes of a detail block that may differ in crafted logs, because decoding loses values that Windows does
/// not write: Booleans other than 0 and 1, a second information class that differs from the first, unknown flags, and
/// sizes that exceed the data.
fn unusual_detail(event: Event<'_>, detail: &Detail<'_>) -> Vec<Range<usize>> {
    let is_64bit = event.index().is_64bit();
    let pick = |wide: Range<usize>, narrow: Range<usize>| vec![if is_64bit { wide } else { narrow }];
    match detail {
        Detail::File(file) => match file.request {
            FileRequest::CheckIfPossible { .. } => pick(0x28..0x29, 0x20..0x21),
            FileRequest::Lock(_) => pick(0x30..0x32, 0x24..0x26),
            FileRequest::QueryInformation(_)
            | FileRequest::SetInformation(_)
            | FileRequest::QueryVolume(_)
            | FileRequest::SetVolume(_) => pick(0x18..0x1C, 0x14..0x18),
            FileRequest::Create(_) => {
                let tail = if is_64bit { 0x44 } else { 0x30 } + file.path.as_bytes().len();
                vec![tail + 4..tail + 5]
            }
            _ => vec![],
        },
        Detail::Process(ProcessDetail::Defined(_) | ProcessDetail::Create(_)) => vec![20..24],
        Detail::Network(_) => vec![0..2],
        Detail::Registry(registry) => match registry.request {
            RegistryRequest::SetValue(_) => vec![12..14],
            _ => vec![],
        },
        _ => vec![],
    }
}

fn equal_except(log: &[u8], written: &[u8], unread: &[Range<usize>], end: usize) -> bool {
    log.len() >= end
        && written.len() >= end
        && (0..end).all(|at| log[at] == written[at] || unread.iter().any(|range| range.contains(&at)))
}

fn a_decoded_detail_is_encoded_to_the_same_bytes(name: &str, log: &LogsReader) {
    let mut blocks = DetailBlocks::default();
    let mut failures = Failures::default();
    let is_crafted = !is_captured(name);
    for event in log.events().flatten() {
        let Ok(detail) = event.detail() else { continue };
        detail.encode_into(event.operation(), event.index().pointer_width(), &mut blocks).unwrap();
        let (block, written) = (event.detail_bytes(), &blocks.detail);
        let (extra, written_extra) = (event.extra().unwrap_or_default(), blocks.extra.as_deref());
        if block == written && event.extra() == written_extra {
            continue;
        }
        let (mut unread, end) = unread_detail(event, &detail, written.len());
        if is_crafted {
            unread.extend(unusual_detail(event, &detail));
        }
        let written_extra = written_extra.unwrap_or_default();
        let (unread_extra, end_of_extra) = unread_extra(&detail, written_extra.len());
        if !equal_except(block, written, &unread, end)
            || !equal_except(extra, written_extra, unread_extra.as_slice(), end_of_extra)
            || (!is_crafted && (block.len() - end > 6 || (extra.len() - end_of_extra > 4)))
        {
            failures.add(name, event, &blocks, "different bytes");
        }
    }
    failures.check();
}
