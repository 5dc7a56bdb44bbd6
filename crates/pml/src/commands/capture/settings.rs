//! Procmon's settings in the registry. `/LoadConfig` replaces them with those of the capture, so they are saved before
//! the capture and restored after it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::procmon::detach;
use crate::term::warn;

const KEY: &str = r"HKCU\Software\Sysinternals\Process Monitor";

/// The name of the file with the settings, in the folder of the capture.
const FILE: &str = "procmon-settings.reg";

/// The saved settings.
#[derive(Debug)]
pub(super) struct Settings {
    /// The path of `reg.exe`.
    tool: PathBuf,
    /// The file with the settings; `None` if there were none.
    file: Option<PathBuf>,
}

impl Settings {
    /// Saves the settings to a file in a folder. Returns `None` without a registry. If the settings cannot be saved,
    /// warns and returns `None`. `tool` replaces the `reg.exe` of Windows.
    pub(super) fn save(tool: Option<&Path>, folder: &Path) -> Option<Self> {
        let tool = tool.map(Path::to_owned).or_else(reg_exe)?;
        let file = folder.join(FILE);
        let exists = run(&tool, [OsStr::new("query"), OsStr::new(KEY)]);
        if exists && !run(&tool, [OsStr::new("export"), OsStr::new(KEY), file.as_os_str(), OsStr::new("/y")]) {
            warn(&format!("{KEY} cannot be saved: Procmon will keep the settings of this capture"));
            return None;
        }
        Some(Self { tool, file: exists.then_some(file) })
    }

    /// Returns the settings that another instance saved to a folder, to restore them. Returns `None` if that instance
    /// has restored them.
    pub(super) fn saved(tool: &Path, folder: &Path, existed: bool) -> Option<Self> {
        let file = folder.join(FILE);
        let is_left = !existed || file.exists();
        is_left.then(|| Self { tool: tool.to_owned(), file: existed.then_some(file) })
    }

    /// Returns the path of `reg.exe`.
    pub(super) fn tool(&self) -> &Path {
        &self.tool
    }

    /// Returns true if there were settings before the capture.
    pub(super) fn existed(&self) -> bool {
        self.file.is_some()
    }

    /// Restores the settings and deletes the file with them. Keeps the file and warns if that fails.
    pub(super) fn restore(self) {
        // Importing without deleting would keep the values that the capture added.
        let deleted = run(&self.tool, [OsStr::new("delete"), OsStr::new(KEY), OsStr::new("/f")]);
        let Some(file) = &self.file else { return };
        if deleted && run(&self.tool, [OsStr::new("import"), file.as_os_str()]) {
            let _ = fs::remove_file(file);
        } else {
            let file = file.display();
            warn(&format!("Procmon's settings could not be restored; to do so, run: reg import \"{file}\""));
        }
    }
}

/// Returns the path of the `reg.exe` of Windows; `None` on other systems. Windows names its folder, because a user can
/// change environment variables.
#[cfg(windows)]
fn reg_exe() -> Option<PathBuf> {
    use known_folders::{KnownFolder, get_known_folder_path};

    get_known_folder_path(KnownFolder::System).map(|folder| folder.join("reg.exe"))
}

#[cfg(not(windows))]
fn reg_exe() -> Option<PathBuf> {
    None
}

/// Runs `reg.exe`; returns true if it succeeded.
fn run<'a>(tool: &Path, arguments: impl IntoIterator<Item = &'a OsStr>) -> bool {
    let mut command = Command::new(tool);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    detach(&mut command);
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{FILE, Settings};

    #[test]
    fn settings_that_were_restored_are_not_restored_again() {
        let folder = tempfile::tempdir().unwrap();
        let saved = |existed| Settings::saved(Path::new("reg.exe"), folder.path(), existed);
        // If there were no settings before the capture, the settings of the capture are deleted. A second deletion does
        // no harm.
        assert!(saved(false).is_some_and(|settings| !settings.existed()));
        // Deleting them without a file to import would lose the settings that another instance has restored.
        assert!(saved(true).is_none());
        fs::write(folder.path().join(FILE), "").unwrap();
        assert!(saved(true).is_some_and(|settings| settings.existed()));
    }
}
