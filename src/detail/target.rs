//! What an event is about: a file, a key, a connection, a process.

use std::fmt;

use super::{Endpoint, ProcessDetail, network, process};
use crate::code::{Operation, ProcessOperation, ProfilingOperation, Protocol, RegistryOperation};
use crate::event::Event;
use crate::wire::{PmlStr, ProcessKey};

/// What an event is about.
///
/// ```
/// use procmon_parser::{LogsReader, detail::Target};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// for event in log.events().flatten() {
///     match event.target() {
///         Some(Target::File(path)) => println!("file {path}"),
///         Some(Target::RegistryValue { key, name, .. }) => println!("value {name} of {key}"),
///         Some(Target::Connection { remote, .. }) => println!("{}:{}", remote.address, remote.port),
///         Some(Target::Module { path, base, .. }) => println!("{path} at {base:#x}"),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Target<'a> {
    /// A file, directory, volume, pipe or device, by its path. The pattern of a directory listing is not part of it.
    File(PmlStr<'a>),
    /// A registry key.
    RegistryKey(PmlStr<'a>),
    /// A value of a registry key.
    ///
    /// A log has key and name as one path, which is taken apart at its last backslash: a name that has backslashes
    /// itself, as some do, loses what stands before the last of them to the key.
    #[non_exhaustive]
    RegistryValue {
        /// The key.
        key: PmlStr<'a>,
        /// The value; `(Default)` for the one without a name.
        name: PmlStr<'a>,
    },
    /// The two ends of a connection or a datagram.
    #[non_exhaustive]
    Connection {
        /// Transport protocol.
        protocol: Protocol,
        /// The end of this computer.
        local: Endpoint,
        /// The other end.
        remote: Endpoint,
    },
    /// A process: the new one where one is created, else the event's own.
    #[non_exhaustive]
    Process {
        /// Key of the process in the process table, see [`Index::process`](crate::Index::process).
        key: ProcessKey,
        /// Path of its image, where the event has it.
        image: Option<ImagePath<'a>>,
    },
    /// A thread: the new one where one is created, else the event's own.
    #[non_exhaustive]
    Thread {
        /// Thread id.
        id: u32,
    },
    /// An image that was mapped into the event's process.
    #[non_exhaustive]
    Module {
        /// Address of its first byte.
        base: u64,
        /// Size in memory, in bytes.
        size: u32,
        /// Path of the file.
        path: ImagePath<'a>,
    },
}

/// Path of an image. Windows reports some of them in native forms (`\SystemRoot\System32\ntdll.dll`); `Display` writes
/// the path that a user knows, as Procmon does.
///
/// ```
/// use procmon_parser::{LogsReader, detail::Target};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let images = log.events().flatten().filter_map(|event| match event.target() {
///     Some(Target::Module { path, .. }) => Some(path.to_string()),
///     _ => None,
/// });
/// assert!(images.into_iter().all(|path| path.starts_with(r"C:\")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePath<'a> {
    stored: PmlStr<'a>,
    prefix: &'a str,
    separator: &'static str,
    rest: PmlStr<'a>,
}

impl<'a> ImagePath<'a> {
    /// The path as stored, on a Windows with a system root such as `C:\Windows`. Of the native forms, the first that
    /// fits counts, and only once.
    pub(crate) fn new(stored: PmlStr<'a>, system_root: &'a str) -> Self {
        const NATIVE: [&str; 2] = [r"\??\", r"\\?\"];
        const SYSTEM_ROOT: &str = r"\SystemRoot";
        let form = |prefix, separator, rest| Self { stored, prefix, separator, rest };
        if let Some(rest) = NATIVE.into_iter().find_map(|native| stored.strip_prefix_ignore_case(native)) {
            return form("", "", rest);
        }
        if let Some(rest) = stored.strip_prefix_ignore_case(SYSTEM_ROOT) {
            return form(system_root, "", rest);
        }
        let second = system_root.char_indices().nth(2).map_or(system_root.len(), |(at, _)| at);
        let (drive, folder) = system_root.split_at_checked(second).unwrap_or((system_root, ""));
        if stored.strip_prefix_ignore_case("\\").is_some() && stored.strip_prefix_ignore_case(folder).is_some() {
            return form(drive, "", stored);
        }
        if stored.strip_prefix_ignore_case("System32").is_some() {
            return form(system_root, "\\", stored);
        }
        form("", "", stored)
    }

    /// The path as the event has it.
    #[must_use]
    pub fn stored(self) -> PmlStr<'a> {
        self.stored
    }

    /// The three parts of the path that a user knows: of the system root, between, and of the event.
    pub(crate) fn parts(self) -> (&'a str, &'static str, PmlStr<'a>) {
        (self.prefix, self.separator, self.rest)
    }
}

impl fmt::Display for ImagePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix)?;
        f.write_str(self.separator)?;
        // Windows XP counts the final NUL.
        self.rest.trim_end_nul().write_to(f)
    }
}

/// The path that a user knows.
#[cfg(feature = "serde")]
impl serde::Serialize for ImagePath<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'a> Event<'a> {
    /// What the event is about; `None` if the operation has no object, nobody knows where it is stored, or the event is
    /// too short for it. Allocates nothing.
    #[must_use]
    pub fn target(self) -> Option<Target<'a>> {
        match self.operation() {
            Operation::File(_) => self.stored_path().map(Target::File),
            Operation::Registry(operation) => self.stored_path().map(|path| of_registry(operation, path)),
            Operation::Process(operation) => of_process(self, operation),
            Operation::Network(..) => network::decode(&self.source()).ok().map(|network| Target::Connection {
                protocol: network.protocol,
                local: network.local,
                remote: network.remote,
            }),
            Operation::Profiling(ProfilingOperation::THREAD_PROFILING) => Some(Target::Thread { id: self.thread_id() }),
            Operation::Profiling(_) => Some(Target::Process { key: self.process_key(), image: None }),
            Operation::Unknown(..) => None,
        }
    }

    /// The path of the image that a process event is about, if it has one.
    pub(crate) fn image_path(&self) -> Option<ImagePath<'a>> {
        let root = self.index().system().system_root.as_str();
        self.stored_path().map(|stored| ImagePath::new(stored, root))
    }
}

fn of_registry(operation: RegistryOperation, path: PmlStr<'_>) -> Target<'_> {
    use RegistryOperation as Op;
    match operation {
        Op::SET_VALUE | Op::QUERY_VALUE | Op::DELETE_VALUE => match path.rsplit_once(b'\\') {
            Some((key, name)) => Target::RegistryValue { key, name },
            None => Target::RegistryValue { key: PmlStr::EMPTY, name: path },
        },
        _ => Target::RegistryKey(path),
    }
}

fn of_process<'a>(event: Event<'a>, operation: ProcessOperation) -> Option<Target<'a>> {
    use ProcessOperation as Op;
    let own = || Target::Process { key: event.process_key(), image: None };
    match operation {
        Op::PROCESS_DEFINED | Op::PROCESS_CREATE | Op::LOAD_IMAGE | Op::THREAD_CREATE => {
            match process::decode(&event.source(), operation).ok()? {
                ProcessDetail::Defined(created) | ProcessDetail::Create(created) => {
                    Some(Target::Process { key: created.process_key, image: event.image_path() })
                }
                ProcessDetail::LoadImage(image) => {
                    Some(Target::Module { base: image.base, size: image.size, path: event.image_path()? })
                }
                ProcessDetail::ThreadCreate(thread) => Some(Target::Thread { id: thread.thread_id }),
                _ => None,
            }
        }
        Op::THREAD_EXIT | Op::THREAD_PROFILE => Some(Target::Thread { id: event.thread_id() }),
        Op::PROCESS_EXIT | Op::PROCESS_START | Op::PROCESS_STATISTICS => Some(own()),
        _ => None,
    }
}
