//! The operations of each class, and [`Operation`], an operation of any class.

use super::{Category, EventClass, FileOperation, Protocol};
use crate::wire::macros::codes;

codes! {
    /// An operation of the process class.
    pub struct ProcessOperation(u16) {
        /// Describes a process that was running when the capture began.
        PROCESS_DEFINED = 0 => "Process Defined",
        /// Creates a process. The event belongs to the parent process.
        PROCESS_CREATE = 1 => "Process Create",
        /// Exits the process.
        PROCESS_EXIT = 2 => "Process Exit",
        /// Creates a thread.
        THREAD_CREATE = 3 => "Thread Create",
        /// Exits the thread.
        THREAD_EXIT = 4 => "Thread Exit",
        /// Maps an image into the process.
        LOAD_IMAGE = 5 => "Load Image",
        /// Samples a thread.
        THREAD_PROFILE = 6 => "Thread Profile",
        /// Starts the process, its first event.
        PROCESS_START = 7 => "Process Start",
        /// Reports CPU times and memory use of a process at the end of a boot log.
        PROCESS_STATISTICS = 8 => "Process Statistics",
        /// Reports system counters at the end of a boot log.
        SYSTEM_STATISTICS = 9 => "System Statistics",
    }
}

codes! {
    /// An operation of the registry class.
    pub struct RegistryOperation(u16) {
        /// Opens a key.
        OPEN_KEY = 0 => "RegOpenKey",
        /// Opens a key or creates it.
        CREATE_KEY = 1 => "RegCreateKey",
        /// Closes a key.
        CLOSE_KEY = 2 => "RegCloseKey",
        /// Queries information about a key.
        QUERY_KEY = 3 => "RegQueryKey",
        /// Sets a value.
        SET_VALUE = 4 => "RegSetValue",
        /// Reads a value.
        QUERY_VALUE = 5 => "RegQueryValue",
        /// Reads the value at an index.
        ENUM_VALUE = 6 => "RegEnumValue",
        /// Queries information about the subkey at an index.
        ENUM_KEY = 7 => "RegEnumKey",
        /// Sets information about a key.
        SET_INFO_KEY = 8 => "RegSetInfoKey",
        /// Deletes a key.
        DELETE_KEY = 9 => "RegDeleteKey",
        /// Deletes a value.
        DELETE_VALUE = 10 => "RegDeleteValue",
        /// Writes a key to disk.
        FLUSH_KEY = 11 => "RegFlushKey",
        /// Loads a hive.
        LOAD_KEY = 12 => "RegLoadKey",
        /// Unloads a hive.
        UNLOAD_KEY = 13 => "RegUnloadKey",
        /// Renames a key.
        RENAME_KEY = 14 => "RegRenameKey",
        /// Reads several values.
        QUERY_MULTIPLE_VALUE_KEY = 15 => "RegQueryMultipleValueKey",
        /// Sets the security descriptor of a key.
        SET_KEY_SECURITY = 16 => "RegSetKeySecurity",
        /// Reads the security descriptor of a key.
        QUERY_KEY_SECURITY = 17 => "RegQueryKeySecurity",
        /// Opens a key; Procmon does not decode this form.
        OPEN_KEY_2 = 18 => "RegOpenKey2",
        /// Restores a key from a file.
        RESTORE_KEY = 19 => "RegRestorekey",
        /// Saves a key to a file.
        SAVE_KEY = 20 => "RegSaveKey",
        /// Replaces the file of a hive.
        REPLACE_KEY = 21 => "RegReplaceKey",
    }
}

impl RegistryOperation {
    /// Returns the category of the operation, regardless of its result.
    ///
    /// [`Event::category`](crate::Event::category) considers the result too: opening a key is a write if it created the
    /// key.
    #[must_use]
    pub const fn category(self) -> Option<Category> {
        Some(match self {
            Self::OPEN_KEY
            | Self::CREATE_KEY
            | Self::QUERY_KEY
            | Self::QUERY_VALUE
            | Self::ENUM_VALUE
            | Self::ENUM_KEY
            | Self::QUERY_MULTIPLE_VALUE_KEY => Category::Read,
            Self::SET_VALUE | Self::DELETE_KEY | Self::DELETE_VALUE | Self::RENAME_KEY => Category::Write,
            Self::SET_INFO_KEY | Self::SET_KEY_SECURITY => Category::WriteMetadata,
            Self::QUERY_KEY_SECURITY => Category::ReadMetadata,
            _ => return None,
        })
    }
}

codes! {
    /// An operation of the profiling class.
    pub struct ProfilingOperation(u16) {
        /// Samples the CPU time of a thread.
        THREAD_PROFILING = 0 => "Thread Profiling",
        /// Samples the CPU time and memory use of a process.
        PROCESS_PROFILING = 1 => "Process Profiling",
        /// Writes a line of debug output.
        DEBUG_OUTPUT_PROFILING = 2 => "Debug Output Profiling",
    }
}

/// Declares the network operations. The names with a protocol are derived from the plain name.
macro_rules! network_operations {
    ($( $(#[$doc:meta])* $CONST:ident = $value:literal => $text:literal, )*) => {
        codes! {
            /// An operation of the network class. Procmon prints the name of the protocol before it: `TCP Connect`.
            pub struct NetworkOperation(u16) {
                $( $(#[$doc])* $CONST = $value => $text, )*
            }
        }

        impl NetworkOperation {
            /// Returns the name with the protocol, as the Operation column shows it, or `None` for an operation without
            /// a name.
            #[must_use]
            pub const fn name_with(self, protocol: Protocol) -> Option<&'static str> {
                match (protocol, self.0) {
                    $(
                        (Protocol::Tcp, $value) => Some(concat!("TCP ", $text)),
                        (Protocol::Udp, $value) => Some(concat!("UDP ", $text)),
                    )*
                    _ => None,
                }
            }
        }
    };
}

network_operations! {
    /// An unknown operation.
    UNKNOWN = 0 => "Unknown",
    /// An operation that has no code of its own.
    OTHER = 1 => "Other",
    /// Sends data.
    SEND = 2 => "Send",
    /// Receives data.
    RECEIVE = 3 => "Receive",
    /// Accepts a connection.
    ACCEPT = 4 => "Accept",
    /// Establishes a connection.
    CONNECT = 5 => "Connect",
    /// Closes a connection.
    DISCONNECT = 6 => "Disconnect",
    /// Retries a connection attempt.
    RECONNECT = 7 => "Reconnect",
    /// Sends data again.
    RETRANSMIT = 8 => "Retransmit",
    /// Copies received data to the receiver.
    TCP_COPY = 9 => "TCPCopy",
}

/// The operation of an event: its class, and its code within the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// An operation of the process class.
    Process(ProcessOperation),
    /// An operation of the registry class.
    Registry(RegistryOperation),
    /// An operation of the file-system class.
    File(FileOperation),
    /// An operation of the profiling class.
    Profiling(ProfilingOperation),
    /// An operation of the network class. The protocol is `None` if the event is too short to store it.
    Network(Option<Protocol>, NetworkOperation),
    /// An operation of the IPC class, which has the operations of the file-system class.
    Ipc(FileOperation),
    /// An operation of an unknown class, with its code.
    Unknown(EventClass, u16),
}

impl Operation {
    /// Returns the operation with the given code in a class. `protocol` is used for network operations only.
    ///
    /// ```
    /// use procmon_parser::code::{EventClass, Operation, Protocol};
    ///
    /// assert_eq!(Operation::new(EventClass::NETWORK, 5, Some(Protocol::Tcp)).name(), Some("TCP Connect"));
    /// ```
    #[must_use]
    pub fn new(class: EventClass, code: u16, protocol: Option<Protocol>) -> Self {
        Self::of(class, code, || protocol)
    }

    /// Returns the operation with the given code in a class. `protocol` is called for network operations only.
    #[inline]
    pub(crate) fn of(class: EventClass, code: u16, protocol: impl FnOnce() -> Option<Protocol>) -> Self {
        match class {
            EventClass::PROCESS => Self::Process(ProcessOperation(code)),
            EventClass::REGISTRY => Self::Registry(RegistryOperation(code)),
            EventClass::FILE_SYSTEM => Self::File(FileOperation(code)),
            EventClass::PROFILING => Self::Profiling(ProfilingOperation(code)),
            EventClass::NETWORK => Self::Network(protocol(), NetworkOperation(code)),
            EventClass::IPC => Self::Ipc(FileOperation(code)),
            class => Self::Unknown(class, code),
        }
    }

    /// Returns the class of the operation.
    #[must_use]
    pub const fn class(self) -> EventClass {
        match self {
            Self::Process(_) => EventClass::PROCESS,
            Self::Registry(_) => EventClass::REGISTRY,
            Self::File(_) => EventClass::FILE_SYSTEM,
            Self::Profiling(_) => EventClass::PROFILING,
            Self::Network(..) => EventClass::NETWORK,
            Self::Ipc(_) => EventClass::IPC,
            Self::Unknown(class, _) => class,
        }
    }

    /// Returns the code of the operation within its class.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Process(operation) => operation.0,
            Self::Registry(operation) => operation.0,
            Self::File(operation) | Self::Ipc(operation) => operation.0,
            Self::Profiling(operation) => operation.0,
            Self::Network(_, operation) => operation.0,
            Self::Unknown(_, code) => code,
        }
    }

    /// Returns the text of the Operation column in Procmon's normal mode, or `None` for an operation without a name.
    ///
    /// Procmon shows more specific names for some file-system operations; see [`FileOperation::plain_name`].
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Process(operation) => operation.name(),
            Self::Registry(operation) => operation.name(),
            Self::File(operation) | Self::Ipc(operation) => operation.name(),
            Self::Profiling(operation) => operation.name(),
            Self::Network(protocol, operation) => operation.name_with(protocol?),
            Self::Unknown(..) => None,
        }
    }
}

impl std::fmt::Display for Operation {
    /// Writes the name; writes nothing for an operation without one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name().unwrap_or_default())
    }
}
