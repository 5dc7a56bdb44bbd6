//! Extensions of output files.

use std::path::Path;

use crate::error::Failure;

/// Extensions of other file types that `pml` reads or writes, and of compressed files. An output with such an extension
/// is an error if the command does not write that type.
const OTHERS: [&str; 21] = [
    "pml", "pmb", "pmc", "pmf", "csv", "xml", "jsonl", "ndjson", "parquet", "arrow", "feather", "gz", "zst", "bz2",
    "xz", "lz4", "br", "zip", "7z", "rar", "lzma",
];

/// The formats in which a command can write a file.
pub(crate) struct Formats<F: 'static> {
    /// The known extensions in lower case, with their formats.
    pub(crate) extensions: &'static [(&'static str, F)],
    /// The format of a file without an extension.
    pub(crate) default: F,
    /// The end of the message about an unknown extension: what the user can do about it.
    pub(crate) advice: &'static str,
}

impl<F: Copy + PartialEq> Formats<F> {
    /// Returns the format of an output: the requested one, or else the format of its extension.
    ///
    /// Fails for an extension that is unknown, unless a format is requested, and for an extension of a different
    /// format.
    pub(crate) fn choose(&self, output: Option<&Path>, requested: Option<F>) -> Result<F, Failure> {
        let Some((path, extension)) = output.and_then(|path| Some((path, path.extension()?))) else {
            return Ok(requested.unwrap_or(self.default));
        };
        let extension = extension.to_string_lossy().to_ascii_lowercase();
        let known = self.extensions.iter().find(|(known, _)| *known == extension).map(|&(_, format)| format);
        let is_contradiction = match known {
            Some(format) => requested.is_some_and(|requested| requested != format),
            None => OTHERS.contains(&extension.as_str()),
        };
        let refused = |problem: &str| {
            let known: Vec<_> = self.extensions.iter().map(|(known, _)| format!(".{known}")).collect();
            let (path, known, advice) = (path.display(), known.join(", "), self.advice);
            Err(Failure::Usage(format!("{path}: {problem} .{extension}; known extensions: {known}{advice}")))
        };
        match (known, requested) {
            _ if is_contradiction => refused("the format of the output contradicts the extension"),
            (Some(format), _) | (None, Some(format)) => Ok(format),
            (None, None) => refused("unknown extension"),
        }
    }
}

/// Formats of logs.
pub(crate) const LOGS: Formats<()> = Formats { extensions: &[("pml", ())], default: (), advice: "" };

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::args::format::{EXPORTS, Format};

    #[test]
    fn extensions_choose_the_format() {
        let choose = |name: &str, requested| EXPORTS.choose(Some(Path::new(name)), requested).ok();
        assert_eq!(EXPORTS.choose(None, None).ok(), Some(Format::Csv));
        for (name, format) in [
            ("x", Format::Csv),
            ("x.CSV", Format::Csv),
            ("x.y/z", Format::Csv),
            ("x.xml", Format::Xml),
            ("x.NDJson", Format::Jsonl),
            ("x.Parquet", Format::Parquet),
            ("x.arrow", Format::Arrow),
        ] {
            assert_eq!(choose(name, None), Some(format), "{name}");
            assert_eq!(choose(name, Some(format)), Some(format), "{name}");
        }
        for name in ["x.json", "x.data", "x.csv.txt"] {
            assert_eq!(choose(name, None), None, "{name}");
            assert_eq!(choose(name, Some(Format::Xml)), Some(Format::Xml), "{name}");
        }
        for name in ["x.xml", "x.csv.bz2", "x.xz", "x.pml", "x.parquet", "x.feather"] {
            assert_eq!(choose(name, Some(Format::Csv)), None, "{name}");
        }
    }
}
