//! The clients of programs that take statements: from their command line, from their input, or at a prompt; to the server
//! beside them or to another host.

use ordinal_core::Cluster;

use super::net::{self, Unreached};
use super::{Inside, mongo, mysql, of};
use crate::{Output, Session};

/// What a client was told on its command line.
#[derive(Default)]
struct Wanted<'a> {
    host: Option<&'a str>,
    statement: Option<String>,
    user: &'a str,
    password: Option<&'a str>,
    database: &'a str,
    quiet: bool,
    table: bool,
}

fn read<'a>(name: &str, words: &[&'a str]) -> Wanted<'a> {
    let sql = name == "mysql";
    let mut wanted = Wanted::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let (flag, mut value) = match word.strip_prefix("--") {
            Some(_) => word
                .split_once('=')
                .map_or((word, None), |(f, v)| (f, Some(v))),
            // `-uroot`: a letter with its value.
            None if word.starts_with('-') && word.len() > 2 && word.is_char_boundary(2) => {
                (&word[..2], Some(&word[2..]))
            }
            None => (word, None),
        };
        let takes = matches!(
            flag,
            "-e" | "--eval"
                | "--execute"
                | "-h"
                | "--host"
                | "-u"
                | "--user"
                | "--username"
                | "-D"
                | "--database"
                | "-P"
                | "--port"
        ) || (!sql && matches!(flag, "-p" | "--password" | "--authenticationDatabase"));
        if takes && value.is_none() {
            value = words.next();
        }
        match flag {
            "-e" | "--eval" | "--execute" => wanted.statement = value.map(str::to_owned),
            "-h" | "--host" => wanted.host = value,
            "-u" | "--user" | "--username" => wanted.user = value.unwrap_or_default(),
            "-p" | "--password" => wanted.password = Some(value.unwrap_or("\0")),
            "-D" | "--database" => wanted.database = value.unwrap_or_default(),
            "--quiet" => wanted.quiet = true,
            "-t" | "--table" => wanted.table = true,
            flag if flag.starts_with('-') => {}
            word if sql => wanted.database = word,
            word if word.ends_with(".js") => {}
            word => {
                let place = word.strip_prefix("mongodb://").unwrap_or(word);
                let (host, database) = place.split_once('/').unwrap_or((place, ""));
                wanted.database = database;
                // One word is the name of a database.
                match host.contains(['.', ':']) || word.contains('/') {
                    true => wanted.host = Some(host),
                    false => wanted.database = host,
                }
            }
        }
    }
    wanted
}

/// A client of the program: statements from its command line or input, or a prompt.
pub(super) fn client(
    cluster: &mut Cluster,
    session: &mut Session,
    at: &Inside,
    name: &str,
    words: &[&str],
    stdin: &str,
) -> Output {
    let wanted = read(name, words);
    let sql = name == "mysql";
    let mut server = at.clone();
    if let Some(host) = wanted
        .host
        .filter(|host| !matches!(*host, "localhost" | "127.0.0.1"))
    {
        let usual = if sql { 3306 } else { 27017 };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(usual)),
            None => (host, usual),
        };
        match net::reach(cluster, session, host, port) {
            Ok(found) if of(&found.image).clients.contains(&name) => {
                server = Inside {
                    tty: at.tty,
                    ..found
                };
            }
            Ok(_) => return unreached(sql, host, port, Unreached::Refused),
            Err(why) => return unreached(sql, host, port, why),
        }
    }
    let Some(statement) = of(&server.image).statement else {
        return Output::default();
    };
    server.state = wanted.database.to_owned();
    let mut output = Output::default();
    if sql {
        if let Some(password) = wanted.password.filter(|password| *password != "\0") {
            output.warn(
                "mysql: [Warning] Using a password on the command line interface can be insecure.",
            );
            let _ = password;
        }
        if let Err(denied) = mysql::enter(cluster.world(), &server, wanted.user, wanted.password) {
            output.append(denied);
            return output;
        }
        server.tty |= wanted.table;
    } else {
        server.state.clear();
        if let (user, Some(password)) = (wanted.user, wanted.password) {
            let login = format!("db.auth(\"{user}\", \"{password}\")");
            if statement(cluster, &mut server, &login).stdout != "1\n" {
                output.exit = 1;
                output.say("Error: Authentication failed.");
                output.say("exception: login failed");
                return output;
            }
        }
        if !wanted.quiet {
            let version = mongo::version(&server.image);
            output.say(format!("MongoDB shell version v{version}"));
            let to = wanted.host.unwrap_or("127.0.0.1");
            let to = to.split(':').next().unwrap_or(to);
            output.say(format!(
                "connecting to: mongodb://{to}:27017/?gssapiServiceName=mongodb"
            ));
            output.say(format!("MongoDB server version: {version}"));
        }
    }
    let file = words.iter().find(|word| word.ends_with(".js"));
    let script = file.and_then(|file| super::file(cluster.world(), at, file));
    let given = wanted
        .statement
        .or(script)
        .or((!stdin.is_empty()).then(|| stdin.to_owned()));
    if let Some(text) = given {
        output.append(statement(cluster, &mut server, &text));
        if !sql && !wanted.quiet && !stdin.is_empty() {
            output.say("bye");
        }
        return output;
    }
    if sql {
        output.stdout += &mysql::welcome(&server.image);
    } else {
        server.label = mongo::label(cluster.world(), &server);
    }
    session.inside.push(Inside {
        prompt_of: if sql { "mysql" } else { "mongo" },
        attached: false,
        removed: false,
        tty: true,
        ..server
    });
    output
}

/// What a client says of a server that it does not reach.
fn unreached(sql: bool, host: &str, port: u16, why: Unreached) -> Output {
    let mut output = Output {
        exit: 1,
        ..Output::default()
    };
    let number = if why == Unreached::Silence { 110 } else { 111 };
    match (sql, why) {
        (true, Unreached::Name) => {
            output.warn(format!(
                "ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)"
            ));
        }
        (true, _) => output.warn(format!(
            "ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' ({number})"
        )),
        (false, _) => {
            output.say(format!(
                "Error: couldn't connect to server {host}:{port}, connection attempt failed"
            ));
            output.say("exception: connect failed");
        }
    }
    output
}

/// A line at the prompt of a client.
pub(crate) fn at_prompt(cluster: &mut Cluster, session: &mut Session, line: &str) -> Output {
    let Some(at) = session.inside.last_mut() else {
        return Output::default();
    };
    let sql = at.prompt_of == "mysql";
    let said = line.trim().trim_end_matches(';').trim_end_matches("()");
    if matches!(said, "exit" | "quit" | "\\q") {
        session.inside.pop();
        return match sql {
            true => Output::line("Bye"),
            false => Output::line("bye"),
        };
    }
    at.open += line;
    at.open.push('\n');
    let depth: i32 = at
        .open
        .chars()
        .map(|c| match c {
            '(' | '{' | '[' => 1,
            ')' | '}' | ']' => -1,
            _ => 0,
        })
        .sum();
    let open = match sql {
        true => {
            let typed = at.open.trim();
            !typed.is_empty()
                && !typed.ends_with([';', 'G'])
                && !typed.to_ascii_lowercase().starts_with("use ")
        }
        false => depth > 0,
    };
    if open && at.open.len() < 10_000 {
        return Output::default();
    }
    let text = std::mem::take(&mut at.open);
    let mut server = at.clone();
    if !server.runs(cluster.world()) {
        session.inside.pop();
        let mut output = Output::default();
        output.warn("command terminated with exit code 137");
        output.exit = 137;
        return output;
    }
    let Some(statement) = of(&server.image).statement else {
        return Output::default();
    };
    let output = statement(cluster, &mut server, &text);
    if !sql {
        server.label = mongo::label(cluster.world(), &server);
    }
    if let Some(at) = session.inside.last_mut() {
        *at = server;
    }
    output
}
