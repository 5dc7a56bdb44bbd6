//! Making output in one thread while another one writes it.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use procmon_parser::Result;

/// The number of buffers that can wait for the writer.
const AHEAD: usize = 8;

/// Calls `make` with a writer in another thread, and writes to `out` in this one what it writes.
///
/// # Errors
/// If writing to `out` fails, or if `make` returns an error.
pub(crate) fn write<T: Send>(mut out: impl Write, make: impl FnOnce(&mut dyn Write) -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        let maker = thread::Builder::new().spawn_scoped(scope, move || make(&mut Buffers(sender)))?;
        let written = receiver.iter().try_for_each(|buffer: Vec<u8>| out.write_all(&buffer));
        let written = written.and_then(|()| out.flush());
        drop(receiver); // after an error, `make` ends at its next write
        let made = maker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written?;
        made
    })
}

/// A writer that sends each buffer to another thread.
struct Buffers(SyncSender<Vec<u8>>);

impl Write for Buffers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_closed| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
