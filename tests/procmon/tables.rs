//! Compares codes and their names with the tables of Procmon's names.

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
        names_of_alignments_match,
        names_of_control_codes_match,
        names_of_device_types_match,
        names_of_dispositions_match,
        names_of_event_classes_match,
        names_of_information_classes_match,
        names_of_key_information_match,
        names_of_network_operations_match,
        names_of_open_results_match,
        names_of_priorities_match,
        names_of_process_operations_match,
        names_of_profiling_operations_match,
        names_of_registry_operations_match,
        names_of_registry_set_information_match,
        names_of_registry_types_match,
        names_of_save_formats_match,
        names_of_sync_types_match,
        names_of_create_options_match,
        names_of_device_characteristics_match,
        names_of_disposition_flags_match,
        names_of_file_accesses_match,
        names_of_file_system_attributes_match,
        names_of_io_flags_match,
        names_of_notify_filters_match,
        names_of_registry_accesses_match,
        names_of_rename_flags_match,
        names_of_restore_flags_match,
        names_of_security_information_match,
        names_of_share_modes_match,
        names_of_file_attributes_match,
        names_of_page_protections_match,
        names_of_mounted_device_types_match,
        names_of_registry_dispositions_match,
        categories_of_control_codes_match,
        names_of_file_operations_match,
        categories_of_registry_operations_match,
        names_of_results_match;
}

/// Returns the rows of a table of the comparison data, without comments and heading.
fn table(data: &Path, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(data.join(format!("tables/{name}.tsv"))).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split('\t').map(str::to_owned).collect()).collect()
}

fn number(text: &str) -> u32 {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| u32::from_str_radix(digits, 16)).unwrap()
}

/// Checks that the declared codes and their names are exactly those of a table.
fn assert_codes_match(data: &Path, name: &str, declared: &[(u32, &str)]) {
    let rows = table(data, name);
    let rows: BTreeSet<_> = rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect();
    let declared: BTreeSet<_> = declared.iter().copied().collect();
    let missing: Vec<_> = rows.difference(&declared).collect();
    let added: Vec<_> = declared.difference(&rows).collect();
    assert!(missing.is_empty() && added.is_empty(), "{name}: not declared: {missing:?}, not in the table: {added:?}");
}

/// The table comes from Procmon 3.94. Procmon 4.1 added the class IPC.
fn names_of_event_classes_match(data: &Path) {
    let classes = EventClass::ALL.iter().filter(|&&class| class != EventClass::IPC);
    let declared: Vec<_> = classes.map(|class| (class.0.into(), class.name().unwrap())).collect();
    assert_codes_match(data, "event_classes", &declared);
}

macro_rules! tables {
    ($($test:ident: $Code:ty, $table:literal;)*) => { $(
        fn $test(data: &Path) {
            let declared: Vec<_> = <$Code>::ALL.iter().map(|code| (u32::from(code.0), code.name().unwrap())).collect();
            assert_codes_match(data, $table, &declared);
        }
    )* };
}

tables! {
    names_of_alignments_match: AlignmentRequirement, "alignments";
    names_of_control_codes_match: ControlCode, "control_codes";
    names_of_device_types_match: DeviceType, "device_types";
    names_of_dispositions_match: CreateDisposition, "dispositions";
    names_of_information_classes_match: FileInformationClass, "file_information_classes";
    names_of_key_information_match: KeyInformationClass, "registry_key_info";
    names_of_network_operations_match: NetworkOperation, "network_ops";
    names_of_open_results_match: OpenResult, "open_results";
    names_of_priorities_match: IoPriority, "priorities";
    names_of_process_operations_match: ProcessOperation, "process_ops";
    names_of_profiling_operations_match: ProfilingOperation, "profiling_ops";
    names_of_registry_operations_match: RegistryOperation, "registry_ops";
    names_of_registry_set_information_match: KeySetInformationClass, "registry_set_info";
    names_of_registry_types_match: RegistryType, "registry_types";
    names_of_save_formats_match: SaveFormat, "registry_save_format";
    names_of_sync_types_match: SyncType, "sync_types";
}

/// Checks that the declared flags have the masks and names of a table in its order, which is the order of printing.
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
    names_of_create_options_match: CreateOptions, "create_options", 0;
    names_of_device_characteristics_match: DeviceCharacteristics, "device_characteristics", 0;
    names_of_disposition_flags_match: DispositionFlags, "disposition_ex_flags", 0;
    names_of_file_accesses_match: FileAccess, "file_access", 0;
    names_of_file_system_attributes_match: FileSystemAttributes, "fs_attributes", 0;
    names_of_io_flags_match: IoFlags, "io_flags", 0;
    names_of_notify_filters_match: NotifyFilter, "notify_filters", 0;
    names_of_registry_accesses_match: RegistryAccess, "registry_access", 1;
    names_of_rename_flags_match: RenameFlags, "rename_ex_flags", 0;
    names_of_restore_flags_match: RestoreFlags, "registry_restore_flags", 0;
    names_of_security_information_match: SecurityInformation, "security_information", 0;
    names_of_share_modes_match: ShareAccess, "share_modes", 0;
}

fn names_of_file_attributes_match(data: &Path) {
    let rows = table(data, "attributes");
    for row in rows {
        let attribute = FileAttributes::from_bits_retain(number(&row[0]));
        assert_eq!(attribute.to_string(), row[1], "{attribute:?}");
    }
}

fn names_of_page_protections_match(data: &Path) {
    let rows = table(data, "page_protections");
    let cached = PageProtection::NAMES.iter().filter(|&&(mask, _)| mask != PageProtection::NOCACHE);
    let declared: Vec<_> = cached.map(|&(mask, text)| (mask.bits(), text)).collect();
    assert_eq!(declared, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

fn names_of_mounted_device_types_match(data: &Path) {
    let rows = table(data, "volume_mount_device_types");
    let named: Vec<_> =
        (0..0x100).filter_map(|code| DeviceType(code).mounted_name().map(|name| (code, name))).collect();
    assert_eq!(named, rows.iter().map(|row| (number(&row[0]), row[1].as_str())).collect::<Vec<_>>());
}

fn names_of_registry_dispositions_match(data: &Path) {
    let rows = table(data, "registry_disposition");
    for row in rows.iter().filter(|row| row[0] != "0") {
        assert_eq!(RegistryDisposition(number(&row[0])).name(), Some(row[1].as_str()));
    }
}

fn categories_of_control_codes_match(data: &Path) {
    let rows = table(data, "control_codes");
    for row in rows {
        let category = ControlCode(number(&row[0])).category().map_or("", Category::name);
        assert_eq!(category, row.get(2).map_or("", String::as_str), "{}", row[1]);
    }
}

fn names_of_file_operations_match(data: &Path) {
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
            // The category of a create depends on its disposition and its result.
            if operation != FileOperation::CREATE {
                let category = operation.category(minor).map_or("", Category::name);
                assert_eq!(category, row.get(6).map_or("", String::as_str), "{operation:?} {minor}");
            }
        }
    }
}

fn categories_of_registry_operations_match(data: &Path) {
    let rows = table(data, "registry_ops");
    for row in rows {
        let operation = RegistryOperation(u16::try_from(number(&row[0])).unwrap());
        assert_eq!(operation.category().map_or("", Category::name), row[2], "{operation:?}");
    }
}

fn names_of_results_match(data: &Path) {
    let rows = table(data, "results");
    for row in rows {
        let status = NtStatus(number(&row[0]));
        assert_eq!(status.name().unwrap_or_default(), row[1], "{:#x}", status.0);
    }
}
