//! Code that the integration tests, the benchmarks and the example `make_fixtures` share.
//!
//! Each program includes it with `#[path = ".../tests/support/mod.rs"] mod support;`.
#![allow(dead_code, reason = "each program uses only a part of this module")]
#![allow(unused_imports, reason = "each program uses only a part of this module")]
#![allow(unreachable_pub, reason = "each program is a separate crate without a public interface")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "only tests and benchmarks call it")]

pub mod alloc;
pub mod synth;
pub mod written;
