//! Progress bars.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts events; hidden unless standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Events that were not yet added to the bar, whose update is slow.
    pending: u64,
}

impl Progress {
    /// A bar for a number of events.
    pub(crate) fn new(events: u64, hidden: bool) -> Self {
        let target = match hidden || !std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(events), target);
        let template = "{bar:40} {human_pos}/{human_len} events, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, pending: 0 }
    }

    /// Counts a number of events. Any thread may call it.
    pub(crate) fn add(&self, events: u64) {
        self.bar.inc(events);
    }

    /// Counts one event.
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
