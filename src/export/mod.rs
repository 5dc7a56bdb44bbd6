//! Writing events in the formats that others read.

pub mod csv;
