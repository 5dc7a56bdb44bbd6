//! The options of a report.

use std::num::NonZero;
use std::str::FromStr;

use procmon_parser::{Style, UtcOffset};

/// The number of events that a report contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Embed {
    /// The first events, up to this number, and those to which findings and the table of slowest calls refer. Fewer if
    /// their texts are very long.
    First(usize),
    /// All events. The memory for the report is proportional to the log.
    All,
    /// No events.
    None,
}

impl Embed {
    /// The default number. In a typical log, this many events take about 3 MB, and the page opens and scrolls without
    /// delay.
    pub const DEFAULT: usize = 200_000;
}

impl Default for Embed {
    fn default() -> Self {
        Self::First(Self::DEFAULT)
    }
}

/// Parses a number, `all` or `none`.
///
/// ```
/// use procmon_report::Embed;
///
/// assert_eq!("1000".parse::<Embed>()?, Embed::First(1000));
/// assert_eq!("all".parse::<Embed>()?, Embed::All);
/// # Ok::<(), String>(())
/// ```
impl FromStr for Embed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            digits => match digits.replace('_', "").parse() {
                Ok(0) => Ok(Self::None),
                Ok(number) => Ok(Self::First(number)),
                Err(_) => Err("expected a number of events, all or none".to_owned()),
            },
        }
    }
}

/// The options of a [`Report`](crate::Report).
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_report::{Embed, Report, ReportOptions};
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let options = ReportOptions::new().title("A capture").embed(Embed::None).file("sample64.pml", 1234, "");
/// let report = Report::of(&[log], &options, |event| event.status().is_error())?;
/// assert_eq!(report.events(), 6);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReportOptions {
    pub(crate) title: String,
    pub(crate) generator: String,
    pub(crate) style: Style,
    pub(crate) utc_offset: UtcOffset,
    pub(crate) embed: Embed,
    pub(crate) threads: NonZero<usize>,
    pub(crate) files: Vec<File>,
    pub(crate) warnings: Vec<String>,
}

/// A file of the logs.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) note: String,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            title: "Process Monitor log".to_owned(),
            generator: concat!("procmon-report ", env!("CARGO_PKG_VERSION")).to_owned(),
            style: Style::new(),
            utc_offset: UtcOffset::UTC,
            embed: Embed::default(),
            threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            files: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl ReportOptions {
    /// Returns the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the title of the page, such as the name of the log.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// Sets the name and version of the program that writes the report.
    #[must_use]
    pub fn generator(mut self, generator: &str) -> Self {
        self.generator = generator.to_owned();
        self
    }

    /// Sets the style of the texts of events.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Sets the offset of the times on the page from UTC. The default is UTC.
    #[must_use]
    pub fn utc_offset(mut self, utc_offset: UtcOffset) -> Self {
        self.utc_offset = utc_offset;
        self
    }

    /// Sets the events that the page contains. The default is the first [`Embed::DEFAULT`].
    #[must_use]
    pub fn embed(mut self, embed: Embed) -> Self {
        self.embed = embed;
        self
    }

    /// Sets the number of threads. It does not change the result. The default is the number of processors.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Adds the name and the size in bytes of the next file of the logs, and a note on it, which may be empty.
    #[must_use]
    pub fn file(mut self, name: &str, bytes: u64, note: &str) -> Self {
        self.files.push(File { name: name.to_owned(), bytes, note: note.to_owned() });
        self
    }

    /// Adds a warning to those of the log.
    #[must_use]
    pub fn warning(mut self, warning: &str) -> Self {
        self.warnings.push(warning.to_owned());
        self
    }
}
