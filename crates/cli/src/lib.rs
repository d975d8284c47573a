//! The native twin of the page: the command `ordinal`.
