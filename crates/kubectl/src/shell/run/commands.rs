//! One command: loops and branches, variables before it, and what its name means here.

use ordinal_api::list::IntoList;

use super::super::syntax::{self, Command, Compound, Part};
use super::super::{attach, filters, machine};
use super::{Done, Run, Stop};
use crate::programs::{self, tools};
use crate::{Output, fault, files};

/// What no container has.
const OUTSIDE: &[&str] = &["alias", "column", "help", "ls", "watch"];

impl Run<'_> {
    pub(super) fn bare(&mut self, command: &Command, stdin: &str) -> Done {
        match &command.compound {
            Some(compound) => self.compound(compound, stdin),
            None => self.simple(command, stdin),
        }
    }

    pub(super) fn compound(&mut self, compound: &Compound, stdin: &str) -> Done {
        // What is inside reads on where the one before it has stopped.
        if stdin.is_empty() || stdin == self.input.0 {
            return self.inner(compound, stdin);
        }
        let outer = std::mem::replace(&mut self.input, (stdin.to_owned(), 0));
        let done = self.inner(compound, stdin);
        self.input = outer;
        done
    }

    fn inner(&mut self, compound: &Compound, stdin: &str) -> Done {
        let mut last = 0;
        match compound {
            Compound::Group(body) => return self.script(body, stdin),
            Compound::Condition(words) => {
                return Ok(i32::from(!filters::condition(self, words)?));
            }
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
                        self.closes = true;
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

    pub(super) fn simple(&mut self, command: &Command, stdin: &str) -> Done {
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
    pub(in crate::shell) fn named(&mut self, name: &str, rest: &[String], stdin: &str) -> Done {
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
        // `exit` alone, or with a number, is the shell's own.
        let leaves = name == "exit" && words.first().is_none_or(|word| word.parse::<i32>().is_ok());
        if fault::is_fault(name) && !leaves {
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

    pub(super) fn kubectl(&mut self, words: &[&str], stdin: &str) -> Done {
        let had = self.session.files.insert("-".to_owned(), stdin.to_owned());
        let depth = self.session.inside.len();
        let opened = self.session.opened.len();
        let output = match attach::asked(words) {
            Some(args) => attach::run(self.cluster, self.session, words, &args),
            None => {
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
                } else if has {
                    self.leave_open(&mut output)?;
                }
                if self.session.until.is_some() && output.stderr.ends_with("\" does not exist\n") {
                    output.stderr += &self.files_here();
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
        let listens = self.session.opened.len() > opened && !self.background;
        if listens && self.session.until.is_some() {
            // Who listens keeps the terminal until Ctrl-C.
            self.rest()?;
        }
        if !self.is_on_terminal()
            && let Some(mut watch) = self.session.watch.take()
        {
            // Where nobody will ever end it, it ends when nothing more happens.
            loop {
                let text = watch.poll(self.cluster);
                self.print(false, &text);
                match self.cluster.next_progress() {
                    Some(due) => self.pass(due.since(self.cluster.world().now()).as_ms())?,
                    None if self.session.until.is_some() => self.rest()?,
                    None => break,
                }
            }
        }
        Ok(exit)
    }

    /// In the words of this terminal, for who names a file that only a tutorial's reader has: what there is instead.
    fn files_here(&self) -> String {
        let names = self.session.files.keys().filter(|name| *name != "-");
        let names: Vec<&str> = names.map(String::as_str).into_list();
        let whole = [files::WHOLE, files::PLACEHOLDERS];
        match names.first() {
            Some(_) if names.iter().all(|name| whole.contains(name)) => {
                format!(
                    "(the text beside the picture is here as {})\n",
                    names.join(" and ")
                )
            }
            _ => String::new(),
        }
    }

    /// Leaves an edit that is under way to whoever shows the terminal: what was saved there is in the session, with its
    /// moments. Until then the line is held.
    fn leave_open(&mut self, output: &mut Output) -> Result<(), Stop> {
        while let Some(edit) = self.session.editing.clone() {
            // What was said of the last text stands before what is said of the next one.
            let said = std::mem::take(output);
            self.print(false, &said.stdout);
            self.print(true, &said.stderr);
            let Some((at, text)) = self.session.saves.get(self.saved).cloned() else {
                self.session.editing = None;
                let now = self.cluster.world().now();
                self.transcript.editing = Some((now.0, edit.text));
                return self.rest();
            };
            self.saved += 1;
            self.pass(at.since(self.cluster.world().now()).as_ms())?;
            *output = crate::save_edit(self.cluster, self.session, &text);
        }
        Ok(())
    }

    /// Lets a command edit the file of an edit that is under way, until it is settled.
    pub(super) fn edit(&mut self, editor: &str, output: &mut Output) -> Result<(), Stop> {
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

    pub(super) fn edited(
        &mut self,
        editor: &str,
        file: &str,
        output: &mut Output,
    ) -> Result<(), Stop> {
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
    pub(super) fn leave(&mut self) -> i32 {
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
    pub(in crate::shell) fn show(&mut self, output: Output) -> Done {
        // What is warned of, or chosen, comes before what is then done.
        const FIRST: [&str; 3] = ["Warning: ", "Found ", "Defaulted container "];
        let first = output
            .stderr
            .split_inclusive('\n')
            .take_while(|line| FIRST.iter().any(|first| line.starts_with(first)))
            .map(str::len)
            .sum();
        let now = self.cluster.world().now().0;
        let begun = output.moments.first().map_or(now, |(at_ms, ..)| *at_ms);
        self.print_at(begun, true, &output.stderr[..first]);
        let (mut out, mut err) = (0, first);
        for (at_ms, o, e) in output.moments {
            let e = e.max(err);
            self.print_at(at_ms, false, &output.stdout[out..o]);
            self.print_at(at_ms, true, &output.stderr[err..e]);
            (out, err) = (o, e);
        }
        if self.session.held.get() {
            return Err(Stop::Held);
        }
        self.print(false, &output.stdout[out..]);
        self.print(true, &output.stderr[err..]);
        Ok(output.exit)
    }

    /// Runs a text as `sh -c` does, and `watch`.
    pub(in crate::shell) fn text(&mut self, text: &str, stdin: &str) -> Done {
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
    pub(in crate::shell) fn output_of(&mut self, text: &str) -> Result<String, Stop> {
        let text = text.to_owned();
        Ok(self.captured(|run| run.text(&text, ""))?.1)
    }
}
