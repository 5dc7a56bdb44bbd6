//! The search for Procmon.
//!
//! Procmon runs with administrator rights. A search without a name therefore takes it only from folders in which
//! administrators alone can write, and from the folder of this program.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Exit, Failure};

/// The environment variable with the path of Procmon or of its folder.
const VARIABLE: &str = "PROCMON";

/// The names of the program for the architecture of `pml`, the preferred one first. `Procmon.exe` is a 32-bit program, which on a
/// 64-bit Windows unpacks and runs the 64-bit one.
const NAMES: &[&str] = match cfg!(target_arch = "aarch64") {
    true => &["Procmon64a.exe", "Procmon64.exe", "Procmon.exe"],
    false => &["Procmon64.exe", "Procmon.exe"],
};

/// The usual folders of Procmon in a folder of programs.
const PROGRAM_FOLDERS: &[&str] = &["Sysinternals", "SysinternalsSuite"];

/// Folders that often contain Procmon, although other users may be able to write there: an environment variable, and a
/// path relative to its value. The message about a missing Procmon names the one that is found there.
const OTHER_FOLDERS: &[(&str, &str)] = &[
    ("ProgramData", r"chocolatey\lib\sysinternals\tools"),
    ("ProgramData", r"chocolatey\lib\procmon\tools"),
    ("LOCALAPPDATA", r"Microsoft\WinGet\Links"),
    ("USERPROFILE", r"scoop\apps\sysinternals\current"),
    ("USERPROFILE", r"Downloads\ProcessMonitor"),
    ("USERPROFILE", r"Downloads\SysinternalsSuite"),
    ("SystemDrive", r"\Sysinternals"),
    ("SystemDrive", r"\SysinternalsSuite"),
    ("SystemDrive", r"\Tools\Sysinternals"),
    ("SystemDrive", r"\Tools"),
];

/// A Procmon that was found but not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) origin: Origin,
}

/// The reason why a Procmon was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The option names it.
    Option,
    /// The environment variable names it.
    Variable,
    /// It is in a folder of PATH.
    Path,
    /// It is in the folder of this program.
    Own,
    /// It is in a usual folder.
    Usual,
}

impl Origin {
    /// Returns true if the user chose the file, rather than a search.
    pub(super) fn is_named(self) -> bool {
        matches!(self, Self::Option | Self::Variable)
    }
}

impl std::fmt::Display for Origin {
    /// Formats the reason as the end of a sentence about the file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Option => "named by --procmon",
            Self::Variable => "named by the environment variable PROCMON",
            Self::Path => "found in PATH, in a folder that only administrators can change",
            Self::Own => "found next to this program",
            Self::Usual => "found in a usual folder that only administrators can change",
        })
    }
}

/// Returns the Procmon to run: that of the option or the environment variable, or else the first one found.
pub(super) fn procmon(named: Option<&Path>) -> Result<Found, Failure> {
    let variable = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let named = named.map(|path| (path.to_owned(), Origin::Option));
    if let Some((path, origin)) = named.or(variable.map(|path| (path, Origin::Variable))) {
        return match at(&path) {
            Some(path) => Ok(Found { path, origin }),
            None => Err(missing(not_at(&path))),
        };
    }
    if !cfg!(windows) {
        return Err(missing("capturing needs Windows; \"pml report\" reports on logs captured there".to_owned()));
    }
    Places::of_this_computer().search(&|path| path.is_file())
}

fn missing(message: String) -> Failure {
    Failure::Capture(Exit::NoProcmon, message)
}

/// Returns true for a name without a folder.
fn is_bare(path: &Path) -> bool {
    path.file_name().is_some() && path.parent().is_some_and(|folder| folder.as_os_str().is_empty())
}

/// Returns the program at a path, or in the folder at that path. A name without a folder is looked up in PATH, never in
/// the current folder, where another user may have put a program of that name.
fn at(path: &Path) -> Option<PathBuf> {
    if is_bare(path) {
        // Relative folders in PATH depend on the current folder too.
        let mut folders = folders_of_path().into_iter().filter(|folder| folder.is_absolute());
        return folders.find_map(|folder| which::which(folder.join(path)).ok());
    }
    if path.is_dir() {
        return NAMES.iter().map(|name| path.join(name)).find(|path| path.is_file());
    }
    if path.is_file() { Some(path.to_owned()) } else { which::which(path).ok() }
}

/// Returns the message about a path without a program.
fn not_at(path: &Path) -> String {
    let shown = path.display();
    match is_bare(path) {
        true => format!("{shown}: not found in PATH; give its path, because the current folder is not searched"),
        false => format!("{shown}: no Procmon found there; give the path of the program or of its folder"),
    }
}

fn folders_of_path() -> Vec<PathBuf> {
    env::var_os("PATH").map_or_else(Vec::new, |path| env::split_paths(&path).collect())
}

/// The folders of a search.
#[derive(Debug, Default)]
struct Places {
    /// The folders of PATH.
    path: Vec<PathBuf>,
    /// The folder of this program. Anyone who can write there can also change what this program does.
    own: Option<PathBuf>,
    /// Folders of programs. In these and in all folders below them, only administrators can write.
    programs: Vec<PathBuf>,
    /// The folders of Windows. Only administrators can write there, but others can write to some folders below them.
    system: Vec<PathBuf>,
    /// Folders to name in a message.
    others: Vec<PathBuf>,
}

impl Places {
    fn of_this_computer() -> Self {
        let own = env::current_exe().ok().and_then(|program| program.parent().map(Path::to_owned));
        let others = OTHER_FOLDERS.iter().filter_map(|(variable, folder)| {
            let mut path = env::var_os(variable)?;
            if !folder.starts_with('\\') {
                path.push("\\");
            }
            path.push(folder);
            Some(PathBuf::from(path))
        });
        let (programs, system) = protected_folders();
        Self { path: folders_of_path(), own, programs, system, others: others.collect() }
    }

    /// Returns the first Procmon in a trusted folder. `is_file` returns true if a file exists.
    ///
    /// The message of the failure names a Procmon in another folder, if there is one.
    fn search(&self, is_file: &dyn Fn(&Path) -> bool) -> Result<Found, Failure> {
        let mut candidates = self.candidates().filter(|found| is_file(&found.path)).collect::<Vec<_>>();
        if let Some(first) = candidates.iter().position(|found| self.is_trusted(&found.path)) {
            return Ok(candidates.swap_remove(first));
        }
        let folders = self.others.iter().chain(&self.path);
        let elsewhere = folders.flat_map(in_folder).find(|path| is_file(path));
        let name = NAMES.first().unwrap_or(&"Procmon");
        Err(missing(match elsewhere {
            Some(path) => format!(
                "{name}: found only in a folder that other users may be able to change; to start that one as \
                 administrator, use --procmon \"{}\"",
                path.display()
            ),
            None => format!(
                "{name} not found; download it from https://learn.microsoft.com/sysinternals/downloads/procmon, then \
                 move it to Program Files\\Sysinternals or use --procmon"
            ),
        }))
    }

    /// Returns the possible paths of Procmon, the preferred ones first.
    fn candidates(&self) -> impl Iterator<Item = Found> {
        let found = |origin| move |path| Found { path, origin };
        let in_path = NAMES.iter().flat_map(|name| self.path.iter().map(move |folder| folder.join(name)));
        let usual = PROGRAM_FOLDERS.iter().flat_map(|name| self.programs.iter().map(move |folder| folder.join(name)));
        let usual = usual.flat_map(|folder| in_folder(&folder));
        let own = self.own.iter().flat_map(in_folder);
        in_path.map(found(Origin::Path)).chain(own.map(found(Origin::Own))).chain(usual.map(found(Origin::Usual)))
    }

    /// Returns true for a file in a folder in which only administrators can write, or in the folder of this program.
    fn is_trusted(&self, file: &Path) -> bool {
        if self.own.is_some() && file.parent() == self.own.as_deref() {
            return true;
        }
        let Some(folder) = file.parent().and_then(parts) else { return false };
        let mut programs = self.programs.iter().filter_map(|folder| parts(folder));
        let mut system = self.system.iter().filter_map(|folder| parts(folder));
        programs.any(|programs| folder.starts_with(&programs)) || system.any(|system| folder == system)
    }
}

/// Returns the possible paths of Procmon in a folder.
fn in_folder(folder: &(impl AsRef<Path> + ?Sized)) -> Vec<PathBuf> {
    NAMES.iter().map(|name| folder.as_ref().join(name)).collect()
}

/// Returns the components of an absolute Windows path, in lower case and starting with the drive. Returns `None` for
/// any other path: one that is relative, contains `..`, or is on another computer.
fn parts(path: &Path) -> Option<Vec<String>> {
    let text = path.to_str()?.to_lowercase();
    let mut parts = text.split(['\\', '/']);
    let drive = parts.next().filter(|drive| drive.len() == 2 && drive.ends_with(':'))?;
    let names = parts.filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let is_plain = names.iter().all(|name| name != "." && name != "..");
    is_plain.then(|| [vec![drive.to_owned()], names].concat())
}

/// Returns the folders of programs and the folders of Windows. Windows names them, because a user can change the
/// environment variables.
#[cfg(windows)]
fn protected_folders() -> (Vec<PathBuf>, Vec<PathBuf>) {
    use known_folders::{KnownFolder, get_known_folder_path};

    let paths = |folders: &[KnownFolder]| folders.iter().copied().filter_map(get_known_folder_path).collect();
    let programs = paths(&[KnownFolder::ProgramFiles, KnownFolder::ProgramFilesX86]);
    (programs, paths(&[KnownFolder::Windows, KnownFolder::System]))
}

#[cfg(not(windows))]
fn protected_folders() -> (Vec<PathBuf>, Vec<PathBuf>) {
    (Vec::new(), Vec::new())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Found, NAMES, Origin, Places, is_bare};
    use crate::error::Failure;

    /// Joins a Windows folder and a file name.
    fn file(folder: &str, name: &str) -> PathBuf {
        Path::new(folder).join(name)
    }

    fn places() -> Places {
        let paths = |folders: &[&str]| folders.iter().map(PathBuf::from).collect::<Vec<_>>();
        Places {
            path: paths(&[r"C:\Windows\system32", r"C:\Users\ann\bin", r"C:\Program Files\Tools\", "."]),
            own: Some(r"D:\pml".into()),
            programs: paths(&[r"C:\Program Files", r"C:\Program Files (x86)"]),
            system: paths(&[r"C:\Windows", r"C:\Windows\System32"]),
            others: paths(&[r"C:\Tools"]),
        }
    }

    /// Returns the result of a search in which only these files exist.
    fn search(files: &[PathBuf]) -> Result<Found, Failure> {
        places().search(&|path| files.iter().any(|file| file == path))
    }

    #[test]
    fn a_search_takes_the_first_procmon_in_a_trusted_folder() {
        let [preferred, .., last] = NAMES else { panic!("several names") };
        let in_order = [
            (file(r"C:\Windows\system32", preferred), Origin::Path),
            (file(r"C:\Program Files\Tools\", preferred), Origin::Path),
            (file(r"C:\Windows\system32", last), Origin::Path),
            (file(r"D:\pml", preferred), Origin::Own),
            (file(r"D:\pml", last), Origin::Own),
            (file(r"C:\Program Files", "Sysinternals").join(preferred), Origin::Usual),
            (file(r"C:\Program Files (x86)", "Sysinternals").join(preferred), Origin::Usual),
            (file(r"C:\Program Files", "SysinternalsSuite").join(preferred), Origin::Usual),
        ];
        for first in 0..in_order.len() {
            let mut files: Vec<_> = in_order[first..].iter().map(|(path, _)| path.clone()).collect();
            // A file in another folder changes nothing, even if that folder comes first.
            files.extend([file(r"C:\Users\ann\bin", preferred), file(".", preferred), file(r"C:\Tools", preferred)]);
            let (path, origin) = in_order[first].clone();
            assert_eq!(search(&files).unwrap(), Found { path, origin });
        }
    }

    #[test]
    fn a_procmon_that_others_can_change_is_only_named() {
        for folder in [r"C:\Tools", r"C:\Users\ann\bin", "."] {
            let planted = file(folder, NAMES[0]);
            let message = search(std::slice::from_ref(&planted)).unwrap_err().message();
            let option = format!("--procmon \"{}\"", planted.display());
            assert!(message.contains("other users") && message.contains(&option), "{message}");
        }
        let message = search(&[]).unwrap_err().message();
        assert!(message.contains("download it"), "{message}");
    }

    #[test]
    fn a_bare_name_has_no_folder() {
        assert!(is_bare(Path::new("Procmon64.exe")) && is_bare(Path::new("tools")));
        for path in ["", ".", "..", "./Procmon64.exe", "tools/Procmon64.exe", "/", "/Procmon64.exe"] {
            assert!(!is_bare(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn only_protected_folders_are_trusted() {
        let places = places();
        let is_trusted = |folder: &str| places.is_trusted(&file(folder, NAMES[0]));
        for folder in [
            r"C:\Program Files",
            r"c:\PROGRAM FILES\a\b",
            r"C:/Program Files/a",
            r"C:\Program Files (x86)\a",
            r"C:\Windows",
            r"C:\Windows\\System32\",
            r"D:\pml",
        ] {
            assert!(is_trusted(folder), "{folder}");
        }
        for folder in [
            "",
            ".",
            "C:",
            r"C:\",
            r"D:\pml\plugins",
            r"D:\Program Files",
            r"C:\Program Files2",
            r"C:\Program Files\..\Tools",
            r"C:Program Files",
            r"\Program Files",
            r"Program Files",
            r"C:\Windows\Temp",
            r"C:\Windows\System32\spool\drivers\color",
            r"\\server\C:\Program Files",
            r"\\?\C:\Program Files",
        ] {
            assert!(!is_trusted(folder), "{folder}");
        }
        assert!(!Places::default().is_trusted(&file(r"C:\Windows", NAMES[0])), "nothing is trusted by its name");
    }
}
