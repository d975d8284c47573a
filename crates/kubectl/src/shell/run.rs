//! Commands to what they print.

use ordinal_api::SimDuration;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use super::syntax::{self, Command, Compound, Join, Part, Redirect, Script, Target, Trouble, Word};
use super::{Piece, Shell, Transcript, attach, filters, machine};
use crate::programs::{self, Inside, tools};
use crate::session::Patience;
use crate::{Output, Session, fault};

/// What no container has.
const OUTSIDE: &[&str] = &["alias", "column", "ls", "watch"];

/// Why a line ends before its end.
pub(super) enum Stop {
    /// `exit`
    Exit,
    /// `break` and `continue`
    Leave(bool),
    /// The container that the shell ran in is gone.
    Killed,
    /// A bound was reached; the text names it.
    Bound(&'static str),
}

type Done = Result<i32, Stop>;

/// A line at work.
pub(super) struct Run<'a> {
    pub(super) shell: &'a mut Shell,
    pub(super) cluster: &'a mut Cluster,
    pub(super) session: &'a mut Session,
    transcript: Transcript,
    /// Where standard output goes instead of the terminal, innermost last.
    captures: Vec<String>,
    commands: u32,
    printed: usize,
    /// When the line began, in milliseconds.
    began_ms: u64,
    depth: usize,
}

/// Runs a text.
pub(super) fn text(
    shell: &mut Shell,
    cluster: &mut Cluster,
    session: &mut Session,
    text: &str,
) -> Transcript {
    if !text.trim().is_empty() {
        shell.history.push(text.trim_end().to_owned());
    }
    let patience = std::mem::replace(
        &mut session.patience,
        Patience::Pass(|cluster, ms| {
            cluster.run_for(SimDuration::ms(ms));
        }),
    );
    let began_ms = cluster.world().now().0;
    let mut run = Run {
        shell,
        cluster,
        session,
        transcript: Transcript::default(),
        captures: Vec::new(),
        commands: 0,
        printed: 0,
        began_ms,
        depth: 0,
    };
    let exit = match syntax::parse(text) {
        Ok(script) => match run.script(&script, "") {
            Ok(exit) => exit,
            Err(Stop::Bound(what)) => {
                run.captures.clear();
                run.print(true, &format!("^C\nstopped: {what}\n"));
                130
            }
            Err(Stop::Exit) => run.leave(),
            Err(Stop::Leave(_)) => run.shell.status,
            Err(Stop::Killed) => 137,
        },
        Err(Trouble::Unfinished(what)) => {
            run.print(
                true,
                &format!("bash: syntax error: unexpected end of file while looking for {what}\n"),
            );
            2
        }
        Err(Trouble::Unexpected(token)) => {
            let token = token.replace('\n', "newline");
            run.print(
                true,
                &format!("bash: syntax error near unexpected token `{token}'\n"),
            );
            2
        }
    };
    let mut transcript = run.transcript;
    transcript.exit = exit;
    transcript.watch = session.watch.take();
    shell.status = exit;
    session.patience = patience;
    transcript
}

/// Runs one command inside a container, as `kubectl exec` does.
pub(super) fn inside(
    cluster: &mut Cluster,
    session: &mut Session,
    at: Inside,
    words: &[String],
    stdin: &str,
) -> Output {
    let mut shell = Shell {
        variables: at.environment(cluster.world()),
        ..Shell::default()
    };
    let depth = session.inside.len();
    session.inside.push(at.clone());
    let began_ms = cluster.world().now().0;
    let mut run = Run {
        shell: &mut shell,
        cluster,
        session,
        transcript: Transcript::default(),
        captures: Vec::new(),
        commands: 0,
        printed: 0,
        began_ms,
        depth: 0,
    };
    let done = match words.split_first() {
        Some((name, rest)) => run.named(name, rest, stdin),
        None => Ok(0),
    };
    let pieces = std::mem::take(&mut run.transcript.pieces);
    let mut output = Output::default();
    for piece in pieces {
        match piece.error {
            true => output.stderr += &piece.text,
            false => output.stdout += &piece.text,
        }
    }
    output.exit = match done {
        Ok(exit) => exit,
        Err(Stop::Bound(what)) => {
            output.warn(format!("stopped: {what}"));
            130
        }
        Err(Stop::Killed) => 137,
        Err(Stop::Exit | Stop::Leave(_)) => run.shell.status,
    };
    // A client's prompt stays open.
    if run.session.inside.len() > depth + 1 {
        run.session.inside.remove(depth);
        return output;
    }
    run.session.inside.truncate(depth);
    let name = words.first().map_or("", String::as_str);
    if output.exit == 127 && output.stderr == at.not_found(name) {
        output.stderr = at.cannot_begin(name);
        output.exit = 1;
    } else if output.exit != 0 {
        output.warn(format!("command terminated with exit code {}", output.exit));
    }
    output
}

impl Run<'_> {
    /// Prints to the terminal, or to whatever takes its place.
    pub(super) fn print(&mut self, error: bool, text: &str) {
        if text.is_empty() {
            return;
        }
        self.printed += text.len();
        match self.captures.last_mut() {
            Some(capture) if !error => capture.push_str(text),
            _ => self.transcript.pieces.push(Piece {
                at_ms: self.cluster.world().now().0,
                error,
                clears: false,
                text: text.to_owned(),
            }),
        }
    }

    /// Empties the screen.
    pub(super) fn clear(&mut self) {
        self.transcript.pieces.push(Piece {
            at_ms: self.cluster.world().now().0,
            error: false,
            clears: true,
            text: String::new(),
        });
    }

    /// Whether standard output is the terminal.
    fn is_on_terminal(&self) -> bool {
        self.captures.is_empty()
    }

    /// Lets simulated time pass.
    pub(super) fn pass(&mut self, ms: u64) -> Result<(), Stop> {
        let spent = self.cluster.world().now().0.saturating_sub(self.began_ms);
        let left = self.shell.limits.time_ms.saturating_sub(spent);
        self.cluster.run_for(SimDuration::ms(ms.min(left)));
        if ms > left {
            return Err(Stop::Bound("the line took more simulated time than it may"));
        }
        Ok(())
    }

    fn script(&mut self, script: &Script, stdin: &str) -> Done {
        if self.depth >= 64 {
            return Err(Stop::Bound("commands call each other too deeply"));
        }
        self.depth += 1;
        let done = self.steps(script, stdin);
        self.depth -= 1;
        done
    }

    fn steps(&mut self, script: &Script, stdin: &str) -> Done {
        let mut last = 0;
        for step in script {
            let skipped = match step.join {
                Join::Always => false,
                Join::And => last != 0,
                Join::Or => last == 0,
            };
            if skipped {
                continue;
            }
            last = self.pipeline(&step.stages, stdin)?;
            if step.negated {
                last = i32::from(last == 0);
            }
            self.shell.status = last;
        }
        Ok(last)
    }

    /// One turn of a loop, whose exit code goes to `last`; whether there may be another.
    fn turn(&mut self, body: &Script, stdin: &str, last: &mut i32) -> Result<bool, Stop> {
        match self.script(body, stdin) {
            Ok(exit) => *last = exit,
            Err(Stop::Leave(again)) => return Ok(again),
            Err(stop) => return Err(stop),
        }
        Ok(true)
    }

    fn pipeline(&mut self, stages: &[Command], stdin: &str) -> Done {
        let mut input = stdin.to_owned();
        let mut last = 0;
        for (at, command) in stages.iter().enumerate() {
            if at + 1 == stages.len() {
                last = self.command(command, &input)?;
            } else {
                input = self.captured(|run| run.command(command, &input))?.1;
            }
        }
        Ok(last)
    }

    /// What something prints, instead of printing it.
    fn captured(&mut self, run: impl FnOnce(&mut Self) -> Done) -> Result<(i32, String), Stop> {
        self.captures.push(String::new());
        let done = run(self);
        let text = self.captures.pop().unwrap_or_default();
        Ok((done?, text))
    }

    fn command(&mut self, command: &Command, stdin: &str) -> Done {
        self.commands += 1;
        if self.commands > self.shell.limits.commands {
            return Err(Stop::Bound("the line ran more commands than it may"));
        }
        if self.printed > self.shell.limits.output {
            return Err(Stop::Bound("the line printed more than it may"));
        }
        if command.redirects.is_empty() {
            return self.bare(command, stdin);
        }
        self.redirected(command, stdin)
    }

    /// A command whose streams go elsewhere.
    fn redirected(&mut self, command: &Command, stdin: &str) -> Done {
        let mut input = stdin.to_owned();
        let mut out: Option<(String, bool)> = None;
        let (mut errors_gone, mut errors_to_out) = (false, false);
        for Redirect { stream, to } in &command.redirects {
            match to {
                Target::Input(word) => {
                    let name = self.one(word)?;
                    match self.file(&name) {
                        Some(text) => input = text,
                        None => {
                            let text = format!("bash: {name}: No such file or directory\n");
                            self.print(true, &text);
                            return Ok(1);
                        }
                    }
                }
                Target::Text(word) => input = self.one(word)?,
                Target::Stream(_) => errors_to_out |= *stream == 2,
                Target::File(word) | Target::Append(word) => {
                    let name = self.one(word)?;
                    let append = matches!(to, Target::Append(_));
                    match stream {
                        2 => errors_gone = true,
                        3 => (errors_gone, out) = (true, Some((name, append))),
                        _ => out = Some((name, append)),
                    }
                }
            }
        }
        let errors_from = self.transcript.pieces.len();
        let exit = match &out {
            None => self.bare(command, &input)?,
            Some((name, append)) => {
                let (exit, text) = self.captured(|run| run.bare(command, &input))?;
                self.write(name, &text, *append);
                exit
            }
        };
        if errors_gone || errors_to_out {
            let printed = self.transcript.pieces.split_off(errors_from);
            for piece in printed {
                match piece.error {
                    true if errors_gone => {}
                    true => match &out {
                        Some((name, _)) => {
                            let name = name.clone();
                            self.write(&name, &piece.text, true);
                        }
                        None => self.print(false, &piece.text),
                    },
                    false => self.transcript.pieces.push(piece),
                }
            }
        }
        Ok(exit)
    }

    /// The text of a file.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        if name == "/dev/null" {
            return Some(String::new());
        }
        if let Some(at) = self.session.inside.last() {
            return programs::file(self.cluster.world(), at, name);
        }
        let name = name.trim_start_matches("./");
        self.session.files.get(name).cloned()
    }

    pub(super) fn write(&mut self, name: &str, text: &str, append: bool) {
        if name == "/dev/null" {
            return;
        }
        if let Some(at) = self.session.inside.last().cloned() {
            let path = programs::whole(name);
            let mut all = match append {
                true => at.file(self.cluster.world(), &path).unwrap_or_default(),
                false => String::new(),
            };
            all.push_str(text);
            if let Err(why) = at.write(self.cluster, &path, Some(&all)) {
                self.print(true, &format!("sh: can't create {name}: {why}\n"));
            }
            return;
        }
        let name = name.trim_start_matches("./").to_owned();
        let file = self.session.files.entry(name).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
    }

    fn bare(&mut self, command: &Command, stdin: &str) -> Done {
        match &command.compound {
            Some(compound) => self.compound(compound, stdin),
            None => self.simple(command, stdin),
        }
    }

    fn compound(&mut self, compound: &Compound, stdin: &str) -> Done {
        let mut last = 0;
        match compound {
            Compound::Group(body) => return self.script(body, stdin),
            Compound::For { name, words, body } => {
                for value in self.words(words)? {
                    self.shell.variables.insert(name.clone(), value);
                    if !self.turn(body, stdin, &mut last)? {
                        break;
                    }
                }
            }
            Compound::While {
                wanted,
                condition,
                body,
            } => {
                while (self.script(condition, stdin)? == 0) == *wanted {
                    if !self.turn(body, stdin, &mut last)? {
                        break;
                    }
                }
            }
            Compound::If {
                branches,
                otherwise,
            } => {
                for (condition, body) in branches {
                    if self.script(condition, stdin)? == 0 {
                        return self.script(body, stdin);
                    }
                }
                return self.script(otherwise, stdin);
            }
        }
        Ok(last)
    }

    fn simple(&mut self, command: &Command, stdin: &str) -> Done {
        let mut words = self.words(&command.words)?;
        if let Some(alias) = words
            .first()
            .and_then(|word| self.shell.aliases.get(word))
            .cloned()
        {
            let alias = alias.split_whitespace().map(str::to_owned);
            words.splice(0..1, alias);
        }
        let mut before = Vec::new();
        for (name, value) in &command.assignments {
            let value = self.one(value)?;
            let old = self.shell.variables.insert(name.clone(), value);
            before.push((name.clone(), old));
        }
        let Some((name, rest)) = words.split_first() else {
            // `X=$(false)` has the exit code of what it ran.
            let runs = command
                .assignments
                .iter()
                .flat_map(|(_, word)| word)
                .any(|part| matches!(part, Part::Output { .. }));
            return Ok(if runs { self.shell.status } else { 0 });
        };
        let done = self.named(name, rest, stdin);
        // Assignments before a command hold for that command only.
        for (name, old) in before {
            match old {
                Some(old) => self.shell.variables.insert(name, old),
                None => self.shell.variables.remove(&name),
            };
        }
        done
    }

    /// Runs a command by its name.
    pub(super) fn named(&mut self, name: &str, rest: &[String], stdin: &str) -> Done {
        let words: Vec<&str> = rest.iter().map(String::as_str).into_list();
        if let Some(at) = self.session.inside.last() {
            if !at.runs(self.cluster.world()) {
                // The shell went with its container.
                self.session.inside.pop();
                self.print(true, "command terminated with exit code 137\n");
                return Err(Stop::Killed);
            }
            let missing = at.not_found(name);
            let bash = name.rsplit('/').next() == Some("bash") && at.shell_named(name).is_none();
            let output = tools::run(self.cluster, self.session, name, &words, stdin);
            return match output {
                Some(output) => self.show(output),
                None => match filters::find(name).filter(|_| !OUTSIDE.contains(&name) && !bash) {
                    Some(filter) => filter(self, &words, stdin),
                    None => {
                        self.print(true, &missing);
                        Ok(127)
                    }
                },
            };
        }
        if let ("sudo", Some((name, rest))) = (name, rest.split_first()) {
            return self.named(name, rest, stdin);
        }
        if let Some(output) = machine::run(self.cluster, self.session, name, &words) {
            return self.show(output);
        }
        if name == "curl" {
            let output = programs::curl(self.cluster, self.session, &words, stdin);
            return self.show(output);
        }
        if name == "kubectl" {
            return self.kubectl(&words, stdin);
        }
        if fault::is_fault(name) {
            let output = fault::run(self.cluster, name, &words);
            return self.show(output);
        }
        match filters::find(name) {
            Some(filter) => filter(self, &words, stdin),
            None => {
                self.print(true, &format!("bash: {name}: command not found\n"));
                Ok(127)
            }
        }
    }

    fn kubectl(&mut self, words: &[&str], stdin: &str) -> Done {
        let had = self.session.files.insert("-".to_owned(), stdin.to_owned());
        let depth = self.session.inside.len();
        let output = match attach::is_meant(words) {
            true => attach::run(self.cluster, self.session, words),
            false => {
                let editor = self.variable("KUBE_EDITOR");
                let editor = match editor.is_empty() {
                    true => self.variable("EDITOR"),
                    false => editor,
                };
                let has = self.session.has_editor;
                self.session.has_editor |= !editor.is_empty();
                let mut output = crate::run_words(self.cluster, self.session, words);
                self.session.has_editor = has;
                if !editor.is_empty() {
                    self.edit(&editor, &mut output)?;
                }
                output
            }
        };
        if let Some(at) = self.session.inside.get_mut(depth) {
            let environment = at.environment(self.cluster.world());
            at.outer = std::mem::replace(&mut self.shell.variables, environment);
        }
        match had {
            Some(had) => self.session.files.insert("-".to_owned(), had),
            None => self.session.files.remove("-"),
        };
        let exit = self.show(output)?;
        if !self.is_on_terminal()
            && let Some(mut watch) = self.session.watch.take()
        {
            // Whoever reads from it wants an end: it ends when nothing more happens.
            loop {
                let text = watch.poll(self.cluster);
                self.print(false, &text);
                let Some(due) = self.cluster.world().next_progress() else {
                    break;
                };
                self.pass(due.since(self.cluster.world().now()).as_ms())?;
            }
        }
        Ok(exit)
    }

    /// Lets a command edit the file of an edit that is under way, until it is settled.
    fn edit(&mut self, editor: &str, output: &mut Output) -> Result<(), Stop> {
        let file = crate::verbs::edit::FILE;
        // What the editor runs has no editor itself.
        let names = ["KUBE_EDITOR", "EDITOR"];
        let held = names.map(|name| self.shell.variables.remove(name));
        let done = self.edited(editor, file, output);
        for (name, value) in names.into_iter().zip(held) {
            if let Some(value) = value {
                self.shell.variables.insert(name.to_owned(), value);
            }
        }
        done
    }

    fn edited(&mut self, editor: &str, file: &str, output: &mut Output) -> Result<(), Stop> {
        while let Some(edit) = self.session.editing.clone() {
            self.write(file, &edit.text, false);
            if self.text(&format!("{editor} {file}"), "")? != 0 {
                self.session.editing = None;
                output.append(Output::error(format!(
                    "there was a problem with the editor \"{editor}\""
                )));
            }
            let saved = self.file(file).unwrap_or_default();
            output.append(crate::save_edit(self.cluster, self.session, &saved));
        }
        Ok(())
    }

    /// `exit`: out of the innermost container; out of the last one it changes nothing.
    fn leave(&mut self) -> i32 {
        let code = self.shell.status;
        let Some(at) = self.session.inside.pop() else {
            self.session.node = None;
            return code;
        };
        self.shell.variables = at.outer.clone();
        let output = attach::end(self.cluster, self.session, &at, code);
        let exit = output.exit;
        self.print(false, &output.stdout);
        self.print(true, &output.stderr);
        exit
    }

    /// Prints what a command printed.
    pub(super) fn show(&mut self, output: Output) -> Done {
        // What is warned of, or chosen, comes before what is then done.
        const FIRST: [&str; 3] = ["Warning: ", "Found ", "Defaulted container "];
        let first = output
            .stderr
            .split_inclusive('\n')
            .take_while(|line| FIRST.iter().any(|first| line.starts_with(first)))
            .map(str::len)
            .sum();
        let (first, rest) = output.stderr.split_at(first);
        self.print(true, first);
        self.print(false, &output.stdout);
        self.print(true, rest);
        Ok(output.exit)
    }

    /// Runs a text as `sh -c` does, and `watch`.
    pub(super) fn text(&mut self, text: &str, stdin: &str) -> Done {
        match syntax::parse(text) {
            Ok(script) => match self.script(&script, stdin) {
                Err(Stop::Exit) => Ok(self.shell.status),
                done => done,
            },
            Err(_) => {
                self.print(true, "bash: -c: syntax error\n");
                Ok(2)
            }
        }
    }

    /// What `watch` shows each time.
    pub(super) fn output_of(&mut self, text: &str) -> Result<String, Stop> {
        let text = text.to_owned();
        Ok(self.captured(|run| run.text(&text, ""))?.1)
    }

    /// Words as they reach the command: variables put in, divided at blanks where they were not quoted.
    fn words(&mut self, words: &[Word]) -> Result<Vec<String>, Stop> {
        let mut all = Vec::new();
        for word in words {
            let mut now: Option<String> = None;
            for part in word {
                let (text, divide) = self.part(part)?;
                if !divide {
                    now.get_or_insert_default().push_str(&text);
                    continue;
                }
                let starts = text.starts_with(char::is_whitespace);
                let ends = text.ends_with(char::is_whitespace);
                let mut pieces = text.split_whitespace().peekable();
                if starts {
                    all.extend(now.take());
                }
                while let Some(piece) = pieces.next() {
                    now.get_or_insert_default().push_str(piece);
                    if pieces.peek().is_some() || ends {
                        all.extend(now.take());
                    }
                }
            }
            all.extend(now);
            if all.len() > 10_000 {
                return Err(Stop::Bound("a command has more words than it may"));
            }
        }
        Ok(all)
    }

    /// A word that is not divided.
    fn one(&mut self, word: &Word) -> Result<String, Stop> {
        let mut whole = String::new();
        for part in word {
            whole.push_str(&self.part(part)?.0);
        }
        Ok(whole)
    }

    /// The text of a part, and whether blanks divide it.
    fn part(&mut self, part: &Part) -> Result<(String, bool), Stop> {
        Ok(match part {
            Part::Text { text, .. } => (text.clone(), false),
            Part::Variable {
                name,
                default,
                quoted,
            } => {
                let value = self.variable(name);
                match (default, value.is_empty()) {
                    (Some(default), true) => (self.one(default)?, !quoted),
                    _ => (value, !quoted),
                }
            }
            Part::Output { script, quoted } => {
                let (exit, mut text) = self.captured(|run| run.script(script, ""))?;
                self.shell.status = exit;
                text.truncate(text.trim_end_matches('\n').len());
                (text, !quoted)
            }
            Part::Sum(word) => {
                let text = self.one(word)?;
                (self.sum(&text).to_string(), false)
            }
        })
    }

    fn variable(&self, name: &str) -> String {
        if name == "?" {
            return self.shell.status.to_string();
        }
        // `${NAME%suffix}` and `${NAME#prefix}`, with `*` at their open end.
        let operator = name.find(['#', '%']).filter(|at| *at > 0);
        let Some(at) = operator else {
            return self.shell.variables.get(name).cloned().unwrap_or_default();
        };
        let value = self.variable(&name[..at]);
        let (operator, pattern) = name.split_at(at).1.split_at(1);
        let longest = pattern.starts_with(operator);
        let pattern = pattern.trim_start_matches(operator);
        let cut = match operator {
            "#" => match pattern.strip_prefix('*') {
                Some(end) if longest => value.rfind(end).map(|at| &value[at + end.len()..]),
                Some(end) => value.find(end).map(|at| &value[at + end.len()..]),
                None => value.strip_prefix(pattern),
            },
            _ => match pattern.strip_suffix('*') {
                Some(start) if longest => value.find(start).map(|at| &value[..at]),
                Some(start) => value.rfind(start).map(|at| &value[..at]),
                None => value.strip_suffix(pattern),
            },
        };
        cut.unwrap_or(&value).to_owned()
    }

    /// The value of a sum of whole numbers: `+ - * / %`, from left to right with the usual ranks.
    fn sum(&self, text: &str) -> i64 {
        let mut total = 0_i64;
        let mut product: Option<i64> = None;
        let mut sign = 1_i64;
        let mut operator = '*';
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let length = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            if length > 0 {
                let word = &rest[..length];
                let number = word
                    .parse()
                    .unwrap_or_else(|_| self.variable(word).parse().unwrap_or(0));
                product = Some(match (product, operator) {
                    (None, _) => number,
                    (Some(product), '/') => product.checked_div(number).unwrap_or(0),
                    (Some(product), '%') => product.checked_rem(number).unwrap_or(0),
                    (Some(product), _) => product.saturating_mul(number),
                });
                rest = rest[length..].trim_start();
                continue;
            }
            if matches!(first, '+' | '-') {
                total = total.saturating_add(sign.saturating_mul(product.take().unwrap_or(0)));
                sign = if first == '-' { -1 } else { 1 };
                operator = '*';
            } else {
                operator = first;
            }
            rest = rest[first.len_utf8()..].trim_start();
        }
        total.saturating_add(sign.saturating_mul(product.unwrap_or(0)))
    }
}
