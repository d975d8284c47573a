//! Claims and volumes in use, in small worlds.
