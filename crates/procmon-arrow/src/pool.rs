//! Work on parts of a log in several threads, with results in the order of the log.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::error::Result;

/// The number of results that a thread can produce before they are consumed.
const AHEAD: usize = 1;

/// A message of a thread.
enum Message<T> {
    Item(T),
    /// The unit is complete.
    End(Result<()>),
}

/// Receives the results of a unit of work. Returns false if no more results are wanted.
pub(crate) type Send<'s, T> = &'s mut dyn FnMut(T) -> Result<bool>;

/// Calls `produce` for each unit, in several threads, each with a state that `new` creates, and `consume` in this
/// thread with all results in the order of the units.
///
/// # Errors
/// The first error of `produce` or `consume`.
pub(crate) fn in_order<S, T: std::marker::Send>(
    threads: NonZero<usize>,
    units: usize,
    new: impl Fn() -> S + Sync,
    produce: impl Fn(&mut S, usize, Send<'_, T>) -> Result<()> + Sync,
    mut consume: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let threads = threads.get().min(units);
    if threads <= 1 {
        let mut state = new();
        return (0..units).try_for_each(|unit| produce(&mut state, unit, &mut |item| consume(item).map(|()| true)));
    }
    thread::scope(|scope| {
        let mut lanes = Vec::with_capacity(threads);
        for first in 0..threads {
            let (sender, receiver) = sync_channel(AHEAD);
            let (new, produce) = (&new, &produce);
            let units = (first..units).step_by(threads);
            thread::Builder::new().spawn_scoped(scope, move || work(units, new, produce, &sender))?;
            lanes.push(receiver);
        }
        (0..units).try_for_each(|unit| receive(&lanes[unit % threads], &mut consume))
        // Closes the channels, so that the threads end after an error.
    })
}

fn work<S, T>(
    units: impl Iterator<Item = usize>,
    new: impl Fn() -> S,
    produce: impl Fn(&mut S, usize, Send<'_, T>) -> Result<()>,
    sender: &SyncSender<Message<T>>,
) {
    let mut state = new();
    for unit in units {
        let result = produce(&mut state, unit, &mut |item| Ok(sender.send(Message::Item(item)).is_ok()));
        if sender.send(Message::End(result)).is_err() {
            return;
        }
    }
}

fn receive<T>(lane: &Receiver<Message<T>>, consume: &mut impl FnMut(T) -> Result<()>) -> Result<()> {
    loop {
        match lane.recv() {
            Ok(Message::Item(item)) => consume(item)?,
            Ok(Message::End(result)) => return result,
            // The thread has panicked; the scope propagates the panic.
            Err(_closed) => return Ok(()),
        }
    }
}
