//! Tests that run cargo. They are ignored by default; `cargo test -- --ignored slow` runs them.

mod dependencies;
mod examples;
