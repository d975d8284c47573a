//! Programs that speak HTTP: nginx, one that stores what is posted, one that greets, and any other.

use ordinal_core::Cluster;

use super::{Asked, Inside};

const HTML: &str = "/usr/share/nginx/html";
const DATA: &str = "/var/data/kubia.txt";

/// Serves the files below its folder; its own page where nothing is mounted there.
pub(super) fn nginx(cluster: &mut Cluster, at: &Inside, asked: &Asked<'_>) -> (u16, String) {
    let path = asked.path.split('?').next().unwrap_or_default();
    let file = match path.ends_with('/') || path.is_empty() {
        true => format!("{HTML}{path}index.html"),
        false => format!("{HTML}{path}"),
    };
    let world = cluster.world();
    if let Some(text) = at.file(world, &file) {
        return (200, text);
    }
    let tag = at.image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let version = match tag.split('-').next() {
        Some(tag) if tag.matches('.').count() == 2 => tag.to_owned(),
        Some(tag) if tag.matches('.').count() == 1 => format!("{tag}.0"),
        _ => "1.29.0".to_owned(),
    };
    let index = file == format!("{HTML}/index.html");
    if index && !at.mounts(world).iter().any(|mount| mount == HTML) {
        return (200, WELCOME.to_owned());
    }
    let (code, words) = match index {
        true => (403, "403 Forbidden"),
        false => (404, "404 Not Found"),
    };
    let page = format!(
        "<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n<hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    );
    (code, page)
}

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n<style>\nhtml { color-scheme: light dark; }\nbody { width: 35em; margin: 0 auto;\nfont-family: Tahoma, Verdana, Arial, sans-serif; }\n</style>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is required.</p>\n\n<p>For online documentation and support please refer to\n<a href=\"http://nginx.org/\">nginx.org</a>.<br/>\nCommercial support is available at\n<a href=\"http://nginx.com/\">nginx.com</a>.</p>\n\n<p><em>Thank you for using nginx.</em></p>\n</body>\n</html>\n";

/// Keeps what is posted in one file, and tells it.
pub(super) fn kubia(cluster: &mut Cluster, at: &Inside, asked: &Asked<'_>) -> (u16, String) {
    let name = at.hostname(cluster.world()).0;
    if asked.method == "POST" {
        return match at.write(cluster, DATA, Some(asked.body)) {
            Ok(()) => (200, format!("Data stored on pod {name}\n")),
            Err(why) => (500, format!("{why}\n")),
        };
    }
    let data = at.file(cluster.world(), DATA);
    let data = data.unwrap_or_else(|| "No data posted yet".to_owned());
    (
        200,
        format!("You've hit {name}\nData stored on this pod: {data}\n"),
    )
}

/// Greets, with its name and how often it was asked since it was started.
pub(super) fn greeter(cluster: &mut Cluster, at: &Inside, _: &Asked<'_>) -> (u16, String) {
    let count = at.file(cluster.world(), "/tmp/count");
    let count = count
        .and_then(|count| count.parse::<u64>().ok())
        .unwrap_or(0)
        + 1;
    // Where it cannot be kept it is counted from the beginning.
    let _ = at.write(cluster, "/tmp/count", Some(&count.to_string()));
    let name = at.hostname(cluster.world()).0;
    (
        200,
        format!("Supersonic Subatomic Java with Quarkus {name}:{count}\n"),
    )
}

/// Any other program says where it runs.
pub(super) fn generic(cluster: &mut Cluster, at: &Inside, _: &Asked<'_>) -> (u16, String) {
    (200, format!("{}\n", at.hostname(cluster.world()).0))
}
