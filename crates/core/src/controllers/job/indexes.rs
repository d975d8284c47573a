//! Lists of completed indexes, as a status writes them: `0-2,5`.
//!
//! Models pkg/controller/job/indexed_job_utils.go `orderedIntervals`, 1.37.

use ordinal_api::sorted::SortedMap;

/// Indexes, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Indexes(SortedMap<u32, ()>);

impl Indexes {
    /// Reads a list; what is not below `completions` no longer counts.
    pub(super) fn parse(text: &str, completions: u32) -> Self {
        let mut all = Self::default();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) {
                (first..completions.min(last.saturating_add(1))).for_each(|index| all.add(index));
            }
        }
        all
    }

    pub(super) fn add(&mut self, index: u32) {
        self.0.insert(index, ());
    }

    pub(super) fn has(&self, index: u32) -> bool {
        self.0.get(&index).is_some()
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// How many are in both lists.
    pub(super) fn common(&self, other: &Self) -> u32 {
        let both = self.0.iter().filter(|(index, ())| other.has(**index));
        u32::try_from(both.count()).unwrap_or(u32::MAX)
    }

    /// `0-2,5,6`; three that follow each other are a range.
    pub(super) fn to_text(&self) -> String {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for (index, ()) in self.0.iter() {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *index => *last = *index,
                _ => ranges.push((*index, *index)),
            }
        }
        let texts = ranges.iter().map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        });
        texts.collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::Indexes;

    #[test]
    fn a_list_of_indexes_is_written_in_ranges_and_read_again() {
        let mut indexes = Indexes::parse("0,2-3", 6);
        indexes.add(1);
        indexes.add(5);
        assert_eq!(indexes.to_text(), "0-3,5");
        assert_eq!(Indexes::parse("0-1,4", 5).to_text(), "0,1,4");
        assert_eq!(
            Indexes::parse("0-3,5", 5).to_text(),
            "0-3",
            "fewer are wanted now"
        );
        assert_eq!(Indexes::default().to_text(), "");
    }
}
