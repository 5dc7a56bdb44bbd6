//! Filters made ready for the events of a log.

use std::sync::Arc;

use super::Filter;
use super::operations::Operations;
use super::run::{Run, Source};
use crate::event::Event;
use crate::index::{Identity, Index, Process};
use crate::text::Style;

impl Filter {
    /// Makes the filter ready for the events of one or several files: what rules say of their processes is decided
    /// now, once for each.
    ///
    /// The style decides what the rules see: the text of columns, and with it the names of advanced output, names or
    /// numbers of hosts, the time zone. What [`Compat::Procmon3_94`](crate::Compat::Procmon3_94) is for Procmon's
    /// output it is for its filters, but that they look at all of a text that its output cuts.
    ///
    /// ```
    /// use procmon_parser::{Compat, Filter, LogsReader, Rule, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let filter = Filter::from(vec![Rule::path().ends_with(".dll").include()]);
    /// let matcher = filter.compile(log.indexes(), &Style::new().compat(Compat::Procmon3_94));
    /// assert!(log.events().flatten().filter(|event| matcher.matches(*event)).count() > 0);
    /// ```
    #[must_use]
    pub fn compile<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> Matcher {
        Matcher(Arc::new(Plan::new(self, indexes, style)))
    }
}

/// A filter that is ready for the events of a log; a pointer, so that copies of it cost nothing.
///
/// It can be shared by threads as the log can: texts that rules look at are made in a buffer that each thread keeps.
/// Events of another log than the one that it was [made ready](Filter::compile) for are judged rightly too, but slowly.
#[derive(Clone, Debug)]
pub struct Matcher(Arc<Plan>);

#[derive(Debug)]
struct Plan {
    style: Style,
    /// Whether a run lets nothing through.
    hides_all: bool,
    /// The runs about the process, and what they say of the processes of each file.
    process_runs: Vec<Run>,
    files: Vec<Processes>,
    operations: Option<Operations>,
    /// The other runs, the cheapest first.
    runs: Vec<Run>,
}

/// What the runs about the process say of the processes of a file.
#[derive(Debug)]
struct Processes {
    file: Identity,
    /// By position in the process table.
    shown: Vec<bool>,
    /// For the events of a process that the table does not have.
    unknown_shown: bool,
}

impl Matcher {
    /// Whether Procmon shows an event under this filter. Allocates nothing, but for the first long text of a thread.
    #[inline]
    #[must_use]
    pub fn matches(&self, event: Event<'_>) -> bool {
        let plan = &*self.0;
        // Runs have to agree, whatever their order: the cheap ones are asked first.
        !plan.hides_all
            && plan.shows_process(event)
            && plan.operations.as_ref().is_none_or(|operations| operations.show(event, &plan.style))
            && plan.runs.iter().all(|run| run.shows(event, &plan.style))
    }
}

impl Plan {
    fn new<'i>(filter: &Filter, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> Self {
        let all = Run::all_of(filter.rules());
        let hides_all = all.is_none();
        let mut runs = all.unwrap_or_default();
        runs.sort_by_key(Run::cost);
        let mut of = |source| runs.extract_if(.., |run| run.source() == source).collect::<Vec<_>>();
        let (process_runs, operation_runs) = (of(Source::Process), of(Source::Operation));
        let operations = (!operation_runs.is_empty()).then(|| Operations::new(operation_runs, style));
        let mut plan = Self { style: style.clone(), hides_all, process_runs, files: Vec::new(), operations, runs };
        if !plan.process_runs.is_empty() {
            plan.files = indexes.into_iter().map(|index| plan.judge(index)).collect();
        }
        plan
    }

    fn judge(&self, index: &Index) -> Processes {
        Processes {
            file: index.identity().clone(),
            shown: index.processes().map(|process| self.judge_process(Some(process))).collect(),
            unknown_shown: self.judge_process(None),
        }
    }

    fn judge_process(&self, process: Option<Process<'_>>) -> bool {
        self.process_runs.iter().all(|run| run.shows_process(process, &self.style))
    }

    #[inline]
    fn shows_process(&self, event: Event<'_>) -> bool {
        if self.process_runs.is_empty() {
            return true;
        }
        let index = event.index();
        let Some(file) = self.files.iter().find(|processes| processes.file == *index.identity()) else {
            return self.judge_process(event.process());
        };
        match index.process_position(event.process_key()) {
            Some(position) => file.shown.get(position).copied().unwrap_or_default(),
            None => file.unknown_shown,
        }
    }
}
