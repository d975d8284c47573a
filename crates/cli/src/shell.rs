//! `ordinal shell FILE…`: the terminal of the page on standard input and output, line by line or from a pipe.
//!
//! The cluster is empty at first; the files are there to be applied. Simulated time passes while a command waits
//! (`sleep 30`, `kubectl wait …`), and stands still otherwise.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use ordinal_api::SimDuration;
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config};
use ordinal_kubectl::shell::{Shape, Shell, is_in_program, prompt, shape};
use ordinal_kubectl::{Session, files, script};

/// How long a watch looks at most, in simulated time.
const LONGEST_WATCH: SimDuration = SimDuration::secs(3600);
/// Most nodes of a cluster.
const MOST_NODES: usize = 5_000;

/// What `ordinal shell` takes.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Files that commands can name: manifests, or a whole tutorial text, whose parts have the names that it gives them.
    pub files: Vec<String>,
    /// Number of nodes, of 8 CPU and 32 GiB each.
    #[arg(long, default_value_t = 3)]
    pub nodes: usize,
    /// Release of Kubernetes, 1.29 to 1.37.
    #[arg(long)]
    pub release: Option<String>,
}

/// A terminal with its cluster.
struct Terminal {
    cluster: Cluster,
    session: Session,
    shell: Shell,
}

/// Reads lines until there are no more; the exit code is that of the last one.
pub fn main(arguments: &Arguments) -> ExitCode {
    let mut terminal = match open(arguments) {
        Ok(terminal) => terminal,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    let stdin = std::io::stdin();
    let is_terminal = stdin.is_terminal();
    let mut command = String::new();
    terminal.ask(is_terminal, false);
    for line in stdin.lock().lines() {
        let Ok(line) = line else { break };
        command.push_str(&line);
        if !is_in_program(&terminal.session) && shape(&command) == Shape::Open {
            command.push('\n');
            terminal.ask(is_terminal, true);
            continue;
        }
        terminal.run(&std::mem::take(&mut command), is_terminal);
        terminal.ask(is_terminal, false);
    }
    if !command.is_empty() {
        terminal.run(&command, is_terminal);
    }
    ExitCode::from(u8::try_from(terminal.shell.status).unwrap_or(1))
}

fn open(arguments: &Arguments) -> Result<Terminal, String> {
    if !(1..=MOST_NODES).contains(&arguments.nodes) {
        return Err(format!("--nodes must be between 1 and {MOST_NODES}"));
    }
    let mut config = Config::with_nodes(arguments.nodes);
    if let Some(release) = &arguments.release {
        config.release =
            Release::parse(release).ok_or_else(|| format!("{release}: no known release"))?;
    }
    let cluster = Cluster::new(config);
    let mut session = Session::default();
    for name in &arguments.files {
        let text = std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
        let reading = script::read(cluster.world(), name, &text, false, true);
        session.files.extend(files::files(&text, &reading));
        session.files.insert(name.clone(), text);
    }
    let mut shell = Shell::default();
    let alias = ("k".to_owned(), "kubectl".to_owned());
    shell.aliases.insert(alias.0, alias.1);
    Ok(Terminal {
        cluster,
        session,
        shell,
    })
}

impl Terminal {
    fn ask(&self, is_terminal: bool, more: bool) {
        if is_terminal {
            let prompt = if more {
                "> ".to_owned()
            } else {
                prompt(&self.session)
            };
            print(&prompt, false);
        }
    }

    fn run(&mut self, command: &str, is_terminal: bool) {
        let (cluster, session) = (&mut self.cluster, &mut self.session);
        let done = self.shell.run(cluster, session, command);
        for piece in &done.pieces {
            if piece.clears && is_terminal {
                print("\x1b[2J\x1b[H", false);
            }
            print(&piece.text, piece.error);
        }
        let Some(mut watch) = done.watch else { return };
        // It goes on for as long as something happens.
        let end = self.cluster.world().now() + LONGEST_WATCH;
        while let Some(due) = self.cluster.next_progress().filter(|due| *due <= end) {
            self.cluster.run_until(due);
            print(&watch.poll(&mut self.cluster), false);
        }
    }
}

fn print(text: &str, error: bool) {
    // Whoever reads may have gone; then there is nobody to tell.
    let _ = if error {
        std::io::stderr().write_all(text.as_bytes())
    } else {
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
}
