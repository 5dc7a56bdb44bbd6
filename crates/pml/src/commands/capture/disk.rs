//! The size of the log, and the free space on its disk.

use std::fs;
use std::io;
use std::path::Path;

/// Returns the total size of the files of the log in a folder, in bytes.
pub(super) fn size_of_log(folder: &Path) -> u64 {
    let is_log = |path: &Path| path.extension().is_some_and(|extension| extension == "pml");
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    // The size in the directory listing is not used, because Windows delays its update while the file is open.
    paths.filter(|path| is_log(path)).filter_map(|path| fs::metadata(path).ok()).map(|metadata| metadata.len()).sum()
}

/// Returns the number of bytes that are free on the disk of a folder, for this user.
#[cfg(windows)]
pub(super) fn free_space(folder: &Path) -> io::Result<u64> {
    use std::os::windows::ffi::OsStrExt;

    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

    let path: Vec<u16> = folder.as_os_str().encode_wide().chain([0]).collect();
    let mut free = 0;
    // SAFETY: `path` ends with a NUL, both variables outlive the call, and null pointers are permitted for the others.
    let succeeded =
        unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut free, std::ptr::null_mut(), std::ptr::null_mut()) };
    if succeeded == 0 { Err(io::Error::last_os_error()) } else { Ok(free) }
}

/// Returns the number of bytes that are free on the disk of a folder, for this user.
#[cfg(unix)]
pub(super) fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Returns the number of bytes that are free on the disk of a folder, for this user.
#[cfg(not(any(unix, windows)))]
pub(super) fn free_space(_: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}
