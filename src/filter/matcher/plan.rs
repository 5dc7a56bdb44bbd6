//! Compiled lists of rules.

use super::addresses::Addresses;
use super::operations::Operations;
use super::run::{Dependency, Run};
use crate::event::Event;
use crate::filter::Rule;
use crate::index::{Index, Process};
use crate::text::Style;

/// A compiled list of rules.
#[derive(Debug)]
pub(super) struct Plan {
    style: Style,
    /// True if a run hides all events.
    hides_all: bool,
    /// The runs on columns of the process. `files` has their results for the processes of each file.
    process_runs: Vec<Run>,
    files: Vec<Processes>,
    operations: Option<Operations>,
    /// The other runs, cheapest first.
    runs: Vec<Run>,
}

/// The results of the runs on columns of the process, for the processes of a file.
#[derive(Debug)]
struct Processes {
    index: Index,
    /// By position in the process table.
    shown: Vec<bool>,
    /// For events whose process is not in the table.
    unknown_shown: bool,
}

impl Plan {
    /// Compiles rules that compare the text of a style. Those on paths also compare network events with both texts of
    /// `addresses`, if there are any.
    pub(super) fn new<'i>(
        rules: &[Rule],
        indexes: impl IntoIterator<Item = &'i Index>,
        style: &Style,
        addresses: Option<&Addresses>,
    ) -> Self {
        let all = Run::split(rules, style, addresses);
        let hides_all = all.is_none();
        let mut runs = all.unwrap_or_default();
        runs.sort_by_key(Run::cost);
        let mut of = |dependency| runs.extract_if(.., |run| run.dependency() == dependency).collect::<Vec<_>>();
        let (process_runs, operation_runs) = (of(Dependency::Process), of(Dependency::Operation));
        let operations = (!operation_runs.is_empty()).then(|| Operations::new(operation_runs, style));
        let mut plan = Self { style: style.clone(), hides_all, process_runs, files: Vec::new(), operations, runs };
        if !plan.process_runs.is_empty() {
            plan.files = indexes.into_iter().map(|index| plan.evaluate_processes(index)).collect();
        }
        plan
    }

    /// Returns true if the rules show an event.
    #[inline]
    pub(super) fn shows(&self, event: Event<'_>) -> bool {
        // All runs must agree, whatever their order, so the cheap ones are evaluated first.
        !self.hides_all
            && self.shows_process(event)
            && self.operations.as_ref().is_none_or(|operations| operations.show(event, &self.style))
            && self.runs.iter().all(|run| run.shows(event, &self.style))
    }

    fn evaluate_processes(&self, index: &Index) -> Processes {
        Processes {
            index: index.clone(),
            shown: index.processes().map(|process| self.evaluate_process(index, Some(process))).collect(),
            unknown_shown: self.evaluate_process(index, None),
        }
    }

    fn evaluate_process(&self, index: &Index, process: Option<Process<'_>>) -> bool {
        self.process_runs.iter().all(|run| run.shows_process(index, process, &self.style))
    }

    #[inline]
    fn shows_process(&self, event: Event<'_>) -> bool {
        if self.process_runs.is_empty() {
            return true;
        }
        let index = event.index();
        let Some(file) = self.files.iter().find(|processes| processes.index.ptr_eq(index)) else {
            return self.evaluate_process(index, event.process());
        };
        match index.process_position(event.process_key()) {
            Some(position) => file.shown.get(position).copied().unwrap_or_default(),
            None => file.unknown_shown,
        }
    }
}
