//! Produces parts of the output in one thread while another thread uses them.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use procmon_parser::Result;

/// The number of parts that can be ready before the other thread uses them.
const AHEAD: usize = 8;

/// Calls `make` in another thread, and `take` in this one with each part that `make` sends.
///
/// # Errors
/// If `make` or `take` returns an error. After an error of `take`, sending the next part fails, so that `make` can end.
pub(crate) fn pass<P: Send, T: Send>(
    make: impl FnOnce(&Parts<P>) -> Result<T> + Send,
    take: impl FnMut(P) -> Result<()>,
) -> Result<T> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        let maker = thread::Builder::new().spawn_scoped(scope, move || make(&Parts(sender)))?;
        let taken = receiver.iter().try_for_each(take);
        drop(receiver);
        let made = maker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken?;
        made
    })
}

/// Sends parts to another thread.
pub(crate) struct Parts<P>(SyncSender<P>);

impl<P> Parts<P> {
    pub(crate) fn send(&self, part: P) -> io::Result<()> {
        self.0.send(part).map_err(|_closed| io::ErrorKind::BrokenPipe.into())
    }
}

/// Calls `make` in another thread with a writer, and writes to `out` in this thread everything that `make` writes.
///
/// # Errors
/// If writing to `out` fails, or if `make` returns an error.
pub(crate) fn write<T: Send>(mut out: impl Write, make: impl FnOnce(&mut dyn Write) -> Result<T> + Send) -> Result<T> {
    let made = pass(|parts| make(&mut Buffers(parts)), |buffer: Vec<u8>| Ok(out.write_all(&buffer)?));
    let flushed = out.flush();
    let made = made?;
    flushed?;
    Ok(made)
}

/// A writer that sends each buffer to another thread.
struct Buffers<'p>(&'p Parts<Vec<u8>>);

impl Write for Buffers<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
