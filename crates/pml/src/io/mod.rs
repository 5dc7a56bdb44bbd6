//! Opening logs, replacing files atomically, compression, signals, escapes for terminals, and progress bars.

pub(crate) mod compress;
pub(crate) mod escape;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod replace;
pub(crate) mod safe_csv;
pub(crate) mod signals;
pub(crate) mod source;
