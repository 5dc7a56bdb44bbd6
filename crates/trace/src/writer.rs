//! The options of a trace, and the entry for each format.

use std::fmt;
use std::io::Write;
use std::num::NonZero;
use std::thread;

use procmon_parser::analysis::{self, Analysis, StackOrder, StackSummary, StackTree, StackWeight};
use procmon_parser::{Error, Event, Log, Result, Style};

use crate::ahead;
use crate::changes::Changes;
use crate::firefox::Firefox;
use crate::perfetto::Perfetto;
use crate::recorder::Recorder;
use crate::summary::Summary;
use crate::{speedscope, svg};

/// Returns true if an event is to be written.
type Filter<'a> = &'a (dyn Fn(Event<'_>) -> bool + Sync);
/// Is called with a number of events.
type Report<'a> = &'a (dyn Fn(u64) + Sync);

/// The options of a trace, and a method for each format. The documentation of the [crate](crate) describes the contents
/// of the formats.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::StackWeight;
/// use procmon_trace::TraceWriter;
///
/// let log = LogsReader::open("../../fixtures/sample64.pml")?;
/// let mut graph = Vec::new(); // or a `File`
/// TraceWriter::new().title("sample64.pml").weight(StackWeight::Time).svg(&mut graph, &log)?;
/// assert!(graph.starts_with(b"<svg"));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
pub struct TraceWriter<'a> {
    style: Style,
    title: String,
    filter: Option<Filter<'a>>,
    progress: Option<Report<'a>>,
    threads: NonZero<usize>,
    has_stacks: bool,
    modules_only: bool,
    weight: StackWeight,
}

impl fmt::Debug for TraceWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceWriter")
            .field("title", &self.title)
            .field("has_filter", &self.filter.is_some())
            .field("threads", &self.threads)
            .field("has_stacks", &self.has_stacks)
            .field("modules_only", &self.modules_only)
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

impl Default for TraceWriter<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> TraceWriter<'a> {
    /// Creates a writer of all events, in the default style.
    #[must_use]
    pub fn new() -> Self {
        Self {
            style: Style::new(),
            title: "Process Monitor log".to_owned(),
            filter: None,
            progress: None,
            threads: thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            has_stacks: false,
            modules_only: false,
            weight: StackWeight::Count,
        }
    }

    /// Sets the style of operations, paths, results and details.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Sets the title of the trace, such as the name of the log.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// Writes only the events for which `filter` returns true. Times still count from the first event of the log.
    #[must_use]
    pub fn filter(mut self, filter: &'a (dyn Fn(Event<'_>) -> bool + Sync)) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Calls `progress` with the number of events that were read since its last call. Several threads call it.
    #[must_use]
    pub fn progress(mut self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Sets the number of threads. It does not change the output. A call tree is built by all threads. Other formats
    /// use at most two: for Perfetto, one thread formats the output and one writes it; for Firefox, one thread reads
    /// the events and one adds them to the profile.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Adds the stack to the arguments of the events of Perfetto. The other formats always have stacks.
    #[must_use]
    pub fn stacks(mut self, stacks: bool) -> Self {
        self.has_stacks = stacks;
        self
    }

    /// Treats all frames of a module as equal, in the formats with a call tree.
    #[must_use]
    pub fn modules_only(mut self, modules_only: bool) -> Self {
        self.modules_only = modules_only;
        self
    }

    /// Sets the weight of a stack, in the formats with a call tree.
    #[must_use]
    pub fn weight(mut self, weight: StackWeight) -> Self {
        self.weight = weight;
        self
    }

    /// Writes JSON of the Trace Event Format, for Perfetto.
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("../../fixtures/sample64.pml")?;
    /// let mut trace = Vec::new();
    /// procmon_trace::TraceWriter::new().stacks(true).perfetto(&mut trace, &log)?;
    /// assert!(String::from_utf8_lossy(&trace).contains("ntdll.dll!0x"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading the log or writing fails. An event that cannot be read is not an error: it is counted.
    pub fn perfetto<L: Log + Sync + ?Sized>(&self, mut out: impl Write, log: &L) -> Result<Summary> {
        let make = |out: &mut dyn Write| {
            let mut trace = Perfetto::begin(out, log, &self.title, &self.style, self.has_stacks);
            let summary = self.for_each(log, |event, summary| trace.add(event, summary))?;
            trace.finish()?;
            Ok(summary)
        };
        if self.threads.get() > 1 { ahead::write(out, make) } else { make(&mut out) }
    }

    /// Writes a processed profile for Firefox Profiler. The crate `fxprof-processed-profile` keeps all of it in memory:
    /// about 85 bytes for each event, 150 bytes for each different frame of the call tree of a thread, and up to four
    /// copies of each different text.
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("../../fixtures/sample64.pml")?;
    /// let mut profile = Vec::new();
    /// procmon_trace::TraceWriter::new().firefox(&mut profile, &log)?;
    /// assert!(profile.starts_with(b"{\"meta\":"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`perfetto`](Self::perfetto).
    pub fn firefox<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        let mut profile = Firefox::new(log, &self.title);
        let summary = if self.threads.get() > 1 {
            let take = |changes| {
                profile.apply(&changes);
                Ok(())
            };
            ahead::pass(|parts| self.record(log, |changes| Ok(parts.send(changes.take())?)), take)?
        } else {
            self.record(log, |changes| {
                profile.apply(changes);
                changes.clear();
                Ok(())
            })?
        };
        profile.finish(out)?;
        Ok(summary)
    }

    /// Calls `pass` with the changes that the selected events make to a profile; `pass` removes them.
    fn record<L: Log + ?Sized>(&self, log: &L, mut pass: impl FnMut(&mut Changes) -> Result<()>) -> Result<Summary> {
        let mut recorder = Recorder::new(log, &self.style);
        let summary = self.for_each(log, |event, summary| {
            recorder.add(event, summary);
            if recorder.changes.is_full() { pass(&mut recorder.changes) } else { Ok(()) }
        })?;
        pass(&mut recorder.changes)?;
        Ok(summary)
    }

    /// Writes a file of speedscope, with a profile for each process.
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("../../fixtures/sample64.pml")?;
    /// let mut profiles = Vec::new();
    /// let summary = procmon_trace::TraceWriter::new().speedscope(&mut profiles, &log)?;
    /// assert!(summary.samples > 0);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`perfetto`](Self::perfetto).
    pub fn speedscope<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        self.with_tree(log, |tree| speedscope::write(out, tree, &self.title, self.weight))
    }

    /// Writes folded stacks: [`StackTree::write_folded`].
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("../../fixtures/sample64.pml")?;
    /// let mut stacks = Vec::new();
    /// procmon_trace::TraceWriter::new().modules_only(true).folded(&mut stacks, &log)?;
    /// assert!(String::from_utf8_lossy(&stacks).contains(";kernel32.dll;ntdll.dll;"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`perfetto`](Self::perfetto).
    pub fn folded<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        self.with_tree(log, |tree| tree.write_folded(out, self.weight))
    }

    /// Writes a flame graph as SVG, which loads nothing and has no scripts. Frames that would be narrower than 0.4 pixels
    /// are joined.
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("../../fixtures/sample64.pml")?;
    /// let mut graph = Vec::new();
    /// procmon_trace::TraceWriter::new().svg(&mut graph, &log)?;
    /// assert!(graph.ends_with(b"</svg>\n"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`perfetto`](Self::perfetto).
    pub fn svg<L: Log + Sync + ?Sized>(&self, out: impl Write, log: &L) -> Result<Summary> {
        self.with_tree(log, |tree| svg::write(out, tree, &self.title, self.weight))
    }

    fn is_selected(&self, event: Event<'_>) -> bool {
        self.filter.is_none_or(|filter| filter(event))
    }

    /// Calls `work` with the selected events, in the order of the log.
    fn for_each<L: Log + ?Sized>(
        &self,
        log: &L,
        mut work: impl FnMut(Event<'_>, &mut Summary) -> Result<()>,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        let mut counter = Counter::new(self.progress);
        log.try_for_each(|event| {
            counter.tick();
            match event {
                Ok(event) if self.is_selected(event) => {
                    summary.events += 1;
                    work(event, &mut summary)?;
                }
                Ok(_) => {}
                Err(error) => {
                    summary.unreadable += 1;
                    summary.first_error.get_or_insert(error);
                }
            }
            Ok::<_, Error>(())
        })?;
        Ok(summary)
    }

    /// Calls `write` with the call tree of the selected events.
    fn with_tree<L: Log + Sync + ?Sized>(
        &self,
        log: &L,
        write: impl FnOnce(&StackTree<'_>) -> Result<()>,
    ) -> Result<Summary> {
        let new = || Stacks {
            summary: StackSummary::new().modules_only(self.modules_only),
            events: 0,
            counter: Counter::new(self.progress),
            writer: self,
        };
        let (stacks, unreadable) = analysis::analyse(log, self.threads, |_| true, new)?;
        let order = if self.weight == StackWeight::Time { StackOrder::Time } else { StackOrder::Count };
        write(&stacks.summary.tree(order))?;
        Ok(Summary {
            events: stacks.events,
            unreadable: unreadable.events,
            first_error: unreadable.first,
            samples: stacks.summary.events(),
            shortened: stacks.summary.shortened(),
            ..Summary::default()
        })
    }
}

/// The call tree of the selected events of a part of a log.
struct Stacks<'w> {
    summary: StackSummary,
    events: u64,
    counter: Counter<'w>,
    writer: &'w TraceWriter<'w>,
}

impl Analysis for Stacks<'_> {
    fn add(&mut self, event: &Event<'_>) {
        self.counter.tick();
        if self.writer.is_selected(*event) {
            self.events += 1;
            self.summary.add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        self.summary.merge(later.summary);
        self.events += later.events;
    }
}

/// Reports events in batches, because a report can take longer than an event.
struct Counter<'a> {
    progress: Option<Report<'a>>,
    pending: u64,
}

impl<'a> Counter<'a> {
    fn new(progress: Option<Report<'a>>) -> Self {
        Self { progress, pending: 0 }
    }

    fn tick(&mut self) {
        self.pending += 1;
        if self.pending == 4096 {
            self.report();
        }
    }

    fn report(&mut self) {
        if let Some(progress) = self.progress {
            progress(self.pending);
        }
        self.pending = 0;
    }
}

impl Drop for Counter<'_> {
    fn drop(&mut self) {
        self.report();
    }
}
