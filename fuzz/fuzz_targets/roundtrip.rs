#![no_main]

#[path = "../bodies.rs"]
mod bodies;
#[macro_use]
#[path = "../mutator.rs"]
mod mutator;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::roundtrip(data));

mutate_with!(mutator::mutate_event);
