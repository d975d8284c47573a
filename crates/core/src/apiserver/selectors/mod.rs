//! Label selectors as texts; `fields` has those of fields. Models apimachinery `pkg/labels`, 1.37.

mod fields;

use ordinal_api::Selector;
use ordinal_api::labels::{Operator, Requirement};

use super::{label_value, qualified};

pub use fields::Fields;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn shown(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Sign(sign) => sign,
            Self::End => "",
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    const SIGNS: [&str; 10] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<", " "];
    let (mut tokens, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        if rest.starts_with(char::is_whitespace) {
            rest = rest.trim_start();
            continue;
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
            continue;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || "=!(),<>".contains(c))
            .unwrap_or(rest.len());
        tokens.push(Token::Word(rest[..end].to_owned()));
        rest = &rest[end..];
    }
    tokens.push(Token::End);
    tokens
}

/// Reads `app=web,tier!=db,env in (a,b),!x`.
///
/// # Errors
/// What the server says of it.
pub fn labels(text: &str) -> Result<Selector, String> {
    let mut selector = Selector::default();
    let tokens = tokens(text);
    let mut place = 0;
    let at = |place: usize| tokens.get(place).unwrap_or(&Token::End);
    if *at(0) == Token::End {
        return Ok(selector);
    }
    loop {
        match at(place) {
            Token::Word(_) | Token::Sign("!") => {
                let requirement = requirement(&tokens, &mut place)
                    .map_err(|why| format!("unable to parse requirement: {why}"))?;
                selector.match_expressions.push(requirement);
                match at(place) {
                    Token::End => return Ok(selector),
                    Token::Sign(",") => {
                        if !matches!(at(place + 1), Token::Word(_) | Token::Sign("!")) {
                            return Err(format!(
                                "found '{}', expected: identifier after ','",
                                at(place + 1).shown()
                            ));
                        }
                    }
                    other => {
                        return Err(format!(
                            "found '{}', expected: ',' or 'end of string'",
                            other.shown()
                        ));
                    }
                }
                place += 1;
            }
            Token::End => return Ok(selector),
            other => {
                return Err(format!(
                    "found '{}', expected: !, identifier, or 'end of string'",
                    other.shown()
                ));
            }
        }
    }
}

fn requirement(tokens: &[Token], place: &mut usize) -> Result<Requirement, String> {
    let at = |place: usize| tokens.get(place).unwrap_or(&Token::End);
    let build = |key: &str, operator, values: Vec<String>| {
        key_fault(key)?;
        for value in &values {
            value_fault(key, value)?;
        }
        if let (Operator::Gt | Operator::Lt, [value]) = (operator, values.as_slice())
            && value.parse::<i64>().is_err()
        {
            return Err(format!(
                "values[0]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
            ));
        }
        Ok(Requirement {
            key: key.into(),
            operator,
            values: values.iter().map(|v| v.as_str().into()).collect(),
        })
    };
    if *at(*place) == Token::Sign("!") {
        let Token::Word(key) = at(*place + 1) else {
            return Err(format!(
                "found '{}', expected: identifier",
                at(*place + 1).shown()
            ));
        };
        *place += 2;
        return build(key, Operator::DoesNotExist, Vec::new());
    }
    let Token::Word(key) = at(*place) else {
        return Err(format!(
            "found '{}', expected: identifier",
            at(*place).shown()
        ));
    };
    *place += 1;
    let operator = match at(*place) {
        Token::End | Token::Sign(",") => return build(key, Operator::Exists, Vec::new()),
        Token::Sign("=" | "==") => Operator::In,
        Token::Sign("!=") => Operator::NotIn,
        Token::Sign(">") => Operator::Gt,
        Token::Sign("<") => Operator::Lt,
        Token::Word(word) if word == "in" => Operator::In,
        Token::Word(word) if word == "notin" => Operator::NotIn,
        other => {
            return Err(format!(
                "found '{}', expected: in, notin, =, ==, !=, gt, lt",
                other.shown()
            ));
        }
    };
    let set = matches!(at(*place), Token::Word(_));
    *place += 1;
    if !set {
        let value = match at(*place) {
            Token::Word(value) => {
                *place += 1;
                value.clone()
            }
            Token::End | Token::Sign(",") => String::new(),
            other => return Err(format!("found '{}', expected: identifier", other.shown())),
        };
        return build(key, operator, vec![value]);
    }
    if *at(*place) != Token::Sign("(") {
        return Err(format!("found '{}' expected: '('", at(*place).shown()));
    }
    *place += 1;
    let mut values = Vec::new();
    let mut expected = "',', ')' or identifier";
    loop {
        match at(*place) {
            Token::Word(value) if !expected.starts_with("',' or") => {
                values.push(value.clone());
                *place += 1;
                expected = "',' or ')'";
            }
            Token::Sign(",") => {
                if !matches!(at(place.saturating_sub(1)), Token::Word(_)) {
                    values.push(String::new());
                }
                *place += 1;
                expected = "',', or identifier";
            }
            Token::Sign(")") => {
                *place += 1;
                break;
            }
            other => return Err(format!("found '{}', expected: {expected}", other.shown())),
        }
    }
    if values.is_empty() {
        values.push(String::new());
    }
    build(key, operator, values)
}

fn key_fault(key: &str) -> Result<(), String> {
    match qualified(key).join("; ") {
        why if why.is_empty() => Ok(()),
        why => Err(format!("<nil>: Invalid value: \"{key}\": {why}")),
    }
}

fn value_fault(key: &str, value: &str) -> Result<(), String> {
    match label_value(value).join("; ") {
        why if why.is_empty() => Ok(()),
        why => Err(format!(
            "values[0][{key}]: Invalid value: \"{value}\": {why}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_selectors_are_told_in_the_server_s_words() {
        let fault = |text: &str| labels(text).expect_err("a fault");
        assert_eq!(
            fault("app in nginx"),
            "unable to parse requirement: found 'nginx' expected: '('"
        );
        assert_eq!(
            fault("app=a=b"),
            "found '=', expected: ',' or 'end of string'"
        );
        assert!(labels("a in (x,y),!b,c,d!=e,f==g").is_ok());
        assert_eq!(
            Fields::parse("status.phase", "Pod", true),
            Err("invalid selector: 'status.phase'; can't understand 'status.phase'".to_owned())
        );
    }
}
