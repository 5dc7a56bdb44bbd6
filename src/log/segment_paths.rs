//! Finding the files of one capture: `x.pml`, `x-1.pml`, `x-2.pml`, ...

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Returns the files of the capture that `path` belongs to, in the order in which Procmon joins them.
///
/// Procmon splits a long capture into `x.pml`, `x-1.pml`, `x-2.pml` and so on. Whichever of them `path` names, the
/// capture consists of all files in its folder that are named `x.pml` or `x-<digits>.pml`, ignoring case and gaps in
/// the numbering. Shorter names come first, names of equal length in alphabetical order, as in Procmon 3.94.
///
/// ```
/// let files = procmon_parser::segment_paths("fixtures/segments/capture-1.pml")?;
/// let names: Vec<_> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
/// assert_eq!(names, ["capture.pml", "capture-1.pml", "capture-2.pml"]);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Errors
/// If the folder cannot be listed. The files are not opened.
pub fn segment_paths(path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let path = path.as_ref();
    let Some(stem) = path.file_name().and_then(|name| name.to_str()).and_then(capture_name) else {
        return Ok(vec![path.to_owned()]); // not named like a file of a capture
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
        return Ok(vec![path.to_owned()]); // opening it reports why it cannot be read
    }
    names.sort_by_cached_key(|name| (name.len(), name.to_ascii_lowercase()));
    Ok(names.into_iter().map(|name| path.with_file_name(name)).collect())
}

/// Returns the `x` of `x.pml` and `x-<digits>.pml`.
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
    fn capture_name_strips_the_number_and_the_extension() {
        for name in ["x.pml", "x-1.pml", "x-01.PML", "x-12.pml"] {
            assert_eq!(capture_name(name), Some("x"), "{name}");
        }
        assert_eq!(capture_name("x-1a.pml"), Some("x-1a"));
        assert_eq!(capture_name("x_1.pml"), Some("x_1"));
        assert_eq!(capture_name("x-.pml"), Some("x-"));
        assert_eq!(capture_name("x.csv"), None);
    }
}
