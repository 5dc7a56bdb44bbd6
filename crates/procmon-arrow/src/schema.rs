//! The columns of all tables, each declared once: name, type, nullability, unit, origin and meaning.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};

/// The version of the schema. It changes when a column is renamed, removed, or gets another type or meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// The resolution of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timestamps {
    /// Nanoseconds. Logs have times in steps of 100 ns, so that no digit is lost.
    #[default]
    Nanoseconds,
    /// Microseconds, for Spark, Hive and BigQuery, which have no nanoseconds. The last digit of a time is cut off.
    Microseconds,
}

impl Timestamps {
    /// Returns the type of a column of times.
    pub(crate) fn data_type(self) -> DataType {
        let unit = match self {
            Self::Nanoseconds => TimeUnit::Nanosecond,
            Self::Microseconds => TimeUnit::Microsecond,
        };
        DataType::Timestamp(unit, Some(UTC.into()))
    }
}

/// The time zone of all times.
pub(crate) const UTC: &str = "UTC";

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// An unsigned number of 16 bits.
    U16,
    /// An unsigned number of 32 bits.
    U32,
    /// An unsigned number of 64 bits.
    U64,
    /// A signed number of 32 bits.
    I32,
    /// A signed number of 64 bits.
    I64,
    /// A point in time in UTC, in the unit that [`Timestamps`] selects.
    Time,
    /// A text that usually differs from event to event.
    Text,
    /// A text that repeats. In Arrow it is dictionary-encoded; the values of a dictionary are unique.
    Name,
    /// A call stack: a list of structures of `module`, `offset` and `address`.
    Stack,
}

impl ColumnType {
    /// Returns the Arrow type.
    #[must_use]
    pub fn data_type(self, timestamps: Timestamps) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::U16 => DataType::UInt16,
            Self::U32 => DataType::UInt32,
            Self::U64 => DataType::UInt64,
            Self::I32 => DataType::Int32,
            Self::I64 => DataType::Int64,
            Self::Time => timestamps.data_type(),
            Self::Text => DataType::Utf8,
            Self::Name => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Stack => DataType::List(Arc::new(Field::new("element", DataType::Struct(frame_fields()), false))),
        }
    }

    /// Returns the name of the type in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::Time => "timestamp[ns, UTC]",
            Self::Text => "utf8",
            Self::Name => "dictionary<int32, utf8>",
            Self::Stack => "list<struct<module: dictionary<int32, utf8>, offset: uint64, address: uint64>>",
        }
    }
}

/// Returns the fields of a frame of a call stack.
pub(crate) fn frame_fields() -> Fields {
    Fields::from(vec![
        Field::new("module", ColumnType::Name.data_type(Timestamps::default()), true),
        Field::new("offset", DataType::UInt64, true),
        Field::new("address", DataType::UInt64, false),
    ])
}

/// The declaration of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnInfo {
    /// The name: lower case, with `_` between words.
    pub name: &'static str,
    /// The type.
    pub column_type: ColumnType,
    /// True if a value can be missing.
    pub nullable: bool,
    /// The unit of the values; empty if they have none.
    pub unit: &'static str,
    /// The origin of the values: a column of Procmon, or a field of the log.
    pub origin: &'static str,
    /// The meaning of the values, and of a missing one.
    pub doc: &'static str,
}

impl ColumnInfo {
    /// Returns the Arrow field. Its metadata has the unit, the origin and the meaning.
    #[must_use]
    pub fn field(&self, timestamps: Timestamps) -> Field {
        let metadata = [("unit", self.unit), ("origin", self.origin), ("description", self.doc)];
        let metadata = metadata.into_iter().filter(|(_, text)| !text.is_empty());
        Field::new(self.name, self.column_type.data_type(timestamps), self.nullable)
            .with_metadata(metadata.map(|(key, text)| (key.to_owned(), text.to_owned())).collect::<HashMap<_, _>>())
    }
}

/// Converts the word for nullability in the tables below to a Boolean.
macro_rules! nullable {
    (required) => {
        false
    };
    (optional) => {
        true
    };
}

/// Declares the columns of a table: an enum with a variant for each column, and its declarations.
macro_rules! columns {
    (
        $(#[$meta:meta])*
        $Table:ident {
            $( $Column:ident $name:literal $type:ident $null:ident [$unit:literal] $origin:literal: $doc:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Table {
            $( #[doc = $doc] $Column, )*
        }

        impl $Table {
            /// All columns in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$Column),*];

            /// Returns the declaration of the column.
            #[must_use]
            pub const fn info(self) -> ColumnInfo {
                match self {
                    $(Self::$Column => ColumnInfo {
                        name: $name,
                        column_type: ColumnType::$type,
                        nullable: nullable!($null),
                        unit: $unit,
                        origin: $origin,
                        doc: $doc,
                    },)*
                }
            }
        }
    };
}

columns! {
    /// A column of the table of events.
    EventColumn {
        Log "log" Name required [""] "the file":
            "The name of the log that contains the event.",
        Ordinal "ordinal" U32 required [""] "position in the log":
            "The ordinal of the event in its log, from 0. Unreadable events have an ordinal, but no row.",
        Time "time" Time optional ["time"] "Date & Time":
            "The start of the operation. Null for a time that the unit cannot express: in nanoseconds, one before 1677 or after 2262.",
        DurationNs "duration_ns" I64 optional ["ns"] "Duration":
            "The duration of the operation. Null if the operation did not complete within the log, or if the duration exceeds 292 years.",
        ProcessName "process_name" Name optional [""] "Process Name":
            "The name of the process. This and all other columns of the process are null if the process is not in the log's table.",
        Pid "pid" U32 optional [""] "PID":
            "The process id.",
        ParentPid "parent_pid" U32 optional [""] "Parent PID":
            "The process id of the parent process.",
        ProcessKey "process_key" U32 required [""] "event, process index":
            "The key of the process in the log's table. It joins the tables `events`, `processes` and `modules` of one log. Unlike a process id, it is not reused.",
        Tid "tid" U32 required [""] "TID":
            "The thread id; 0 for network events.",
        Class "class" Name required [""] "Event Class":
            "The event class; empty for an unknown one.",
        Operation "operation" Name required [""] "Operation":
            "The name of the operation; empty for an unknown one.",
        Path "path" Text required [""] "Path":
            "The object of the operation: a file, registry key or image, or a pair of endpoints; empty if there is none.",
        Result "result" Name required [""] "Result":
            "The name of the result, or its number in hexadecimal; empty while the operation is pending.",
        ResultCode "result_code" U32 required [""] "event, NTSTATUS":
            "The result as a number (NTSTATUS); 0x103 if the log does not have the completion of the operation.",
        Category "category" Name optional [""] "Category":
            "The effect of the operation: Read, Write, Read Metadata or Write Metadata. Null if it has none.",
        Detail "detail" Text required [""] "Detail":
            "Procmon's text of the parameters and of the outcome.",
        Offset "offset" I64 optional ["bytes"] "file detail":
            "The offset in the file of a read, write or lock; -1 for a write to the end of the file.",
        Length "length" I64 optional ["bytes"] "file or network detail":
            "The requested number of bytes of a read or write, the size of a locked range, or the size of the payload of a network event. A lock of 2^64 - 1 bytes has the length -1.",
        BytesTransferred "bytes_transferred" I64 optional ["bytes"] "file extra, network detail":
            "The number of bytes that a read or write transferred, or the size of the payload of a network event. Null if the log does not have it.",
        DesiredAccess "desired_access" U32 optional [""] "file or registry detail":
            "The requested access mask of CreateFile, RegOpenKey and RegCreateKey.",
        Disposition "disposition" Name optional [""] "file detail":
            "The disposition of CreateFile: what to do if the file exists, and if it does not.",
        CreateOptions "create_options" U32 optional [""] "file detail":
            "The option flags of CreateFile.",
        OpenResult "open_result" Name optional [""] "file or registry extra":
            "The action that CreateFile took, such as opened, created or overwritten; for RegCreateKey, the disposition of the key. Null if the operation failed.",
        NewPath "new_path" Text optional [""] "file or registry detail":
            "The new path of a renamed file, the name of a new hard link, or the new name of a renamed registry key.",
        RegistryType "registry_type" Name optional [""] "registry detail or extra":
            "The type of the registry value that is set or was read.",
        RegistryData "registry_data" Text optional [""] "registry detail or extra":
            "The captured data of the registry value: text, a decimal number, the strings of a REG_MULTI_SZ with line feeds between them, or bytes in hexadecimal.",
        RegistryLength "registry_length" U32 optional ["bytes"] "registry detail or extra":
            "The size of the complete data of the registry value. The log has only the start of the data.",
        ControlCode "control_code" U32 optional [""] "file detail":
            "The control code of FileSystemControl and DeviceIoControl.",
        LocalAddress "local_address" Text optional [""] "network detail":
            "The IP address of the endpoint on the captured computer.",
        LocalPort "local_port" U16 optional [""] "network detail":
            "The port of the endpoint on the captured computer.",
        RemoteAddress "remote_address" Text optional [""] "network detail":
            "The IP address of the peer.",
        RemotePort "remote_port" U16 optional [""] "network detail":
            "The port of the peer.",
        TargetKey "target_process_key" U32 optional [""] "process detail":
            "The key of the process that Process Create or Process Defined describes.",
        TargetPid "target_pid" U32 optional [""] "process detail":
            "The process id of the process that Process Create or Process Defined describes.",
        TargetTid "target_tid" U32 optional [""] "process detail":
            "The thread id of the thread that Thread Create started.",
        ImageBase "image_base" U64 optional ["address"] "process detail":
            "The address at which Load Image mapped the image.",
        ImageSize "image_size" U32 optional ["bytes"] "process detail":
            "The size of the image that Load Image mapped.",
        ExitStatus "exit_status" I32 optional [""] "process detail":
            "The exit status in Process Exit, Process Statistics and Thread Exit.",
        CpuUserNs "cpu_user_ns" I64 optional ["ns"] "process or profiling detail":
            "The CPU time in user mode. Only exits, statistics and profiling samples have it.",
        CpuKernelNs "cpu_kernel_ns" I64 optional ["ns"] "process or profiling detail":
            "The CPU time in the kernel. Only exits, statistics and profiling samples have it.",
        WorkingSet "working_set" I64 optional ["bytes"] "process or profiling detail":
            "The size of the working set. Only process exits, statistics and profiling samples have it.",
        PrivateBytes "private_bytes" I64 optional ["bytes"] "process or profiling detail":
            "The size of the private memory. Only process exits, statistics and profiling samples have it.",
        ImagePath "image_path" Name optional [""] "Image Path":
            "The path of the image of the process.",
        CommandLine "command_line" Name optional [""] "Command Line":
            "The command line of the process.",
        User "user" Name optional [""] "User":
            "The user of the process.",
        Integrity "integrity" Name optional [""] "Integrity":
            "The integrity level of the process; empty on Windows XP.",
        Session "session" U32 optional [""] "Session":
            "The Remote Desktop Services session of the process.",
        AuthenticationId "authentication_id" I64 optional [""] "Authentication ID":
            "The id of the logon session of the process (LUID).",
        Virtualized "virtualized" Bool optional [""] "Virtualized":
            "True if UAC virtualization is on. Null if it does not apply to the process.",
        Company "company" Name optional [""] "Company":
            "The company in the version information of the image.",
        Description "description" Name optional [""] "Description":
            "The description in the version information of the image.",
        Version "version" Name optional [""] "Version":
            "The version in the version information of the image.",
        Architecture "architecture" Name optional [""] "Architecture":
            "`32-bit` or `64-bit`.",
        ProcessStart "process_start" Time optional ["time"] "High Resolution Process Start":
            "The time at which the process was created. Null also for a time that the unit cannot express.",
        Stack "stack" Stack required ["address"] "event, call stack":
            "The frames of the call stack, innermost first: the path of the module, the offset in it, and the address. Module and offset are null for an address outside of all modules. On request.",
        DetailJson "detail_json" Text optional [""] "event":
            "All decoded values of the detail as JSON, as in `docs/JSON.md`. Null if the detail cannot be decoded. On request.",
    }
}

columns! {
    /// A column of the table of processes.
    ProcessColumn {
        Log "log" Name required [""] "the file": "The name of the log.",
        Key "process_key" U32 required [""] "process table": "The key of the process, by which events refer to it.",
        Pid "pid" U32 required [""] "process table": "The process id.",
        ParentKey "parent_key" U32 required [""] "process table": "The key of the parent process. The table need not have it.",
        ParentPid "parent_pid" U32 required [""] "process table": "The process id of the parent process.",
        Name "process_name" Name required [""] "process table": "The name of the process.",
        ImagePath "image_path" Name required [""] "process table": "The path of the image.",
        CommandLine "command_line" Name required [""] "process table": "The command line.",
        User "user" Name required [""] "process table": "The user.",
        Integrity "integrity" Name required [""] "process table": "The integrity level; empty on Windows XP.",
        Session "session" U32 required [""] "process table": "The Remote Desktop Services session.",
        AuthenticationId "authentication_id" I64 required [""] "process table": "The id of the logon session (LUID).",
        Virtualized "virtualized" Bool optional [""] "process table": "True if UAC virtualization is on. Null if it does not apply.",
        Company "company" Name required [""] "process table": "The company in the version information of the image.",
        Description "description" Name required [""] "process table": "The description in the version information of the image.",
        Version "version" Name required [""] "process table": "The version in the version information of the image.",
        Architecture "architecture" Name required [""] "process table": "`32-bit` or `64-bit`.",
        Start "process_start" Time optional ["time"] "process table": "The creation of the process. Null for a time that the unit cannot express.",
        End "process_end" Time optional ["time"] "process table": "The exit of the process. Null if it was still running, and for a time that the unit cannot express.",
    }
}

columns! {
    /// A column of the table of modules.
    ModuleColumn {
        Log "log" Name required [""] "the file": "The name of the log.",
        ProcessKey "process_key" U32 required [""] "process table": "The key of the process that loaded the module.",
        Pid "pid" U32 required [""] "process table": "The process id of that process.",
        Base "base" U64 required ["address"] "module list": "The address of the first byte.",
        Size "size" U32 required ["bytes"] "module list": "The size in memory.",
        Path "path" Name required [""] "module list": "The path of the image.",
        Version "version" Name required [""] "module list": "The version in the version information of the image.",
        Company "company" Name required [""] "module list": "The company in the version information of the image.",
        Description "description" Name required [""] "module list": "The description in the version information of the image.",
        LoadTime "load_time" Time optional ["time"] "module list": "The time at which the module was loaded. Null for a time that the unit cannot express.",
        TimeDateStamp "time_date_stamp" U32 optional [""] "module list": "The `TimeDateStamp` of the PE header. Null if Procmon could not read it.",
        SizeOfImage "size_of_image" U32 optional ["bytes"] "module list": "The `SizeOfImage` of the PE header. Null if Procmon could not read it.",
    }
}

columns! {
    /// A column of the table of captured systems, which has a row for each file of a log.
    SystemColumn {
        Log "log" Name required [""] "the file": "The name of the log.",
        ComputerName "computer_name" Text required [""] "file header": "The NetBIOS name of the computer.",
        OsName "os_name" Text required [""] "file header": "The version of Windows as Procmon prints it.",
        OsMajor "os_major" U32 required [""] "file header": "The major version of Windows.",
        OsMinor "os_minor" U32 required [""] "file header": "The minor version of Windows.",
        OsBuild "os_build" U32 required [""] "file header": "The build number of Windows.",
        IsServer "is_server" Bool required [""] "file header": "True for a server edition.",
        ServicePack "service_pack" Text required [""] "file header": "The name of the service pack; empty if none is installed.",
        SystemRoot "system_root" Text required [""] "file header": "The Windows folder.",
        Is64Bit "is_64bit" Bool required [""] "file header": "True for a 64-bit Windows.",
        Processors "processors" U32 required [""] "file header": "The number of logical processors.",
        PhysicalMemory "physical_memory" U64 required ["bytes"] "file header": "The size of the physical memory.",
        FormatVersion "format_version" U32 required [""] "file header": "The version of the format of the log.",
        Origin "first_event_time" Time optional ["time"] "first event": "The time of the first event of the capture. Null for a time that the unit cannot express.",
        Events "events" U32 required [""] "file header": "The number of events, unreadable ones included.",
    }
}

columns! {
    /// A column of the table of hosts.
    HostColumn {
        Log "log" Name required [""] "the file": "The name of the log.",
        Address "address" Text required [""] "hosts table": "The IP address, as in the columns `local_address` and `remote_address`.",
        Name "host_name" Text required [""] "hosts table": "The name of the host; its address or an empty text if Procmon did not find a name.",
    }
}

impl EventColumn {
    /// Returns the column with a name.
    ///
    /// ```
    /// use procmon_arrow::EventColumn;
    ///
    /// assert_eq!(EventColumn::named("pid"), Some(EventColumn::Pid));
    /// assert_eq!(EventColumn::named("PID"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.info().name == name)
    }

    /// Returns true if the column is written only on request, because it costs much time and space.
    #[must_use]
    pub const fn is_on_request(self) -> bool {
        matches!(self, Self::Stack | Self::DetailJson)
    }
}
