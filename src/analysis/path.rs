//! Parts of paths, by which tables group.

/// The name of the group of files without an extension.
const NONE: &str = "<none>";
/// The text between the endpoints in the Path column.
const ARROW: &str = "-> ";

/// Returns the extension of a path: the part of the file name after its last dot, or `<none>` if it has no dot. Procmon
/// groups by the same text.
///
/// ```
/// use procmon_parser::analysis::extension;
///
/// assert_eq!(extension(r"C:\Windows\notepad.EXE"), "EXE");
/// assert_eq!(extension(r"C:\Users\Ann\.bashrc"), "bashrc");
/// assert_eq!(extension(r"C:\v1.2\LICENSE"), "<none>");
/// ```
#[must_use]
pub fn extension(path: &str) -> &str {
    let file = path.rsplit_once('\\').map_or(path, |(_, file)| file);
    file.rsplit_once('.').map_or(NONE, |(_, extension)| extension)
}

/// Returns the folder of a path: the text before its last backslash, or the path itself if it has no backslash. A
/// backslash at the end is ignored, so `C:\` is `C:`.
///
/// ```
/// use procmon_parser::analysis::folder;
///
/// assert_eq!(folder(r"C:\Windows\notepad.exe"), r"C:\Windows");
/// assert_eq!([folder(r"C:\Windows\"), folder(r"C:\")], ["C:", "C:"]);
/// ```
#[must_use]
pub fn folder(path: &str) -> &str {
    let path = path.trim_end_matches('\\');
    path.rsplit_once('\\').map_or(path, |(folder, _)| folder)
}

/// Returns the remote endpoint in the path of a network event: the text after the first arrow, or the whole path if it
/// has no arrow.
///
/// ```
/// use procmon_parser::analysis::remote;
///
/// assert_eq!(remote("desktop:50123 -> example.net:443"), "example.net:443");
/// ```
#[must_use]
pub fn remote(path: &str) -> &str {
    path.split_once(ARROW).map_or(path, |(_, remote)| remote)
}
