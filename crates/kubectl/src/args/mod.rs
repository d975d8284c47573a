//! Flags and arguments by kubectl's rules: flags anywhere, `--flag value` or `--flag=value`, `--` ends them.
//!
//! Models spf13/pflag, 1.0.

mod duration;

pub(crate) use duration::duration_ms;

use crate::Output;
use ordinal_api::list::IntoList;

/// Flags that every verb knows, as in [`Args::read`].
const GLOBAL: &str = "namespace,n=s kubeconfig=s context=s cluster=s user=s server,s=s token=s \
request-timeout=s v,v=i vmodule=s as=s as-group=l as-uid=s as-user-extra=l certificate-authority=s client-certificate=s \
client-key=s insecure-skip-tls-verify tls-server-name=s cache-dir=s disable-compression match-server-version \
password=s username=s profile=s profile-output=s warnings-as-errors kuberc=s log-flush-frequency=d help,h";

/// A flag as a table has it: `output,o=s`.
#[derive(Clone, Copy, Debug)]
struct Known {
    long: &'static str,
    short: Option<char>,
    /// `b` a switch, `s` a string, `l` strings, `i` a number, `d` a duration, `?…` a string that may be left out.
    type_: &'static str,
}

fn table(spec: &'static str) -> impl Iterator<Item = Known> {
    spec.split_whitespace().map(|word| {
        let (names, type_) = word.split_once('=').unwrap_or((word, "b"));
        let (long, short) = names.split_once(',').unwrap_or((names, ""));
        Known {
            long,
            short: short.chars().next(),
            type_,
        }
    })
}

/// Whether a word in front of the verb takes the next one with it: every flag does, but the switches that all verbs know.
pub(crate) fn takes_next(word: &str) -> bool {
    if word.contains('=') {
        return false;
    }
    let is_switch = |flag: &Known, long: Option<&str>| match long {
        Some(long) => flag.long == long && flag.type_ == "b",
        None => flag.type_ == "b" && flag.short == word.chars().nth(1),
    };
    match word.strip_prefix("--") {
        Some(long) => !table(GLOBAL).any(|flag| is_switch(&flag, Some(long))),
        None => word.chars().count() == 2 && !table(GLOBAL).any(|flag| is_switch(&flag, None)),
    }
}

/// Whether a word is a flag that every verb knows and whose value is the next word.
pub(crate) fn has_value_next(word: &str) -> bool {
    let is = |flag: Known| match word.strip_prefix("--") {
        Some(long) => flag.long == long,
        None => word.len() == 2 && word.starts_with('-') && flag.short == word.chars().nth(1),
    };
    table(GLOBAL).any(|flag| flag.type_ != "b" && is(flag))
}

/// `--request-timeout`. Models clientcmd `ParseTimeout`.
///
/// # Errors
/// What the client says of another text.
pub(crate) fn check_timeout(text: &str) -> Result<(), Output> {
    let is_number = text.parse::<u64>().is_ok();
    if is_number || duration_ms(text).is_ok() {
        return Ok(());
    }
    Err(Output::error(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
    ))
}

/// A word that no terminal can type: what a verb knows is told instead of done.
const ASK: &str = "--\0";

/// The flags of a command: long name, short name (empty for none), whether it takes a value.
pub(crate) fn flags_of(
    cluster: &mut ordinal_core::Cluster,
    session: &mut crate::Session,
    command: &[&str],
) -> Vec<(String, String, bool)> {
    let mut words = command.to_vec();
    words.push(ASK);
    let told = match command {
        [] => String::new(),
        _ => crate::verbs::run(cluster, session, &words).stdout,
    };
    let flag = |known: Known| {
        let short = known.short.map(String::from).unwrap_or_default();
        let valued = known.type_ != "b" && !known.type_.starts_with('?');
        (known.long.to_owned(), short, valued)
    };
    let told = told.lines().filter_map(|line| {
        let mut parts = line.strip_prefix(ASK)?.split(' ');
        let long = parts.next()?.to_owned();
        Some((long, parts.next()?.to_owned(), parts.next()? == "v"))
    });
    told.chain(table(GLOBAL).map(flag)).into_list()
}

fn tell(known: &[Known]) -> Output {
    let mut output = Output::default();
    for flag in known {
        let short = flag.short.map(String::from).unwrap_or_default();
        let valued = flag.type_ != "b" && !flag.type_.starts_with('?');
        let value = if valued { "v" } else { "" };
        output.say(format!("{ASK}{} {short} {value}", flag.long));
    }
    output
}

const FALSE: [&str; 6] = ["0", "f", "F", "false", "FALSE", "False"];

/// Whether Go's `strconv.ParseBool` reads it.
pub(crate) fn is_bool(text: &str) -> bool {
    FALSE.contains(&text) || matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Of what is a switch's value: whether it is on.
pub(crate) fn is_true(text: &str) -> bool {
    !FALSE.contains(&text)
}

/// What was typed, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    /// Arguments that are no flags.
    pub(crate) rest: Vec<String>,
    /// How many of them came before `--`.
    pub(crate) dash: Option<usize>,
    flags: Vec<(&'static str, String)>,
    /// Flags for several values that were given none: `--from-file=`.
    empty: Vec<&'static str>,
}

/// `error: …` and where to read more.
pub(crate) fn usage(verb: &str, text: &str) -> Output {
    let mut output = Output::error(text);
    output.warn(format!("See 'kubectl {verb} --help' for usage."));
    output
}

/// `error: …` for wrong arguments, and where to read more.
pub(crate) fn misuse(verb: &str, text: &str) -> Output {
    let mut output = Output::error(text);
    output.warn(format!("See 'kubectl {verb} -h' for help and examples"));
    output
}

impl Args {
    /// Sorts the words of a verb by its table of flags: `output,o=s watch,w timeout=d`; see [`Known`] for the letters.
    pub(crate) fn read(verb: &str, words: &[&str], spec: &'static str) -> Result<Self, Output> {
        let all: Vec<Known> = table(spec).chain(table(GLOBAL)).into_list();
        Self::sort(verb, words, &all)
    }

    fn sort(verb: &str, words: &[&str], known: &[Known]) -> Result<Self, Output> {
        if words.contains(&ASK) {
            return Err(tell(known));
        }
        let mut args = Self::default();
        let mut words = words.iter().copied();
        let fault = |text: String| usage(verb, &text);
        while let Some(word) = words.next() {
            if word == "--" {
                args.dash = Some(args.rest.len());
                args.rest.extend(words.by_ref().map(str::to_owned));
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, given) = long
                    .split_once('=')
                    .map_or((long, None), |(n, v)| (n, Some(v)));
                let flag = known
                    .iter()
                    .find(|flag| flag.long == name)
                    .ok_or_else(|| fault(format!("unknown flag: --{name}")))?;
                let given = match (given, flag.type_.strip_prefix('?')) {
                    (Some(given), _) => given,
                    (None, Some(alone)) => alone,
                    (None, None) if flag.type_ == "b" => "true",
                    (None, None) => words
                        .next()
                        .ok_or_else(|| fault(format!("flag needs an argument: --{name}")))?,
                };
                args.take(flag, given).map_err(fault)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.shorthands(word, known, &mut words).map_err(fault)?;
            } else {
                args.rest.push(word.to_owned());
            }
        }
        Ok(args)
    }

    fn shorthands<'a>(
        &mut self,
        word: &str,
        known: &[Known],
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let mut rest = &word[1..];
        while let Some(letter) = rest.chars().next() {
            let shown = rest;
            rest = &rest[letter.len_utf8()..];
            let flag = known
                .iter()
                .find(|flag| flag.short == Some(letter))
                .ok_or_else(|| format!("unknown shorthand flag: '{letter}' in -{shown}"))?;
            if let Some(given) = rest.strip_prefix('=').filter(|given| !given.is_empty()) {
                return self.take(flag, given);
            }
            if flag.type_ == "b" {
                self.take(flag, "true")?;
            } else if !rest.is_empty() {
                return self.take(flag, rest);
            } else {
                let next = words
                    .next()
                    .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{shown}"))?;
                return self.take(flag, next);
            }
        }
        Ok(())
    }

    fn take(&mut self, flag: &Known, given: &str) -> Result<(), String> {
        let name = || match flag.short {
            Some(short) => format!("-{short}, --{}", flag.long),
            None => format!("--{}", flag.long),
        };
        let invalid = |why: String| {
            Err(format!(
                "invalid argument \"{given}\" for \"{}\" flag: {why}",
                name()
            ))
        };
        match flag.type_ {
            "b" if !is_bool(given) => {
                return invalid(format!(
                    "strconv.ParseBool: parsing \"{given}\": invalid syntax"
                ));
            }
            "i" => {
                use std::num::IntErrorKind::{NegOverflow, PosOverflow};
                if let Err(why) = given.parse::<i64>() {
                    let why = match why.kind() {
                        PosOverflow | NegOverflow => "value out of range",
                        _ => "invalid syntax",
                    };
                    return invalid(format!("strconv.ParseInt: parsing \"{given}\": {why}"));
                }
            }
            "d" => {
                if let Err(why) = duration_ms(given) {
                    return invalid(why);
                }
            }
            "l" if given.is_empty() => {
                self.empty.push(flag.long);
                return Ok(());
            }
            "l" => {
                for part in given.split(',') {
                    self.flags.push((flag.long, part.to_owned()));
                }
                return Ok(());
            }
            // No namespace is the one of the context.
            _ if flag.long == "namespace" && given.is_empty() => return Ok(()),
            _ => {}
        }
        self.flags.push((flag.long, given.to_owned()));
        Ok(())
    }

    /// The last value given to a flag.
    pub(crate) fn get(&self, long: &str) -> Option<&str> {
        self.flags
            .iter()
            .rev()
            .find(|(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a flag stands in the command line, be it without a value.
    pub(crate) fn is_given(&self, long: &str) -> bool {
        self.get(long).is_some() || self.empty.contains(&long)
    }

    /// All values given to a flag.
    pub(crate) fn all(&self, long: &str) -> impl Iterator<Item = &str> + Clone {
        self.flags
            .iter()
            .filter(move |(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    /// Turns a switch on.
    pub(crate) fn set(&mut self, long: &'static str) {
        self.flags.push((long, "true".to_owned()));
    }

    /// Whether a switch is on.
    pub(crate) fn has(&self, long: &str) -> bool {
        self.get(long).is_some_and(is_true)
    }

    /// Whether a switch that is on by itself is on.
    pub(crate) fn has_not(&self, long: &str) -> bool {
        self.get(long).is_some() && !self.has(long)
    }

    /// A number given to a flag of the type `i`.
    pub(crate) fn count(&self, long: &str) -> Option<i64> {
        self.get(long)?.parse().ok()
    }

    /// A duration given to a flag of the type `d`, in milliseconds.
    pub(crate) fn duration_ms(&self, long: &str) -> Option<i64> {
        duration_ms(self.get(long)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str =
        "output,o=s watch,w all-namespaces,A port,p=i timeout=d label-columns,L=l dry-run=?client";

    fn read(words: &[&str]) -> Result<Args, String> {
        Args::read("get", words, SPEC).map_err(|output| output.stderr)
    }

    #[test]
    fn the_value_of_a_flag_of_all_verbs_is_the_next_word_unless_it_is_a_switch_or_has_it() {
        let with = ["-n", "--namespace", "--context", "-v"].map(has_value_next);
        assert_eq!(with, [true; 4]);
        let without = [
            "--namespace=a",
            "-na",
            "-h",
            "--disable-compression",
            "configmap",
        ];
        assert_eq!(without.map(has_value_next), [false; 5]);
    }

    #[test]
    fn flags_stand_anywhere_and_in_every_spelling() {
        let args = read(&[
            "-wA",
            "pods",
            "-oyaml",
            "-L",
            "a,b",
            "-L=c",
            "--dry-run",
            "x",
            "--",
            "-z",
        ])
        .expect("read");
        assert_eq!(args.rest, ["pods", "x", "-z"]);
        assert_eq!(args.dash, Some(2));
        assert!(args.has("watch") && args.has("all-namespaces"));
        assert_eq!(args.get("output"), Some("yaml"));
        assert_eq!(
            args.all("label-columns").collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        assert_eq!(args.get("dry-run"), Some("client"));
    }

    #[test]
    fn faults_are_told_as_pflag_tells_them() {
        let fault = |words: &[&str]| {
            let text = read(words).expect_err("a fault");
            text.lines().next().unwrap_or_default().to_owned()
        };
        assert_eq!(fault(&["--foo"]), "error: unknown flag: --foo");
        assert_eq!(fault(&["-z"]), "error: unknown shorthand flag: 'z' in -z");
        assert_eq!(fault(&["-o"]), "error: flag needs an argument: 'o' in -o");
        assert_eq!(
            fault(&["--port=x"]),
            "error: invalid argument \"x\" for \"-p, --port\" flag: strconv.ParseInt: parsing \"x\": invalid syntax"
        );
        assert_eq!(
            fault(&["--timeout=5"]),
            "error: invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\""
        );
    }
}
