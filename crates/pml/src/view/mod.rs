//! Output shared by several commands.

pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod lake;
pub(crate) mod report;
pub(crate) mod statistics;
pub(crate) mod summary;
pub(crate) mod system;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod typed;
