//! Output shared by several commands.

pub(crate) mod analysis;
pub(crate) mod document;
pub(crate) mod event_details;
pub(crate) mod event_table;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod lake;
pub(crate) mod output_folder;
pub(crate) mod page;
pub(crate) mod sheet;
pub(crate) mod statistics;
pub(crate) mod summary;
pub(crate) mod system;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod typed;
pub(crate) mod units;
