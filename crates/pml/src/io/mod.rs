//! Opening logs, replacing files atomically, compression, and progress bars.

pub(crate) mod compress;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod progress;
