//! The address of a run: what runs, what was done and when, and the moment that is shown.

use ordinal_api::SimTime;
use ordinal_api::list::IntoList;
use ordinal_api::sorted::sort_by_key;

use super::Model;

impl Model {
    /// The pairs of the address that begins this run again; see `query`.
    pub(crate) fn link(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![match self.example {
            Some(example) => ("example", example.name.to_owned()),
            None => ("text", self.manifests.text.to_string()),
        }];
        if self
            .example
            .is_none_or(|example| example.nodes != self.nodes)
        {
            pairs.push(("nodes", self.nodes.to_string()));
        }
        if self.release != Default::default() {
            pairs.push(("release", format!("1.{}", self.release.minor)));
        }
        let given = self.session.acts();
        let mut lines: Vec<(SimTime, String)> =
            given.map(|(at, line)| (at, line.to_owned())).into_list();
        lines.extend(self.terminals.acts());
        sort_by_key(&mut lines, |(at, _)| *at);
        let act = |(at, line): (SimTime, String)| ("do", format!("{}:{line}", seconds(at)));
        pairs.extend(lines.into_iter().map(act));
        pairs.push(("t", seconds(self.position().sim)));
        pairs
    }
}

/// Seconds with the milliseconds that there are: `12`, `12.5`.
fn seconds(at: SimTime) -> String {
    let text = format!("{}.{:03}", at.0 / 1000, at.0 % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
