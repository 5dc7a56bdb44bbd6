//! Tests that run cargo. They are ignored: `cargo test -- --ignored slow` runs them.

mod dependencies;
mod examples;
