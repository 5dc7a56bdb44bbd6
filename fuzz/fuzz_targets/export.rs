#![no_main]

#[path = "../bodies.rs"]
mod bodies;
#[path = "../mutator.rs"]
mod mutator;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::export(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::replace(mutator::mutate_log, data, size, max_size, seed)
        .unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, max_size))
});
