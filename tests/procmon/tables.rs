//! Codes and their names against the tables of Procmon's names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use procmon_parser::code::{
    AlignmentRequirement, Category, ControlCode, CreateDisposition, CreateOptions, DeviceCharacteristics, DeviceType,
    DispositionFlags, EventClass, FileAccess, FileAttributes, FileInformationClass, FileOperation,
    FileSystemAttributes, IoFlags, IoPriority, KeyInformationClass, KeySetInformationClass, NetworkOperation,
    NotifyFilter, NtStatus, OpenResult, Origin, PageProtection, ProcessOperation, ProfilingOperation, RegistryAccess,
    RegistryDisposition, RegistryOperation, RegistryType, RenameFlags, RestoreFlags, SaveFormat, SecurityInformation,
    ShareAccess, SyncType,
};

crate::tests! {
    with_data:
        table_of_alignments,
        table_of_control_codes,
        table_of_device_types,
        table_of_dispositions,
        table_of_event_classes,
        table_of_information_classes,
        table_of_key_information,
        table_of_network_operations,
        table_of_open_results,
        table_of_priorities,
        table_of_process_operations,
        table_of_profiling_operations,
        table_of_registry_operations,
        table_of_registry_set_information,
        table_of_registry_types,
        table_of_save_formats,
        table_of_sync_types,
        table_of_create_options,
        table_of_device_characteristics,
        table_of_disposition_flags,
        table_of_file_accesses,
        table_of_file_system_attributes,
        table_of_io_flags,
        table_of_notify_filters,
        table_of_registry_accesses,
        table_of_rename_flags,
        table_of_restore_flags,
        table_of_security_information,
        table_of_share_modes,
        table_of_file_attributes,
        table_of_page_protections,
        table_of_mounted_device_types,
        table_of_registry_dispositions,
        table_of_categories_of_control_codes,
        table_of_file_operations,
        table_of_categories_of_registry_operations,
        table_of_results;
}

/// The rows of a table of the comparison data, below its comments and its heading.
fn table(data: &Path, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(data.join(format!("tables/{name}.tsv"))).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

fn number(text: &str) -> u32 {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16)).unwrap()
}

/// Expects a table's codes to have its names here, and no declared code to be missing in it.
fn codes_are_those_of(data: &Path, name: &str, declared: &[(u32, &str)]) {
    let rows = table(data, name);
    let rows: BTreeSet<_> = rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect();
    let declared: BTreeSet<_> = declared.iter().copied().collect();
    let missing: Vec<_> = rows.difference(&declared).collect();
    let added: Vec<_> = declared.difference(&rows).collect();
    assert!(missing.is_empty() && added.is_empty(), "{name}: missing {missing:?}, not in the table {added:?}");
}

macro_rules! tables {
    ($($test:ident: $Code:ty, $table:literal;)*) => { $(
        fn $test(data: &Path) {
            let declared: Vec<_> = <$Code>::ALL.iter().map(|code| (u32::from(code.0), code.name().unwrap())).collect();
            codes_are_those_of(data, $table, &declared);
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
        fn $test(data: &Path) {
            let rows = table(data, $table);
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

fn table_of_file_attributes(data: &Path) {
    let rows = table(data, "attributes");
    for row in rows {
        let attribute = FileAttributes::from_bits_retain(number(&row[0]));
        assert_eq!(attribute.to_string(), row[1], "{attribute:?}");
    }
}

fn table_of_page_protections(data: &Path) {
    let rows = table(data, "page_protections");
    let cached = PageProtection::NAMES.iter().filter(|&&(mask, _)| mask != PageProtection::NOCACHE);
    let declared: Vec<_> = cached.map(|&(mask, text)| (mask.bits(), text)).collect();
    assert_eq!(declared, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

fn table_of_mounted_device_types(data: &Path) {
    let rows = table(data, "volume_mount_device_types");
    let named: Vec<_> =
        (0..0x100).filter_map(|code| DeviceType(code).mounted_name().map(|name| (code, name))).collect();
    assert_eq!(named, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

fn table_of_registry_dispositions(data: &Path) {
    let rows = table(data, "registry_disposition");
    for row in rows.iter().filter(|row| row[0] != "0") {
        assert_eq!(RegistryDisposition(number(&row[0])).name(), Some(row[1].as_str()));
    }
}

fn table_of_categories_of_control_codes(data: &Path) {
    let rows = table(data, "control_codes");
    for row in rows {
        let category = ControlCode(number(&row[0])).category().map_or("", Category::name);
        assert_eq!(category, row.get(2).map_or("", String::as_str), "{}", row[1]);
    }
}

fn table_of_file_operations(data: &Path) {
    let rows = table(data, "fs_operations");
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

fn table_of_categories_of_registry_operations(data: &Path) {
    let rows = table(data, "registry_ops");
    for row in rows {
        let operation = RegistryOperation(u16::try_from(number(&row[0])).unwrap());
        assert_eq!(operation.category().map_or("", Category::name), row[2], "{operation:?}");
    }
}

fn table_of_results(data: &Path) {
    let rows = table(data, "results");
    for row in rows {
        let status = NtStatus(number(&row[0]));
        assert_eq!(status.name().unwrap_or_default(), row[1], "{:#x}", status.0);
    }
}
