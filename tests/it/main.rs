//! The tests of the library from outside, in one program: the library is linked once, and the tests run side by side.

#[path = "../support/mod.rs"]
mod support;

mod codes;
mod damaged;
mod encode_generated;
mod files;
mod filter_laws;
mod fixtures;
mod fuzz_corpus;
mod layers;
mod limits;
mod portable;
mod readme;
mod slow;

/// Counts the allocations of each thread on its own; only some of the tests look at the counts.
#[global_allocator]
static ALLOCATOR: support::alloc::Counting = support::alloc::Counting;
