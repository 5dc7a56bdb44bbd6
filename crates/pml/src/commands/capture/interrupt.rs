//! Ctrl-C: the first one ends the capture, the second one ends the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::procmon::Event;
use crate::error::Failure;
use crate::io::{replace, signals};

/// Sends an event on the first Ctrl-C; exits on the second.
pub(super) fn listen(events: Sender<Event>) -> Result<(), Failure> {
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            replace::abandon();
        }
        // The event is ignored once the capture has ended, so that the report is not interrupted.
        let _ = events.send(Event::Interrupt);
    };
    signals::listen(handler).map_err(|error| Failure::Io("Ctrl-C handler".into(), error))
}
