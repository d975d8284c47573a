//! `kubectl edit` in a terminal whose editor is open beside it.

use super::{at_end, compute, play, says, type_in};
use crate::state::{Command, Key, Model};

fn opened(model: &Model) -> Option<String> {
    let (screens, chosen) = model.terminals.screens(model.moment());
    let editing = screens[chosen].editing.as_ref();
    editing.map(|editing| editing.text.to_string())
}

#[test]
fn an_edit_is_open_until_it_is_saved_and_what_was_saved_is_applied_then() {
    let mut model = at_end();

    type_in(
        &mut model,
        0,
        "kubectl edit sts shop && kubectl rollout status sts shop",
    );
    let text = opened(&model).expect("it is open");
    assert!(
        text.starts_with("# Please edit the object below."),
        "{text}"
    );
    assert!(!model.playback.playing);
    model.apply(Command::Terminal(
        0,
        Key::Save(text.replace("replicas: 3", "replicas: -3")),
    ));
    let again = opened(&model).expect("it is refused, and open again");
    assert!(again.contains("# * spec.replicas: "), "{again}");
    assert_eq!(
        says(&model, 0),
        "$ kubectl edit sts shop && kubectl rollout status sts shop\nerror: statefulsets.apps \"shop\" is invalid\n"
    );
    model.apply(Command::Terminal(
        0,
        Key::Save(again.replace("replicas: -3", "replicas: 4")),
    ));

    assert_eq!(opened(&model), None);
    compute(&mut model);
    play(&mut model, 30_000);
    let said = says(&model, 0);
    let edited = "is invalid\nstatefulset.apps/shop edited\nWaiting for statefulset spec update to be observed...\n";
    assert!(said.contains(edited), "{said}");
    let world = model.session.cluster().world();
    assert_eq!(world.store.list(ordinal_api::Kind::Pod).count(), 4);
}

#[test]
fn an_edit_that_is_closed_or_interrupted_changes_nothing() {
    let mut model = at_end();
    let frames = model.session.cluster().frames().len();

    type_in(&mut model, 0, "kubectl edit svc shop");
    let text = opened(&model).expect("it is open");
    model.apply(Command::Terminal(0, Key::Save(text)));
    assert_eq!(
        says(&model, 0),
        "$ kubectl edit svc shop\nEdit cancelled, no changes made.\n$ "
    );
    type_in(&mut model, 0, "kubectl edit svc shop");
    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));

    assert_eq!(opened(&model), None);
    assert!(says(&model, 0).ends_with("^C\n$ "), "{}", says(&model, 0));
    assert_eq!(model.session.cluster().frames().len(), frames);
}
