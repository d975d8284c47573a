//! The commands of a tutorial, each with what is printed under it.

/// A command and the lines that are printed under it; none where the tutorial shows none.
pub(super) type Block = (String, Vec<String>);

/// The commands of a text: fenced blocks, lines behind a prompt, or lines that begin with the name of a program.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    if text.contains("```bash") {
        fenced(text)
    } else if text.contains("\n$ ") {
        prompted(text)
    } else {
        bare(text)
    }
}

fn fenced(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let (mut commands, mut prints) = (false, false);
    for line in text.lines() {
        match line {
            "```bash" => commands = true,
            "```" => commands = false,
            "> ```" => prints = !prints,
            line if commands => all.push((line.to_owned(), Vec::new())),
            line if prints => {
                let line = line.strip_prefix('>').unwrap_or(line);
                if let Some(last) = all.last_mut() {
                    last.1
                        .push(line.strip_prefix(' ').unwrap_or(line).to_owned());
                }
            }
            _ => {}
        }
    }
    all
}

/// What follows a prompt up to an empty line; the prompts of `mongo` go on with dots.
fn prompted(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut prints = false;
    for line in text.lines() {
        let command = line
            .strip_prefix("$ ")
            .or_else(|| line.strip_prefix("> "))
            .or_else(|| line.split_once(":/# ").map(|(_, command)| command));
        if let Some(command) = command {
            all.push((command.trim().to_owned(), Vec::new()));
            prints = true;
            continue;
        }
        let Some(last) = all.last_mut() else { continue };
        if let Some(more) = line.strip_prefix("... ") {
            last.0 += &format!("\n{more}");
        } else if line.trim().is_empty() {
            // Tables and answers go on behind an empty line.
            prints &= last.0.contains("pv,pvc") || last.0.starts_with("nslookup");
        } else if prints && !line.starts_with("Let") {
            last.1.push(line.to_owned());
        }
    }
    all
}

/// Programs whose names begin a command.
const PROGRAMS: &[&str] = &["kubectl", "watch", "curl", "nslookup", "exit"];
/// How the first line of something printed begins.
const PRINTED: &[&str] = &[
    "Error from",
    "NAME ",
    "4m4s",
    "Server:",
    "Name:",
    "Supersonic",
    "curl: (",
    "Events:",
];

/// Paragraphs without a prompt. Numbers in parentheses refer to remarks, which begin with the number. What is printed in
/// another terminal is a block of its own.
fn bare(text: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let mut elsewhere = false;
    for paragraph in text.split("\n\n") {
        elsewhere |= paragraph.contains("Terminal 2") && paragraph.contains('•');
        let mut kind = 0;
        let mut goes_on = false;
        for line in paragraph.lines() {
            let line = ["(1)", "(2)", "(3)"]
                .iter()
                .fold(line.to_owned(), |line, mark| line.replace(mark, ""));
            let line = line.trim_end();
            let first = line.split(' ').next().unwrap_or_default();
            let sets = first.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase())
            });
            let whole = PROGRAMS.contains(&first) && (line.contains(' ') || line == "exit");
            if goes_on {
                if let Some(last) = all.last_mut() {
                    last.0 += &format!(" {}", line.trim());
                }
            } else if kind < 2 && (sets || whole) && !line.starts_with("curl: (") {
                all.push((line.to_owned(), Vec::new()));
                kind = 1;
            } else if PRINTED.iter().any(|begin| line.starts_with(begin)) || kind == 2 {
                if elsewhere {
                    all.push(("kubectl get pods".to_owned(), Vec::new()));
                    elsewhere = false;
                }
                if let Some(last) = all.last_mut() {
                    let remark = line.starts_with(|c: char| c.is_ascii_digit())
                        && line.split(' ').next() == Some("1");
                    if !remark {
                        last.1.push(line.to_owned());
                    }
                }
                kind = 2;
            }
            goes_on = kind == 1
                && (line.ends_with('\\') || line.matches('"').count() % 2 == 1 && !goes_on);
            if goes_on && let Some(last) = all.last_mut() {
                last.0 = last.0.trim_end_matches('\\').trim_end().to_owned();
            }
        }
    }
    all
}
