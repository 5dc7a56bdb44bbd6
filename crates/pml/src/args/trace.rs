//! Formats of traces.

use std::path::Path;

use clap::ValueEnum;

use crate::args::extension::Formats;
use crate::error::Failure;

/// The format of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// JSON of the Trace Event Format, for Perfetto, chrome://tracing and WPA.
    Perfetto,
    /// Processed profile, for Firefox Profiler.
    Firefox,
    /// Call trees of the processes, for speedscope.
    Speedscope,
    /// A line for each stack, for tools that draw flame graphs.
    Folded,
    /// Flame graph, for browsers.
    Svg,
}

const TRACES: Formats<TraceFormat> = Formats {
    extensions: &[
        ("perfetto", TraceFormat::Perfetto),
        ("firefox", TraceFormat::Firefox),
        ("speedscope", TraceFormat::Speedscope),
        ("folded", TraceFormat::Folded),
        ("svg", TraceFormat::Svg),
    ],
    default: TraceFormat::Perfetto,
    advice: ", the first three also with .json, all also with .gz or .zst; --to allows others",
};

impl TraceFormat {
    /// Returns the format of an output: the requested one, or else that of the extension. `output` must not end in .gz
    /// or .zst. In `x.firefox.json`, the inner extension chooses the format; only formats that are JSON have one.
    pub(crate) fn choose(output: Option<&Path>, requested: Option<Self>) -> Result<Self, Failure> {
        let is = |path: &Path, of: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(of));
        let inner = output.filter(|path| is(path, "json")).and_then(Path::file_stem).map(Path::new);
        let is_known = |path: &&Path| ["perfetto", "firefox", "speedscope"].iter().any(|known| is(path, known));
        TRACES.choose(inner.filter(is_known).or(output), requested)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::TraceFormat;

    #[test]
    fn extensions_choose_the_format() {
        let choose = |name: &str, requested| TraceFormat::choose(Some(Path::new(name)), requested).ok();
        assert_eq!(TraceFormat::choose(None, None).ok(), Some(TraceFormat::Perfetto));
        for (name, format) in [
            ("x.svg", TraceFormat::Svg),
            ("x.Folded", TraceFormat::Folded),
            ("x.speedscope.json", TraceFormat::Speedscope),
            ("a.b/x.Perfetto.JSON", TraceFormat::Perfetto),
            ("x.firefox", TraceFormat::Firefox),
        ] {
            assert_eq!(choose(name, None), Some(format), "{name}");
            assert_eq!(choose(name, Some(format)), Some(format), "{name}");
        }
        for name in ["x.json", "x.svg.json", "x.folded.json", "x.trace.json", "x.txt", "perfetto.json"] {
            assert_eq!(choose(name, None), None, "{name}");
            assert_eq!(choose(name, Some(TraceFormat::Firefox)), Some(TraceFormat::Firefox), "{name}");
        }
        for name in ["x.svg", "x.speedscope.json", "x.csv", "x.pml"] {
            assert_eq!(choose(name, Some(TraceFormat::Firefox)), None, "{name}");
        }
    }
}
