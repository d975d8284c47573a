//! Flags and arguments by kubectl's rules: flags anywhere, `--flag value` or `--flag=value`, `--` ends them.

use crate::Output;

/// A flag that a verb knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// Its long name.
    pub(crate) long: &'static str,
    /// Its short name, if it has one.
    pub(crate) short: Option<char>,
    /// Whether it takes a value.
    pub(crate) value: bool,
}

/// A flag with a value.
pub(crate) const fn value(long: &'static str, short: Option<char>) -> Flag {
    Flag {
        long,
        short,
        value: true,
    }
}

/// A switch.
pub(crate) const fn switch(long: &'static str, short: Option<char>) -> Flag {
    Flag {
        long,
        short,
        value: false,
    }
}

/// Flags that every verb knows.
const GLOBAL: &[Flag] = &[
    value("namespace", Some('n')),
    value("context", None),
    value("kubeconfig", None),
];

/// What was typed, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    /// Arguments that are no flags.
    pub(crate) rest: Vec<String>,
    flags: Vec<(&'static str, String)>,
}

impl Args {
    /// Sorts the words of a verb.
    pub(crate) fn parse(verb: &str, words: &[&str], known: &[Flag]) -> Result<Self, Output> {
        let mut args = Self::default();
        let mut words = words.iter().copied();
        let find_long = |name: &str| known.iter().chain(GLOBAL).find(|f| f.long == name).copied();
        let find_short = |name: char| {
            known
                .iter()
                .chain(GLOBAL)
                .find(|f| f.short == Some(name))
                .copied()
        };
        let usage = |text: String| {
            let mut output = Output::error(text);
            output.warn(format!("See 'kubectl {verb} --help' for usage."));
            output
        };
        while let Some(word) = words.next() {
            if word == "--" {
                args.rest.extend(words.by_ref().map(str::to_owned));
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, given) = long
                    .split_once('=')
                    .map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                let flag =
                    find_long(name).ok_or_else(|| usage(format!("unknown flag: --{name}")))?;
                let given = match (flag.value, given) {
                    (_, Some(given)) => given,
                    (false, None) => "true".to_owned(),
                    (true, None) => {
                        let next = words.next();
                        next.ok_or_else(|| usage(format!("flag needs an argument: --{name}")))?
                            .to_owned()
                    }
                };
                args.flags.push((flag.long, given));
            } else if word.len() > 1 && word.starts_with('-') {
                let mut letters = word[1..].chars();
                while let Some(letter) = letters.next() {
                    let unknown = || usage(format!("unknown shorthand flag: '{letter}' in {word}"));
                    let flag = find_short(letter).ok_or_else(unknown)?;
                    let attached: String = if flag.value {
                        letters.by_ref().collect()
                    } else {
                        String::new()
                    };
                    let given = match (flag.value, attached.trim_start_matches('=')) {
                        (false, _) => "true".to_owned(),
                        (true, "") => {
                            let next = words.next();
                            next.ok_or_else(|| {
                                usage(format!("flag needs an argument: '{letter}' in {word}"))
                            })?
                            .to_owned()
                        }
                        (true, attached) => attached.to_owned(),
                    };
                    args.flags.push((flag.long, given));
                }
            } else {
                args.rest.push(word.to_owned());
            }
        }
        Ok(args)
    }

    /// The last value given to a flag.
    pub(crate) fn get(&self, long: &str) -> Option<&str> {
        self.flags
            .iter()
            .rev()
            .find(|(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    /// All values given to a flag.
    pub(crate) fn all(&self, long: &str) -> impl Iterator<Item = &str> {
        self.flags
            .iter()
            .filter(move |(name, _)| *name == long)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a switch is on.
    pub(crate) fn has(&self, long: &str) -> bool {
        self.get(long).is_some_and(|value| value != "false")
    }

    /// A number given to a flag.
    pub(crate) fn number(&self, verb: &str, long: &str) -> Result<Option<i64>, Output> {
        let Some(text) = self.get(long) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            let message = format!("invalid argument \"{text}\" for \"--{long}\" flag: strconv.ParseInt: parsing \"{text}\": invalid syntax");
            let mut output = Output::error(message);
            output.warn(format!("See 'kubectl {verb} --help' for usage."));
            output
        })
    }
}
