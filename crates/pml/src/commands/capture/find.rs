//! The search for Procmon.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Exit, Failure};

/// The environment variable with the path of Procmon or of its folder.
const VARIABLE: &str = "PROCMON";

/// The names of the program on this processor, the preferred one first. `Procmon.exe` is a 32-bit program, which on a
/// 64-bit Windows unpacks and runs the 64-bit one.
const NAMES: &[&str] = match cfg!(target_arch = "aarch64") {
    true => &["Procmon64a.exe", "Procmon64.exe", "Procmon.exe"],
    false => &["Procmon64.exe", "Procmon.exe"],
};

/// The usual folders of Procmon: an environment variable, and a path relative to its value.
const FOLDERS: &[(&str, &str)] = &[
    ("ProgramFiles", r"Sysinternals"),
    ("ProgramFiles", r"SysinternalsSuite"),
    ("ProgramFiles(x86)", r"Sysinternals"),
    ("ProgramFiles(x86)", r"SysinternalsSuite"),
    ("ProgramData", r"chocolatey\lib\sysinternals\tools"),
    ("ProgramData", r"chocolatey\lib\procmon\tools"),
    ("LOCALAPPDATA", r"Microsoft\WinGet\Links"),
    ("LOCALAPPDATA", r"Microsoft\WindowsApps"),
    ("USERPROFILE", r"scoop\apps\sysinternals\current"),
    ("USERPROFILE", r"Downloads\ProcessMonitor"),
    ("USERPROFILE", r"Downloads\SysinternalsSuite"),
    ("SystemDrive", r"\Sysinternals"),
    ("SystemDrive", r"\SysinternalsSuite"),
    ("SystemDrive", r"\Tools\Sysinternals"),
    ("SystemDrive", r"\Tools"),
];

/// Returns the path of the Procmon to run: that of the option or the environment variable, or else the first one found.
pub(super) fn procmon(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let variable = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or(variable) {
        return in_place(&path).ok_or_else(|| {
            missing(format!(
                "{}: no Procmon found there; give the path of the program or of its folder",
                path.display()
            ))
        });
    }
    if !cfg!(windows) {
        return Err(missing("capturing needs Windows; \"pml report\" reports on logs captured there".to_owned()));
    }
    let found =
        NAMES.iter().find_map(|name| which::which(name).ok()).or_else(|| candidates().find(|path| path.is_file()));
    found.ok_or_else(|| {
        missing(format!(
            "{} not found; download it from https://learn.microsoft.com/sysinternals/downloads/procmon, then add its \
             folder to PATH or use --procmon",
            NAMES.first().unwrap_or(&"Procmon")
        ))
    })
}

fn missing(message: String) -> Failure {
    Failure::Capture(Exit::NoProcmon, message)
}

/// Returns the program at a path, or in the folder at that path.
fn in_place(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return NAMES.iter().map(|name| path.join(name)).find(|path| path.is_file());
    }
    let path = if path.is_file() { path.to_owned() } else { which::which(path).ok()? };
    // Windows would also search other folders for a name without a folder.
    Some(std::path::absolute(&path).unwrap_or(path))
}

/// Returns the possible paths of Procmon next to this program and in the usual folders.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let own_folder = env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let usual = FOLDERS.iter().filter_map(|(variable, folder)| {
        let mut path = env::var_os(variable)?;
        if !folder.starts_with('\\') {
            path.push("\\");
        }
        path.push(folder);
        Some(PathBuf::from(path))
    });
    own_folder.into_iter().chain(usual).flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
}
