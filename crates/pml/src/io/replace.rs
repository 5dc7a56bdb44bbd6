//! Files that are replaced whole or not at all.
//!
//! The new contents are written to a temporary file in the folder of the target. That file is then renamed to the
//! target. A signal that ends the program removes the temporary files first.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::signals;
use crate::error::{Exit, Failure};

/// The temporary files of the program. Files are created and renamed while this is locked, so that a signal handler
/// either removes a file or finds it complete at its target.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A temporary file, and the file that it replaces when it is complete.
#[derive(Debug)]
pub(crate) struct Replacement {
    file: NamedTempFile,
    target: PathBuf,
}

impl Replacement {
    /// Creates the temporary file. If the target exists, the file gets its permissions; otherwise it gets those of a
    /// new file. A symbolic link is followed to its target.
    ///
    /// Fails if the target exists and cannot be written.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        let failed = |error| Failure::file(path, error);
        let target = follow_links(path).map_err(failed)?;
        let existing = match fs::metadata(&target) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(metadata) = &existing {
            check_writable(&target, metadata).map_err(failed)?;
        }
        let folder = folder(&target);
        // Otherwise the message would not say that the folder is missing.
        fs::metadata(folder).map_err(|error| Failure::file(folder, error))?;
        remove_on_signals();
        let file = temporary(folder, existing.is_some()).map_err(|error| {
            // The error of the library names the temporary file.
            let reason = io::Error::from(error.kind());
            Failure::Io(format!("{}: cannot create a file in this folder", folder.display()), reason)
        })?;
        if let Some(metadata) = &existing {
            copy_permissions(file.as_file(), metadata).map_err(failed)?;
        }
        Ok(Self { file, target })
    }

    /// Returns the temporary file.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Writes the contents to the disk and renames the file to its target.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self { file, target } = self;
        let failed = |error| Failure::file(&target, error);
        file.as_file().sync_all().map_err(failed)?;
        {
            let mut temporary = lock();
            temporary.retain(|path| path != file.path());
            file.persist(&target).map_err(|error| failed(error.error))?;
        }
        sync_folder(folder(&target)).map_err(failed)
    }
}

/// Removes all temporary files and ends the program, for a signal handler.
pub(crate) fn abandon() -> ! {
    let temporary = lock();
    for path in temporary.iter() {
        // Nothing can be done about a file that cannot be removed.
        let _ = fs::remove_file(path);
    }
    // The lock is held until the end, so that no file is created meanwhile.
    process::exit(Exit::Interrupted as i32)
}

fn lock() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs the signal handler, unless there is one: that of an earlier call, or that of the command, which also calls
/// [`abandon`].
fn remove_on_signals() {
    let _ = signals::listen(|| abandon());
}

/// Returns the file that a chain of symbolic links leads to. The file may be missing.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    /// The number of links that Linux follows.
    const MAX: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX {
        match fs::read_link(&target) {
            Ok(link) => target = folder(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Returns the folder of a file.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fails if the file is read-only, although it could be replaced if its folder is writable.
fn check_writable(path: &Path, metadata: &Metadata) -> io::Result<()> {
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only; refusing to replace it"));
    }
    fs::OpenOptions::new().write(true).open(path).map(drop)
}

/// Creates a temporary file in a folder and registers it. Only the user can read it if it will replace a file, until
/// it has the permissions of that file.
fn temporary(folder: &Path, is_private: bool) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if !is_private {
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut temporary = lock();
    let file = builder.prefix(".pml-").suffix(".tmp").tempfile_in(folder)?;
    temporary.push(file.path().to_owned());
    Ok(file)
}

/// Gives a file the owner, the group and the permissions of another file. If the owner cannot be changed, it stays. If
/// the group cannot be changed either, the permissions of the group are removed, because it is a different group.
#[cfg(unix)]
fn copy_permissions(file: &File, from: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let of_group = 0o070;
    let mut mode = from.mode() & 0o777;
    let now = file.metadata()?;
    let is_other = (now.uid(), now.gid()) != (from.uid(), from.gid());
    if is_other && fchown(file, Some(from.uid()), Some(from.gid())).is_err() {
        let keeps_group = now.gid() == from.gid() || fchown(file, None, Some(from.gid())).is_ok();
        mode &= if keeps_group { 0o777 } else { !of_group };
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn copy_permissions(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Writes the entries of a folder to the disk. Does nothing for a folder that cannot be opened, or on a file system
/// that does not support it.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let Ok(folder) = File::open(folder) else { return Ok(()) };
    match folder.sync_all() {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Replacement, lock};

    #[test]
    fn signals_remove_only_files_that_are_not_complete() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| Replacement::new(&folder.path().join(name)).unwrap());
        let paths = [&first, &second].map(|replacement| replacement.file.path().to_owned());
        first.finish().unwrap();
        let are_listed = paths.each_ref().map(|path| lock().contains(path));
        assert_eq!(are_listed, [false, true]);
        second.finish().unwrap();
        assert!(paths.iter().all(|path| !lock().contains(path)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
