//! The header of a log that is saved as Procmon saves logs.

use crate::wire::PointerWidth;
use crate::wire::layout::{FileHeader, OsVersionInfo};

/// Clears the parts of a copied header that Procmon does not copy (docs/PML-FORMAT.md, "Procmon's save").
pub(super) fn clean(header: &mut FileHeader) {
    #[expect(clippy::cast_possible_truncation, reason = "the header is 936 bytes long")]
    const SIZE: u32 = FileHeader::SIZE as u32;
    let width = PointerWidth::from_header(header.is_64bit);
    header.is_64bit = width.is_64bit().into();
    clear_after_nul(&mut header.computer_name);
    clear_after_nul(&mut header.system_root);
    header.header_size = SIZE;
    header.unknown_39c = 0;
    if width == PointerWidth::Bits32 {
        header.physical_memory &= u64::from(u32::MAX);
    }
    if header.version == 4 {
        (header.os_version, header.processors, header.physical_memory) = (OsVersionInfo::EMPTY, 0, 0);
    }
}

fn clear_after_nul(field: &mut [u16]) {
    field.iter_mut().skip_while(|unit| **unit != 0).for_each(|unit| *unit = 0);
}
