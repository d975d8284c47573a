//! What the page's address asks for.
//!
//! `?example=NAME` or `text=MANIFESTS`, `embed=1`, `panel=terminal` (or another panel, also in an embedded page), `theme=dark|light`,
//! `nodes=N`, `release=1.34`, `t=SECONDS` (start there, paused) and, as often as wanted, `do=SECONDS:COMMAND` (run a
//! command line at that moment of simulated time).

use ordinal_api::SimTime;
use ordinal_core::release::Release;

use crate::state::{Panel, Theme};

/// No page has more machines.
pub(crate) const MOST_NODES: usize = 1000;

/// The address, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// Name of an example.
    pub(crate) example: Option<String>,
    /// Manifests in the place of an example.
    pub(crate) text: Option<String>,
    /// Only the stage and the controls.
    pub(crate) embed: bool,
    /// The panel to begin with; an embedded page has panels only then.
    pub(crate) panel: Option<Panel>,
    /// Colours.
    pub(crate) theme: Theme,
    /// Number of machines, where it is not the example's own.
    pub(crate) nodes: Option<usize>,
    /// Release of Kubernetes, where it is not the newest.
    pub(crate) release: Option<Release>,
    /// Where to start, paused.
    pub(crate) at: Option<SimTime>,
    /// Command lines for their moments.
    pub(crate) later: Vec<(SimTime, String)>,
}

impl Query {
    /// Reads the pairs of an address, already decoded. What it does not know it leaves aside.
    pub(crate) fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "example" => query.example = Some(value),
                "text" => query.text = Some(value).filter(|text| !text.trim().is_empty()),
                "embed" => query.embed = value != "0",
                "panel" => query.panel = Panel::ALL.into_iter().find(|p| p.slug() == value),
                "theme" if value == "dark" => query.theme = Theme::Dark,
                "theme" if value == "light" => query.theme = Theme::Light,
                "nodes" => {
                    query.nodes = value.parse().ok().filter(|n| (1..=MOST_NODES).contains(n))
                }
                "release" => query.release = Release::parse(&value),
                "t" => query.at = seconds(&value),
                "do" => {
                    if let Some((at, line)) = value.split_once(':')
                        && let Some(at) = seconds(at)
                    {
                        query.later.push((at, line.trim().to_owned()));
                    }
                }
                _ => {}
            }
        }
        query
    }
}

/// `12.5` as a moment; nothing for what is no such number.
fn seconds(text: &str) -> Option<SimTime> {
    let seconds = ordinal_api::value::decimal(text.trim())?;
    (0.0..1e9)
        .contains(&seconds)
        .then(|| SimTime((seconds * 1000.0).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Query::of(pairs.iter().map(owned))
    }

    #[test]
    fn everything_that_an_address_can_ask_for_is_read() {
        let asked = query(&[
            ("example", "pets"),
            ("embed", "1"),
            ("panel", "terminal"),
            ("theme", "dark"),
            ("nodes", "5"),
            ("release", "1.34"),
            ("t", "12.5"),
            ("do", "20:power-off node-2"),
            ("do", "400.5: kubectl delete pod web-1"),
        ]);

        let expected = Query {
            example: Some("pets".to_owned()),
            text: None,
            embed: true,
            panel: Some(Panel::Terminal),
            theme: Theme::Dark,
            nodes: Some(5),
            release: Some(Release::of(34)),
            at: Some(SimTime(12_500)),
            later: vec![
                (SimTime(20_000), "power-off node-2".to_owned()),
                (SimTime(400_500), "kubectl delete pod web-1".to_owned()),
            ],
        };
        assert_eq!(asked, expected);
    }

    #[test]
    fn nonsense_is_left_aside() {
        assert_eq!(
            query(&[
                ("t", "soon"),
                ("do", "now"),
                ("theme", "pink"),
                ("panel", "kitchen"),
                ("nodes", "0"),
                ("release", "2.0"),
                ("t", "-1")
            ]),
            Query::default()
        );
    }
}
