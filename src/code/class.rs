//! Event classes, and the categories that Procmon sorts operations into.

use crate::wire::macros::codes;

codes! {
    /// Event class, the `u16` at 0x08 of every event.
    ///
    /// ```
    /// use procmon_parser::code::EventClass;
    ///
    /// assert_eq!(EventClass::FILE_SYSTEM.name(), Some("File System"));
    /// assert_eq!("file system".parse::<EventClass>().unwrap(), EventClass(3));
    /// assert_eq!(EventClass(6).name(), None);
    /// ```
    pub struct EventClass(u16) {
        /// A completion that was not joined with its request; Procmon stores none.
        COMPLETION = 0 => "Completion",
        /// Lifetime of processes and threads, loading of images.
        PROCESS = 1 => "Process",
        /// The registry.
        REGISTRY = 2 => "Registry",
        /// Files, directories, volumes, pipes.
        FILE_SYSTEM = 3 => "File System" | "FileSystem",
        /// Samples of processor time and memory, debug output.
        PROFILING = 4 => "Profiling",
        /// TCP and UDP.
        NETWORK = 5 => "Network",
    }
}

/// What an operation does to its object, Procmon's Category column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// Reads data.
    Read,
    /// Writes, creates or deletes.
    Write,
    /// Reads attributes, security, names.
    ReadMetadata,
    /// Changes attributes, security, names.
    WriteMetadata,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::ReadMetadata, Self::WriteMetadata];

    /// The text of the Category column.
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

    /// Parses the printed name, without regard to ASCII case.
    fn from_str(text: &str) -> crate::error::Result<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| crate::error::Error::unknown_name("Category", text))
    }
}
