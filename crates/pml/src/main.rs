//! pml
fn main() {}
