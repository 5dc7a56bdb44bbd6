//! The captured computer.

use std::io::{self, Write};

use procmon_parser::index::SystemInfo;
use serde::Serialize;

use crate::term::{counted, fact};

/// The computer, from the header of the first file. Serialized as in the JSON.
#[derive(Debug, Serialize)]
pub(crate) struct System {
    computer: String,
    windows: String,
    is_64bit: bool,
    system_root: String,
    processors: u32,
    memory_bytes: u64,
    #[serde(skip)]
    memory: String,
}

impl System {
    pub(crate) fn new(system: &SystemInfo) -> Self {
        Self {
            computer: system.computer_name.clone(),
            windows: system.os_name(),
            is_64bit: system.pointer_width.is_64bit(),
            system_root: system.system_root.clone(),
            processors: system.processors,
            memory_bytes: system.physical_memory,
            memory: system.memory(),
        }
    }

    /// Writes the computer as text.
    pub(crate) fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let bits = if self.is_64bit { "64-bit" } else { "32-bit" };
        fact(out, "Computer", &self.computer)?;
        fact(out, "Windows", &format!("{}, {bits}, {}", self.windows, self.system_root))?;
        let processors = counted(self.processors.into(), "logical processor", "logical processors");
        fact(out, "Hardware", &format!("{processors}, {} of memory", self.memory))
    }
}
