//! Texts of kubectl's machine-readable and laid-out forms.
//!
//! * [`tabs`]: columns as Go's text/tabwriter lays them out; [`table`]: the tables of `get`
//! * [`yaml`], [`json`], [`kyaml`]: objects as text; [`jsonpath`], [`template`], [`columns`]: parts of them

pub(crate) mod columns;
pub(crate) mod json;
pub(crate) mod jsonpath;
pub(crate) mod kyaml;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod template;
pub(crate) mod yaml;
