//! Declared codes and flags: each is parsed back from its name.

use crate::support::synth;
use procmon_parser::code::{
    AlignmentRequirement, Category, ControlAccess, ControlCode, ControlMethod, CreateDisposition, CreateOptions,
    DeviceCharacteristics, DeviceType, DispositionFlags, EventClass, FileAccess, FileInformationClass, FileOperation,
    FileSystemAttributes, FsInformationClass, IoFlags, IoPriority, KeyInformationClass, KeySetInformationClass,
    NetworkOperation, NotifyFilter, NtStatus, OpenResult, PageProtection, ProcessOperation, ProfilingOperation,
    Protocol, RegistryAccess, RegistryDisposition, RegistryOperation, RegistryType, Relation, RenameFlags,
    RestoreFlags, SaveFormat, SecurityInformation, ShareAccess, SyncType, ValueInformationClass,
};
use procmon_parser::detail::Sid;
use procmon_parser::{Column, LogsReader};

/// Checks that each code is found by its name, that it is parsed from the name if no other code has it, and that a code
/// without a name is printed as a number.
macro_rules! codes_round_trip {
    ($($test:ident: $Code:ty;)*) => { $(
        #[test]
        fn $test() {
            for &code in <$Code>::ALL {
                let name = code.name().expect("a declared code has a name");
                assert!(<$Code>::named(name).any(|named| named == code), "{code:?}");
                assert!(<$Code>::named(&name.to_ascii_uppercase()).any(|named| named == code), "{code:?}");
                if <$Code>::named(name).count() == 1 {
                    assert_eq!(name.parse::<$Code>().unwrap(), code);
                }
                assert_eq!(code.to_string(), name);
            }
            let unnamed = (0xF000..=0xFFFF).map(|code| <$Code>::from(CodeNumber(code)));
            let unnamed = unnamed.into_iter().find(|code| code.name().is_none()).unwrap();
            assert!(unnamed.to_string().starts_with("0x"), "{unnamed}");
            assert_eq!(unnamed.to_string().parse::<$Code>().unwrap(), unnamed);
            assert_eq!(format!("{unnamed:#X}"), unnamed.to_string());
            assert!("no such name".parse::<$Code>().is_err());
        }
        impl From<CodeNumber> for $Code {
            fn from(number: CodeNumber) -> Self {
                Self(number.0.into())
            }
        }
    )* };
}

/// A number that converts to a code of any width.
struct CodeNumber(u16);

codes_round_trip! {
    alignment_requirements: AlignmentRequirement;
    columns: Column;
    control_accesses: ControlAccess;
    control_codes: ControlCode;
    control_methods: ControlMethod;
    create_dispositions: CreateDisposition;
    device_types: DeviceType;
    event_classes: EventClass;
    file_information_classes: FileInformationClass;
    file_operations: FileOperation;
    fs_information_classes: FsInformationClass;
    io_priorities: IoPriority;
    key_information_classes: KeyInformationClass;
    key_set_information_classes: KeySetInformationClass;
    network_operations: NetworkOperation;
    nt_statuses: NtStatus;
    open_results: OpenResult;
    process_operations: ProcessOperation;
    profiling_operations: ProfilingOperation;
    registry_dispositions: RegistryDisposition;
    registry_operations: RegistryOperation;
    registry_types: RegistryType;
    relations: Relation;
    save_formats: SaveFormat;
    sync_types: SyncType;
    value_information_classes: ValueInformationClass;
}

/// Checks that each flag, all flags together and bits without a name are parsed back from their text.
macro_rules! flags_round_trip {
    ($($test:ident: $Flags:ty;)*) => { $(
        #[test]
        fn $test() {
            for &(mask, text) in <$Flags>::NAMES {
                assert_eq!(text.parse::<$Flags>().unwrap(), mask, "{text}");
            }
            for bits in (0..32).map(|bit| 1 << bit).chain([0, u32::MAX, 0x5555_5555, 0x8000_0001]) {
                let flags = <$Flags>::from_bits_retain(bits);
                assert_eq!(flags.to_string().parse::<$Flags>().unwrap(), flags, "{bits:#x}");
                let parts: Vec<_> = flags.names().map(|(mask, _)| mask.bits()).collect();
                assert_eq!(parts.iter().fold(0, |all, part| all | part), bits);
            }
            assert!("no such name".parse::<$Flags>().is_err());
        }
    )* };
}

flags_round_trip! {
    create_options: CreateOptions;
    device_characteristics: DeviceCharacteristics;
    disposition_flags: DispositionFlags;
    file_accesses: FileAccess;
    file_system_attributes: FileSystemAttributes;
    io_flags: IoFlags;
    notify_filters: NotifyFilter;
    page_protections: PageProtection;
    registry_accesses: RegistryAccess;
    rename_flags: RenameFlags;
    restore_flags: RestoreFlags;
    security_information: SecurityInformation;
    share_accesses: ShareAccess;
}

#[test]
fn categories_and_protocols_round_trip() {
    for category in Category::ALL {
        assert_eq!(category.to_string().parse::<Category>().unwrap(), category);
    }
    for protocol in Protocol::ALL {
        assert_eq!(protocol.to_string().parse::<Protocol>().unwrap(), protocol);
    }
}

#[test]
fn a_warning_is_neither_a_success_nor_an_error() {
    // One status of each severity: success, information, warning, error.
    let statuses =
        [NtStatus::SUCCESS, NtStatus::PREDEFINED_HANDLE, NtStatus::BUFFER_OVERFLOW, NtStatus::OBJECT_NAME_NOT_FOUND];
    let severities = statuses.map(|status| (status.is_success(), status.is_error()));
    assert_eq!(severities, [(true, false), (true, false), (false, false), (false, true)]);
}

#[test]
fn an_operation_is_printed_by_its_name() {
    let log = LogsReader::new(synth::sample(true).bytes()).unwrap();
    for event in log.events().flatten() {
        let operation = event.operation();
        assert_eq!(operation.to_string(), operation.name().unwrap_or_default());
    }
}

#[test]
fn mandatory_labels_of_windows_have_names() {
    let levels = [0, 4096, 8192, 8448, 12288, 16384, 20480].map(|level| {
        let sid = synth::process::sid(16, &[level]);
        Sid::new(&sid).unwrap().integrity_level()
    });
    let names = ["Untrusted", "Low", "Medium", "Medium+", "High", "System", "Protected"];
    assert_eq!(levels, names.map(Some));
}
