//! What the integration tests and the benches share.
//!
//! A test says `mod support;`, a bench `#[path = "../tests/support/mod.rs"] mod support;`.
#![allow(dead_code, reason = "each test uses its own part")]
#![allow(unused_imports, reason = "each test uses its own part")]
#![allow(unreachable_pub, reason = "every test is a crate of its own, nothing is reachable from outside")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "each test knows what it calls")]

pub mod alloc;
pub mod synth;
pub mod written;
