//! The tests of the library from outside, in one program: the library is linked once, and the tests run side by side.

#[path = "../procmon/mod.rs"]
mod procmon;
#[path = "../support/mod.rs"]
mod support;

mod codes;
mod conformance;
mod corpus;
mod damaged;
mod encode;
mod encode_generated;
mod examples;
mod files;
mod filter;
mod filter_laws;
mod fixtures;
mod fuzz_corpus;
mod hostile;
#[cfg(feature = "jsonl")]
mod json;
mod laws;
mod layers;
mod limits;
mod no_alloc;
mod oracle;
#[cfg(feature = "rayon")]
mod parallel;
mod pipeline;
mod pmc;
mod portable;
mod readme;
mod redact;
mod salvage;
mod stacks;
mod stream;
mod summary;
mod write;
mod xml;

/// Counts the allocations of each thread on its own; only some of the tests look at the counts.
#[global_allocator]
static ALLOCATOR: support::alloc::Counting = support::alloc::Counting;
