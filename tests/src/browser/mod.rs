//! A real browser on the built page: `dist/` served on loopback, Chromium without a window, pictures, and an account
//! of what the page said on its console and asked of the network.
//!
//! ```no_run
//! # async fn example() {
//! use ordinal_tests::browser::{Page, View};
//!
//! let page = Page::open("?example=web", View::NARROW.dark()).await;
//! assert_eq!(page.text("h1").await, "Ordinal");
//! page.screenshot("example-web").await;
//! page.assert_quiet().await;
//! # }
//! ```
//!
//! Everything a page needs is its own (port, driver, browser profile) and ends with it, so tests run side by side.

mod command;
mod driver;
mod page;
mod site;
mod view;

pub use driver::Driver;
pub use page::{Page, Quiet};
pub use site::Site;
pub use view::View;

use std::path::{Path, PathBuf};

/// The workspace's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package is one folder below the root")
}

/// The built page.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Where [`Page::screenshot`] puts its pictures.
pub fn screenshots() -> PathBuf {
    root().join("target/screenshots")
}
