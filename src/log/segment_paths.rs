//! The files of one capture: `x.pml`, `x-1.pml`, `x-2.pml`, ...

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The files of the capture that `path` belongs to, in the order in which Procmon joins them.
///
/// Procmon cuts a long capture into `x.pml`, `x-1.pml`, `x-2.pml` and so on. Whichever of them is named, the capture
/// is every file of its folder called `x.pml` or `x-<digits>.pml`, whether or not numbers are missing: shorter names
/// first, then in alphabetical order.
///
/// ```
/// let files = procmon_parser::segment_paths("fixtures/segments/capture-1.pml").unwrap();
/// let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
/// assert_eq!(names, ["capture.pml", "capture-1.pml", "capture-2.pml"]);
/// ```
///
/// # Errors
/// If the folder cannot be listed. Whether the files are logs is not looked at.
pub fn segment_paths(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let path = path.as_ref();
    let Some(stem) = path.file_name().and_then(|name| name.to_str()).and_then(capture_name) else {
        return Ok(vec![path.to_owned()]); // not named like a segment
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let in_folder = |error: std::io::Error| Error::from(error).in_file(folder);
    let mut names = Vec::new();
    for entry in folder.read_dir().map_err(in_folder)? {
        let entry = entry.map_err(in_folder)?;
        if let Ok(name) = entry.file_name().into_string()
            && capture_name(&name).is_some_and(|other| other.eq_ignore_ascii_case(stem))
            && !entry.path().is_dir()
        {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(vec![path.to_owned()]); // so that opening it says what is wrong
    }
    names.sort_by_cached_key(|name| (name.len(), name.to_ascii_lowercase()));
    Ok(names.into_iter().map(|name| path.with_file_name(name)).collect())
}

/// `x` of `x.pml` and `x-<digits>.pml`.
fn capture_name(file: &str) -> Option<&str> {
    let (stem, extension) = file.rsplit_once('.')?;
    if !extension.eq_ignore_ascii_case("pml") {
        return None;
    }
    match stem.rsplit_once('-') {
        Some((name, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(name),
        _ => Some(stem),
    }
}

#[cfg(test)]
mod tests {
    use super::capture_name;

    #[test]
    fn names_of_segments() {
        for name in ["x.pml", "x-1.pml", "x-01.PML", "x-12.pml"] {
            assert_eq!(capture_name(name), Some("x"), "{name}");
        }
        assert_eq!(capture_name("x-1a.pml"), Some("x-1a"));
        assert_eq!(capture_name("x_1.pml"), Some("x_1"));
        assert_eq!(capture_name("x-.pml"), Some("x-"));
        assert_eq!(capture_name("x.csv"), None);
    }
}
