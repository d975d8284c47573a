//! A page in a browser of its own, from the address to the last word on its console.

use std::fs;
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::command::ChromiumCommand;
use super::{Driver, Site, View, screenshots};

/// How long a page may take to start, and anything waited for to come true.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// An open page. Ends its browser and its host when dropped.
#[derive(Debug)]
pub struct Page {
    /// For what the shorthands here do not do.
    pub client: Client,
    // The driver ends first, so that its browser never sees the host gone.
    _driver: Driver,
    site: Site,
}

/// What a page said and asked since it was ready.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    /// Errors and warnings on the console, since the page was opened.
    pub console: Vec<String>,
    /// Addresses it asked the network for after it was ready.
    pub requests: Vec<String>,
}

impl Page {
    /// Opens the built page with this query (empty, or `?example=…`) and waits until it is ready.
    ///
    /// # Panics
    /// When there is no built page, no browser, or the page does not start.
    pub async fn open(query: &str, view: View) -> Page {
        Page::open_on(Site::dist(), query, view).await
    }

    /// Opens `path` of `site`. A page that is Ordinal is waited for until it is ready, another until it is loaded.
    ///
    /// # Panics
    /// When there is no browser, or the page does not start.
    pub async fn open_on(site: Site, path: &str, view: View) -> Page {
        let driver = Driver::start();
        let client = driver.connect().await;
        let page = Page {
            client,
            _driver: driver,
            site,
        };
        page.look(view).await;
        page.client
            .goto(&page.site.url(path))
            .await
            .expect("the page loads");
        page.wait_until(
            "document.readyState === 'complete' \
             && (!document.querySelector('script[src*=\"boot.js\"]') || document.documentElement.dataset.ordinal)",
        )
        .await;
        if page.eval("document.documentElement.dataset.ordinal").await == "failed" {
            panic!("the page did not start: {:?}", page.console().await);
        }
        page.requests().await;
        page
    }

    /// Changes the window and the wishes of its user.
    pub async fn look(&self, view: View) {
        let metrics = json!({
            "width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let features = json!([
            {"name": "prefers-color-scheme", "value": if view.dark { "dark" } else { "light" }},
            {"name": "prefers-reduced-motion", "value": if view.still { "reduce" } else { "no-preference" }},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// A command of Chromium's DevTools, e.g. `Performance.getMetrics`.
    ///
    /// # Panics
    /// When Chromium refuses it.
    pub async fn devtools(&self, name: &str, params: Value) -> Value {
        let command = ChromiumCommand::devtools(name, params);
        self.client
            .issue_cmd(command)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The value of a JavaScript expression; a promise is waited for.
    ///
    /// # Panics
    /// When the expression throws.
    pub async fn eval(&self, expression: &str) -> Value {
        self.client
            .execute(&format!("return ({expression});"), Vec::new())
            .await
            .unwrap_or_else(|error| {
                panic!("{expression}: {error}");
            })
    }

    /// Waits until a JavaScript expression is true.
    ///
    /// # Panics
    /// When that takes longer than 20 seconds.
    pub async fn wait_until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.eval(&format!("Boolean({expression})")).await != true {
            if Instant::now() > deadline {
                panic!(
                    "never true: {expression}; console: {:?}",
                    self.console().await
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The visible text of the first element that matches.
    ///
    /// # Panics
    /// When none does.
    pub async fn text(&self, css: &str) -> String {
        let element = self
            .client
            .find(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
        element.text().await.expect("an element has a text")
    }

    /// Clicks the first element that matches, as a person would: it must be visible and not covered.
    ///
    /// # Panics
    /// When none matches, or it cannot be clicked.
    pub async fn click(&self, css: &str) {
        let element = self
            .client
            .find(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Presses keys where the focus is; `fantoccini::key::Key` has the ones without a letter.
    ///
    /// # Panics
    /// When nothing takes keys.
    pub async fn press(&self, keys: &str) {
        let focus = self
            .client
            .active_element()
            .await
            .expect("something has the focus");
        focus
            .send_keys(keys)
            .await
            .unwrap_or_else(|error| panic!("{keys:?}: {error}"));
    }

    /// Replaces the text of a field at once, as pasting does.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn fill(&self, css: &str, text: &str) {
        let script = "const [css, text] = arguments; const field = document.querySelector(css); field.focus(); \
                      field.select(); document.execCommand('insertText', false, text);";
        let arguments = vec![json!(css), json!(text)];
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// What the window shows, as PNG.
    pub async fn png(&self) -> Vec<u8> {
        self.client
            .screenshot()
            .await
            .expect("a picture of the window")
    }

    /// Puts what the window shows into `target/screenshots/NAME.png`.
    pub async fn screenshot(&self, name: &str) {
        fs::create_dir_all(screenshots()).expect("target/screenshots can be made");
        fs::write(
            screenshots().join(name).with_extension("png"),
            self.png().await,
        )
        .expect("the picture can be kept");
    }

    /// What the page said and asked; each is told once.
    pub async fn quiet(&self) -> Quiet {
        Quiet {
            console: self.console().await,
            requests: self.requests().await,
        }
    }

    /// Asserts that the page said nothing wrong on its console and asked the network for nothing since it was ready.
    ///
    /// # Panics
    /// When it did.
    pub async fn assert_quiet(&self) {
        assert_eq!(
            self.quiet().await,
            Quiet::default(),
            "the page is not quiet"
        );
    }

    async fn console(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let wrong = entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING");
        wrong
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    async fn requests(&self) -> Vec<String> {
        let mut found = Vec::new();
        for entry in self.log("performance").await {
            // Each entry wraps a DevTools message as text.
            let text = entry["message"].as_str().unwrap_or_default();
            let message: Value = serde_json::from_str(text).expect("the network's log is JSON");
            let url = message["message"]["params"]["request"]["url"]
                .as_str()
                .unwrap_or_default();
            let local = url.starts_with("data:") || url.starts_with("blob:");
            if message["message"]["method"] == "Network.requestWillBeSent" && !local {
                found.push(url.to_owned());
            }
        }
        found
    }

    async fn log(&self, name: &str) -> Vec<Value> {
        let entries = self
            .client
            .issue_cmd(ChromiumCommand::drain_log(name))
            .await
            .expect("Chromium keeps logs");
        entries.as_array().cloned().unwrap_or_default()
    }
}
