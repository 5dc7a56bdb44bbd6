//! Every code and its name: both ways for all that are declared, and against the tables of Procmon's names.

use std::collections::BTreeSet;
use std::fs;

use procmon_parser::Column;
use procmon_parser::code::{
    AlignmentRequirement, Category, ControlAccess, ControlCode, ControlMethod, CreateDisposition, CreateOptions,
    DeviceCharacteristics, DeviceType, DispositionFlags, EventClass, FileAccess, FileAttributes, FileInformationClass,
    FileOperation, FileSystemAttributes, FsInformationClass, IoFlags, IoPriority, KeyInformationClass,
    KeySetInformationClass, NetworkOperation, NotifyFilter, NtStatus, OpenResult, Origin, PageProtection,
    ProcessOperation, ProfilingOperation, Protocol, RegistryAccess, RegistryDisposition, RegistryOperation,
    RegistryType, Relation, RenameFlags, RestoreFlags, SaveFormat, SecurityInformation, ShareAccess, SyncType,
    ValueInformationClass,
};

/// Expects of each code that its name leads back to it, by `FromStr` too where no other code has the name, and of a
/// number without a name that it is printed as a number.
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

/// A number to make a code of any width of.
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

/// Expects of each flag, of all of them, and of bits without a name that the printed text leads back to them.
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
fn categories_and_protocols() {
    for category in Category::ALL {
        assert_eq!(category.to_string().parse::<Category>().unwrap(), category);
    }
    for protocol in Protocol::ALL {
        assert_eq!(protocol.to_string().parse::<Protocol>().unwrap(), protocol);
    }
}

/// The rows of a table of the comparison data, below its comments and its heading.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let text = fs::read_to_string(crate::procmon::data()?.join(format!("tables/{name}.tsv"))).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    Some(rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect())
}

fn number(text: &str) -> u32 {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16)).unwrap()
}

/// Expects a table's codes to have its names here, and no declared code to be missing in it.
fn codes_are_those_of(name: &str, declared: &[(u32, &str)]) {
    let Some(rows) = table(name) else { return };
    let rows: BTreeSet<_> = rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect();
    let declared: BTreeSet<_> = declared.iter().copied().collect();
    let missing: Vec<_> = rows.difference(&declared).collect();
    let added: Vec<_> = declared.difference(&rows).collect();
    assert!(missing.is_empty() && added.is_empty(), "{name}: missing {missing:?}, not in the table {added:?}");
}

macro_rules! tables {
    ($($test:ident: $Code:ty, $table:literal;)*) => { $(
        #[test]
        fn $test() {
            let declared: Vec<_> = <$Code>::ALL.iter().map(|code| (u32::from(code.0), code.name().unwrap())).collect();
            codes_are_those_of($table, &declared);
        }
    )* };
}

tables! {
    table_of_alignments: AlignmentRequirement, "alignments";
    table_of_control_codes: ControlCode, "control_codes";
    table_of_device_types: DeviceType, "device_types";
    table_of_dispositions: CreateDisposition, "dispositions";
    table_of_event_classes: EventClass, "event_classes";
    table_of_information_classes: FileInformationClass, "file_information_classes";
    table_of_key_information: KeyInformationClass, "registry_key_info";
    table_of_network_operations: NetworkOperation, "network_ops";
    table_of_open_results: OpenResult, "open_results";
    table_of_priorities: IoPriority, "priorities";
    table_of_process_operations: ProcessOperation, "process_ops";
    table_of_profiling_operations: ProfilingOperation, "profiling_ops";
    table_of_registry_operations: RegistryOperation, "registry_ops";
    table_of_registry_set_information: KeySetInformationClass, "registry_set_info";
    table_of_registry_types: RegistryType, "registry_types";
    table_of_save_formats: SaveFormat, "registry_save_format";
    table_of_sync_types: SyncType, "sync_types";
}

/// Expects a table's masks to have its names here, in its order, which is that of printing.
macro_rules! tables_of_flags {
    ($($test:ident: $Flags:ty, $table:literal, $mask:literal;)*) => { $(
        #[test]
        fn $test() {
            let Some(rows) = table($table) else { return };
            let rows: Vec<_> = rows.iter().map(|row| (number(&row[$mask]), row[$mask + 1].as_str())).collect();
            let declared: Vec<_> = <$Flags>::NAMES.iter().map(|&(mask, text)| (mask.bits(), text)).collect();
            assert_eq!(declared, rows);
        }
    )* };
}

tables_of_flags! {
    table_of_create_options: CreateOptions, "create_options", 0;
    table_of_device_characteristics: DeviceCharacteristics, "device_characteristics", 0;
    table_of_disposition_flags: DispositionFlags, "disposition_ex_flags", 0;
    table_of_file_accesses: FileAccess, "file_access", 0;
    table_of_file_system_attributes: FileSystemAttributes, "fs_attributes", 0;
    table_of_io_flags: IoFlags, "io_flags", 0;
    table_of_notify_filters: NotifyFilter, "notify_filters", 0;
    table_of_registry_accesses: RegistryAccess, "registry_access", 1;
    table_of_rename_flags: RenameFlags, "rename_ex_flags", 0;
    table_of_restore_flags: RestoreFlags, "registry_restore_flags", 0;
    table_of_security_information: SecurityInformation, "security_information", 0;
    table_of_share_modes: ShareAccess, "share_modes", 0;
}

#[test]
fn table_of_file_attributes() {
    let Some(rows) = table("attributes") else { return };
    for row in rows {
        let attribute = FileAttributes::from_bits_retain(number(&row[0]));
        assert_eq!(attribute.to_string(), row[1], "{attribute:?}");
    }
}

#[test]
fn table_of_page_protections() {
    let Some(rows) = table("page_protections") else { return };
    let cached = PageProtection::NAMES.iter().filter(|&&(mask, _)| mask != PageProtection::NOCACHE);
    let declared: Vec<_> = cached.map(|&(mask, text)| (mask.bits(), text)).collect();
    assert_eq!(declared, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

#[test]
fn table_of_mounted_device_types() {
    let Some(rows) = table("volume_mount_device_types") else { return };
    let named: Vec<_> =
        (0..0x100).filter_map(|code| DeviceType(code).mounted_name().map(|name| (code, name))).collect();
    assert_eq!(named, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

#[test]
fn table_of_registry_dispositions() {
    let Some(rows) = table("registry_disposition") else { return };
    for row in rows.iter().filter(|row| row[0] != "0") {
        assert_eq!(RegistryDisposition(number(&row[0])).name(), Some(row[1].as_str()));
    }
}

#[test]
fn table_of_categories_of_control_codes() {
    let Some(rows) = table("control_codes") else { return };
    for row in rows {
        let category = ControlCode(number(&row[0])).category().map_or("", Category::name);
        assert_eq!(category, row.get(2).map_or("", String::as_str), "{}", row[1]);
    }
}

#[test]
fn table_of_file_operations() {
    let Some(rows) = table("fs_operations") else { return };
    let code = |row: &[String]| match row[0].strip_prefix('>') {
        Some(last) => last.parse::<u16>().unwrap() + 2,
        None => row[0].parse().unwrap(),
    };
    let listed: BTreeSet<_> = rows.iter().filter(|row| row[1] != "*").map(|row| (code(row), number(&row[1]))).collect();
    for row in &rows {
        let operation = FileOperation(code(row));
        let minors = match row[1].as_str() {
            "*" => (0..=255).filter(|&minor| !listed.contains(&(operation.0, u32::from(minor)))).collect(),
            minor => vec![minor.parse::<u8>().unwrap()],
        };
        for minor in minors {
            assert_eq!(operation.plain_name(minor), row[2], "{operation:?} {minor}");
            assert_eq!(operation.advanced_name(minor, Origin::Irp), row[3], "{operation:?} {minor}");
            assert_eq!(operation.advanced_name(minor, Origin::FastIo), row[4], "{operation:?} {minor}");
            if !row[5].starts_with("<Unknown") {
                assert_eq!(operation.minor_name(minor).unwrap_or_default(), row[5], "{operation:?} {minor}");
            }
            // Whether a create is a write is decided by its disposition and its outcome.
            if operation != FileOperation::CREATE {
                let category = operation.category(minor).map_or("", Category::name);
                assert_eq!(category, row.get(6).map_or("", String::as_str), "{operation:?} {minor}");
            }
        }
    }
}

#[test]
fn table_of_categories_of_registry_operations() {
    let Some(rows) = table("registry_ops") else { return };
    for row in rows {
        let operation = RegistryOperation(u16::try_from(number(&row[0])).unwrap());
        assert_eq!(operation.category().map_or("", Category::name), row[2], "{operation:?}");
    }
}

#[test]
fn table_of_results() {
    let Some(rows) = table("results") else { return };
    for row in rows {
        let status = NtStatus(number(&row[0]));
        assert_eq!(status.name().unwrap_or_default(), row[1], "{:#x}", status.0);
    }
}
