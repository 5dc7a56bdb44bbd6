//! Progress bars.

use std::fmt::Write;
use std::io::IsTerminal;

use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// The number of events that all threads have processed.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

/// Counts the events of one thread. Updates the bar once per batch, because an update takes longer than an event.
#[derive(Debug)]
pub(crate) struct Counter {
    bar: ProgressBar,
    pending: u64,
}

impl Progress {
    /// Creates a bar for a number of events. It is hidden unless standard error is a terminal.
    pub(crate) fn new(events: u64, hidden: bool) -> Self {
        let target = match hidden || !std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(events), target);
        let template = "{bar:40} {human_pos}/{human_len} events, {rate}/s, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        // The `{per_sec}` of indicatif has four decimals.
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{:.0}", HumanFloatCount(state.per_sec()));
        };
        bar.set_style(style.with_key("rate", rate));
        Self { bar }
    }

    /// Adds events.
    pub(crate) fn add(&self, events: u64) {
        self.bar.inc(events);
    }

    /// Returns a counter for the events of a thread.
    pub(crate) fn counter(&self) -> Counter {
        Counter { bar: self.bar.clone(), pending: 0 }
    }
}

impl Counter {
    /// Adds an event.
    #[inline]
    pub(crate) fn tick(&mut self) {
        self.pending += 1;
        if self.pending == 4096 {
            self.bar.inc(self.pending);
            self.pending = 0;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
