//! What commands do to the page.

use super::*;
use crate::state::command::{Text, Time};
use crate::state::notice::Tone;
use ordinal_api::list::IntoList;

fn settled(mut model: Model) -> Model {
    while !model.session.is_settled() {
        let mut left = 1000;
        let _ = model.tick(0.0, || {
            left -= 1;
            left > 0
        });
    }
    model
}

#[test]
fn an_unknown_example_says_so_and_shows_the_first_one() {
    let query = Query {
        example: Some("nothing".to_owned()),
        ..Query::default()
    };

    let model = Model::open(&query);

    assert_eq!(
        model.example.map(|e| e.name),
        Some(examples::EXAMPLES[0].name)
    );
    assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
}

#[test]
fn a_text_without_manifests_leaves_the_cluster_as_it_was() {
    let mut model = settled(Model::open(&Query::default()));
    let before = model.session.cluster().world().now();

    model.apply(Command::Text(Text::Run("no manifest at all".to_owned())));

    assert_eq!(model.session.cluster().world().now(), before);
    assert_eq!(&*model.manifests.text, "no manifest at all");
    assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
}

#[test]
fn while_somebody_types_minutes_of_waiting_do_not_pass_over_the_line() {
    let pairs = [("do".to_owned(), "30:power-off node-2".to_owned())];
    let mut model = settled(Model::open(&Query::of(pairs)));
    model.seek(SimTime(100_000));
    model.playback.playing = true;
    let wait = |model: &mut Model| {
        let before = model.position().sim;
        for _ in 0..20 {
            let _ = model.tick(16.0, || false);
        }
        model.position().sim.since(before).0
    };

    model.apply(Command::Page(Page::Types(true)));
    let typing = wait(&mut model);
    model.apply(Command::Page(Page::Types(false)));
    let watching = wait(&mut model);

    assert!((300..=340).contains(&typing), "{typing} ms");
    assert!(watching > 20_000, "{watching} ms");
}

#[test]
fn the_run_before_one_acted_in_its_past_is_the_other_one() {
    let mut model = settled(Model::open(&Query::default()));
    let end = model.session.cluster().world().now();
    model.seek(SimTime(6_000));
    assert!(!model.has_other());

    model.apply(Command::Line("power-off node-2".to_owned()));
    assert!(model.has_other());
    model.apply(Command::Time(Time::Other));

    assert_eq!(model.session.cluster().world().now(), end);
    assert!(
        (5_900..=6_500).contains(&model.position().sim.0),
        "{:?}",
        model.position()
    );
    model.apply(Command::Time(Time::Other));
    assert_ne!(model.session.cluster().world().now(), end);
}

#[test]
fn the_address_of_a_run_begins_it_again() {
    let mut model = settled(Model::open(&Query::default()));
    model.seek(SimTime(30_000));
    model.apply(Command::Line("power-off node-2".to_owned()));
    let model = settled(model);

    let link = model.link().into_iter();
    let query = Query::of(link.map(|(name, value)| (name.to_owned(), value)));
    let again = settled(Model::open(&query));

    assert_eq!(query.later.len(), 1, "{query:?}");
    let ends = [&model, &again].map(|m| m.session.cluster().world().now());
    assert_eq!(ends[0], ends[1]);
    assert_eq!(again.link()[..2], model.link()[..2]);
}

#[test]
fn what_went_well_is_no_longer_said_at_another_moment() {
    let mut model = settled(Model::open(&Query::default()));
    let tone = |model: &Model| model.notice.as_ref().map(|n| n.tone);
    model.apply(Command::Line("power-off node-2".to_owned()));
    assert_eq!(tone(&model), Some(Tone::Done));

    model.apply(Command::Time(Time::Start));
    assert_eq!(tone(&model), None);

    model.apply(Command::Line("power-off node-9".to_owned()));
    model.apply(Command::Time(Time::StepForward));
    assert_eq!(tone(&model), Some(Tone::Refused), "it is to be read");
}

#[test]
fn acting_in_the_past_drops_the_future() {
    let mut model = settled(Model::open(&Query::default()));
    model.apply(Command::Time(Time::Start));

    model.apply(Command::Line("power-off node-2".to_owned()));

    let world = model.session.cluster().world();
    assert_eq!(world.now(), model.position().sim);
    assert_eq!(model.notice.as_ref().map(|n| n.tone), Some(Tone::Done));
    assert!(model.playback.playing);
}

#[test]
fn what_is_done_after_a_machine_has_come_back_is_shown() {
    let mut model = settled(Model::open(&Query::default()));
    model.seek(SimTime(3_600_000));
    for line in ["power-off node-1", "power-on node-1", "partition node-2"] {
        model.act(line);
        let at = SimTime(model.position().sim.0 + 60_000);
        model.seek(at);
    }
    let machines = &model.session.cluster().frames()[model.position().frame].machines;
    assert!(machines.values().any(|m| m.name == "node-2" && !m.linked));
}

#[test]
fn every_trouble_of_the_menu_is_understood() {
    let model = settled(Model::open(&Query::default()));
    for trouble in crate::state::troubles(model.session.cluster().world(), 1) {
        for (name, _, line) in trouble.targets {
            let mut model = settled(Model::open(&Query::default()));
            model.seek(SimTime(3_600_000));

            model.act(&line);

            let notice = model.notice.expect("something is said");
            assert_eq!(
                notice.tone,
                Tone::Done,
                "{} {name}: {notice:?}",
                trouble.label
            );
        }
    }
}

#[test]
fn a_refused_line_is_told_and_changes_nothing_else() {
    let mut model = settled(Model::open(&Query::default()));

    model.apply(Command::Line("power-off node-99".to_owned()));

    assert_eq!(model.notice.map(|n| n.tone), Some(Tone::Refused));
}

#[test]
fn selecting_a_thing_shows_the_inspector() {
    let mut model = Model::open(&Query::default());
    model.apply(Command::Page(Page::Show(Panel::Events)));
    let key = ObjectKey::new(ordinal_api::Kind::Node, "", "node-1");

    model.apply(Command::Page(Page::Select(Some(key.clone()))));

    assert_eq!(model.selected, Some(key));
    assert_eq!(model.panel, Panel::Inspector);
    assert!(model.sheet);
}

#[test]
fn a_moment_after_the_end_of_the_run_is_stood_at_and_acted_at() {
    let query = Query {
        at: Some(SimTime(40_000)),
        ..Query::default()
    };

    let mut model = settled(Model::open(&query));
    let _ = model.tick(0.0, || false);

    assert_eq!(model.position().sim, SimTime(40_000));
    model.act("power-off node-2");
    assert_eq!(model.session.cluster().world().now(), SimTime(40_000));
}

#[test]
fn trouble_with_storage_offers_to_undo_only_what_was_done() {
    let mut model = settled(Model::open(&Query::default()));
    let befallen = |model: &Model| {
        let frame = &model.session.cluster().frames()[model.position().frame];
        let all = crate::state::troubles(frame, 1);
        let storage = all.into_iter().last().expect("storage is the last");
        storage.targets.into_iter().map(|(_, is, _)| is).into_list()
    };
    assert_eq!(befallen(&model), [false, false, false]);

    model.act("attach-delay 30");

    assert_eq!(befallen(&model), [false, true, false]);
}

#[test]
fn the_decision_before_is_gone_back_to() {
    let mut model = settled(Model::open(&Query::default()));
    let at = |model: &Model| model.position().beat;
    model.apply(Command::Time(Time::Start));
    model.apply(Command::Time(Time::NextDecision));
    let first = at(&model);
    model.apply(Command::Time(Time::NextDecision));

    model.apply(Command::Time(Time::PreviousDecision));

    assert_eq!(at(&model), first);
}
