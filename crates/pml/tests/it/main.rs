//! Tests of the program as its users run it, in one binary.

#[path = "../../../../tests/support/mod.rs"]
mod support;

mod capture;
mod changing;
mod cli;
mod columns;
mod cookbook;
mod events;
mod export;
mod faults;
mod help;
mod inputs;
mod layers;
mod outputs;
mod pmc;
mod query;
mod report;
mod save;
mod statistics;
mod summary;
mod terminal;
mod trace;
