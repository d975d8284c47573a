//! awk: conditions and `print`, which is what people use it for at a cluster.

use super::super::pattern::Pattern;
use super::super::run::{Run, Stop};
use super::{Flags, input};
use ordinal_api::list::IntoList;

struct Rule {
    when: When,
    print: Vec<Vec<Value>>,
    /// `printf` instead of `print`.
    format: bool,
}

enum When {
    Always,
    Begin,
    End,
    All(Vec<Condition>),
}

struct Condition {
    negated: bool,
    left: Value,
    test: Test,
}

enum Test {
    Matches(Pattern),
    Compare(&'static str, Value),
    IsTrue,
}

#[derive(Clone)]
enum Value {
    Text(String),
    Number(i64),
    Field(usize),
    LastField,
    Row,
    Fields,
}

pub(super) fn awk(run: &mut Run<'_>, words: &[&str], stdin: &str) -> Result<i32, Stop> {
    let flags = Flags::of(words, "Fv");
    let Some((program, files)) = flags.rest.split_first() else {
        run.print(
            true,
            "usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n",
        );
        return Ok(2);
    };
    let rules = match Reader::read(program) {
        Ok(rules) => rules,
        Err(near) => {
            run.print(true, &format!("awk: syntax error near {near}\n"));
            return Ok(2);
        }
    };
    let text = match input(run, "awk", files, stdin) {
        Ok(text) => text,
        Err(_) => return Ok(2),
    };
    let mark = flags.value('F').map(|mark| mark.replace("\\t", "\t"));
    let mut out = String::new();
    let count = text.lines().count();
    let rows = std::iter::once(("", 0))
        .chain(text.lines().zip(1..))
        .chain([("", count + 1)]);
    for (line, number) in rows {
        let edge = number == 0 || number > count;
        let row = Row {
            line,
            number: number.min(count),
            fields: match &mark {
                Some(mark) => line.split(mark.as_str()).collect(),
                None => line.split_whitespace().collect(),
            },
        };
        for rule in &rules {
            let applies = match &rule.when {
                When::Begin => number == 0,
                When::End => number > count,
                When::Always => !edge,
                When::All(conditions) => !edge && conditions.iter().all(|c| row.holds(c)),
            };
            if applies {
                row.print(rule, &mut out);
            }
        }
    }
    run.print(false, &out);
    Ok(0)
}

struct Row<'a> {
    line: &'a str,
    number: usize,
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Field(0) => self.line.to_owned(),
            Value::Field(at) => (*self.fields.get(at - 1).unwrap_or(&"")).to_owned(),
            Value::LastField => (*self.fields.last().unwrap_or(&"")).to_owned(),
            Value::Row => self.number.to_string(),
            Value::Fields => self.fields.len().to_string(),
        }
    }

    fn holds(&self, condition: &Condition) -> bool {
        let left = self.value(&condition.left);
        let holds = match &condition.test {
            Test::Matches(pattern) => pattern.is_in(&left),
            Test::IsTrue => !matches!(left.as_str(), "" | "0"),
            Test::Compare(operator, right) => {
                let right = self.value(right);
                let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                    (Ok(left), Ok(right)) => left.cmp(&right),
                    _ => left.cmp(&right),
                };
                match *operator {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    ">=" => order.is_ge(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_lt(),
                }
            }
        };
        holds != condition.negated
    }

    fn print(&self, rule: &Rule, out: &mut String) {
        let words: Vec<String> = rule
            .print
            .iter()
            .map(|parts| parts.iter().map(|part| self.value(part)).collect())
            .into_list();
        if !rule.format {
            match words.is_empty() {
                true => out.push_str(self.line),
                false => out.push_str(&words.join(" ")),
            }
            out.push('\n');
            return;
        }
        let Some((format, values)) = words.split_first() else {
            return;
        };
        let mut values = values.iter();
        let mut characters = format.chars();
        while let Some(c) = characters.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut width = String::new();
            for c in characters.by_ref() {
                if c == '%' {
                    out.push('%');
                    break;
                }
                if c.is_ascii_alphabetic() {
                    let value = values.next().map_or("", String::as_str);
                    let columns: usize =
                        width.trim_start_matches('-').parse().unwrap_or(0).min(200);
                    let gap = " ".repeat(columns.saturating_sub(value.chars().count()));
                    match width.starts_with('-') {
                        true => out.extend([value, &gap]),
                        false => out.extend([&gap, value]),
                    }
                    break;
                }
                width.push(c);
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn read(program: &'a str) -> Result<Vec<Rule>, String> {
        let mut reader = Reader {
            rest: program.trim(),
        };
        let mut rules = Vec::new();
        while !reader.rest.is_empty() {
            let rule = reader
                .rule()
                .ok_or_else(|| reader.rest.chars().take(20).collect::<String>())?;
            rules.push(rule);
            reader.rest = reader.rest.trim_start_matches([' ', ';', '\n', '\t']);
        }
        Ok(rules)
    }

    fn takes(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn rule(&mut self) -> Option<Rule> {
        let when = if self.takes("BEGIN") {
            When::Begin
        } else if self.takes("END") {
            When::End
        } else if self.rest.starts_with('{') {
            When::Always
        } else {
            let mut conditions = vec![self.condition()?];
            while self.takes("&&") {
                conditions.push(self.condition()?);
            }
            When::All(conditions)
        };
        let mut rule = Rule {
            when,
            print: Vec::new(),
            format: false,
        };
        if !self.takes("{") {
            return Some(rule);
        }
        if self.takes("printf") {
            rule.format = true;
        } else if !self.takes("print") {
            return None;
        }
        self.takes("(");
        loop {
            let mut parts = Vec::new();
            while let Some(value) = self.value() {
                parts.push(value);
            }
            if !parts.is_empty() {
                rule.print.push(parts);
            }
            if !self.takes(",") {
                break;
            }
        }
        self.takes(")");
        self.takes(";");
        self.takes("}").then_some(rule)
    }

    fn condition(&mut self) -> Option<Condition> {
        let negated = !self.rest.trim_start().starts_with("!=") && self.takes("!");
        if self.takes("/") {
            let pattern = self.pattern()?;
            return Some(Condition {
                negated,
                left: Value::Field(0),
                test: Test::Matches(pattern),
            });
        }
        let left = self.value()?;
        if self.takes("!~") {
            self.takes("/");
            let test = Test::Matches(self.pattern()?);
            return Some(Condition {
                negated: !negated,
                left,
                test,
            });
        }
        if self.takes("~") {
            self.takes("/");
            let test = Test::Matches(self.pattern()?);
            return Some(Condition {
                negated,
                left,
                test,
            });
        }
        let operators = ["==", "!=", ">=", "<=", ">", "<"];
        let test = match operators.into_iter().find(|operator| self.takes(operator)) {
            Some(operator) => Test::Compare(operator, self.value()?),
            None => Test::IsTrue,
        };
        Some(Condition {
            negated,
            left,
            test,
        })
    }

    fn pattern(&mut self) -> Option<Pattern> {
        let (inside, rest) = self.rest.split_once('/')?;
        self.rest = rest;
        Pattern::new(inside, true, false).ok()
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        if let Some(rest) = self.rest.strip_prefix('"') {
            let end = rest.find('"')?;
            let text = rest[..end].replace("\\n", "\n").replace("\\t", "\t");
            self.rest = &rest[end + 1..];
            return Some(Value::Text(text));
        }
        for (word, value) in [
            ("$NF", Value::LastField),
            ("NR", Value::Row),
            ("NF", Value::Fields),
        ] {
            if self.takes(word) {
                return Some(value);
            }
        }
        let field = self.takes("$");
        let digits = self.rest.len()
            - self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let number: i64 = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(match field {
            true => Value::Field(usize::try_from(number).ok()?),
            false => Value::Number(number),
        })
    }
}
