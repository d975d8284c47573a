//! Everything that a developer or a new machine types.
fn main() {}
