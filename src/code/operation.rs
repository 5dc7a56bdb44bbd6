//! Operations of each class, and [`Operation`], which unites them.

use super::{Category, EventClass, FileOperation, Protocol};
use crate::wire::macros::codes;

codes! {
    /// Operations of the process class.
    pub struct ProcessOperation(u16) {
        /// A process that was there before the capture began.
        PROCESS_DEFINED = 0 => "Process Defined",
        /// A process was created; the event is its parent's.
        PROCESS_CREATE = 1 => "Process Create",
        /// The process exited.
        PROCESS_EXIT = 2 => "Process Exit",
        /// A thread was created.
        THREAD_CREATE = 3 => "Thread Create",
        /// A thread exited.
        THREAD_EXIT = 4 => "Thread Exit",
        /// An image was mapped into the process.
        LOAD_IMAGE = 5 => "Load Image",
        /// A sample of a thread.
        THREAD_PROFILE = 6 => "Thread Profile",
        /// The first event of a new process.
        PROCESS_START = 7 => "Process Start",
        /// Times and memory of a process at the end of a boot log.
        PROCESS_STATISTICS = 8 => "Process Statistics",
        /// Counters of the system at the end of a boot log.
        SYSTEM_STATISTICS = 9 => "System Statistics",
    }
}

codes! {
    /// Operations of the registry class.
    pub struct RegistryOperation(u16) {
        /// Opens a key.
        OPEN_KEY = 0 => "RegOpenKey",
        /// Opens a key or creates it.
        CREATE_KEY = 1 => "RegCreateKey",
        /// Closes a key.
        CLOSE_KEY = 2 => "RegCloseKey",
        /// Asks for facts about a key.
        QUERY_KEY = 3 => "RegQueryKey",
        /// Sets a value.
        SET_VALUE = 4 => "RegSetValue",
        /// Reads a value.
        QUERY_VALUE = 5 => "RegQueryValue",
        /// Reads a value by its position.
        ENUM_VALUE = 6 => "RegEnumValue",
        /// Reads a subkey's name by its position.
        ENUM_KEY = 7 => "RegEnumKey",
        /// Sets facts of a key.
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
        /// Sets the security of a key.
        SET_KEY_SECURITY = 16 => "RegSetKeySecurity",
        /// Reads the security of a key.
        QUERY_KEY_SECURITY = 17 => "RegQueryKeySecurity",
        /// A second form of opening that Procmon does not decode.
        OPEN_KEY_2 = 18 => "RegOpenKey2",
        /// Reads a key from a file.
        RESTORE_KEY = 19 => "RegRestorekey",
        /// Writes a key into a file.
        SAVE_KEY = 20 => "RegSaveKey",
        /// Replaces the file of a hive.
        REPLACE_KEY = 21 => "RegReplaceKey",
    }
}

impl RegistryOperation {
    /// What the operation does, unless its outcome decides: a create that created is a write, which
    /// [`Event::category`](crate::Event::category) knows.
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
    /// Operations of the profiling class.
    pub struct ProfilingOperation(u16) {
        /// Processor time of a thread.
        THREAD_PROFILING = 0 => "Thread Profiling",
        /// Processor time and memory of a process.
        PROCESS_PROFILING = 1 => "Process Profiling",
        /// A line of debug output.
        DEBUG_OUTPUT_PROFILING = 2 => "Debug Output Profiling",
    }
}

/// Declares the network operations: each has one name, and one with each protocol before it, from one literal.
macro_rules! network_operations {
    ($( $(#[$doc:meta])* $CONST:ident = $value:literal => $text:literal, )*) => {
        codes! {
            /// Operations of the network class. Procmon prints them after the name of the protocol: `TCP Connect`.
            pub struct NetworkOperation(u16) {
                $( $(#[$doc])* $CONST = $value => $text, )*
            }
        }

        impl NetworkOperation {
            /// The name with its protocol, as the Operation column shows it.
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
    /// Nothing known.
    UNKNOWN = 0 => "Unknown",
    /// Something else.
    OTHER = 1 => "Other",
    /// Data was sent.
    SEND = 2 => "Send",
    /// Data was received.
    RECEIVE = 3 => "Receive",
    /// A connection was accepted.
    ACCEPT = 4 => "Accept",
    /// A connection was made.
    CONNECT = 5 => "Connect",
    /// A connection ended.
    DISCONNECT = 6 => "Disconnect",
    /// A connection was tried again.
    RECONNECT = 7 => "Reconnect",
    /// Data was sent again.
    RETRANSMIT = 8 => "Retransmit",
    /// Received data was copied for its reader.
    TCP_COPY = 9 => "TCPCopy",
}

/// The operation of an event: its class and, within it, its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Process class.
    Process(ProcessOperation),
    /// Registry class.
    Registry(RegistryOperation),
    /// File-system class.
    File(FileOperation),
    /// Profiling class.
    Profiling(ProfilingOperation),
    /// Network class; `None` where the event is too short to name its protocol.
    Network(Option<Protocol>, NetworkOperation),
    /// A class that nobody has described.
    Unknown(EventClass, u16),
}

impl Operation {
    /// The operation of a class and a code; `protocol` is used for network operations only.
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

    /// The operation of a class and a code; `protocol` is asked for that of a network operation.
    #[inline]
    pub(crate) fn of(class: EventClass, code: u16, protocol: impl FnOnce() -> Option<Protocol>) -> Self {
        match class {
            EventClass::PROCESS => Self::Process(ProcessOperation(code)),
            EventClass::REGISTRY => Self::Registry(RegistryOperation(code)),
            EventClass::FILE_SYSTEM => Self::File(FileOperation(code)),
            EventClass::PROFILING => Self::Profiling(ProfilingOperation(code)),
            EventClass::NETWORK => Self::Network(protocol(), NetworkOperation(code)),
            class => Self::Unknown(class, code),
        }
    }

    /// The class that the operation is of.
    #[must_use]
    pub const fn class(self) -> EventClass {
        match self {
            Self::Process(_) => EventClass::PROCESS,
            Self::Registry(_) => EventClass::REGISTRY,
            Self::File(_) => EventClass::FILE_SYSTEM,
            Self::Profiling(_) => EventClass::PROFILING,
            Self::Network(..) => EventClass::NETWORK,
            Self::Unknown(class, _) => class,
        }
    }

    /// Its code within the class.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Process(operation) => operation.0,
            Self::Registry(operation) => operation.0,
            Self::File(operation) => operation.0,
            Self::Profiling(operation) => operation.0,
            Self::Network(_, operation) => operation.0,
            Self::Unknown(_, code) => code,
        }
    }

    /// The text of Procmon's Operation column, in its normal mode; `None` for an operation without a name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Process(operation) => operation.name(),
            Self::Registry(operation) => operation.name(),
            Self::File(operation) => operation.name(),
            Self::Profiling(operation) => operation.name(),
            Self::Network(protocol, operation) => operation.name_with(protocol?),
            Self::Unknown(..) => None,
        }
    }
}

impl std::fmt::Display for Operation {
    /// The name; nothing where Procmon prints nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name().unwrap_or_default())
    }
}
