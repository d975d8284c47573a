//! The facts of one change.

use std::fmt;
use std::ops::Deref;
use std::slice;

use super::Fact;

/// The facts of one change, in order; it reads as a slice. Most changes have one, and the journal keeps every change:
/// one stands here, without a list.
#[derive(Clone, PartialEq)]
pub struct Facts(Few);

#[derive(Clone, PartialEq)]
enum Few {
    One(Fact),
    /// None, or two and more.
    Many(Vec<Fact>),
}

impl Facts {
    /// None yet.
    pub const NONE: Self = Self(Few::Many(Vec::new()));

    /// Adds one.
    pub(crate) fn push(&mut self, fact: Fact) {
        match &mut self.0 {
            Few::Many(list) if list.is_empty() => self.0 = Few::One(fact),
            Few::Many(list) => {
                list.reserve_exact(1);
                list.push(fact);
            }
            Few::One(_) => {
                if let Few::One(first) = std::mem::replace(self, Self::NONE).0 {
                    self.0 = Few::Many(vec![first, fact]);
                }
            }
        }
    }
}

impl From<Fact> for Facts {
    fn from(fact: Fact) -> Self {
        Self(Few::One(fact))
    }
}

#[cfg(test)]
impl From<Vec<Fact>> for Facts {
    fn from(list: Vec<Fact>) -> Self {
        let mut facts = Self::NONE;
        facts.extend(list);
        facts
    }
}

impl Extend<Fact> for Facts {
    fn extend<I: IntoIterator<Item = Fact>>(&mut self, facts: I) {
        facts.into_iter().for_each(|fact| self.push(fact));
    }
}

impl Deref for Facts {
    type Target = [Fact];

    fn deref(&self) -> &[Fact] {
        match &self.0 {
            Few::One(fact) => slice::from_ref(fact),
            Few::Many(list) => list,
        }
    }
}

impl<'a> IntoIterator for &'a Facts {
    type Item = &'a Fact;
    type IntoIter = slice::Iter<'a, Fact>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_in_the_order_in_which_they_were_added() {
        let all = [Fact::Created, Fact::Running, Fact::Ready, Fact::Deleted];
        for count in 0..=all.len() {
            let mut facts = Facts::NONE;
            facts.extend(all[..count].iter().cloned());
            assert_eq!(*facts, all[..count]);
        }
    }
}
