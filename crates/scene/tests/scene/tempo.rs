//! Simulated time to presentation time.

use ordinal_api::SimTime;
use ordinal_scene::Tempo;
use ordinal_scene::tempo::{BEAT_MS, FOLD_MS};

use super::{Run, large, power, web};

#[test]
fn beats_are_never_closer_than_a_person_can_follow() {
    for script in [web(), power(), large(30, 5)] {
        let run = Run::of(&script);
        for pair in run.stage.tempo.beats().windows(2) {
            let apart = pair[1].start_ms - pair[0].start_ms;
            assert!(apart >= BEAT_MS, "{apart} ms at {:?}", pair[1].at);
            assert!(apart <= BEAT_MS + FOLD_MS, "{apart} ms at {:?}", pair[1].at);
        }
    }
}

#[test]
fn effects_come_after_their_causes() {
    let run = Run::of(&web());
    let (tempo, world) = (&run.stage.tempo, run.last());
    let beat_of = |seq: u64| {
        tempo
            .beats()
            .iter()
            .position(|beat| beat.shown.contains(&seq))
    };
    for entry in &world.journal {
        let (Some(effect), Some(cause)) = (beat_of(entry.seq), entry.cause.and_then(beat_of))
        else {
            continue;
        };
        let at_once = world
            .entry(entry.cause.unwrap_or(0))
            .is_some_and(|cause| cause.at == entry.at);
        assert!(cause < effect || (cause == effect && at_once), "{entry:?}");
    }
}

#[test]
fn what_happens_side_by_side_is_one_beat() {
    let run = Run::of(&large(30, 5));
    let created: Vec<usize> = run
        .stage
        .tempo
        .beats()
        .iter()
        .map(|beat| {
            let is_new_pod = |seq: &&u64| {
                run.last().entry(**seq).is_some_and(|entry| {
                    entry.verb == ordinal_core::journal::Verb::Create
                        && run.last().store.key(entry.subject).kind == ordinal_api::Kind::Pod
                })
            };
            beat.shown.iter().filter(is_new_pod).count()
        })
        .filter(|count| *count > 0)
        .collect();
    assert_eq!(created, [30], "Parallel creates them at once");
    assert!(
        run.stage.tempo.beats().len() < 20,
        "{}",
        run.stage.tempo.beats().len()
    );
}

#[test]
fn five_minutes_of_waiting_take_about_a_second_and_the_clock_runs() {
    let run = Run::of(&power());
    let tempo = &run.stage.tempo;
    let folded = (0..tempo.beats().len())
        .find(|n| tempo.folded(*n).as_secs() == 300)
        .expect("a toleration is 300 s");
    let beat = &tempo.beats()[folded];
    assert_eq!(beat.length_ms, BEAT_MS + FOLD_MS);
    let clock: Vec<u64> = [0.0, 0.25, 0.5, 0.75, 0.999]
        .iter()
        .map(|part| tempo.beat_at(beat.start_ms + beat.length_ms * part).sim.0)
        .collect();
    assert!(clock.windows(2).all(|pair| pair[0] < pair[1]), "{clock:?}");
    assert_eq!(tempo.beat_at(beat.start_ms).sim, beat.at);
}

#[test]
fn the_map_can_be_walked_both_ways() {
    let run = Run::of(&power());
    let tempo = &run.stage.tempo;
    for ms in (0..tempo.length_ms() as u32).step_by(97) {
        let position = tempo.beat_at(f64::from(ms));
        let back = tempo.presentation_of(position.sim);
        let again = tempo.beat_at(back).sim;
        assert!(
            position.sim.0.abs_diff(again.0) <= 400,
            "{ms} ms: {:?} and {again:?}",
            position.sim
        );
    }
}

#[test]
fn the_next_decision_skips_what_only_carries_out() {
    let run = Run::of(&web());
    let tempo = &run.stage.tempo;
    let mut at = 0.0;
    let mut decisions = 0;
    while let Some(next) = tempo.next_decision(at) {
        assert!(next > at);
        assert!(tempo.beats()[tempo.beat_at(next).beat].decision);
        at = next;
        decisions += 1;
    }
    assert!(
        decisions > 3 && decisions < tempo.beats().len() - 1,
        "{decisions}"
    );
    assert_eq!(
        tempo.previous(at).and_then(|before| tempo.next(before)),
        Some(at)
    );
}

#[test]
fn frames_that_come_later_give_the_same_tempo_as_all_at_once() {
    let run = Run::of(&power());
    let mut tempo = Tempo::default();
    for count in 1..=run.frames.len() {
        tempo.extend(&run.frames[..count]);
    }
    assert_eq!(tempo.beats(), run.stage.tempo.beats());
    tempo.truncate(run.frames.len() / 2);
    tempo.extend(&run.frames);
    assert_eq!(tempo.beats(), run.stage.tempo.beats());
}

#[test]
fn a_changed_past_is_noticed() {
    let (quiet, other) = (
        Run::of(&web()),
        Run::of(&web().at(9_000, "power-off node-1")),
    );
    let mut stage = quiet.stage.clone();
    stage.update(&other.frames);
    assert_eq!(stage.tempo.beats(), other.stage.tempo.beats());
    assert_eq!(stage.lanes.flags(), other.stage.lanes.flags());
    let lanes =
        |stage: &ordinal_scene::Stage| stage.lanes.identities().cloned().collect::<Vec<_>>();
    assert_eq!(lanes(&stage), lanes(&other.stage));
    assert_eq!(
        stage.tempo.beat_at(1e12).sim,
        other.frames.last().map_or(SimTime::ZERO, |w| w.now())
    );
}
