//! Every number of the catalogue is either a test or a line of the ledger.

use std::collections::BTreeSet;
use std::path::Path;

use ordinal_core::ledger::SITUATIONS_LEFT_OUT;

/// How many situations there are.
const SITUATIONS: u16 = 134;

/// The numbers in the names of tests: `fn s012_s015_a_claim_…`.
fn tested() -> BTreeSet<u16> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/catalogue");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the tests' folder is there") {
        let text = std::fs::read_to_string(entry.expect("it can be read").path());
        let text = text.expect("a file of tests is text");
        for name in text.split("#[test]\nfn ").skip(1) {
            let name = name.split('(').next().unwrap_or_default();
            let number = |part: &str| part.strip_prefix('s')?.parse::<u16>().ok();
            found.extend(name.split('_').map_while(number));
        }
    }
    found
}

#[test]
fn every_situation_is_tested_or_left_out_for_a_reason() {
    let tested = tested();
    let left_out: BTreeSet<u16> = SITUATIONS_LEFT_OUT
        .iter()
        .map(|(number, _)| *number)
        .collect();
    let both: Vec<&u16> = tested.intersection(&left_out).collect();
    assert!(both.is_empty(), "tested and left out: {both:?}");
    let known: BTreeSet<u16> = tested.union(&left_out).copied().collect();
    let missing: Vec<u16> = (1..=SITUATIONS).filter(|n| !known.contains(n)).collect();
    assert!(
        missing.is_empty(),
        "neither tested nor left out: {missing:?}"
    );
    assert!(known.iter().all(|n| (1..=SITUATIONS).contains(n)));
    assert!(SITUATIONS_LEFT_OUT.iter().all(|(_, why)| why.len() > 20));
}
