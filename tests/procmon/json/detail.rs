//! Rebuilds the Detail column from the typed detail.

use procmon_parser::code::{
    ControlCode, CreateOptions, DeviceCharacteristics, DeviceType, DispositionFlags, FileAccess, FileAttributes,
    FileSystemAttributes, IoFlags, NotifyFilter, PageProtection, RegistryAccess, RenameFlags, RestoreFlags,
    SecurityInformation, ShareAccess,
};
use serde_json::Value;

use super::columns::{date_and_time, date_of_iso, number, seconds, truth, visible};

/// The items of a detail: labels with values.
#[derive(Default)]
struct Items(Vec<String>);

/// Formats a value.
type Write = fn(&Value) -> String;

impl Items {
    fn add(&mut self, label: &str, value: impl AsRef<str>) {
        self.0.push(format!("{label}{}", value.as_ref()));
    }

    /// Adds the items of a structure that are not null.
    fn fields(&mut self, of: &Value, fields: &[(&str, &str, Write)]) {
        for (label, key, write) in fields {
            let value = of.get(key).unwrap_or_else(|| panic!("key {key} is missing in {of}"));
            if !value.is_null() {
                self.add(label, write(value));
            }
        }
    }
}

/// Returns the text of the detail, or `None` if the values do not determine it: Procmon reads some short names past
/// their end.
pub(crate) fn text(event: &Value) -> Option<String> {
    let mut items = Items::default();
    let detail = &event["detail"];
    if detail.is_null() {
        assert!(event["detail_error"].is_string());
        return Some(String::new());
    }
    let (class, detail) = variant(detail);
    match class {
        "process" => process(&mut items, event, detail),
        "network" => {
            items.fields(detail, &[("Length: ", "length", decimal)]);
            for property in detail["properties"].as_array().unwrap() {
                items.add(&string(&property["name"]), format!(": {}", string(&property["value"])));
            }
        }
        "profiling" => profiling(&mut items, detail),
        "registry" => registry(&mut items, &detail["request"]),
        "file" => file(&mut items, detail)?,
        "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
    Some(items.0.join(", "))
}

/// Returns the name and the content of an enum variant.
fn variant(value: &Value) -> (&str, &Value) {
    let object = value.as_object().unwrap_or_else(|| panic!("expected a variant: {value}"));
    assert_eq!(object.len(), 1, "{value}");
    let (name, content) = object.iter().next().unwrap();
    (name, content)
}

fn string(value: &Value) -> String {
    visible(value.as_str().unwrap().trim_end_matches('\0'))
}

fn decimal(value: &Value) -> String {
    number(value).to_string()
}

fn signed(value: &Value) -> String {
    u32::try_from(number(value)).unwrap().cast_signed().to_string()
}

fn hex(value: &Value) -> String {
    format!("{:#x}", number(value))
}

fn grouped(value: &Value) -> String {
    group(number(value))
}

fn group(number: u64) -> String {
    if number == u64::MAX {
        return "-1".to_owned();
    }
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bits(value: &Value) -> u32 {
    u32::try_from(number(&value["bits"])).unwrap()
}

fn code(value: &Value) -> u32 {
    u32::try_from(number(&value["code"])).unwrap()
}

fn name(value: &Value) -> Option<&str> {
    value["name"].as_str()
}

fn named(value: &Value) -> String {
    name(value).map_or_else(|| format!("<Unknown: {}>", code(value)), str::to_owned)
}

fn named_with_blank(value: &Value) -> String {
    name(value).map_or_else(|| format!("<Unknown: {} >", code(value)), str::to_owned)
}

fn date(value: &Value) -> String {
    date_of_iso(value.as_str().unwrap())
}

fn size_as_date(value: &Value) -> String {
    date_and_time(number(value))
}

fn span(value: &Value) -> String {
    seconds(number(value))
}

fn span_in_words(value: &Value) -> String {
    format!("{} seconds", span(value))
}

fn signed_span(value: &Value) -> String {
    let ticks = number(value).cast_signed();
    format!("{}{}", if ticks < 0 { "-" } else { "" }, seconds(ticks.unsigned_abs()))
}

fn signed_span_in_words(value: &Value) -> String {
    format!("{} seconds", signed_span(value))
}

fn process(items: &mut Items, event: &Value, detail: &Value) {
    let (operation, of) = variant(detail);
    match operation {
        "defined" | "create" => {
            items.fields(of, &[("PID: ", "pid", decimal), ("Command line: ", "command_line", string)]);
        }
        "exit" | "statistics" => items.fields(
            of,
            &[
                ("Exit Status: ", "exit_status", signed),
                ("User Time: ", "user_time", signed_span_in_words),
                ("Kernel Time: ", "kernel_time", signed_span_in_words),
                ("Private Bytes: ", "private_bytes", grouped),
                ("Peak Private Bytes: ", "peak_private_bytes", grouped),
                ("Working Set: ", "working_set", grouped),
                ("Peak Working Set: ", "peak_working_set", grouped),
            ],
        ),
        "thread_create" => items.fields(of, &[("Thread ID: ", "thread_id", decimal)]),
        "thread_exit" => {
            const PENDING: u32 = 0x103;
            let status = code(&of["exit_status"]);
            if status != PENDING {
                items.add("Exit Status: ", status.cast_signed().to_string());
            }
            items.add("Thread ID: ", decimal(&event["thread_id"]));
            let times: [(&str, &str, Write); 2] =
                [("User Time: ", "user_time", signed_span), ("Kernel Time: ", "kernel_time", signed_span)];
            items.fields(of, &times);
        }
        "load_image" => items.fields(of, &[("Image Base: ", "base", hex), ("Image Size: ", "size", hex)]),
        "start" => {
            items.add("Parent PID: ", decimal(&of["parent_pid"]));
            if !of["parameters"].is_null() {
                let fields: [(&str, &str, Write); 3] = [
                    ("Command line: ", "command_line", string),
                    ("Current directory: ", "current_directory", string),
                    ("Environment: ", "environment", |variables| {
                        variables.as_array().unwrap().iter().map(|of| format!("\r\n\t{}", string(of))).collect()
                    }),
                ];
                items.fields(&of["parameters"], &fields);
            }
        }
        "system_statistics" => {
            items.add("Commit Peak: ", group(number(&of["page_size"]) * number(&of["peak_commitment"])));
            let counts: [(&str, &str, Write); 2] =
                [("System Calls: ", "system_calls", grouped), ("Context Switches: ", "context_switches", grouped)];
            items.fields(of, &counts);
        }
        "thread_profile" | "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
}

fn profiling(items: &mut Items, detail: &Value) {
    let (operation, of) = variant(detail);
    match operation {
        "thread" => items.fields(
            of,
            &[
                ("User Time: ", "user_time", span),
                ("Kernel Time: ", "kernel_time", span),
                ("Context Switches: ", "context_switches", decimal),
            ],
        ),
        "process" => items.fields(
            of,
            &[
                ("User Time: ", "user_time", span_in_words),
                ("Kernel Time: ", "kernel_time", span_in_words),
                ("Private Bytes: ", "private_bytes", grouped),
                ("Working Set: ", "working_set", grouped),
            ],
        ),
        "debug_output" => items.add("Output: ", string(of)),
        "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
}

fn key_access(bits: u32) -> String {
    let access = RegistryAccess::from_bits_retain(bits).mapped();
    if access.is_empty() { "None 0x0".to_owned() } else { access.to_string() }
}

fn registry(items: &mut Items, request: &Value) {
    let (operation, of) = variant(request);
    match operation {
        "open_key" | "create_key" => open_key(items, of, operation == "create_key"),
        "query_key" => {
            items.add("Query: ", named_with_blank(&of["information_class"]));
            key_information(items, of);
        }
        "enum_key" => {
            items.add("Index: ", grouped(&of["index"]));
            key_information(items, of);
        }
        "query_value" => value_information(items, of, false),
        "enum_value" => {
            items.add("Index: ", grouped(&of["index"]));
            value_information(items, of, true);
        }
        "set_value" => {
            let data = &of["data"];
            items.add("Type: ", named(&data["value_type"]));
            items.add("Length: ", grouped(&data["length"]));
            if number(&data["captured_length"]) > 0 {
                items.add("Data: ", value_data(data));
            }
        }
        "set_info_key" => {
            items.add("KeySetInformationClass: ", named_with_blank(&of["information_class"]));
            items.add("Length: ", grouped(&of["captured_length"]));
            if !of["information"].is_null() {
                match variant(&of["information"]) {
                    ("write_time", time) => items.add("LastWriteTime: ", date(time)),
                    ("wow64_flags", flags) => items.add("Wow64Flags: ", hex(flags)),
                    ("handle_tags", tags) => items.add("HandleTags: ", hex(tags)),
                    _ => {}
                }
            }
        }
        "load_key" => items.add("Hive Path: ", string(&of["hive_path"])),
        "rename_key" => items.add("New Name: ", string(&of["new_name"])),
        "restore_key" => {
            items.add("File Name: ", string(&of["file_name"]));
            let flags = RestoreFlags::from_bits_retain(bits(&of["flags"]));
            let names: Vec<_> = flags.names().filter_map(|(_, name)| name).collect();
            items.add("Flags: ", names.join(", "));
        }
        "save_key" => {
            items.add("File Name: ", string(&of["file_name"]));
            items.add("Format: ", named(&of["format"]));
        }
        "replace_key" => {
            items.add("Old File Name: ", string(&of["old_file_name"]));
            items.add("New File Name: ", string(&of["new_file_name"]));
        }
        _ => {}
    }
}

fn open_key(items: &mut Items, of: &Value, creates: bool) {
    let access = bits(&of["desired_access"]);
    if access == 0 {
        return;
    }
    items.add("Desired Access: ", key_access(access));
    let result = &of["result"];
    if result.is_null() {
        return;
    }
    let left_open = access == 0x0200_0000;
    if left_open && !result["granted_access"].is_null() {
        items.add("Granted Access: ", key_access(bits(&result["granted_access"])));
    }
    let disposition = &result["disposition"];
    if disposition.is_null() {
        if creates && !left_open {
            items.add("Disposition: ", "");
        }
    } else if code(disposition) != 0 {
        items.add("Disposition: ", named(disposition));
    } else if creates {
        items.add("Disposition: ", "");
    }
}

fn key_information(items: &mut Items, of: &Value) {
    if of["result"].is_null() {
        return items.add("Length: ", grouped(&of["length"]));
    }
    match variant(&of["result"]) {
        ("basic" | "node", of) => items.add("Name: ", string(&of["name"])),
        ("full" | "cached", of) => {
            items.fields(of, &[("SubKeys: ", "sub_keys", grouped), ("Values: ", "values", grouped)]);
        }
        ("flags", of) => items.add("UserFlags: ", hex(&of["user_flags"])),
        ("handle_tags", tags) => items.add("HandleTags: ", hex(tags)),
        _ => {}
    }
}

fn value_information(items: &mut Items, of: &Value, with_name: bool) {
    if of["result"].is_null() {
        return items.add("Length: ", grouped(&of["length"]));
    }
    let (kind, of) = variant(&of["result"]);
    match kind {
        "basic" | "truncated" if !of["value_type"].is_null() => items.add("Type: ", named(&of["value_type"])),
        "full" | "partial" => {
            if with_name && kind == "full" {
                items.add("Name: ", string(&of["name"]));
            }
            let data = &of["data"];
            items.add("Type: ", named(&data["value_type"]));
            items.add("Length: ", grouped(&data["length"]));
            if number(&data["length"]) > 0 {
                items.add("Data: ", value_data(data));
            }
        }
        _ => {}
    }
}

fn value_data(data: &Value) -> String {
    if data["value"].is_null() {
        return String::new();
    }
    let (kind, value) = variant(&data["value"]);
    match kind {
        "string" | "expand_string" | "link" => string(value),
        "dword" | "dword_big_endian" | "qword" => decimal(value),
        "multi_string" => {
            let texts: Vec<String> = value.as_array().unwrap().iter().map(string).collect();
            texts.join(", ").trim_start_matches(", ").to_owned()
        }
        _ => {
            let digits = value.as_str().unwrap().to_uppercase();
            let bytes: Vec<_> = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
            bytes.join(" ")
        }
    }
}

fn file_access(value: &Value) -> String {
    let access = FileAccess::from_bits_retain(bits(value)).mapped();
    if access.is_empty() { "None 0x0".to_owned() } else { access.to_string() }
}

fn attributes(value: &Value) -> String {
    let attributes = FileAttributes::from_bits_retain(bits(value));
    if attributes.is_empty() {
        return "n/a".to_owned();
    }
    let mut text = String::new();
    for (mask, letters) in attributes.names() {
        match letters {
            Some(letters) => text += letters,
            None => text += &format!("{}{:#x}", if text.is_empty() { "" } else { " " }, mask.bits()),
        }
    }
    text
}

fn options(value: &Value) -> String {
    CreateOptions::from_bits_retain(bits(value)).to_string()
}

fn alignment(value: &Value) -> String {
    name(value).map_or_else(|| format!("{} Byte", code(value).wrapping_add(1)), str::to_owned)
}

const BASIC: [(&str, &str, Write); 5] = [
    ("CreationTime: ", "creation_time", date),
    ("LastAccessTime: ", "last_access_time", date),
    ("LastWriteTime: ", "last_write_time", date),
    ("ChangeTime: ", "change_time", date),
    ("FileAttributes: ", "file_attributes", attributes),
];

const STANDARD: [(&str, &str, Write); 5] = [
    ("AllocationSize: ", "allocation_size", grouped),
    ("EndOfFile: ", "end_of_file", grouped),
    ("NumberOfLinks: ", "number_of_links", grouped),
    ("DeletePending: ", "delete_pending", truth),
    ("Directory: ", "directory", truth),
];

const TAIL_OF_ALL: [(&str, &str, Write); 6] = [
    ("IndexNumber: ", "index_number", hex),
    ("EaSize: ", "ea_size", grouped),
    ("Access: ", "access", file_access),
    ("Position: ", "position", grouped),
    ("Mode: ", "mode", options),
    ("AlignmentRequirement: ", "alignment_requirement", alignment),
];

fn network_open(items: &mut Items, of: &Value, size: Write) {
    let [creation, access, write, change, attributes] = BASIC;
    let sizes: [(&str, &str, Write); 2] =
        [("AllocationSize: ", "allocation_size", size), ("EndOfFile: ", "end_of_file", size)];
    let [allocation, end] = sizes;
    items.fields(of, &[creation, access, write, change, allocation, end, attributes]);
}

fn streams(items: &mut Items, of: &Value) {
    for stream in of.as_array().unwrap() {
        let place = items.0.len();
        items.add(&format!("{place}: "), string(&stream["name"]));
    }
}

fn file(items: &mut Items, detail: &Value) -> Option<()> {
    let (operation, of) = variant(&detail["request"]);
    match operation {
        "volume_mount" => {
            let device = DeviceType(code(&of["device_type"]));
            items.add("Device Type: ", device.mounted_name().map_or(format!("{:#x}", device.0), str::to_owned));
        }
        "mdl_write_complete" => items.fields(of, &[("Offset: ", "offset", grouped), ("MDL: ", "mdl", hex)]),
        "prepare_mdl_write" | "mdl_read" => items.fields(
            of,
            &[
                ("Offset: ", "offset", grouped),
                ("Length: ", "length", grouped),
                ("Key: ", "key", hex),
                ("MDL: ", "mdl", hex),
            ],
        ),
        "mdl_read_complete" => items.fields(of, &[("MDL: ", "mdl", hex)]),
        "query_open" if of.is_null() => {}
        "query_open" => network_open(items, of, grouped),
        "check_if_possible" => {
            items.add("Operation: ", if of["for_read"] == true { "Read" } else { "Write" });
            items.fields(of, &[("Offset: ", "offset", grouped), ("Length: ", "length", grouped)]);
        }
        "acquire_for_mod_write" => items.fields(of, &[("EndingOffset: ", "ending_offset", grouped)]),
        "create_file_mapping" => create_file_mapping(items, of),
        "create" => create_file(items, of),
        "read" | "write" => read_or_write(items, of),
        "query_information" if of["result"].is_null() => {}
        "query_information" => query_information(items, &of["result"]),
        "set_information" => return set_information(items, &of["information"]),
        "query_volume" if of["result"].is_null() => {}
        "query_volume" => volume(items, &of["result"]),
        "set_volume" => volume(items, &of["information"]),
        "query_directory" => query_directory(items, of),
        "notify_change_directory" => {
            let filter = NotifyFilter::from_bits_retain(bits(&of["filter"]));
            let names: Vec<_> = filter.names().filter_map(|(_, name)| name).collect();
            items.add("Filter: ", if names.is_empty() { "*".to_owned() } else { names.join(", ") });
        }
        "file_system_control" => {
            control_code(items, of);
            control_lengths(items, of);
        }
        "device_io_control" => control_code(items, of),
        "lock" => lock(items, of, number(&detail["minor"])),
        "query_security" => security(items, &of["information"]),
        "set_security" => security(items, of),
        "generic" => {
            items.add("Minor ID: ", hex(&detail["minor"]));
            items.add("IRP Flags: ", hex(&detail["irp_flags"]));
            items.add("Flags: ", hex(&detail["callback_flags"]));
            for (i, argument) in of.as_array().unwrap().iter().enumerate() {
                items.add(&format!("Arg{}: ", i + 1), hex(argument));
            }
        }
        "plain" => {}
        other => panic!("unknown variant {other}"),
    }
    Some(())
}

fn security(items: &mut Items, of: &Value) {
    items.add("Information: ", SecurityInformation::from_bits_retain(bits(of)).to_string());
}

fn create_file_mapping(items: &mut Items, of: &Value) {
    let sync_type = &of["sync_type"];
    let unknown = || format!("Unknown: {}", code(sync_type).cast_signed());
    items.add("SyncType: ", name(sync_type).map_or_else(unknown, str::to_owned));
    if code(sync_type) == 1 {
        let shown = PageProtection::from_bits_retain(bits(&of["shown_page_protection"]));
        let no_cache = if shown.contains(PageProtection::NOCACHE) { "|PAGE_NOCACHE" } else { "" };
        items.add("PageProtection: ", format!("{}{no_cache}", shown.protection_name().unwrap_or_default()));
    }
}

fn create_file(items: &mut Items, of: &Value) {
    let word = |value: &Value| name(value).unwrap_or("<unknown>").to_owned();
    items.add("Desired Access: ", file_access(&of["desired_access"]));
    items.add("Disposition: ", word(&of["disposition"]));
    items.add("Options: ", options(&of["options"]));
    items.add("Attributes: ", attributes(&of["attributes"]));
    let share = ShareAccess::from_bits_retain(bits(&of["share_access"]));
    items.add("ShareMode: ", if share.is_empty() { "None".to_owned() } else { share.to_string() });
    let allocates = matches!(code(&of["disposition"]), 0 | 2 | 3 | 5);
    let size = || grouped(&of["shown_allocation_size"]);
    items.add("AllocationSize: ", if allocates { size() } else { "n/a".to_owned() });
    if let Some(sid) = of["impersonating"].as_str() {
        items.add("Impersonating: ", account(sid));
    }
    if !of["open_result"].is_null() {
        items.add("OpenResult: ", word(&of["open_result"]));
    }
}

/// Returns the name of a well-known account, the SID of any other account, or an empty string for an invalid SID.
fn account(sid: &str) -> &str {
    match sid {
        "S-1-5-7" => r"NT AUTHORITY\ANONYMOUS LOGON",
        "S-1-5-18" => r"NT AUTHORITY\SYSTEM",
        "S-1-5-19" => r"NT AUTHORITY\LOCAL SERVICE",
        "S-1-5-20" => r"NT AUTHORITY\NETWORK SERVICE",
        sid if sid.starts_with("S-") => sid,
        _ => "",
    }
}

fn read_or_write(items: &mut Items, of: &Value) {
    items.add("Offset: ", grouped(&of["offset"]));
    let length = if of["transferred"].is_null() { &of["requested"] } else { &of["transferred"] };
    items.add("Length: ", grouped(length));
    let flags = IoFlags::from_bits_retain(bits(&of["io_flags"]));
    if !flags.is_empty() {
        items.add("I/O Flags: ", flags.to_string());
    }
    let priority = &of["priority"];
    if code(priority) != 0 {
        items.add("Priority: ", name(priority).map_or_else(|| code(priority).to_string(), str::to_owned));
    }
}

fn query_information(items: &mut Items, result: &Value) {
    let (kind, of) = variant(result);
    match kind {
        "basic" => items.fields(of, &BASIC),
        "standard" => items.fields(of, &STANDARD),
        "all" => {
            items.fields(&of["basic"], &BASIC);
            items.fields(&of["standard"], &STANDARD);
            items.fields(of, &TAIL_OF_ALL);
        }
        "internal" | "ea" | "access" | "position" | "mode" | "alignment" => {
            let field = TAIL_OF_ALL.into_iter().filter(|(_, key, _)| of.get(key).is_some()).collect::<Vec<_>>();
            items.fields(of, &field);
        }
        "name" => items.add("Name: ", string(&of["name"])),
        "streams" => streams(items, of),
        "network_open" => network_open(items, of, size_as_date),
        "attribute_tag" => {
            items.fields(of, &[("Attributes: ", "attributes", attributes), ("ReparseTag: ", "reparse_tag", hex)]);
        }
        "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
}

fn set_information(items: &mut Items, information: &Value) -> Option<()> {
    let (kind, of) = variant(information);
    let replace: (&str, &str, Write) = ("ReplaceIfExists: ", "replace_if_exists", truth);
    match kind {
        "basic" => items.fields(of, &BASIC),
        "rename" | "link" | "rename_ex" => {
            match kind {
                "rename_ex" => items.fields(
                    of,
                    &[("Flags: ", "flags", |flags| RenameFlags::from_bits_retain(bits(flags)).to_string())],
                ),
                _ => items.fields(of, &[replace]),
            }
            let name = if kind == "link" { "file_name" } else { "target" };
            if !of["replace_if_exists"].is_null() {
                items.fields(of, &[("FileName: ", name, string)]);
            }
        }
        "disposition" => items.fields(of, &[("Delete: ", "delete", truth)]),
        "disposition_ex" => items.fields(
            of,
            &[("Flags: ", "flags", |flags| match bits(flags) {
                0 => "FILE_DISPOSITION_DO_NOT_DELETE".to_owned(),
                bits => DispositionFlags::from_bits_retain(bits).to_string(),
            })],
        ),
        "position" => items.fields(of, &[("Position: ", "position", grouped)]),
        "allocation" => items.fields(of, &[("AllocationSize: ", "allocation_size", grouped)]),
        "end_of_file" => items.fields(of, &[("EndOfFile: ", "end_of_file", grouped)]),
        "valid_data_length" => items.fields(of, &[("ValidDataLength: ", "valid_data_length", grouped)]),
        "streams" => streams(items, of),
        "short_name" => return None,
        "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
    Some(())
}

fn volume(items: &mut Items, information: &Value) {
    let serial: Write = |value| format!("{:04X}-{:04X}", number(value) >> 16, number(value) & 0xFFFF);
    let (kind, of) = variant(information);
    let units: (&str, &str, Write) = ("TotalAllocationUnits: ", "total_allocation_units", grouped);
    let sectors: (&str, &str, Write) = ("SectorsPerAllocationUnit: ", "sectors_per_allocation_unit", grouped);
    let bytes: (&str, &str, Write) = ("BytesPerSector: ", "bytes_per_sector", grouped);
    match kind {
        "volume" => items.fields(
            of,
            &[
                ("VolumeCreationTime: ", "volume_creation_time", date),
                ("VolumeSerialNumber: ", "volume_serial_number", serial),
                ("SupportsObjects: ", "supports_objects", truth),
                ("VolumeLabel: ", "volume_label", string),
            ],
        ),
        "label" => items.fields(of, &[("VolumeLabel: ", "volume_label", string)]),
        "size" => {
            let free = ("AvailableAllocationUnits: ", "available_allocation_units", grouped as Write);
            items.fields(of, &[units, free, sectors, bytes]);
        }
        "full_size" => {
            let caller = ("CallerAvailableAllocationUnits: ", "caller_available_allocation_units", grouped as Write);
            let actual = ("ActualAvailableAllocationUnits: ", "actual_available_allocation_units", grouped as Write);
            items.fields(of, &[units, caller, actual, sectors, bytes]);
        }
        "device" => items.fields(
            of,
            &[
                ("DeviceType: ", "device_type", |of| name(of).map_or(format!("{:#x}", code(of)), str::to_owned)),
                ("Characteristics: ", "characteristics", |of| {
                    DeviceCharacteristics::from_bits_retain(bits(of)).to_string()
                }),
            ],
        ),
        "attribute" => items.fields(
            of,
            &[
                ("FileSystemAttributes: ", "file_system_attributes", |of| {
                    FileSystemAttributes::from_bits_retain(bits(of)).to_string()
                }),
                ("MaximumComponentNameLength: ", "maximum_component_name_length", |of| {
                    group(of.as_i64().unwrap().cast_unsigned())
                }),
                ("FileSystemName: ", "file_system_name", string),
            ],
        ),
        "control" => items.fields(
            of,
            &[
                ("FreeSpaceStartFiltering: ", "free_space_start_filtering", grouped),
                ("FreeSpaceThreshold: ", "free_space_threshold", grouped),
                ("FreeSpaceStopFiltering: ", "free_space_stop_filtering", grouped),
                ("DefaultQuotaThreshold: ", "default_quota_threshold", grouped),
                ("DefaultQuotaLimit: ", "default_quota_limit", grouped),
                ("FileSystemControlFlags: ", "file_system_control_flags", hex),
            ],
        ),
        "object_id" => items.fields(of, &[("ObjectId: ", "object_id", |id| id.as_str().unwrap().to_uppercase())]),
        "unknown" => {}
        other => panic!("unknown variant {other}"),
    }
}

fn query_directory(items: &mut Items, of: &Value) {
    items.add("FileInformationClass: ", name(&of["information_class"]).unwrap_or_default());
    if let Some(filter) = of["filter"].as_str() {
        items.add("Filter: ", if filter.is_empty() { "n/a".to_owned() } else { string(&of["filter"]) });
    }
    for entry in of["entries"].as_array().into_iter().flatten() {
        let place = items.0.len();
        items.add(&format!("{place}: "), string(&entry["name"]));
    }
}

fn control_code(items: &mut Items, of: &Value) {
    let code = ControlCode(code(&of["code"]));
    let unknown = || {
        let function = code.0 >> 2 & 0xFFF;
        format!("{:#x} (Device:{:#x} Function:{function} Method: {})", code.0, code.0 >> 16, code.0 & 3)
    };
    items.add("Control: ", name(&of["code"]).map_or_else(unknown, str::to_owned));
}

fn control_lengths(items: &mut Items, of: &Value) {
    let (input, output) = (grouped(&of["input_length"]), grouped(&of["output_length"]));
    match ControlCode(code(&of["code"])) {
        ControlCode::FSCTL_PIPE_INTERNAL_READ => items.add("Length: ", input),
        ControlCode::FSCTL_PIPE_INTERNAL_WRITE => items.add("Length: ", output),
        ControlCode::FSCTL_PIPE_TRANSCEIVE | ControlCode::FSCTL_PIPE_INTERNAL_TRANSCEIVE => {
            items.add("WriteLength: ", output);
            items.add("ReadLength: ", input);
        }
        _ if of["offload"].is_null() => {}
        _ => items.fields(&of["offload"], &[("Offset: ", "offset", grouped), ("Length: ", "length", grouped)]),
    }
}

fn lock(items: &mut Items, of: &Value, minor: u64) {
    if minor == 1 {
        items.add("Exclusive: ", truth(&of["exclusive"]));
    }
    items.add("Offset: ", grouped(&of["offset"]));
    let length = of["length"].as_u64().map(|length| group(length & 0xFFFF_FFFF));
    items.add("Length: ", length.unwrap_or_default());
    if minor == 1 {
        items.add("Fail Immediately: ", truth(&of["fail_immediately"]));
    }
}
