//! Text to objects: YAML, JSON and whole tutorials, with positions, diagnostics and repairs.
