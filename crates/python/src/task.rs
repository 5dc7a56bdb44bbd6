//! Work on whole logs, which Ctrl-C can interrupt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

use crate::error::{Failure, Result};

/// The time between two checks for signals.
const PERIOD: Duration = Duration::from_millis(50);

/// True once the result of the work is no longer wanted.
#[derive(Debug, Default)]
pub(crate) struct Cancelled(AtomicBool);

impl Cancelled {
    #[inline]
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns an error once the result is no longer wanted. It is never shown: the exception of the signal is.
    pub(crate) fn check(&self) -> std::io::Result<()> {
        if self.get() { Err(std::io::Error::other("interrupted")) } else { Ok(()) }
    }
}

/// Runs `work` in another thread, without the lock of the interpreter. Meanwhile the calling thread lets Python handle
/// signals. If a handler raises an exception, as that of Ctrl-C does, waits for `work` to end and returns the exception.
///
/// A panic of `work` continues in the calling thread, where it becomes an exception.
pub(crate) fn run<T: Send>(py: Python<'_>, work: impl FnOnce(&Cancelled) -> Result<T> + Send) -> Result<T> {
    let cancelled = Cancelled::default();
    py.detach(|| {
        thread::scope(|scope| {
            let (end, ended) = sync_channel::<()>(0);
            let cancelled = &cancelled;
            let worker = thread::Builder::new().spawn_scoped(scope, move || {
                let _end = end; // closes the channel when the work ends, or panics
                work(cancelled)
            })?;
            let mut interrupt = None;
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                if interrupt.is_none()
                    && let Err(error) = Python::attach(|py| py.check_signals())
                {
                    cancelled.0.store(true, Ordering::Relaxed);
                    interrupt = Some(error);
                }
            }
            let result = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            interrupt.map_or(result, |error| Err(Failure::Python(error)))
        })
    })
}
