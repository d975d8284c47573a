//! The same script gives the same journal, byte for byte: twice here, and as WebAssembly (`tests/wasm`).

use expect_test::expect_file;
use ordinal_core::journal;
use ordinal_tests::scenarios;

#[test]
fn two_plays_of_a_script_have_the_same_journal() {
    for (name, script) in scenarios::all() {
        let [first, second] = [script.play(), script.play()];
        let (first, second) = (first.cluster.world(), second.cluster.world());
        let pairs = journal::json::lines(first).zip(journal::json::lines(second));
        for (line, again) in pairs {
            assert_eq!(line, again, "{name}");
        }
        assert_eq!(first.journal.len(), second.journal.len(), "{name}");
    }
}

#[test]
fn another_seed_gives_another_journal() {
    let script = scenarios::ordered_creation();
    let mut other = script.clone();
    other.config.seed += 1;

    let hash =
        |script: &ordinal_kubectl::script::Script| journal::hash(script.play().cluster.world());
    assert_ne!(hash(&script), hash(&other));
}

/// A change of behaviour changes a line: `UPDATE_EXPECT=1` writes the file anew.
#[test]
fn the_journals_are_those_that_were_written_down() {
    expect_file!["../journal-hashes.txt"].assert_eq(&scenarios::hashes());
}

#[test]
fn a_frame_of_the_past_is_what_a_shorter_run_ends_with() {
    let script = scenarios::scaling();
    let long = script.play();
    let at = ordinal_api::SimTime(scenarios::ACT_MS + 3_000);

    let mut short = script.clone();
    short.until = ordinal_kubectl::script::Until::Moment(at);
    short.commands.retain(|(when, _)| *when <= at);

    assert_eq!(
        journal::hash(long.cluster.frame_at(at)),
        journal::hash(short.play().cluster.world())
    );
}

#[test]
fn going_back_and_doing_the_same_again_gives_the_same() {
    let script = scenarios::pod_deletion();
    let expected = journal::hash(script.play().cluster.world());

    let mut cluster = script.play().cluster;
    let frame = cluster
        .frames()
        .partition_point(|f| f.now().as_ms() < scenarios::ACT_MS)
        - 1;
    cluster.rewind(frame);
    cluster.run_until(ordinal_api::SimTime(scenarios::ACT_MS));
    ordinal_kubectl::run(
        &mut cluster,
        &mut ordinal_kubectl::Session::default(),
        "kubectl delete pod ledger-1",
    );
    cluster.settle(ordinal_api::SimTime(86_400_000));

    assert_eq!(journal::hash(cluster.world()), expected);
}
