//! Ctrl-C: the first one ends the capture, the second one the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::procmon::Event;
use crate::error::Failure;

/// Exit code of a program that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Tells of Ctrl-C from now on.
pub(super) fn listen(events: Sender<Event>) -> Result<(), Failure> {
    let again = AtomicBool::new(false);
    let handler = move || {
        if again.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
        // Nobody listens any more once the capture has ended; what follows takes its time and is not cut short.
        let _ = events.send(Event::Interrupt);
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::Io("Ctrl-C".into(), std::io::Error::other(error)))
}
