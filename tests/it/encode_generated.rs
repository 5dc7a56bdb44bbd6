//! Details of every variant, built from arbitrary values through the public interface: they decode to the same value
//! after encoding, for both pointer widths.

use procmon_parser::code::{
    AlignmentRequirement, ControlCode, CreateDisposition, CreateOptions, DeviceCharacteristics, DeviceType,
    DispositionFlags, EventClass, FileAccess, FileAttributes, FileInformationClass as Class, FileOperation as File,
    FileSystemAttributes, FsInformationClass, IoFlags, IoPriority, KeyInformationClass, KeySetInformationClass,
    NetworkOperation, NotifyFilter, NtStatus, OpenResult, Operation, PageProtection, ProcessOperation as Process,
    ProfilingOperation as Profiling, Protocol, RegistryAccess, RegistryDisposition, RegistryOperation as Registry,
    RegistryType, RenameFlags, RestoreFlags, SaveFormat, SecurityInformation, ShareAccess, SyncType,
    ValueInformationClass,
};
use procmon_parser::detail::*;
use procmon_parser::{ErrorKind, FileTime, PmlStr, PointerWidth, ProcessKey, Ticks};
use proptest::prelude::*;

/// The arbitrary values that details are built from.
#[derive(Clone, Debug)]
struct Values {
    width: PointerWidth,
    numbers: [u64; 4],
    flag: bool,
    texts: [String; 3],
    bytes: Vec<u8>,
    sub_authorities: Vec<u32>,
    some: bool,
}

fn values() -> impl Strategy<Value = Values> {
    let text = || prop_oneof![3 => "[ -~]{0,40}", 2 => "\\PC{0,40}", 1 => Just(String::new())];
    let bytes = prop::collection::vec(any::<u8>(), 0..100);
    let sub_authorities = prop::collection::vec(any::<u32>(), 0..15);
    let width = prop_oneof![Just(PointerWidth::Bits32), Just(PointerWidth::Bits64)];
    (width, any::<[u64; 4]>(), any::<bool>(), [text(), text(), text()], bytes, sub_authorities, any::<bool>()).prop_map(
        |(width, numbers, flag, texts, bytes, sub_authorities, some)| Values {
            width,
            numbers,
            flag,
            texts,
            bytes,
            sub_authorities,
            some,
        },
    )
}

impl Values {
    fn n32(&self, n: usize) -> u32 {
        self.numbers[n] as u32
    }

    fn time(&self, n: usize) -> FileTime {
        FileTime(self.numbers[n])
    }

    fn pointer(&self, n: usize) -> u64 {
        if self.width.is_64bit() { self.numbers[n] } else { self.n32(n).into() }
    }
}

/// Encodes and decodes each detail.
struct Checker<'v> {
    values: &'v Values,
    blocks: DetailBlocks,
}

impl Checker<'_> {
    fn check(&mut self, operation: Operation, detail: Detail<'_>) {
        let width = self.values.width;
        detail.encode_into(operation, width, &mut self.blocks).unwrap();
        let (block, extra) = (&self.blocks.detail, self.blocks.extra.as_deref());
        assert_eq!(Detail::decode(operation, width, block, extra).unwrap(), detail);
    }

    fn process(&mut self, operation: Process, detail: ProcessDetail<'_>) {
        self.check(Operation::Process(operation), Detail::Process(detail));
    }

    fn registry(&mut self, operation: Registry, path: PmlStr<'_>, request: RegistryRequest<'_>) {
        self.check(Operation::Registry(operation), Detail::Registry(RegistryDetail::new(path, request)));
    }

    fn file(&mut self, operation: File, path: PmlStr<'_>, request: FileRequest<'_>) {
        let mut detail = FileDetail::new(path, request);
        detail.callback_flags = self.values.n32(0);
        self.check(Operation::File(operation), Detail::File(detail));
    }
}

fn processes(checker: &mut Checker<'_>) {
    let values = checker.values;
    let mut buffers: [Vec<u8>; 4] = Default::default();
    let [first, second, third, variables] = &mut buffers;
    let image_path = PmlStr::encode_utf16(&values.texts[0], first);
    let command_line = PmlStr::encode_utf16(&values.texts[1], second);
    let path = PmlStr::encode(&values.texts[2], third);

    let mut create = ProcessCreate::default();
    create.process_key = ProcessKey(values.n32(0));
    create.pid = values.n32(1);
    create.parent_key = ProcessKey(values.n32(2));
    create.parent_pid = values.n32(3);
    create.session = values.n32(0);
    create.is_64bit = values.flag;
    create.create_time = values.time(1);
    create.authentication_id = values.numbers[2];
    create.virtualized = values.n32(3);
    create.user_sid = &values.bytes;
    create.integrity_sid = values.texts[2].as_bytes();
    create.image_path = image_path;
    create.command_line = command_line;
    checker.process(Process::PROCESS_DEFINED, ProcessDetail::Defined(create));
    checker.process(Process::PROCESS_CREATE, ProcessDetail::Create(create));

    let mut statistics = ProcessStatistics::default();
    statistics.exit_status = values.n32(0);
    statistics.kernel_time = Ticks(values.numbers[0]);
    statistics.user_time = Ticks(values.numbers[1]);
    statistics.working_set = values.numbers[2];
    statistics.peak_working_set = values.numbers[3];
    statistics.private_bytes = values.numbers[0];
    statistics.peak_private_bytes = values.numbers[1];
    checker.process(Process::PROCESS_EXIT, ProcessDetail::Exit(statistics));
    checker.process(Process::PROCESS_STATISTICS, ProcessDetail::Statistics(statistics));

    let mut thread = ThreadCreate::default();
    thread.thread_id = values.n32(0);
    checker.process(Process::THREAD_CREATE, ProcessDetail::ThreadCreate(thread));
    let mut exit = ThreadExit::default();
    exit.exit_status = NtStatus(values.n32(0));
    exit.kernel_time = Ticks(values.numbers[1]);
    exit.user_time = Ticks(values.numbers[2]);
    checker.process(Process::THREAD_EXIT, ProcessDetail::ThreadExit(exit));

    let mut image = LoadImage::default();
    image.base = values.pointer(0);
    image.size = values.n32(1);
    image.path = path;
    checker.process(Process::LOAD_IMAGE, ProcessDetail::LoadImage(image));

    let mut start = ProcessStart::default();
    start.parent_pid = values.n32(0);
    checker.process(Process::PROCESS_START, ProcessDetail::Start(start));
    let mut parameters = ProcessParameters::default();
    parameters.command_line = command_line;
    parameters.current_directory = image_path;
    parameters.environment = Environment::encode(values.texts.iter().map(String::as_str), variables);
    start.parameters = Some(parameters);
    checker.process(Process::PROCESS_START, ProcessDetail::Start(start));

    let mut structure = vec![0; 312];
    structure[56..60].copy_from_slice(&values.n32(1).to_le_bytes());
    structure[296..300].copy_from_slice(&values.n32(2).to_le_bytes());
    structure[308..312].copy_from_slice(&values.n32(3).to_le_bytes());
    let mut system = SystemStatistics::default();
    system.page_size = values.n32(0);
    system.peak_commitment = values.n32(1);
    system.context_switches = values.n32(2);
    system.system_calls = values.n32(3);
    system.performance_information = &structure;
    checker.process(Process::SYSTEM_STATISTICS, ProcessDetail::SystemStatistics(system));
    checker.process(Process::THREAD_PROFILE, ProcessDetail::ThreadProfile(unknown(values)));
    checker.process(Process(99), ProcessDetail::Unknown(unknown(values)));
}

fn unknown(values: &Values) -> Unknown<'_> {
    let mut unknown = Unknown::default();
    unknown.detail = &values.bytes;
    unknown.extra = values.some.then_some(values.texts[0].as_bytes());
    unknown
}

fn registries(checker: &mut Checker<'_>) {
    let values = checker.values;
    let mut buffers: [Vec<u8>; 6] = Default::default();
    let [first, second, third, fourth, fifth, sixth] = &mut buffers;
    let path = PmlStr::encode(&values.texts[0], first);
    let text = PmlStr::encode(&values.texts[1], second);
    let name = PmlStr::encode_utf16(&values.texts[2], third);

    let mut open = OpenKey::default();
    open.desired_access = RegistryAccess::from_bits_retain(values.n32(0));
    open.result = values.some.then(|| {
        let mut result = CreateKeyResult::default();
        result.granted_access = Some(RegistryAccess::from_bits_retain(values.n32(1)));
        result.disposition = Some(RegistryDisposition(values.n32(2)));
        result
    });
    checker.registry(Registry::OPEN_KEY, path, RegistryRequest::OpenKey(open));
    checker.registry(Registry::CREATE_KEY, path, RegistryRequest::CreateKey(open));
    for (operation, request) in [
        (Registry::CLOSE_KEY, RegistryRequest::CloseKey),
        (Registry::DELETE_KEY, RegistryRequest::DeleteKey),
        (Registry::DELETE_VALUE, RegistryRequest::DeleteValue),
        (Registry::FLUSH_KEY, RegistryRequest::FlushKey),
        (Registry::UNLOAD_KEY, RegistryRequest::UnloadKey),
        (Registry::QUERY_MULTIPLE_VALUE_KEY, RegistryRequest::QueryMultipleValueKey),
        (Registry::SET_KEY_SECURITY, RegistryRequest::SetKeySecurity),
        (Registry::QUERY_KEY_SECURITY, RegistryRequest::QueryKeySecurity),
        (Registry::LOAD_KEY, RegistryRequest::LoadKey { hive_path: text }),
        (Registry::RENAME_KEY, RegistryRequest::RenameKey { new_name: name }),
        (
            Registry::RESTORE_KEY,
            RegistryRequest::RestoreKey { flags: RestoreFlags::from_bits_retain(values.n32(0)), file_name: text },
        ),
        (Registry::SAVE_KEY, RegistryRequest::SaveKey { format: SaveFormat(values.n32(0)), file_name: text }),
    ] {
        checker.registry(operation, path, request);
    }
    for (operation, request) in [
        (Registry::OPEN_KEY_2, RegistryRequest::OpenKey2(unknown(values))),
        (Registry(99), RegistryRequest::Unknown(unknown(values))),
    ] {
        checker.registry(operation, PmlStr::EMPTY, request);
    }

    let (last_write, title_index) = (values.time(0), values.n32(1));
    let (sub_keys, max_name_size, values_of_key) = (values.n32(2), values.n32(3), values.n32(0));
    for (information_class, information) in [
        (KeyInformationClass::BASIC, KeyInformation::Basic { last_write, title_index, name }),
        (
            KeyInformationClass::NODE,
            KeyInformation::Node { last_write, title_index, class_offset: u32::MAX, class_size: values.n32(2), name },
        ),
        (
            KeyInformationClass::FULL,
            KeyInformation::Full {
                last_write,
                title_index,
                class_offset: u32::MAX,
                class_size: 0,
                sub_keys,
                max_name_size,
                max_class_size: values.n32(1),
                values: values_of_key,
                max_value_name_size: Some(values.n32(2)),
                max_value_data_size: Some(values.n32(3)),
            },
        ),
        (KeyInformationClass::NAME, KeyInformation::Name(name)),
        (
            KeyInformationClass::CACHED,
            KeyInformation::Cached {
                last_write,
                title_index,
                sub_keys,
                max_name_size,
                values: values_of_key,
                max_value_name_size: Some(values.n32(2)),
                max_value_data_size: Some(values.n32(3)),
                name_size: Some(values.n32(1)),
            },
        ),
        (
            KeyInformationClass::FLAGS,
            KeyInformation::Flags {
                user_flags: values.n32(0),
                key_flags: Some(values.n32(1)),
                control_flags: Some(values.n32(2)),
            },
        ),
        (KeyInformationClass::HANDLE_TAGS, KeyInformation::HandleTags(values.n32(0))),
        (KeyInformationClass(77), KeyInformation::Unknown(&[1, 2, 3, 4])),
        (KeyInformationClass::BASIC, KeyInformation::Truncated(&[1, 2, 3])),
    ] {
        let mut query = QueryKey::default();
        query.length = values.n32(0);
        query.information_class = information_class;
        query.result = values.some.then_some(information);
        checker.registry(Registry::QUERY_KEY, path, RegistryRequest::QueryKey(query));
        let mut enumerate = EnumKey::default();
        enumerate.length = values.n32(0);
        enumerate.index = values.n32(1);
        enumerate.information_class = information_class;
        enumerate.result = Some(information);
        checker.registry(Registry::ENUM_KEY, path, RegistryRequest::EnumKey(enumerate));
    }

    let mut cut = ValueData::new(RegistryType::BINARY, &values.bytes);
    cut.length += 300;
    let string = ValueData::encode_string(RegistryType::SZ, &values.texts[0], fourth);
    let units = values.texts[0].encode_utf16().chain([0]);
    assert_eq!(string.captured, units.flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    for data in [
        ValueData::new(RegistryType(values.n32(0)), &values.bytes),
        string,
        ValueData::encode_strings(values.texts.iter().map(String::as_str), fifth),
        cut,
    ] {
        let mut set = SetValue::default();
        set.data = data;
        checker.registry(Registry::SET_VALUE, path, RegistryRequest::SetValue(set));
        let value_type = data.value_type;
        // Data far after the name, which Windows does not write.
        let far = 20 + 2 * name.declared_len() + 40;
        for (information_class, information) in [
            (
                ValueInformationClass::BASIC,
                ValueInformation::Basic { title_index, value_type, name_size: Some(values.n32(1)) },
            ),
            (ValueInformationClass::FULL, ValueInformation::full(name, data)),
            (ValueInformationClass::FULL, ValueInformation::Full { title_index, data_offset: far, name, data }),
            (ValueInformationClass::PARTIAL, ValueInformation::Partial { title_index, data }),
            (ValueInformationClass(77), ValueInformation::Unknown(&[1, 2, 3, 4])),
            (ValueInformationClass::FULL, ValueInformation::Truncated { value_type: None, bytes: &[1, 2, 3] }),
        ] {
            let mut query = QueryValue::default();
            query.length = values.n32(0);
            query.information_class = information_class;
            query.result = values.some.then_some(information);
            checker.registry(Registry::QUERY_VALUE, path, RegistryRequest::QueryValue(query));
            let mut enumerate = EnumValue::default();
            enumerate.length = values.n32(0);
            enumerate.index = values.n32(1);
            enumerate.information_class = information_class;
            enumerate.result = Some(information);
            checker.registry(Registry::ENUM_VALUE, path, RegistryRequest::EnumValue(enumerate));
        }
    }

    for (information_class, captured_length, information) in [
        (KeySetInformationClass::WRITE_TIME, 8, Some(KeySetInformation::WriteTime(last_write))),
        (KeySetInformationClass::WOW64_FLAGS, 4, Some(KeySetInformation::Wow64Flags(values.n32(1)))),
        (KeySetInformationClass::HANDLE_TAGS, 4, Some(KeySetInformation::HandleTags(values.n32(1)))),
        (KeySetInformationClass(77), 4, Some(KeySetInformation::Unknown(&[1, 2, 3, 4]))),
        (KeySetInformationClass::WRITE_TIME, 8, Some(KeySetInformation::Truncated(&[1, 2, 3]))),
        (KeySetInformationClass::HANDLE_TAGS, 0, None),
    ] {
        let mut set = SetInfoKey::default();
        set.information_class = information_class;
        set.length = values.n32(0);
        set.captured_length = captured_length;
        set.information = information;
        checker.registry(Registry::SET_INFO_KEY, path, RegistryRequest::SetInfoKey(set));
    }

    // Procmon looks for the second name at a wrong offset; the third name is what it finds there.
    let (old_file_name, new_file_name) = (name, text);
    sixth.extend_from_slice(old_file_name.as_bytes());
    sixth.extend_from_slice(new_file_name.as_bytes());
    let mut replace =
        RegistryRequest::ReplaceKey { old_file_name, new_file_name, misread_new_file_name: PmlStr::EMPTY };
    replace_misread(&mut replace, path);
    checker.registry(Registry::REPLACE_KEY, path, replace);
}

/// Sets the misread name to the decoded one, which follows from the other names.
fn replace_misread(request: &mut RegistryRequest<'_>, path: PmlStr<'_>) {
    let operation = Operation::Registry(Registry::REPLACE_KEY);
    let mut blocks = DetailBlocks::default();
    Detail::Registry(RegistryDetail::new(path, *request))
        .encode_into(operation, PointerWidth::Bits64, &mut blocks)
        .unwrap();
    let block = blocks.detail.leak();
    let Detail::Registry(decoded) = Detail::decode(operation, PointerWidth::Bits64, block, None).unwrap() else {
        unreachable!()
    };
    let RegistryRequest::ReplaceKey { misread_new_file_name: found, .. } = decoded.request else { unreachable!() };
    let RegistryRequest::ReplaceKey { misread_new_file_name, .. } = request else { unreachable!() };
    *misread_new_file_name = found;
}

fn files(checker: &mut Checker<'_>) {
    let values = checker.values;
    let mut buffers: [Vec<u8>; 3] = Default::default();
    let [first, second, third] = &mut buffers;
    let path = PmlStr::encode(&values.texts[0], first);
    let filter = PmlStr::encode_utf16(&values.texts[1], second);
    let name = PmlStr::encode_utf16(&values.texts[2], third);
    let [offset, _, _, _] = values.numbers;

    let mut mdl = MdlTransfer::default();
    mdl.offset = offset;
    mdl.length = values.n32(1);
    mdl.key = values.n32(2);
    mdl.mdl = values.pointer(3);
    let mut basic = Vec::new();
    basic_information(values).encode(&mut basic);
    let mut mapping = CreateFileMapping::default();
    mapping.sync_type = SyncType(values.n32(0));
    mapping.page_protection = PageProtection::from_bits_retain(values.n32(1));
    mapping.shown_page_protection =
        PageProtection::from_bits_retain(values.n32(if values.width.is_64bit() { 2 } else { 1 }));
    let security = SecurityInformation::from_bits_retain(values.n32(0));
    for (operation, request) in [
        (File::VOLUME_MOUNT, FileRequest::VolumeMount { device_type: DeviceType(values.n32(0)) }),
        (File::MDL_WRITE_COMPLETE, FileRequest::MdlWriteComplete { offset, mdl: values.pointer(1) }),
        (File::PREPARE_MDL_WRITE, FileRequest::PrepareMdlWrite(mdl)),
        (File::MDL_READ, FileRequest::MdlRead(mdl)),
        (File::MDL_READ_COMPLETE, FileRequest::MdlReadComplete { mdl: values.pointer(1) }),
        (File::QUERY_OPEN, FileRequest::QueryOpen(values.some.then(|| NetworkOpenInformation::new(&basic)))),
        (
            File::CHECK_IF_POSSIBLE,
            FileRequest::CheckIfPossible { for_read: values.flag, offset, length: values.n32(1), key: values.n32(2) },
        ),
        (File::ACQUIRE_FOR_MOD_WRITE, FileRequest::AcquireForModWrite { ending_offset: values.some.then_some(offset) }),
        (File::CREATE_FILE_MAPPING, FileRequest::CreateFileMapping(mapping)),
        (File::QUERY_SECURITY, FileRequest::QuerySecurity { information: security, length: values.n32(1) }),
        (File::SET_SECURITY, FileRequest::SetSecurity(security)),
        (File::CREATE_NAMED_PIPE, FileRequest::Generic(RawArguments([0, 1, 2, 3].map(|n| values.pointer(n))))),
        (File::QUERY_EA, FileRequest::Plain(RawArguments([0, 1, 2, 3].map(|n| values.pointer(n))))),
    ] {
        checker.file(operation, path, request);
    }

    let mut sid = vec![1, values.sub_authorities.len() as u8, 0, 0, 0, 0, 0, 5];
    sid.extend(values.sub_authorities.iter().flat_map(|number| number.to_le_bytes()));
    let mut create = CreateFile::default();
    create.desired_access = FileAccess::from_bits_retain(values.n32(0));
    create.disposition = CreateDisposition(values.n32(1) >> 24);
    create.options = CreateOptions::from_bits_retain(values.n32(1) & 0xFF_FFFF);
    create.attributes = FileAttributes::from_bits_retain(values.n32(2) & 0xFFFF);
    create.share_access = ShareAccess::from_bits_retain(values.n32(3) & 0xFFFF);
    create.ea_length = values.n32(3);
    create.allocation_size = offset;
    create.shown_allocation_size = if values.width.is_64bit() { offset } else { offset >> 32 } as u32;
    create.impersonating = values.some.then(|| Sid::new(&sid).unwrap());
    create.open_result = values.flag.then_some(OpenResult(values.n32(2)));
    checker.file(File::CREATE, path, FileRequest::Create(create));

    let mut transfer = Transfer::default();
    transfer.offset = offset;
    transfer.requested = values.n32(1);
    transfer.key = values.n32(2);
    transfer.transferred = values.some.then_some(values.n32(3));
    transfer.io_flags = IoFlags::from_bits_retain(values.n32(0) & 0xE0_00FF);
    transfer.priority = IoPriority(values.n32(1) & 7);
    checker.file(File::READ, path, FileRequest::Read(transfer));
    checker.file(File::WRITE, path, FileRequest::Write(transfer));

    let mut lock = Lock::default();
    lock.offset = offset;
    lock.length = values.some.then_some(values.numbers[1]);
    lock.key = values.n32(2);
    lock.exclusive = values.flag;
    lock.fail_immediately = values.some;
    checker.file(File::LOCK_CONTROL, path, FileRequest::Lock(lock));

    let mut control = IoControl::default();
    control.code = ControlCode::FSCTL_GET_REPARSE_POINT;
    control.output_length = values.n32(0);
    control.input_length = values.n32(1);
    checker.file(File::FILE_SYSTEM_CONTROL, path, FileRequest::FileSystemControl(control));
    checker.file(File::DEVICE_CONTROL, path, FileRequest::DeviceIoControl(control));
    for (code, at) in [(ControlCode::FSCTL_OFFLOAD_READ, 16), (ControlCode::FSCTL_OFFLOAD_WRITE, 8)] {
        let mut input = vec![7; 40];
        input[at..at + 8].copy_from_slice(&offset.to_le_bytes());
        input[at + 8..at + 16].copy_from_slice(&values.numbers[1].to_le_bytes());
        let mut range = OffloadRange::default();
        range.offset = Some(offset);
        range.length = Some(values.numbers[1]);
        let mut control = IoControl::default();
        control.code = code;
        control.offload = Some(range);
        control.captured = &input;
        checker.file(File::FILE_SYSTEM_CONTROL, path, FileRequest::FileSystemControl(control));
    }

    let mut notify = NotifyChangeDirectory::default();
    notify.length = values.n32(0);
    notify.filter = NotifyFilter::from_bits_retain(values.n32(1));
    checker.file(File::DIRECTORY_CONTROL, path, FileRequest::NotifyChangeDirectory(notify));
    for class in [
        Class::DIRECTORY_INFORMATION,
        Class::FULL_DIRECTORY_INFORMATION,
        Class::BOTH_DIRECTORY_INFORMATION,
        Class::NAMES_INFORMATION,
        Class::ID_BOTH_DIRECTORY_INFORMATION,
        Class::ID_FULL_DIRECTORY_INFORMATION,
        Class::ID_EXTD_DIRECTORY_INFORMATION,
    ] {
        let mut block = Vec::new();
        DirectoryEntries::encode(class, [directory_entry(values, name), directory_entry(values, filter)], &mut block);
        let entries = DirectoryEntries::new(class, &block);
        if class != Class::ID_EXTD_DIRECTORY_INFORMATION {
            let names: Vec<_> = entries.into_iter().map(|entry| entry.name()).collect();
            assert_eq!(names, [name, filter], "{class}");
        }
        let mut query = QueryDirectory::default();
        query.information_class = class;
        query.length = values.n32(0);
        query.file_index = values.n32(1);
        query.filter = Some(filter).filter(|filter| !filter.is_empty());
        query.entries = values.some.then_some(entries);
        checker.file(File::DIRECTORY_CONTROL, path, FileRequest::QueryDirectory(query));
    }
}

fn basic_information(values: &Values) -> BasicInformationFields {
    let mut basic = BasicInformationFields::default();
    basic.creation_time = values.time(0);
    basic.last_access_time = values.time(1);
    basic.last_write_time = values.time(2);
    basic.change_time = values.time(3);
    basic.file_attributes = FileAttributes::from_bits_retain(values.n32(0));
    basic
}

fn directory_entry<'t>(values: &Values, name: PmlStr<'t>) -> DirectoryEntryFields<'t> {
    let mut entry = DirectoryEntryFields::default();
    entry.name = name;
    entry.creation_time = values.time(0);
    entry.end_of_file = values.numbers[1];
    entry.file_attributes = FileAttributes::from_bits_retain(values.n32(2));
    entry.file_id = values.numbers[3];
    entry
}

/// Returns the block of each file structure with its information class, and whether it can be queried and set.
fn structures(values: &Values, name: PmlStr<'_>) -> Vec<(Class, bool, bool, Vec<u8>)> {
    let mut list: Vec<(Class, bool, bool, Vec<u8>)> = Vec::new();
    macro_rules! structure {
        ($class:ident, $query:literal, $set:literal, $Owned:ident { $($field:ident: $value:expr),* $(,)? }) => {{
            let mut owned = $Owned::default();
            $( owned.$field = $value; )*
            let mut block = Vec::new();
            owned.encode(&mut block);
            assert_eq!(block.len(), $Owned::SIZE);
            list.push((Class::$class, $query, $set, block));
        }};
    }
    let attributes = FileAttributes::from_bits_retain(values.n32(0));
    structure!(
        STANDARD_INFORMATION,
        true,
        false,
        StandardInformationFields { allocation_size: values.numbers[0], directory: values.flag }
    );
    structure!(INTERNAL_INFORMATION, true, false, InternalInformationFields { index_number: values.numbers[0] });
    structure!(EA_INFORMATION, true, false, EaInformationFields { ea_size: values.n32(0) });
    structure!(
        ACCESS_INFORMATION,
        true,
        false,
        AccessInformationFields { access: FileAccess::from_bits_retain(values.n32(0)) }
    );
    structure!(POSITION_INFORMATION, true, true, PositionInformationFields { position: values.numbers[0] });
    structure!(
        MODE_INFORMATION,
        true,
        false,
        ModeInformationFields { mode: CreateOptions::from_bits_retain(values.n32(0)) }
    );
    structure!(
        ALIGNMENT_INFORMATION,
        true,
        false,
        AlignmentInformationFields { alignment_requirement: AlignmentRequirement(values.n32(0)) }
    );
    structure!(
        NETWORK_OPEN_INFORMATION,
        true,
        false,
        NetworkOpenInformationFields { end_of_file: values.numbers[0], file_attributes: attributes }
    );
    structure!(
        ATTRIBUTE_TAG_INFORMATION,
        true,
        false,
        AttributeTagInformationFields { attributes: attributes, reparse_tag: values.n32(1) }
    );
    structure!(DISPOSITION_INFORMATION, false, true, DispositionInformationFields { delete: values.flag });
    structure!(
        DISPOSITION_INFORMATION_EX,
        false,
        true,
        DispositionInformationExFields { flags: DispositionFlags::from_bits_retain(values.n32(0)) }
    );
    structure!(ALLOCATION_INFORMATION, false, true, AllocationInformationFields { allocation_size: values.numbers[0] });
    structure!(END_OF_FILE_INFORMATION, false, true, EndOfFileInformationFields { end_of_file: values.numbers[0] });
    structure!(
        VALID_DATA_LENGTH_INFORMATION,
        false,
        true,
        ValidDataLengthInformationFields { valid_data_length: values.numbers[0] }
    );
    let mut all = AllInformationFields::default();
    all.index_number = values.numbers[0];
    let mut standard = StandardInformationFields::default();
    standard.end_of_file = values.numbers[1];
    let mut block = Vec::new();
    all.encode_with(&basic_information(values), &standard, &mut block);
    assert_eq!(AllInformation::new(&block).standard().end_of_file(), Some(values.numbers[1]));
    assert_eq!(AllInformation::new(&block).basic().decode(), basic_information(values));
    assert_eq!(AllInformation::new(&block).decode(), all);
    list.push((Class::ALL_INFORMATION, true, false, block));
    let mut block = Vec::new();
    basic_information(values).encode(&mut block);
    list.push((Class::BASIC_INFORMATION, true, true, block));
    let mut block = Vec::new();
    NameInformation::encode(name, &mut block);
    assert_eq!(ShortNameInformation::new(&block).name(), Some(name));
    list.push((Class::NAME_INFORMATION, true, false, block.clone()));
    list.push((Class::SHORT_NAME_INFORMATION, false, true, block));
    let mut stream = Stream::default();
    stream.name = name;
    stream.size = values.numbers[0];
    let mut block = Vec::new();
    Streams::encode([stream, stream], &mut block);
    assert_eq!(Streams::new(&block).into_iter().collect::<Vec<_>>(), [stream, stream]);
    list.push((Class::STREAM_INFORMATION, true, true, block));
    list.push((Class(250), true, true, values.bytes.clone()));
    list
}

fn file_structures(checker: &mut Checker<'_>) {
    let values = checker.values;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let path = PmlStr::encode(&values.texts[0], &mut first);
    let name = PmlStr::encode_utf16(&values.texts[1], &mut second);
    for (class, can_query, can_set, block) in structures(values, name) {
        if can_query {
            let query = QueryInformation::new(class, values.n32(0), values.some.then_some(&block));
            checker.file(File::QUERY_INFORMATION, path, FileRequest::QueryInformation(query));
        }
        if can_set {
            let set = SetInformation::new(class, block.len() as u64, &block, values.width);
            checker.file(File::SET_INFORMATION, path, FileRequest::SetInformation(set));
        }
    }
    let mut block = Vec::new();
    for class in
        [Class::RENAME_INFORMATION, Class::RENAME_INFORMATION_EX, Class::RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK]
    {
        let mut fields = RenameInformationFields::default();
        fields.flags = RenameFlags::from_bits_retain(values.n32(0));
        (fields.file_name, fields.target) = (name, path);
        let length = fields.encode(values.width, &mut block);
        let set = SetInformation::new(class, length, &block, values.width);
        let (SetFileInformation::Rename(rename) | SetFileInformation::RenameEx(rename)) = set.information else {
            panic!("{set:?}");
        };
        assert_eq!(rename.decode_ex(), fields);
        assert_eq!((rename.decode().file_name, rename.decode().target), (name, path));
        assert_eq!(rename.as_bytes(), &block[..block.len().min(length as usize)]);
        checker.file(File::SET_INFORMATION, path, FileRequest::SetInformation(set));
    }
    let mut fields = LinkInformationFields::default();
    (fields.replace_if_exists, fields.file_name) = (values.flag, name);
    let length = fields.encode(values.width, &mut block);
    let set = SetInformation::new(Class::LINK_INFORMATION, length, &block, values.width);
    assert!(matches!(set.information, SetFileInformation::Link(link) if link.decode() == fields));
    checker.file(File::SET_INFORMATION, path, FileRequest::SetInformation(set));
}

fn volumes(checker: &mut Checker<'_>) {
    let values = checker.values;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let path = PmlStr::encode(&values.texts[0], &mut first);
    let name = PmlStr::encode_utf16(&values.texts[1], &mut second);
    let mut blocks: [Vec<u8>; 9] = Default::default();
    let mut volume = FsVolumeInformationFields::default();
    volume.volume_serial_number = values.n32(0);
    volume.encode_with_label(name, &mut blocks[0]);
    FsLabelInformation::encode(name, &mut blocks[1]);
    let mut size = FsSizeInformationFields::default();
    size.total_allocation_units = values.numbers[0];
    size.encode(&mut blocks[2]);
    let mut device = FsDeviceInformationFields::default();
    device.device_type = DeviceType(values.n32(0));
    device.characteristics = DeviceCharacteristics::from_bits_retain(values.n32(1));
    device.encode(&mut blocks[3]);
    let mut attribute = FsAttributeInformationFields::default();
    attribute.file_system_attributes = FileSystemAttributes::from_bits_retain(values.n32(0));
    attribute.maximum_component_name_length = 255;
    attribute.encode_with_name(name, &mut blocks[4]);
    let mut control = FsControlInformationFields::default();
    control.default_quota_limit = values.numbers[0];
    control.encode(&mut blocks[5]);
    let mut full = FsFullSizeInformationFields::default();
    full.bytes_per_sector = values.n32(0);
    full.encode(&mut blocks[6]);
    let mut id = FsObjectIdInformationFields::default();
    id.object_id = ObjectId([7; 16]);
    id.encode(&mut blocks[7]);
    assert_eq!(FsObjectIdInformation::new(&blocks[7]).object_id(), Some(id.object_id));
    blocks[8].extend_from_slice(&values.bytes);
    for (block, class) in blocks.iter().zip((1..).map(FsInformationClass)) {
        let query = QueryVolume::new(class, values.n32(0), values.some.then_some(block));
        checker.file(File::QUERY_VOLUME_INFORMATION, path, FileRequest::QueryVolume(query));
        let set = SetVolume::new(class, block.len() as u64, block);
        checker.file(File::SET_VOLUME_INFORMATION, path, FileRequest::SetVolume(set));
    }
}

fn networks_and_samples(checker: &mut Checker<'_>) {
    let values = checker.values;
    let mut buffers: [Vec<u8>; 2] = Default::default();
    let [first, second] = &mut buffers;
    let v4 = Endpoint::from_socket(([10, 0, 0, values.flag as u8], 443).into());
    let v6 = Endpoint::from_socket(
        (values.numbers.map(|n| n as u16).repeat(2).try_into().map(|parts: [u16; 8]| parts).unwrap(), 53).into(),
    );
    let pairs = values.texts.iter().filter(|text| !text.is_empty()).map(|text| (text.as_str(), "0"));
    let properties = NetworkProperties::encode(pairs, first);
    for (protocol, local, remote) in [(Protocol::Tcp, v4, v6), (Protocol::Udp, v6, v4)] {
        let mut network = NetworkDetail::new(protocol, local, remote);
        network.length = values.n32(0);
        network.properties = properties;
        checker.check(Operation::Network(Some(protocol), NetworkOperation::SEND), Detail::Network(network));
    }

    let mut thread = ThreadProfiling::default();
    thread.user_time = Ticks(values.n32(0).into());
    thread.kernel_time = Ticks(values.n32(1).into());
    thread.context_switches = values.n32(2);
    let mut process = ProcessProfiling::default();
    process.user_time = Ticks(values.numbers[0]);
    process.working_set = values.numbers[1];
    let text = PmlStr::encode(&values.texts[0], second);
    for (operation, sample) in [
        (Profiling::THREAD_PROFILING, ProfilingDetail::Thread(thread)),
        (Profiling::PROCESS_PROFILING, ProfilingDetail::Process(process)),
        (Profiling::DEBUG_OUTPUT_PROFILING, ProfilingDetail::DebugOutput(text)),
        (Profiling(99), ProfilingDetail::Unknown(unknown(values))),
    ] {
        checker.check(Operation::Profiling(operation), Detail::Profiling(sample));
    }
    checker.check(Operation::Unknown(EventClass(99), 1), Detail::Unknown(unknown(values)));
}

proptest! {
    #[test]
    fn encoded_details_decode_to_the_same_value(values in values()) {
        let mut checker = Checker { values: &values, blocks: DetailBlocks::default() };
        processes(&mut checker);
        registries(&mut checker);
        files(&mut checker);
        file_structures(&mut checker);
        volumes(&mut checker);
        networks_and_samples(&mut checker);
    }
}

fn error(operation: Operation, width: PointerWidth, detail: &Detail<'_>) -> String {
    let error = detail.encode_into(operation, width, &mut DetailBlocks::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ValueTooLarge { .. } | ErrorKind::DetailMismatch { .. }), "{error}");
    error.to_string()
}

#[test]
fn errors_name_the_field_that_is_too_large() {
    let long = vec![b'a'; 40_000];
    let mut image = LoadImage::default();
    image.path = PmlStr::latin1(&long);
    let load = Operation::Process(Process::LOAD_IMAGE);
    let message = error(load, PointerWidth::Bits64, &Detail::Process(ProcessDetail::LoadImage(image)));
    assert_eq!(message, "load_image.path: 40000 is too large: the maximum is 32767");

    image.path = PmlStr::EMPTY;
    image.base = 1 << 40;
    let message = error(load, PointerWidth::Bits32, &Detail::Process(ProcessDetail::LoadImage(image)));
    assert_eq!(message, "load_image.base: 1099511627776 is too large: the maximum is 4294967295");

    let mut thread = ThreadCreate::default();
    thread.thread_id = 1;
    let message = error(load, PointerWidth::Bits64, &Detail::Process(ProcessDetail::ThreadCreate(thread)));
    assert_eq!(message, "detail type mismatch: Load Image cannot have the parameters of a different operation");

    let answer = vec![0; 70_000];
    let query = QueryInformation::new(Class(250), 70_000, Some(&answer));
    let detail = Detail::File(FileDetail::new(PmlStr::EMPTY, FileRequest::QueryInformation(query)));
    let message = error(Operation::File(File::QUERY_INFORMATION), PointerWidth::Bits64, &detail);
    assert_eq!(message, "event.extra: 70000 is too large: the maximum is 65535");

    // The block stores 8 bits of the class. A larger class must be an error, not a different class.
    for class in [0x104, 0x10A] {
        let query = QueryInformation::new(Class(class), 40, Some(&answer[..40]));
        assert!(matches!(query.result, Some(FileInformation::Unknown(_))));
        let set = SetInformation::new(Class(class), 40, &answer[..40], PointerWidth::Bits64);
        assert!(matches!(set.information, SetFileInformation::Unknown(_)));
        let volume = SetVolume::new(FsInformationClass(class), 40, &answer[..40]);
        assert!(matches!(volume.information, VolumeInformation::Unknown(_)));
        for (operation, request) in [
            (File::QUERY_INFORMATION, FileRequest::QueryInformation(query)),
            (File::SET_INFORMATION, FileRequest::SetInformation(set)),
            (File::SET_VOLUME_INFORMATION, FileRequest::SetVolume(volume)),
        ] {
            let detail = Detail::File(FileDetail::new(PmlStr::EMPTY, request));
            let message = error(Operation::File(operation), PointerWidth::Bits64, &detail);
            assert_eq!(message, format!("file.information_class: {class} is too large: the maximum is 255"));
        }
    }

    let mut query = QueryInformation::new(Class::BASIC_INFORMATION, 40, Some(&answer));
    query.information_class = Class::STANDARD_INFORMATION;
    let detail = Detail::File(FileDetail::new(PmlStr::EMPTY, FileRequest::QueryInformation(query)));
    error(Operation::File(File::QUERY_INFORMATION), PointerWidth::Bits64, &detail);

    let sid = [0; 300];
    let mut create = ProcessCreate::default();
    create.user_sid = &sid;
    let detail = Detail::Process(ProcessDetail::Create(create));
    let message = error(Operation::Process(Process::PROCESS_CREATE), PointerWidth::Bits64, &detail);
    assert_eq!(message, "process_create.user_sid: 300 is too large: the maximum is 255");
}
