//! `curl`, `wget`, `ping`, `nc`: what reaches others over the network, in the words of each.

use ordinal_core::Cluster;

use super::net::{self, Unreached};
use crate::{Output, Session};

/// `curl [-s] [-X METHOD] [-d DATA] [-o FILE] [-i] URL`
pub(crate) fn curl(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
    stdin: &str,
) -> Output {
    let (mut url, mut method, mut body) = ("", "", None);
    let (mut silent, mut shows_errors, mut fails, mut code_only, mut out) =
        (false, false, false, false, "");
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-X" | "--request" => method = words.next().unwrap_or_default(),
            "-d" | "--data" | "--data-raw" | "--data-binary" => body = words.next(),
            "-o" | "--output" => out = words.next().unwrap_or_default(),
            "-w" | "--write-out" => {
                code_only = words.next().is_some_and(|w| w.contains("http_code"))
            }
            "-m" | "--max-time" | "--connect-timeout" | "-H" | "--header" | "-u" | "--retry" => {
                words.next();
            }
            "--silent" => silent = true,
            flags if flags.starts_with("--") => {}
            flags if flags.starts_with('-') => {
                silent |= flags.contains('s');
                shows_errors |= flags.contains('S');
                fails |= flags.contains('f');
            }
            word => url = word,
        }
    }
    if url.is_empty() {
        let mut output = Output::default();
        output.warn("curl: (2) no URL specified");
        output.exit = 2;
        return output;
    }
    let body = match body {
        Some("@-") => Some(stdin),
        other => other,
    };
    if method.is_empty() {
        method = if body.is_some() { "POST" } else { "GET" };
    }
    let mut output = Output::default();
    match net::request(cluster, session, url, method, body.unwrap_or_default()) {
        Ok((code, _)) if fails && code >= 400 => {
            output.warn(format!(
                "curl: (22) The requested URL returned error: {code}"
            ));
            output.exit = 22;
        }
        Ok((code, text)) => {
            if out.is_empty() && method != "HEAD" {
                output.stdout = text;
            }
            if code_only {
                output.stdout += &code.to_string();
            }
        }
        Err((why, host, port)) => {
            let (code, text) = match why {
                Unreached::Name => (6, format!("Could not resolve host: {host}")),
                Unreached::Refused => (
                    7,
                    format!(
                        "Failed to connect to {host} port {port} after 0 ms: Could not connect to server"
                    ),
                ),
                Unreached::Silence => (
                    28,
                    format!(
                        "Failed to connect to {host} port {port} after 130000 ms: Could not connect to server"
                    ),
                ),
            };
            if !silent || shows_errors {
                output.warn(format!("curl: ({code}) {text}"));
            }
            output.exit = code;
        }
    }
    output
}

/// `wget [-q] [-O FILE] [--spider] URL` of BusyBox 1.35.
pub(super) fn wget(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let (mut url, mut file, mut quiet, mut spider) = ("", None, false, false);
    let (mut method, mut body) = ("GET", "");
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--spider" => spider = true,
            "--post-data" => (method, body) = ("POST", words.next().unwrap_or_default()),
            "-T" | "--header" | "-U" | "-P" | "-t" | "-Y" | "-o" => {
                words.next();
            }
            word if word.starts_with("--") => {
                if let Some(data) = word.strip_prefix("--post-data=") {
                    (method, body) = ("POST", data);
                } else if let Some(name) = word.strip_prefix("--output-document=") {
                    file = Some(name);
                } else {
                    quiet |= word == "--quiet";
                }
            }
            word => match word.strip_prefix('-') {
                Some(letters) => {
                    let (letters, name) = letters.split_once('O').unwrap_or((letters, "\0"));
                    quiet |= letters.contains('q');
                    match name {
                        "\0" => {}
                        "" => file = words.next(),
                        name => file = Some(name),
                    }
                }
                None => url = word,
            },
        }
    }
    let (_, place) = url.split_once("://").unwrap_or(("", url));
    let (place, path) = place.split_once('/').unwrap_or((place, ""));
    let (host, port) = place.split_once(':').unwrap_or((place, "80"));
    let mut output = Output {
        exit: 1,
        ..Output::default()
    };
    let Some(address) = net::resolve(cluster, session, host) else {
        output.warn(format!("wget: bad address '{place}'"));
        return output;
    };
    if !quiet {
        output.warn(format!("Connecting to {place} ({address}:{port})"));
    }
    let to = format!("{address}:{port}/{path}");
    let failed = match net::request(cluster, session, &to, method, body) {
        Ok((code, text)) if code < 400 => {
            output.exit = 0;
            let name = file.unwrap_or(match path.rsplit('/').next() {
                Some("") | None => "index.html",
                Some(name) => name,
            });
            if spider {
                if !quiet {
                    output.warn("remote file exists");
                }
                return output;
            }
            let out = name == "-";
            let size = text.len();
            if out {
                output.stdout = text;
            } else if let Some(at) = session.inside.last().cloned()
                && let Err(why) = at.write(cluster, &super::whole(name), Some(&text))
            {
                output.warn(format!("wget: can't open '{name}': {why}"));
                output.exit = 1;
                return output;
            }
            if !quiet {
                let (before, after) = match out {
                    true => (
                        "writing to stdout".to_owned(),
                        "written to stdout".to_owned(),
                    ),
                    false => (format!("saving to '{name}'"), format!("'{name}' saved")),
                };
                let short = name.rsplit('/').next().unwrap_or(name);
                output.warn(before);
                output.warn(format!(
                    "{short:<20} 100% |{}| {size:>5}  0:00:00 ETA",
                    "*".repeat(32)
                ));
                output.warn(after);
            }
            return output;
        }
        Ok((code, _)) => format!("server returned error: HTTP/1.1 {code}{}", words_of(code)),
        Err((Unreached::Silence, ..)) => {
            format!("can't connect to remote host ({address}): Operation timed out")
        }
        Err(_) => format!("can't connect to remote host ({address}): Connection refused"),
    };
    output.warn(format!("wget: {failed}"));
    output
}

/// The words of a status.
pub(super) fn words_of(code: u16) -> &'static str {
    match code {
        200 => " OK",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Not Allowed",
        500 => " Internal Server Error",
        503 => " Service Unavailable",
        _ => "",
    }
}

/// `ping [-c COUNT] HOST` of BusyBox.
pub(super) fn ping(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let (mut host, mut count, mut quiet) = ("", 4, false);
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "-c" => count = words.next().and_then(|n| n.parse().ok()).unwrap_or(count),
            "-W" | "-w" | "-s" | "-i" | "-I" | "-t" => {
                words.next();
            }
            "-q" => quiet = true,
            word => match word.strip_prefix('-') {
                Some(letters) => {
                    let number = letters.strip_prefix('c').and_then(|n| n.parse().ok());
                    count = number.unwrap_or(count);
                }
                None => host = word,
            },
        }
    }
    let count = u32::clamp(count, 1, 10);
    let Some(address) = net::resolve(cluster, session, host) else {
        let mut output = Output::default();
        output.warn(format!("ping: bad address '{host}'"));
        output.exit = 1;
        return output;
    };
    // The address of a Service is no machine's: nothing answers there but its ports.
    let reached = net::is_machine(cluster.world(), &address)
        && !matches!(
            net::reach(cluster, session, &address, 1),
            Err(Unreached::Silence)
        );
    let mut text = format!("PING {host} ({address}): 56 data bytes\n");
    for n in (0..count).filter(|_| reached && !quiet) {
        text += &format!("64 bytes from {address}: seq={n} ttl=62 time=0.200 ms\n");
    }
    let (got, lost) = if reached { (count, 0) } else { (0, 100) };
    text += &format!(
        "\n--- {host} ping statistics ---\n{count} packets transmitted, {got} packets received, {lost}% packet loss\n"
    );
    if reached {
        text += "round-trip min/avg/max = 0.200/0.200/0.200 ms\n";
    }
    Output {
        stdout: text,
        exit: i32::from(!reached),
        ..Output::default()
    }
}

/// `nc -zv HOST PORT`: whether somebody listens there.
pub(super) fn nc(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let mut output = Output {
        exit: 1,
        ..Output::default()
    };
    let plain: Vec<&str> = words
        .iter()
        .copied()
        .filter(|w| !w.starts_with('-'))
        .collect();
    let [.., host, port] = plain[..] else {
        output.warn("nc: missing host or port");
        return output;
    };
    let number = port.parse().unwrap_or(0);
    let Some(address) = net::resolve(cluster, session, host) else {
        output.warn(format!("nc: bad address '{host}'"));
        return output;
    };
    let tells = words.iter().any(|w| w.starts_with('-') && w.contains('v'));
    match net::reach(cluster, session, &address, number) {
        Ok(_) => {
            output.exit = 0;
            if tells {
                output.warn(format!("{host} ({address}:{port}) open"));
            }
        }
        Err(why) if tells => {
            let why = match why {
                Unreached::Silence => "Operation timed out",
                _ => "Connection refused",
            };
            output.warn(format!("nc: {host} ({address}:{port}): {why}"));
        }
        Err(_) => {}
    }
    output
}
