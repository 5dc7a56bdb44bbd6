//! Types of the command line that several commands share.

pub(crate) mod analysis;
pub(crate) mod columns;
pub(crate) mod compat;
pub(crate) mod content;
pub(crate) mod event_numbers;
pub(crate) mod extension;
pub(crate) mod files;
pub(crate) mod format;
pub(crate) mod input;
pub(crate) mod list;
pub(crate) mod number;
pub(crate) mod order;
pub(crate) mod ordinals;
pub(crate) mod query;
pub(crate) mod range;
pub(crate) mod redact;
pub(crate) mod rules;
pub(crate) mod select;
pub(crate) mod size;
pub(crate) mod sort;
pub(crate) mod switch;
pub(crate) mod tables;
pub(crate) mod time;
pub(crate) mod when;
pub(crate) mod zone;
