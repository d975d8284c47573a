//! Label and field selectors as the server reads them.

pub(crate) use ordinal_core::apiserver::selectors::{Fields, labels};
