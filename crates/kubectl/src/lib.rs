//! A command line to commands and text.
