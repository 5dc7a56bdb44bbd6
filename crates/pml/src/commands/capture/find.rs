//! Where Procmon is.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Exit, Failure};

/// The environment variable that names a Procmon.
const VARIABLE: &str = "PROCMON";

/// The names of the program on this processor, the best first: `Procmon.exe` is of 32 bits, and on a 64-bit Windows
/// unpacks and runs the other one.
const NAMES: &[&str] = match cfg!(target_arch = "aarch64") {
    true => &["Procmon64a.exe", "Procmon64.exe", "Procmon.exe"],
    false => &["Procmon64.exe", "Procmon.exe"],
};

/// The folders that people put it into, below those that environment variables name.
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

/// The Procmon to run: what an option or the environment names, else the first that is found.
pub(super) fn procmon(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let variable = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or(variable) {
        return in_place(&path).ok_or_else(|| {
            missing(format!("{}: there is no such Procmon; name the program, or its folder", path.display()))
        });
    }
    if !cfg!(windows) {
        return Err(missing("capturing needs Windows; \"pml report\" works on logs from there".to_owned()));
    }
    let found =
        NAMES.iter().find_map(|name| which::which(name).ok()).or_else(|| candidates().find(|path| path.is_file()));
    found.ok_or_else(|| {
        missing(format!(
            "{} was not found; get it from https://learn.microsoft.com/sysinternals/downloads/procmon, and put it into \
             PATH or name it with --procmon",
            NAMES.first().unwrap_or(&"Procmon")
        ))
    })
}

fn missing(message: String) -> Failure {
    Failure::Capture(Exit::NoProcmon, message)
}

/// A program that was named, or that is in the folder that was named.
fn in_place(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return NAMES.iter().map(|name| path.join(name)).find(|path| path.is_file());
    }
    let path = if path.is_file() { path.to_owned() } else { which::which(path).ok()? };
    // Windows would look for a name without a folder in other places, too.
    Some(std::path::absolute(&path).unwrap_or(path))
}

/// The places beside this program, and in the usual folders.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let beside = env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
    let usual = FOLDERS.iter().filter_map(|(variable, folder)| {
        let mut path = env::var_os(variable)?;
        if !folder.starts_with('\\') {
            path.push("\\");
        }
        path.push(folder);
        Some(PathBuf::from(path))
    });
    beside.into_iter().chain(usual).flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
}
