//! The integration tests, in one program so that the library is linked only once.

#[path = "../support/mod.rs"]
mod support;

mod captures;
mod codes;
mod damaged;
mod edges;
mod encode_generated;
mod files;
mod filter_laws;
mod fixtures;
mod fuzz_corpus;
mod ipc;
mod layers;
mod limits;
mod merged;
mod overlaps;
mod portable;
mod public_api;
mod readme;
mod redaction;
mod slow;
mod source;
mod values;

/// Counts the allocations of each thread separately; only some tests use the counts.
#[global_allocator]
static ALLOCATOR: support::alloc::Counting = support::alloc::Counting;
