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
    /// The runs on columns of the process: all runs of one of these lists must show it. `files` has the results for the
    /// processes of each file. Empty if there are no such runs.
    process_runs: Vec<Vec<Run>>,
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
        let process_runs: Vec<_> = Some(process_runs).into_iter().filter(|runs| !runs.is_empty()).collect();
        let operations = (!operation_runs.is_empty()).then(|| Operations::new(operation_runs, style));
        let mut plan = Self { style: style.clone(), hides_all, process_runs, files: Vec::new(), operations, runs };
        if !plan.process_runs.is_empty() {
            plan.files = indexes.into_iter().map(|index| plan.evaluate_processes(index)).collect();
        }
        plan
    }

    /// Combines plans that decide by the process alone: the result has one plan, which shows what one of them shows, in
    /// front of the other plans. All plans must be for the same files and style.
    pub(super) fn combine_processes(plans: impl IntoIterator<Item = Self>) -> impl Iterator<Item = Self> {
        let (of_process, others): (Vec<_>, Vec<_>) = plans.into_iter().partition(Self::is_of_process);
        of_process.into_iter().reduce(Self::or_process).into_iter().chain(others)
    }

    /// Returns true if the process alone decides which events are shown.
    fn is_of_process(&self) -> bool {
        !self.hides_all && !self.process_runs.is_empty() && self.operations.is_none() && self.runs.is_empty()
    }

    fn or_process(mut self, other: Self) -> Self {
        self.process_runs.extend(other.process_runs);
        for (file, other) in self.files.iter_mut().zip(other.files) {
            file.shown.iter_mut().zip(other.shown).for_each(|(shown, other)| *shown |= other);
            file.unknown_shown |= other.unknown_shown;
        }
        self
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
        let shows = |run: &Run| run.shows_process(index, process, &self.style);
        self.process_runs.iter().any(|runs| runs.iter().all(shows))
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
