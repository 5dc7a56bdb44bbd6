//! Ctrl-C: the first one ends the capture, the second one ends the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::procmon::Event;
use crate::error::Failure;

/// The exit code of an interrupted program, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// Sends an event on the first Ctrl-C; exits on the second.
pub(super) fn listen(events: Sender<Event>) -> Result<(), Failure> {
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        // The event is ignored once the capture has ended, so that the report is not interrupted.
        let _ = events.send(Event::Interrupt);
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::Io("Ctrl-C handler".into(), std::io::Error::other(error)))
}
