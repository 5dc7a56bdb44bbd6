//! Replacing names in the detail and extra blocks of events.
//!
//! The blocks are decoded, the names are replaced in the decoded strings, and the value is encoded again: only the
//! encoder keeps the many sizes and offsets consistent. Then the encoded blocks are searched for names in bytes that
//! the decoder does not interpret, and these are overwritten in place.

use super::Redactor;
use super::names::{Encoding, Names};
use crate::code::{FileInformationClass, Operation, RegistryType};
use crate::detail::{
    Detail, DetailBlocks, DirectoryEntries, Environment, FileDetail, FileInformation, FileRequest, FsLabelInformation,
    KeyInformation, NameInformation, NetworkDetail, NetworkProperties, ProcessDetail, ProfilingDetail,
    QueryInformation, QueryVolume, RegistryDetail, RegistryRequest, RenameInformationFields, SetFileInformation,
    SetInformation, SetVolume, Streams, ValueData, ValueInformation, VolumeInformation,
};
use crate::wire::{PmlStr, PointerWidth};

impl Redactor {
    /// Returns the blocks of an event with the names replaced, or `None` if the blocks contain no name.
    pub(crate) fn rewrite(
        &mut self,
        operation: Operation,
        width: PointerWidth,
        detail: &[u8],
        extra: Option<&[u8]>,
    ) -> Option<&DetailBlocks> {
        let found = redact(&self.names, operation, width, (detail, extra), &mut self.blocks)?;
        self.blanked += found.blanked as u64;
        self.rewritten += 1;
        Some(&self.blocks)
    }
}

/// The counts of names that were found in an event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// The number of strings that had names.
    strings: usize,
    /// The number of names that were overwritten with the same number of characters.
    blanked: usize,
}

/// Fills `redacted` with the blocks of an event, with the names replaced. Returns `None` if the blocks contain no name.
pub(super) fn redact(
    names: &Names,
    operation: Operation,
    width: PointerWidth,
    (detail, extra): (&[u8], Option<&[u8]>),
    redacted: &mut DetailBlocks,
) -> Option<Found> {
    if !names.may_be_in(detail) && !extra.is_some_and(|extra| names.may_be_in(extra)) {
        return None;
    }
    let mut found = Found::default();
    // The fixed fields at the start of the block. They hold numbers and are not overwritten.
    let mut keep = Detail::head_size(operation, width);
    let mut buffers = Vec::new();
    let written = Detail::decode(operation, width, detail, extra).and_then(|value| {
        buffers.resize(FIXED_STRINGS + strings_of_list(&value), Vec::new());
        let mut value = value;
        let mut strings = Strings { names, buffers: buffers.iter_mut(), found: 0 };
        strings.detail(&mut value, width);
        found.strings = strings.found;
        value.encode_into(operation, width, redacted)
    });
    if written.is_err() {
        // The block cannot be decoded, or has become too long. The names are overwritten in place, anywhere in the
        // block.
        redacted.detail.clear();
        redacted.detail.extend_from_slice(detail);
        redacted.extra = extra.map(<[u8]>::to_vec);
        keep = 0;
    }
    found.blanked = names.blank(redacted.detail.get_mut(keep..).unwrap_or_default());
    found.blanked += redacted.extra.as_mut().map_or(0, |extra| names.blank(extra));
    // The original can also have names in filler bytes, which encoding has zeroed. A name that is still in the fixed
    // fields is a number that looks like a name by chance, and does not count.
    let (numbers, rest) = detail.split_at_checked(keep).unwrap_or((&[], detail));
    let in_filler = names.are_in(rest)
        || extra.is_some_and(|extra| names.are_in(extra))
        || (names.are_in(numbers) && !names.are_in(redacted.detail.get(..keep).unwrap_or_default()));
    let has_name = found.strings + found.blanked > 0 || in_filler;
    has_name.then_some(found)
}

/// The maximum number of buffers that a detail needs outside of lists: one for each string, and one for each block that
/// contains strings.
const FIXED_STRINGS: usize = 8;

/// Returns the number of strings in the list of a detail; 0 if it has no list.
fn strings_of_list(detail: &Detail<'_>) -> usize {
    match detail {
        Detail::File(FileDetail { request: FileRequest::QueryDirectory(query), .. }) => {
            query.entries.map_or(0, |entries| 2 * entries.into_iter().count())
        }
        Detail::File(FileDetail { request: FileRequest::QueryInformation(query), .. }) => match query.result {
            Some(FileInformation::Streams(streams)) => streams.into_iter().count(),
            _ => 0,
        },
        Detail::File(FileDetail { request: FileRequest::SetInformation(set), .. }) => match set.information {
            SetFileInformation::Streams(streams) => streams.into_iter().count(),
            _ => 0,
        },
        Detail::Network(network) => 2 * network.properties.into_iter().count(),
        _ => 0,
    }
}

/// Replaces names in decoded strings. Strings that change are stored in buffers.
struct Strings<'n, 'b> {
    names: &'n Names,
    buffers: std::slice::IterMut<'b, Vec<u8>>,
    /// The number of strings that had names.
    found: usize,
}

impl<'b> Strings<'_, 'b> {
    /// Returns a buffer that outlives the detail.
    fn buffer(&mut self) -> Option<&'b mut Vec<u8>> {
        self.buffers.next()
    }

    /// Replaces the names in a string. Returns true if the string has changed. A string of one-byte characters keeps
    /// this encoding if it is still ASCII.
    fn string(&mut self, string: &mut PmlStr<'b>) -> bool {
        let encoding = if string.is_utf16() { Encoding::Utf16 } else { Encoding::Latin1 };
        let mut units = self.names.replaced(string.as_bytes(), encoding);
        self.found += usize::from(units.is_some());
        if string.is_truncated() {
            let all = units.get_or_insert_with(|| string.units().collect());
            self.names.blank_cut_end(all);
        }
        let (Some(units), Some(buffer)) = (units, self.buffers.next()) else { return false };
        let is_packed = !string.is_utf16() && units.iter().all(|&unit| unit < 0x80);
        *string = if is_packed {
            buffer.extend(units.iter().filter_map(|&unit| u8::try_from(unit).ok()));
            PmlStr::latin1(buffer)
        } else {
            buffer.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            PmlStr::utf16(buffer)
        };
        true
    }

    fn detail(&mut self, detail: &mut Detail<'b>, width: PointerWidth) {
        match detail {
            Detail::Process(process) => self.process(process),
            Detail::Registry(registry) => self.registry(registry),
            Detail::File(file) => {
                self.string(&mut file.path);
                self.file(&mut file.request, width);
            }
            Detail::Network(network) => self.network(network),
            Detail::Profiling(ProfilingDetail::DebugOutput(string)) => drop(self.string(string)),
            _ => {}
        }
    }

    fn process(&mut self, detail: &mut ProcessDetail<'b>) {
        match detail {
            ProcessDetail::Defined(create) | ProcessDetail::Create(create) => {
                self.string(&mut create.image_path);
                self.string(&mut create.command_line);
            }
            ProcessDetail::LoadImage(image) => drop(self.string(&mut image.path)),
            ProcessDetail::Start(start) => {
                if let Some(parameters) = &mut start.parameters {
                    self.string(&mut parameters.command_line);
                    self.string(&mut parameters.current_directory);
                    let mut block = parameters.environment.block();
                    if self.string(&mut block) {
                        parameters.environment = Environment::from_block(block.as_bytes());
                    }
                }
            }
            _ => {}
        }
    }

    fn network(&mut self, network: &mut NetworkDetail<'b>) {
        let list = network.properties;
        let mut strings = Vec::new();
        for (mut name, mut value) in list {
            self.string(&mut name);
            self.string(&mut value);
            // An empty name ends the list, so it cannot be written.
            strings.extend([if name.is_empty() { PmlStr::latin1(b"_") } else { name }, value]);
        }
        if let Some(buffer) = self.buffer() {
            for string in strings.into_iter().chain([PmlStr::EMPTY]) {
                buffer.extend(string.units().chain([0]).flat_map(u16::to_le_bytes));
            }
            network.properties = NetworkProperties::from_bytes(buffer);
        }
    }

    fn registry(&mut self, detail: &mut RegistryDetail<'b>) {
        self.string(&mut detail.path);
        match &mut detail.request {
            RegistryRequest::QueryKey(query) => self.key(query.result.as_mut()),
            RegistryRequest::EnumKey(query) => self.key(query.result.as_mut()),
            RegistryRequest::QueryValue(query) => self.value(query.result.as_mut()),
            RegistryRequest::EnumValue(query) => self.value(query.result.as_mut()),
            RegistryRequest::SetValue(set) => self.data(&mut set.data),
            RegistryRequest::LoadKey { hive_path: string }
            | RegistryRequest::RenameKey { new_name: string }
            | RegistryRequest::RestoreKey { file_name: string, .. }
            | RegistryRequest::SaveKey { file_name: string, .. } => drop(self.string(string)),
            RegistryRequest::ReplaceKey { old_file_name, new_file_name, .. } => {
                self.string(old_file_name);
                self.string(new_file_name);
            }
            _ => {}
        }
    }

    fn key(&mut self, information: Option<&mut KeyInformation<'b>>) {
        if let Some(
            KeyInformation::Basic { name, .. } | KeyInformation::Node { name, .. } | KeyInformation::Name(name),
        ) = information
        {
            self.string(name);
        }
    }

    fn value(&mut self, information: Option<&mut ValueInformation<'b>>) {
        match information {
            Some(ValueInformation::Full { name, data, data_offset, .. }) => {
                if self.string(name) {
                    // Windows aligns the data after the name to its pointer size, which the old offset reveals.
                    let alignment = if *data_offset % 8 == 0 { 8 } else { 4 };
                    let end_of_name = 20 + 2 * name.declared_len();
                    *data_offset = end_of_name.next_multiple_of(alignment);
                }
                self.data(data);
            }
            Some(ValueInformation::Partial { data, .. }) => self.data(data),
            _ => {}
        }
    }

    /// Replaces names in the data of a string type, and updates its size. Data of other types is not changed here;
    /// names in it are overwritten later.
    fn data(&mut self, data: &mut ValueData<'b>) {
        use RegistryType as Type;
        if !matches!(data.value_type, Type::SZ | Type::EXPAND_SZ | Type::MULTI_SZ | Type::LINK) {
            return;
        }
        let was_truncated = data.is_truncated();
        let before = data.captured.len();
        let mut units = self.names.replaced(data.captured, Encoding::Utf16);
        self.found += usize::from(units.is_some());
        if was_truncated {
            let all = units.get_or_insert_with(|| PmlStr::utf16(data.captured).units().collect());
            self.names.blank_cut_end(all);
        }
        let (Some(units), Some(buffer)) = (units, self.buffer()) else { return };
        buffer.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        // The last byte of data with an odd length.
        buffer.extend(data.captured.last().filter(|_| before % 2 == 1));
        let cut = u64::from(data.length).saturating_sub(before as u64);
        data.length = u32::try_from(cut + buffer.len() as u64).unwrap_or(u32::MAX);
        data.captured = buffer;
    }

    fn file(&mut self, request: &mut FileRequest<'b>, width: PointerWidth) {
        match request {
            FileRequest::QueryInformation(query) => self.query_information(query),
            FileRequest::SetInformation(set) => self.set_information(set, width),
            FileRequest::QueryVolume(query) => {
                let class = query.information_class;
                if let Some(block) = query.result.and_then(|result| self.volume(result)) {
                    *query = QueryVolume::new(class, query.length.max(size_of_block(block)), Some(block));
                }
            }
            FileRequest::SetVolume(set) => {
                if let Some(block) = self.volume(set.information) {
                    *set = SetVolume::new(set.information_class, block.len() as u64, block);
                }
            }
            FileRequest::QueryDirectory(query) => {
                if let Some(filter) = &mut query.filter {
                    self.string(filter);
                }
                if let Some(entries) = &mut query.entries {
                    self.directory(query.information_class, entries);
                }
            }
            _ => {}
        }
    }

    fn query_information(&mut self, query: &mut QueryInformation<'b>) {
        let (class, length) = (query.information_class, query.length);
        match query.result {
            Some(FileInformation::Name(of)) => {
                let mut name = of.name();
                if self.string(&mut name)
                    && let Some(block) = self.buffer()
                {
                    NameInformation::encode(name, block);
                    let length = length.max(size_of_block(block));
                    *query = QueryInformation::new(class, length, Some(aligned(block)));
                }
            }
            Some(FileInformation::Streams(streams)) => {
                if let Some(block) = self.streams(streams) {
                    *query = QueryInformation::new(class, length.max(size_of_block(block)), Some(block));
                }
            }
            _ => {}
        }
    }

    fn set_information(&mut self, set: &mut SetInformation<'b>, width: PointerWidth) {
        let class = set.information_class;
        match set.information {
            SetFileInformation::Rename(rename) => self.rename(set, rename.decode(), width),
            SetFileInformation::RenameEx(rename) => self.rename(set, rename.decode_ex(), width),
            SetFileInformation::Link(link) => {
                let mut fields = link.decode();
                if self.string(&mut fields.file_name)
                    && let Some(block) = self.buffer()
                {
                    let length = fields.encode(width, block);
                    *set = SetInformation::new(class, length, block, width);
                }
            }
            SetFileInformation::ShortName(of) => {
                let mut name = of.name().unwrap_or_default();
                if self.string(&mut name)
                    && let Some(block) = self.buffer()
                {
                    NameInformation::encode(name, block);
                    let length = block.len() as u64;
                    // Procmon reads this name up to a NUL and not by its length.
                    block.extend_from_slice(&[0, 0]);
                    *set = SetInformation::new(class, length, block, width);
                }
            }
            SetFileInformation::Streams(streams) => {
                if let Some(block) = self.streams(streams) {
                    *set = SetInformation::new(class, block.len() as u64, block, width);
                }
            }
            _ => {}
        }
    }

    fn rename(&mut self, set: &mut SetInformation<'b>, mut fields: RenameInformationFields<'b>, width: PointerWidth) {
        self.string(&mut fields.file_name);
        self.string(&mut fields.target);
        if let Some(block) = self.buffer() {
            let length = fields.encode(width, block);
            *set = SetInformation::new(set.information_class, length, block, width);
        }
    }

    /// Returns a list of streams with the names replaced, or `None` if the list contains no name.
    fn streams(&mut self, streams: Streams<'b>) -> Option<&'b [u8]> {
        let mut has_names = false;
        let list: Vec<_> = streams
            .into_iter()
            .map(|mut stream| {
                has_names |= self.string(&mut stream.name);
                stream
            })
            .collect();
        let block = self.buffer().filter(|_| has_names)?;
        Streams::encode(list, block);
        Some(aligned(block))
    }

    /// Returns the structure of a volume with the names in its label replaced, or `None` if the label contains no name.
    fn volume(&mut self, information: VolumeInformation<'b>) -> Option<&'b [u8]> {
        match information {
            VolumeInformation::Volume(of) => {
                let mut label = of.volume_label()?;
                let block = if self.string(&mut label) { self.buffer()? } else { return None };
                of.decode().encode_with_label(label, block);
                Some(aligned(block))
            }
            VolumeInformation::Label(of) => {
                let mut label = of.volume_label();
                let block = if self.string(&mut label) { self.buffer()? } else { return None };
                FsLabelInformation::encode(label, block);
                Some(aligned(block))
            }
            _ => None,
        }
    }

    fn directory(&mut self, class: FileInformationClass, entries: &mut DirectoryEntries<'b>) {
        let list: Vec<_> = entries
            .into_iter()
            .map(|entry| {
                let mut entry = entry.decode();
                self.string(&mut entry.name);
                self.string(&mut entry.short_name);
                entry
            })
            .collect();
        if list.is_empty() {
            return;
        }
        if let Some(block) = self.buffer() {
            DirectoryEntries::encode(class, list, block);
            *entries = DirectoryEntries::new(class, aligned(block));
        }
    }
}

fn size_of_block(block: &[u8]) -> u32 {
    u32::try_from(block.len()).unwrap_or(u32::MAX)
}

/// Pads a block with zeros to a multiple of 4 bytes, as the driver does (docs/PML-FORMAT.md, "Extra block").
fn aligned(block: &mut Vec<u8>) -> &[u8] {
    block.resize(block.len().next_multiple_of(4), 0);
    block
}
