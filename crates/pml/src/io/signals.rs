//! Signals that end the program, and Ctrl-C on Windows.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Calls `handler` on a separate thread for each SIGINT, SIGTERM and SIGHUP, or on Windows for each Ctrl-C. If the
/// program was started with SIGHUP ignored, as by `nohup`, it stays ignored.
///
/// Fails if a handler was installed before.
pub(crate) fn listen(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.swap(true, Ordering::Relaxed) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    install(handler)
}

#[cfg(unix)]
fn install(mut handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let handled = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| signal != SIGHUP || !is_hangup_ignored());
    let mut signals = signal_hook::iterator::Signals::new(handled)?;
    let wait = move || signals.forever().for_each(|_| handler());
    std::thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}

/// Returns true if the program was started with SIGHUP ignored. A handler would undo that.
#[cfg(target_os = "linux")]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_hangup_ignored() -> bool {
    false
}

#[cfg(windows)]
fn install(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(handler).map_err(io::Error::other)
}
