//! The object that an event acted on: a file, registry key, connection or process.

use std::fmt;

use super::{Endpoint, ProcessDetail, network, process};
use crate::code::{Operation, ProcessOperation, ProfilingOperation, Protocol, RegistryOperation};
use crate::event::Event;
use crate::wire::{PmlStr, ProcessKey};

/// The object that an event acted on.
///
/// ```
/// use procmon_parser::{LogsReader, detail::Target};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// for event in log.events().flatten() {
///     match event.target() {
///         Some(Target::File(path)) => println!("file {path}"),
///         Some(Target::RegistryValue { key, name, .. }) => println!("value {name} of {key}"),
///         Some(Target::Connection { remote, .. }) => println!("{}:{}", remote.address, remote.port),
///         Some(Target::Module { path, base, .. }) => println!("{path} at {base:#x}"),
///         _ => {}
///     }
/// }
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Target<'a> {
    /// The path of a file, directory, volume, pipe, mailslot or device. It does not include the pattern of a directory listing.
    File(PmlStr<'a>),
    /// The path of a registry key.
    RegistryKey(PmlStr<'a>),
    /// A value of a registry key.
    ///
    /// A log stores the key and the name as one path; this library splits it at the last backslash. If the name itself
    /// contains backslashes, the part before the last one is attributed to the key.
    #[non_exhaustive]
    RegistryValue {
        /// The path of the key.
        key: PmlStr<'a>,
        /// The name of the value; `(Default)` for the unnamed value.
        name: PmlStr<'a>,
    },
    /// The two endpoints of a connection or datagram.
    #[non_exhaustive]
    Connection {
        /// The transport protocol.
        protocol: Protocol,
        /// The endpoint on the captured computer.
        local: Endpoint,
        /// The endpoint of the peer, which can be on the same computer.
        remote: Endpoint,
    },
    /// A process: the new one if the event created or defined one, otherwise the event's own.
    #[non_exhaustive]
    Process {
        /// The key of the process in the process table; see [`Index::process`](crate::Index::process).
        key: ProcessKey,
        /// The path of the image; `None` if the event does not store it.
        image: Option<ImagePath<'a>>,
    },
    /// A thread: the new one if the event created one, otherwise the event's own.
    #[non_exhaustive]
    Thread {
        /// The thread id.
        id: u32,
    },
    /// An image that was mapped into the event's process.
    #[non_exhaustive]
    Module {
        /// The address at which the image was mapped.
        base: u64,
        /// The size of the mapped image, in bytes.
        size: u32,
        /// The path of the image file.
        path: ImagePath<'a>,
    },
}

/// The path of an image.
///
/// Windows reports some paths in native forms (`\SystemRoot\System32\ntdll.dll`). `Display` writes the path with a
/// drive letter, as Procmon does; docs/PML-FORMAT.md lists the forms.
///
/// ```
/// use procmon_parser::{LogsReader, detail::Target};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let images = log.events().flatten().filter_map(|event| match event.target() {
///     Some(Target::Module { path, .. }) => Some(path.to_string()),
///     _ => None,
/// });
/// assert!(images.into_iter().all(|path| path.starts_with(r"C:\")));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImagePath<'a> {
    stored: PmlStr<'a>,
    prefix: &'a str,
    separator: &'static str,
    rest: PmlStr<'a>,
}

impl<'a> ImagePath<'a> {
    /// Returns the display form of a stored path, given the system root of the captured Windows, such as `C:\Windows`.
    ///
    /// Like Procmon, applies only the first rule that matches, and applies it once.
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

    /// Returns the path as the event stores it.
    #[must_use]
    pub fn stored(self) -> PmlStr<'a> {
        self.stored
    }

    /// Returns the parts of the displayed path: a prefix from the system root, a separator, and the rest from the
    /// event.
    pub(crate) fn parts(self) -> (&'a str, &'static str, PmlStr<'a>) {
        (self.prefix, self.separator, self.rest)
    }
}

impl fmt::Display for ImagePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix)?;
        f.write_str(self.separator)?;
        // Paths captured on Windows XP include the final NUL.
        self.rest.trim_end_nul().write_to(f)
    }
}

/// Serializes the displayed path.
#[cfg(feature = "serde")]
impl serde::Serialize for ImagePath<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'a> Event<'a> {
    /// Returns the object that the event acted on. Does not allocate.
    ///
    /// Returns `None` if the operation has no object, if its layout is unknown, or if the event is too short.
    #[must_use]
    pub fn target(self) -> Option<Target<'a>> {
        match self.operation() {
            Operation::File(_) | Operation::Ipc(_) => self.stored_path().map(Target::File),
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

    /// Returns the path of the image that was loaded or that the new process runs, if the event stores one.
    pub(crate) fn image_path(&self) -> Option<ImagePath<'a>> {
        self.image_path_below(&self.index().system().system_root)
    }

    /// Returns the [image path](Self::image_path), given the system root.
    pub(crate) fn image_path_below(&self, system_root: &'a str) -> Option<ImagePath<'a>> {
        self.stored_path().map(|stored| ImagePath::new(stored, system_root))
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
