//! The event classes, and the categories of operations.

use crate::wire::macros::codes;

codes! {
    /// The class of an event, a `u16` at offset 0x08 of the event record.
    ///
    /// ```
    /// use procmon_parser::code::EventClass;
    ///
    /// assert_eq!(EventClass::FILE_SYSTEM.name(), Some("File System"));
    /// assert_eq!("file system".parse::<EventClass>()?, EventClass(3));
    /// assert_eq!(EventClass(7).name(), None);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct EventClass(u16) {
        /// Completions that were not merged with their requests. Procmon does not store them in logs.
        COMPLETION = 0 => "Completion",
        /// Creation and exit of processes and threads, and loading of images.
        PROCESS = 1 => "Process",
        /// Operations on registry keys and values.
        REGISTRY = 2 => "Registry",
        /// Operations on files, directories, volumes and pipes.
        FILE_SYSTEM = 3 => "File System" | "FileSystem",
        /// Samples of CPU time and memory, and debug output.
        PROFILING = 4 => "Profiling",
        /// TCP and UDP traffic.
        NETWORK = 5 => "Network",
        /// Operations on named pipes and mailslots, recorded by Procmon 4.1 and later. They have the operations and the
        /// layouts of [`FILE_SYSTEM`](Self::FILE_SYSTEM).
        IPC = 6 => "IPC",
    }
}

/// The effect of an operation on its object, Procmon's Category column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// Reads data.
    Read,
    /// Writes data, or creates, renames or deletes the object.
    Write,
    /// Reads metadata, such as attributes or security.
    ReadMetadata,
    /// Changes metadata, such as attributes or security.
    WriteMetadata,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::ReadMetadata, Self::WriteMetadata];

    /// Returns the text of the Category column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::ReadMetadata => "Read Metadata",
            Self::WriteMetadata => "Write Metadata",
        }
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Category {
    type Err = crate::error::Error;

    /// Parses the name that `Display` writes, ignoring ASCII case.
    fn from_str(text: &str) -> crate::error::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| crate::error::Error::unknown_name("Category", text))
    }
}
