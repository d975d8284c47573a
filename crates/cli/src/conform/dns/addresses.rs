//! Addresses in the place of their tokens: each its own, in the three forms that names need.

use std::collections::BTreeMap;

use ordinal_api::Value;

/// Which address a token stands for.
#[derive(Default)]
pub(super) struct Addresses(BTreeMap<String, String>);

impl Addresses {
    /// The address of a token.
    pub(super) fn of(&mut self, token: &str) -> String {
        let number = self.0.len() + 1;
        let address = match token {
            "svc/kubernetes" => "10.96.0.1".to_owned(),
            // What the server behind `forward` knows.
            "www.example.com" => "192.0.2.80".to_owned(),
            "db.example.com" => "192.0.2.53".to_owned(),
            "db.example.com/v6" => "2001:db8::53".to_owned(),
            _ if token.starts_with("ext6/") => format!("fd00::{number:x}"),
            _ if token.starts_with("svc/") => format!("10.97.0.{number}"),
            _ => format!("10.244.1.{number}"),
        };
        self.0.entry(token.to_owned()).or_insert(address).clone()
    }

    /// Whether a text has one of the addresses, in any form.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let forms = |address: &String| {
            [
                address.clone(),
                address.replace(['.', ':'], "-"),
                reversed(address),
            ]
        };
        self.0.values().any(|address| {
            forms(address)
                .iter()
                .any(|form| text.contains(form.as_str()))
        })
    }

    /// A text with its addresses.
    fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{ip") {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let Some(end) = rest.find('}') else { break };
            let (form, token) = rest[1..end].split_once(':').unwrap_or((&rest[1..end], ""));
            let address = self.of(token);
            out.push_str(&match form {
                "ip-dashed" => address.replace(['.', ':'], "-"),
                "ip-reversed" => reversed(&address),
                _ => address,
            });
            rest = &rest[end + 1..];
        }
        out + rest
    }

    /// A whole recording with its addresses.
    pub(super) fn object(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.object(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (self.fill(key), self.object(value)))
                .collect(),
            other => other.clone(),
        }
    }
}

/// An address as reverse names have it.
fn reversed(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V4(v4)) => {
            let octets: Vec<String> = v4.octets().iter().rev().map(u8::to_string).collect();
            octets.join(".")
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let digits = format!("{:032x}", u128::from(v6));
            let digits: Vec<String> = digits.chars().rev().map(String::from).collect();
            digits.join(".")
        }
        Err(_) => address.to_owned(),
    }
}
