//! A static host on loopback, as small as one can be: the files of a folder, below a path, until dropped.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

/// Not the root of the host: a link that starts with a slash is wrong, and fails here as it would on a course page.
const PREFIX: &str = "/some/course/";

/// A running static host on a free port.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Site {
    /// Serves the built page.
    ///
    /// # Panics
    /// When there is no built page.
    pub fn dist() -> Site {
        Site::dist_with(&[])
    }

    /// Serves the built page and, beside it, these further files by name, e.g. an HTML page that embeds it.
    ///
    /// # Panics
    /// When there is no built page.
    pub fn dist_with(files: &[(&str, &str)]) -> Site {
        let folder = super::dist();
        assert!(
            folder.join("index.html").is_file(),
            "no dist/ here: `cargo xtask build` makes it"
        );
        let more = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect();
        Site::start(Content { folder, more }).expect("loopback has a free port")
    }

    /// The absolute address of `path`, which may have a query.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{PREFIX}{path}", self.address)
    }

    fn start(content: Content) -> io::Result<Site> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (content, stopped) = (Arc::new(content), Arc::clone(&stop));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let content = Arc::clone(&content);
                // A browser that hangs up early is the browser's business.
                thread::spawn(move || content.answer(&stream).ok());
            }
        });
        Ok(Site { address, stop })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

/// What is served.
#[derive(Debug)]
struct Content {
    folder: PathBuf,
    more: BTreeMap<String, Vec<u8>>,
}

impl Content {
    fn answer(&self, mut stream: &TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        // Read to the end of the head: closing with unread bytes would reset the connection.
        while lines
            .next()
            .transpose()?
            .is_some_and(|line| !line.is_empty())
        {}
        let target = request.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let (status, kind, body) = match self.find(path) {
            Some((name, body)) => ("200 OK", content_type(&name), body),
            // Browsers ask every host for it, unasked; a page without one of its own has not done anything wrong.
            None if path == "/favicon.ico" => ("204 No Content", "image/x-icon", Vec::new()),
            None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body)
    }

    fn find(&self, path: &str) -> Option<(String, Vec<u8>)> {
        let name = match path.strip_prefix(PREFIX)? {
            "" => "index.html",
            name => name,
        };
        if let Some(body) = self.more.get(name) {
            return Some((name.to_owned(), body.clone()));
        }
        let inside = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let body = inside.then(|| fs::read(self.folder.join(name)).ok())??;
        Some((name.to_owned(), body))
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}
