//! The codes and flags of the format, with the names that Procmon prints for them.
//!
//! Codes are open newtypes: a value without a name is valid too, and survives reading and writing.
//!
//! Every code converts to and from its number. `Display` writes its name, or a hexadecimal number if it has none, and
//! `FromStr` parses both. Sets of flags do the same for each of their flags.
//!
//! ```
//! use procmon_parser::code::{FileAccess, NtStatus};
//!
//! let status = NtStatus::from(0xC000_0034);
//! assert_eq!(format!("{status} ({status:#010x})"), "NAME NOT FOUND (0xc0000034)");
//! assert_eq!("0xC0000034".parse::<NtStatus>()?, status);
//! assert_eq!("Read Data/List Directory".parse::<FileAccess>()?, FileAccess::from(0x1));
//! # Ok::<(), procmon_parser::Error>(())
//! ```

mod account;
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

pub(crate) use account::{integrity_level, well_known_account};
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

/// Replaces the four generic bits of an access mask with `rights`: the specific rights for read, write, execute and
/// all.
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
