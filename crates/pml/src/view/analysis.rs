//! Analyses of logs: opening, one pass on all processors, and the output.

use std::io::Write;
use std::num::NonZero;
use std::thread;

use procmon_parser::analysis::{self, Analysis};
use procmon_parser::{Event, Log, Style};

use crate::args::analysis::{AnalysisArgs, AnalysisFormat};
use crate::args::select::Selector;
use crate::error::{Failure, Outcome};
use crate::io::input::{self, Input};
use crate::io::output;
use crate::io::progress::{Counter, Progress};
use crate::io::safe_csv::SafeCsv;
use crate::term::report_unreadable;
use crate::view::document;
use crate::view::sheet::model::Sheet;
use crate::view::sheet::{self, SheetFormat};

/// The logs of a command that analyses events.
pub(crate) struct Analyser<'a> {
    args: &'a AnalysisArgs,
    pub(crate) format: AnalysisFormat,
    pub(crate) style: Style,
    pub(crate) inputs: Vec<Input>,
    selector: Selector,
    outcome: Outcome,
    selected: u64,
}

/// Feeds the selected events to an analysis, and counts all events for the progress bar.
struct Selecting<'s, A> {
    selector: &'s Selector,
    progress: Counter,
    selected: u64,
    analysis: A,
}

impl<A: Analysis> Analysis for Selecting<'_, A> {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        self.progress.tick();
        if self.selector.matches(*event) {
            self.selected += 1;
            self.analysis.add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        self.selected += later.selected;
        self.analysis.merge(later.analysis);
    }
}

impl<'a> Analyser<'a> {
    /// Opens the logs and compiles the selection.
    pub(crate) fn open(args: &'a AnalysisArgs) -> Result<Self, Failure> {
        output::refuse_inputs(args.output.as_deref(), args.input.files())?;
        let format = args.format()?;
        let selection = args.select.read()?;
        let (inputs, outcome) = input::open(&args.input)?;
        let style = args.style(&selection, format);
        selection.warn(|| input::indexes(&inputs));
        let selector = selection.compile(&input::logs(&inputs), &style)?;
        Ok(Self { args, format, style, inputs, selector, outcome, selected: 0 })
    }

    /// Analyses the selected events of all logs together.
    pub(crate) fn analyse<A: Analysis>(&mut self, new: impl Fn(&Style) -> A + Sync) -> Result<A, Failure> {
        let logs = input::logs(&self.inputs);
        let progress = self.progress();
        let (analysis, selected, unreadable) = self.pass(&logs[..], &progress, || new(&self.style))?;
        drop(progress);
        self.add(selected, unreadable, self.event_count());
        Ok(analysis)
    }

    /// Analyses the selected events of each log.
    pub(crate) fn analyse_each<A: Analysis>(&mut self, new: impl Fn(&Input) -> A + Sync) -> Result<Vec<A>, Failure> {
        let progress = self.progress();
        let passes = self.inputs.iter().map(|input| self.pass(&input.log, &progress, || new(input)));
        let passes: Vec<_> = passes.collect::<Result<_, _>>()?;
        drop(progress);
        let counts: Vec<_> = self.inputs.iter().map(Input::event_count).collect();
        let mut analyses = Vec::new();
        for ((analysis, selected, unreadable), events) in passes.into_iter().zip(counts) {
            self.add(selected, unreadable, events);
            analyses.push(analysis);
        }
        Ok(analyses)
    }

    fn event_count(&self) -> u64 {
        self.inputs.iter().map(Input::event_count).sum()
    }

    fn progress(&self) -> Progress {
        Progress::new(self.event_count(), self.args.input.no_progress)
    }

    fn pass<A: Analysis, L: Log + Sync + ?Sized>(
        &self,
        log: &L,
        progress: &Progress,
        new: impl Fn() -> A + Sync,
    ) -> Result<(A, u64, analysis::Unreadable), Failure> {
        let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let threads = self.args.threads.unwrap_or(processors);
        let new = || Selecting { selector: &self.selector, progress: progress.counter(), selected: 0, analysis: new() };
        let (whole, unreadable) = analysis::analyse(log, threads, |_| true, new)?;
        Ok((whole.analysis, whole.selected, unreadable))
    }

    fn add(&mut self, selected: u64, unreadable: analysis::Unreadable, events: u64) {
        self.selected += selected;
        if let Some(first) = unreadable.first {
            report_unreadable(unreadable.events, events, &first);
            self.outcome = Outcome::Incomplete;
        }
    }

    /// Writes a sheet of all logs, or the file of Procmon's dialog.
    pub(crate) fn write<'s>(
        &self,
        procmon: impl FnOnce(&mut dyn Write) -> procmon_parser::Result<()>,
        sheet: impl FnOnce() -> Sheet<'s>,
    ) -> Result<Outcome, Failure> {
        self.write_with(|out, format| match format {
            None => procmon(out),
            Some(format) => sheet::write(out, sheet(), format),
        })
    }

    /// Writes a sheet of each log, or the file of Procmon's dialog for the only log.
    pub(crate) fn write_each<'s>(
        &self,
        procmon: impl FnOnce(&mut dyn Write) -> procmon_parser::Result<()>,
        sheets: impl FnOnce() -> Vec<Sheet<'s>>,
    ) -> Result<Outcome, Failure> {
        if self.format == AnalysisFormat::Procmon && self.inputs.len() > 1 {
            return Err(Failure::Usage("--csv=procmon shows one log; several are named".to_owned()));
        }
        self.write_with(|out, format| match format {
            None => procmon(out),
            Some(format) => sheet::write_each(out, sheets(), format),
        })
    }

    /// Writes a document. The format is `None` for the file of Procmon's dialog.
    pub(crate) fn write_with(
        &self,
        write: impl FnOnce(&mut dyn Write, Option<SheetFormat>) -> procmon_parser::Result<()>,
    ) -> Result<Outcome, Failure> {
        self.selector.report(self.selected, self.event_count());
        input::check_unchanged(&self.inputs)?;
        let path = self.args.output.as_deref();
        let format = match self.format {
            AnalysisFormat::Text => Some(SheetFormat::Text(document::width(path))),
            AnalysisFormat::Json => Some(SheetFormat::Json),
            AnalysisFormat::Csv => Some(SheetFormat::Csv),
            AnalysisFormat::Procmon => None,
        };
        let read = input::files_to_keep(&self.inputs).chain(self.args.select.files());
        document::write(path, read, self.format == AnalysisFormat::Text, |out| {
            write(&mut SafeCsv::new(out, self.args.csv_safe), format)
        })?;
        Ok(self.outcome)
    }
}
