//! Files: logs that are opened, outputs that are replaced atomically, compression, and the progress of both.

pub(crate) mod compress;
pub(crate) mod input;
pub(crate) mod output;
pub(crate) mod progress;
