//! Scanning the tokens of one sign, which open and close collections. Models `goyaml.v2/scannerc.go`.

use super::Fault;
use super::scanner::{Kind, Scanner, SimpleKey, Token};
use crate::node::Mark;

impl Scanner<'_> {
    pub(super) fn fetch_stream_end(&mut self) -> Result<(), Fault> {
        if self.mark.column != 0 {
            self.mark = Mark {
                row: self.mark.row + 1,
                column: 0,
            };
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(Kind::StreamEnd, self.mark);
        self.ended = true;
        Ok(())
    }

    /// Directives change nothing that a manifest uses; they are only checked for their names.
    pub(super) fn fetch_directive(&mut self) -> Result<(), Fault> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let rest = &self.bytes[self.at + 1..];
        let named = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let problem = match &rest[..named] {
            b"YAML" | b"TAG" => None,
            b"" => Some("could not find expected directive name"),
            _ => Some("found unknown directive name"),
        };
        if let Some(problem) = problem {
            return Err(Fault::scanner(problem, self.mark, start));
        }
        while !self.is_breakz(0) {
            self.skip();
        }
        self.push(Kind::Directive, start);
        Ok(())
    }

    pub(super) fn fetch_flow_start(&mut self, kind: Kind) -> Result<(), Fault> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey::default());
        self.flow_level += 1;
        if self.flow_level > self.max_depth {
            let problem = format!("exceeded max depth of {}", self.max_depth);
            return Err(Fault::scanner(&problem, self.mark, self.mark));
        }
        self.simple_key_allowed = true;
        self.push_skipping(kind, 1);
        Ok(())
    }

    pub(super) fn fetch_flow_end(&mut self, kind: Kind) -> Result<(), Fault> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.push_skipping(kind, 1);
        Ok(())
    }

    pub(super) fn fetch_block_entry(&mut self) -> Result<(), Fault> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return Err(Fault::scanner(problem, self.mark, self.mark));
            }
            self.roll_indent(self.mark, None, Kind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_skipping(Kind::BlockEntry, 1);
        Ok(())
    }

    pub(super) fn fetch_key(&mut self) -> Result<(), Fault> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                let problem = "mapping keys are not allowed in this context";
                return Err(Fault::scanner(problem, self.mark, self.mark));
            }
            self.roll_indent(self.mark, None, Kind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_skipping(Kind::Key, 1);
        Ok(())
    }

    pub(super) fn fetch_value(&mut self) -> Result<(), Fault> {
        let level = self.simple_keys.len() - 1;
        if self.is_valid(level)? {
            let key = self.simple_keys[level];
            let token = Token {
                kind: Kind::Key,
                start: key.mark,
                end: key.mark,
            };
            self.tokens.insert(key.token - self.taken, token);
            self.roll_indent(key.mark, Some(key.token), Kind::BlockMappingStart)?;
            self.simple_keys[level].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    let problem = "mapping values are not allowed in this context";
                    return Err(Fault::scanner(problem, self.mark, self.mark));
                }
                self.roll_indent(self.mark, None, Kind::BlockMappingStart)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_skipping(Kind::Value, 1);
        Ok(())
    }
}
