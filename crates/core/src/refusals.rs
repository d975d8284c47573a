//! What the API server refuses to one component, in tests: the n-th request of a sort, or any by chance.

use ordinal_api::{Kind, Status};

use crate::journal::Verb;
use crate::{Component, Cx};

/// Whose requests are counted, and which of them are refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusals {
    by: Option<Component>,
    rules: Vec<Rule>,
    /// Every request that was made: verb, kind and name.
    pub(crate) asked: Vec<(Verb, Kind, String)>,
    /// One in so many is a conflict; the number from which chance follows.
    chance: Option<(u64, u64)>,
}

/// A sort of requests: so many of it pass, then so many are refused.
#[derive(Clone, Debug)]
struct Rule {
    verb: Verb,
    kind: Kind,
    pass: u32,
    refuse: u32,
    status: Status,
}

impl Refusals {
    pub(crate) const NONE: Self = Self {
        by: None,
        rules: Vec::new(),
        asked: Vec::new(),
        chance: None,
    };

    /// Counts the requests of a component from now on.
    pub(crate) fn of(by: Component) -> Self {
        Self {
            by: Some(by),
            ..Self::NONE
        }
    }

    /// Refuses the next requests of a sort after so many.
    pub(crate) fn refuse(
        &mut self,
        verb: Verb,
        kind: Kind,
        pass: u32,
        refuse: u32,
        status: Status,
    ) {
        self.rules.push(Rule {
            verb,
            kind,
            pass,
            refuse,
            status,
        });
    }

    /// One request in so many meets a conflict from now on; zero for none.
    pub(crate) fn conflicts(&mut self, one_in: u64, seed: u64) {
        self.chance = (one_in > 0).then_some((one_in, seed | 1));
    }

    /// How many requests of a sort were made since they were last forgotten.
    pub(crate) fn count(&self, verb: Verb, kind: Kind) -> usize {
        let asked = self.asked.iter();
        asked.filter(|(v, k, _)| *v == verb && *k == kind).count()
    }
}

/// # Errors
/// The refusal, if the request of this component meets one.
pub(crate) fn ask(cx: &mut Cx<'_>, verb: Verb, kind: Kind, name: &str) -> Result<(), Status> {
    let refusals = &mut cx.world.refusals;
    if refusals.by != Some(cx.by) || kind == Kind::Event {
        return Ok(());
    }
    refusals.asked.push((verb, kind, name.to_owned()));
    let mut rules = refusals.rules.iter_mut();
    if let Some(rule) = rules.find(|r| r.verb == verb && r.kind == kind && r.refuse > 0) {
        if rule.pass > 0 {
            rule.pass -= 1;
        } else {
            rule.refuse -= 1;
            return Err(rule.status.clone());
        }
    }
    if let Some((one_in, state)) = &mut refusals.chance {
        // xorshift
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        if (*state >> 20) % *one_in == 0 {
            return Err(Status::conflict(kind, name, "the object has been modified"));
        }
    }
    Ok(())
}
