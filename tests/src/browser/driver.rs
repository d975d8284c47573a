//! One chromedriver and one Chromium behind it, both gone when dropped.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a driver may take to say its port, and to end its browser.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same flags as `wasm-bindgen-test` uses.
const CAPABILITIES: &str = include_str!("../../../webdriver.json");

/// A running chromedriver on a free port, with a browser profile of its own.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
    profile: TempDir,
}

impl Driver {
    /// Starts `chromedriver`, or what the environment variable `CHROMEDRIVER` names.
    ///
    /// # Panics
    /// When there is none: `cargo xtask setup` installs it.
    pub fn start() -> Driver {
        // Of several that look for a free port at once, one can come too late to it, and ends without a word.
        let mut tries = (0..3).filter_map(|_| Self::try_start());
        tries.next().expect("chromedriver says its port")
    }

    fn try_start() -> Option<Driver> {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut child = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts (`cargo xtask setup` installs it)");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = stdout.lines().map_while(Result::ok);
        let Some(port) = lines.find_map(|line| port_in(&line)) else {
            let _ = child.wait();
            return None;
        };
        // It may say more later and must not block on a full pipe.
        thread::spawn(move || lines.for_each(drop));
        Some(Driver {
            child,
            port,
            profile: TempDir::new().expect("a folder for the browser's profile"),
        })
    }

    /// A new browser window that keeps a log of its console and of its network.
    ///
    /// # Panics
    /// When the browser does not start.
    pub async fn connect(&self) -> Client {
        let mut capabilities: Capabilities =
            serde_json::from_str(CAPABILITIES).expect("webdriver.json is an object");
        let arguments = capabilities
            .get_mut("goog:chromeOptions")
            .and_then(|options| options["args"].as_array_mut())
            .expect("webdriver.json has arguments");
        arguments.push(Value::String(format!(
            "--user-data-dir={}",
            self.profile.path().display()
        )));
        capabilities.insert(
            "goog:loggingPrefs".to_owned(),
            json!({"browser": "ALL", "performance": "ALL"}),
        );
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        ClientBuilder::new(connector)
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts")
    }

    /// Asks the driver to end its browser and itself. Best effort: it may have gone already.
    fn shut_down(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Killing the driver at once would leave its browser running.
        let _ = self.shut_down();
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// "ChromeDriver was started successfully on port 38211."
fn port_in(line: &str) -> Option<u16> {
    line.strip_suffix('.')?
        .split_once("successfully on port ")?
        .1
        .parse()
        .ok()
}
