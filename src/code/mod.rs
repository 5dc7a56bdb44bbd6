//! The floor of names: each code of the format with the name that Procmon prints, declared once.
//!
//! Codes are open newtypes: a value without a name is a value like any other and survives reading and writing.

mod class;
mod column;
mod file;
mod file_operation;
mod ioctl;
mod network;
mod operation;
mod registry;
mod rule;
mod status;

pub use class::{Category, EventClass};
pub use column::Column;
pub use file::{
    AlignmentRequirement, CreateDisposition, CreateOptions, DeviceCharacteristics, DeviceType, DispositionFlags,
    FileAccess, FileAttributes, FileInformationClass, FileSystemAttributes, FsInformationClass, IoFlags, IoPriority,
    NotifyFilter, OpenResult, PageProtection, RenameFlags, SecurityInformation, ShareAccess, SyncType,
};
pub use file_operation::{FileOperation, Origin};
pub use ioctl::{ControlAccess, ControlCode, ControlMethod};
pub use network::Protocol;
pub use operation::{NetworkOperation, Operation, ProcessOperation, ProfilingOperation, RegistryOperation};
pub use registry::{
    KeyInformationClass, KeySetInformationClass, RegistryAccess, RegistryDisposition, RegistryType, RestoreFlags,
    SaveFormat, ValueInformationClass,
};
pub use rule::{Action, Relation};
pub use status::NtStatus;

/// Puts the rights of an object's kind in place of the generic bits: read, write, execute, all.
const fn mapped_access(bits: u32, rights: [u32; 4]) -> u32 {
    let [read, write, execute, all] = rights;
    let mut rest: &[(u32, u32)] = &[(1 << 31, read), (1 << 30, write), (1 << 29, execute), (1 << 28, all)];
    let mut mapped = bits & 0x0FFF_FFFF;
    while let [(generic, rights), tail @ ..] = rest {
        if bits & *generic != 0 {
            mapped |= *rights;
        }
        rest = tail;
    }
    mapped
}
