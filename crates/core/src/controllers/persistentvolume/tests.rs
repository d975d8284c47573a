//! Binding, in small worlds.
