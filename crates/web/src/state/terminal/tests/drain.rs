//! A drain that a budget holds up, typed or asked for by the address.

use ordinal_api::SimTime;

use super::{compute, play, says};
use crate::query::Query;
use crate::state::{Command, Model, Time};

/// Three judges of whom a budget lets one go, the first machine drained.
fn one_judge_away() -> Model {
    let query = Query {
        example: Some("quorum".to_owned()),
        ..Query::default()
    };
    let mut model = Model::open(&query);
    compute(&mut model);
    model.apply(Command::Time(Time::End));
    model.apply(Command::Line(
        "kubectl drain node-2 --ignore-daemonsets".to_owned(),
    ));
    compute(&mut model);
    play(&mut model, 10_000);
    model
}

#[test]
fn a_drain_that_a_budget_holds_up_asks_again_until_it_is_let() {
    let mut model = one_judge_away();

    model.apply(Command::Line(
        "kubectl drain node-3 --ignore-daemonsets".to_owned(),
    ));
    play(&mut model, 4_000);

    let asked = "error when evicting pods/\"judge-0\" -n \"default\" (will retry after 5s): \
                 Cannot evict pod as it would violate the pod's disruption budget.";
    let told = model.notice.clone().expect("the refusal is told");
    assert!(told.text.contains(asked), "{told:?}");
    assert!(!says(&model, 0).ends_with("$ "), "{}", says(&model, 0));

    model.apply(Command::Line("kubectl uncordon node-2".to_owned()));
    compute(&mut model);
    play(&mut model, 30_000);

    let said = says(&model, 0);
    assert!(said.ends_with("node/node-3 drained\n$ "), "{said}");
}

#[test]
fn a_drain_that_the_address_asks_for_runs_in_a_terminal_at_its_moment() {
    let line = "kubectl drain node-2 --ignore-daemonsets";
    let mut model = Model::open(&Query {
        example: Some("quorum".to_owned()),
        later: vec![(SimTime(20_000), line.to_owned())],
        ..Query::default()
    });

    compute(&mut model);
    model.apply(Command::Time(Time::End));
    play(&mut model, 20_000);

    let said = says(&model, 0);
    assert!(
        said.starts_with(&format!("$ {line}\nnode/node-2 cordoned\n")),
        "{said}"
    );
    assert!(said.ends_with("node/node-2 drained\n$ "), "{said}");
}

#[test]
fn a_drain_that_the_address_asks_for_sees_what_comes_after_it() {
    let drain = |node: &str| format!("kubectl drain {node} --ignore-daemonsets");
    let mut model = Model::open(&Query {
        example: Some("quorum".to_owned()),
        at: Some(SimTime(120_000)),
        later: vec![
            (SimTime(20_000), drain("node-2")),
            (SimTime(40_000), drain("node-3")),
            (SimTime(90_000), "kubectl uncordon node-2".to_owned()),
        ],
        ..Query::default()
    });

    for _ in 0..100 {
        compute(&mut model);
        play(&mut model, 20);
    }

    assert!(model.moment() >= SimTime(90_000), "{:?}", model.moment());
    let said = says(&model, 0);
    assert!(said.contains("node/node-3 drained\n"), "{said}");
    assert!(
        said.contains("node/node-2 uncordoned\n") || said.ends_with("$ "),
        "{said}"
    );
}
