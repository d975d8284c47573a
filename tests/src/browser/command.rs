//! What Chromium's driver can do beyond the standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command of Chromium's own: `POST session/{id}/{path}`.
#[derive(Debug)]
pub(super) struct ChromiumCommand {
    path: &'static str,
    body: Value,
}

impl ChromiumCommand {
    /// A DevTools command, e.g. `Emulation.setEmulatedMedia`.
    pub(super) fn devtools(name: &str, params: Value) -> ChromiumCommand {
        ChromiumCommand {
            path: "goog/cdp/execute",
            body: json!({"cmd": name, "params": params}),
        }
    }

    /// Takes everything from a log, which is empty afterwards: `browser` (the console) or `performance` (the network).
    pub(super) fn drain_log(name: &str) -> ChromiumCommand {
        ChromiumCommand {
            path: "se/log",
            body: json!({"type": name}),
        }
    }
}

impl WebDriverCompatibleCommand for ChromiumCommand {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        let session = session_id.expect("there is a session before there is a page");
        base_url.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
