//! The rules as tables, and whole rollouts on a cluster whose Pods become ready by hand.

mod rollouts;
mod rules;
mod run;
