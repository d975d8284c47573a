//! What a terminal shows, as the playhead moves.

mod drain;
mod edit;

use ordinal_api::SimTime;

use crate::query::Query;
use crate::state::{Command, Key, Model, Text, Time};

fn page() -> Model {
    let mut model = Model::open(&Query::default());
    compute(&mut model);
    model
}

fn compute(model: &mut Model) {
    while !model.session.is_settled() {
        let mut left = 1000;
        let _ = model.tick(0.0, || {
            left -= 1;
            left > 0
        });
    }
}

/// Lets the page play for so many milliseconds of presentation time.
fn play(model: &mut Model, ms: u32) {
    for _ in 0..ms / 20 {
        let mut left = 50;
        let _ = model.tick(20.0, || {
            left -= 1;
            left > 0
        });
    }
}

fn type_in(model: &mut Model, terminal: u32, text: &str) {
    model.apply(Command::Terminal(terminal, Key::Enter(text.to_owned())));
}

fn says(model: &Model, number: usize) -> String {
    let (screens, _) = model.terminals.screens(model.moment());
    let screen = &screens[number];
    let mut text = String::new();
    for block in &screen.blocks {
        if !block.is_cleared {
            text += &format!("{}{}\n", block.prompt, block.line);
        }
        text.extend(block.chunks.iter().map(|chunk| &**chunk));
    }
    text + screen.prompt.as_deref().unwrap_or("")
}

fn at_end() -> Model {
    let mut model = page();
    model.apply(Command::Time(Time::End));
    model
}

#[test]
fn a_line_that_only_looks_leaves_the_future_and_the_time_as_they_are() {
    let mut model = page();
    model.apply(Command::Time(Time::Seek(4_000.0)));
    let (frames, at) = (model.session.cluster().frames().len(), model.playback.at_ms);

    type_in(&mut model, 0, "kubectl get sts");

    assert_eq!(model.session.cluster().frames().len(), frames);
    assert_eq!((model.playback.at_ms, model.playback.playing), (at, false));
    let said = says(&model, 0);
    assert!(
        said.starts_with("$ kubectl get sts\nNAME   READY   AGE\nshop   "),
        "{said}"
    );
    assert!(said.ends_with("\n$ "), "{said}");
}

#[test]
fn a_line_that_acts_in_the_past_drops_what_lay_after_it() {
    let mut model = page();
    model.apply(Command::Time(Time::Start));

    type_in(&mut model, 0, "kubectl scale sts shop --replicas=1");

    assert!(model.playback.playing);
    compute(&mut model);
    let world = model.session.cluster().world();
    let pods = world.store.list(ordinal_api::Kind::Pod).count();
    assert_eq!(pods, 1);
}

#[test]
fn output_appears_at_its_moments_while_time_plays_and_goes_when_it_is_wound_back() {
    let mut model = at_end();
    let began = model.moment();

    type_in(&mut model, 0, "echo a; sleep 3; echo b");

    assert_eq!(says(&model, 0), "$ echo a; sleep 3; echo b\na\n");
    play(&mut model, 600);
    assert_eq!(says(&model, 0), "$ echo a; sleep 3; echo b\na\n");
    play(&mut model, 3_000);
    assert_eq!(says(&model, 0), "$ echo a; sleep 3; echo b\na\nb\n$ ");
    assert_eq!(model.moment(), SimTime(began.0 + 3_000));
    let back = model
        .session
        .stage()
        .tempo
        .presentation_of(SimTime(began.0 + 1_000));
    model.apply(Command::Time(Time::Seek(back)));
    assert_eq!(says(&model, 0), "$ echo a; sleep 3; echo b\na\n");
}

#[test]
fn what_is_typed_while_a_line_is_at_work_runs_after_it() {
    let mut model = at_end();

    type_in(&mut model, 0, "sleep 2\necho one\n$ sleep 1 && echo two\n");
    type_in(&mut model, 0, "echo three");

    assert_eq!(says(&model, 0), "$ sleep 2\n");
    play(&mut model, 5_000);
    assert_eq!(
        says(&model, 0),
        "$ sleep 2\n$ echo one\none\n$ sleep 1 && echo two\ntwo\n$ echo three\nthree\n$ "
    );
}

#[test]
fn control_c_ends_a_loop_where_the_playhead_is_and_nothing_of_it_after_that_has_happened() {
    let mut model = at_end();
    let loops =
        "n=1; while true; do kubectl scale sts shop --replicas=$n; n=$((n+1)); sleep 10; done";

    type_in(&mut model, 0, loops);
    let mut turns = 0;
    while says(&model, 0).matches("scaled").count() < 3 && turns < 500 {
        play(&mut model, 100);
        turns += 1;
    }
    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));

    let said = says(&model, 0);
    assert!(said.ends_with("scaled\n^C\n$ "), "{said}");
    assert_eq!(said.matches("scaled").count(), 3, "{said}");
    type_in(&mut model, 0, "echo $? $n");
    assert!(
        says(&model, 0).ends_with("130 4\n$ "),
        "{}",
        says(&model, 0)
    );
    compute(&mut model);
    let world = model.session.cluster().world();
    assert_eq!(world.store.list(ordinal_api::Kind::Pod).count(), 3);
}

#[test]
fn a_loop_goes_on_as_long_as_time_plays_and_stops_with_it() {
    let mut model = at_end();

    type_in(
        &mut model,
        0,
        "i=0; while true; do i=$((i+1)); echo $i; sleep 1; done",
    );
    play(&mut model, 60_000);

    let said = says(&model, 0);
    let last: usize = said
        .lines()
        .last()
        .and_then(|line| line.parse().ok())
        .unwrap_or(0);
    assert!((55..=62).contains(&last), "{said}");
    model.apply(Command::Time(Time::PlayPause));
    play(&mut model, 5_000);
    assert_eq!(says(&model, 0), said);
}

#[test]
fn a_watch_shows_every_change_at_its_moment_whoever_makes_it() {
    let mut model = at_end();

    type_in(&mut model, 0, "kubectl get pods -w");
    model.apply(Command::Terminal(0, Key::Open));
    let (screens, _) = model.terminals.screens(model.moment());
    let second = screens[1].terminal;
    type_in(&mut model, second, "kubectl delete pod shop-1");
    let at_once = says(&model, 0).lines().count();
    assert_eq!(
        says(&model, 1),
        "$ kubectl delete pod shop-1\npod \"shop-1\" deleted from default namespace\n"
    );
    compute(&mut model);
    play(&mut model, 30_000);

    let said = says(&model, 0);
    assert!(at_once <= 6, "{said}");
    for state in ["Terminating", "Pending", "ContainerCreating", "Running"] {
        assert!(said.contains(state), "{state}: {said}");
    }
    assert!(says(&model, 1).ends_with("\n$ "));
    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));
    assert!(says(&model, 0).ends_with("^C\n$ "), "{}", says(&model, 0));
}

#[test]
fn a_watch_in_a_pipe_shows_every_change_at_its_moment_and_holds_no_time() {
    let mut model = at_end();

    type_in(
        &mut model,
        0,
        "kubectl get pods -w | grep --line-buffered shop-1",
    );
    play(&mut model, 3_000);
    let before = says(&model, 0);
    assert_eq!(before.lines().count(), 2, "{before}");
    assert!(
        !model.playback.playing,
        "nothing moves, so the clock stands"
    );
    model.apply(Command::Terminal(0, Key::Open));
    let second = model.terminals.screens(model.moment()).0[1].terminal;
    type_in(&mut model, second, "kubectl delete pod shop-1 --wait=false");
    play(&mut model, 100);
    let at_once = says(&model, 0).lines().count();
    compute(&mut model);
    play(&mut model, 30_000);

    let said = says(&model, 0);
    assert!(at_once <= 4, "{said}");
    for state in ["Terminating", "Pending", "ContainerCreating", "Running"] {
        assert!(said.contains(state), "{state}: {said}");
    }
    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));
    assert!(says(&model, 0).ends_with("^C\n$ "), "{}", says(&model, 0));
}

#[test]
fn what_is_typed_beside_a_loop_that_acts_stays_there() {
    let mut model = at_end();
    let loops = "for n in 1 2 3 2 1; do kubectl scale sts shop --replicas=$n; sleep 30; done";
    type_in(&mut model, 0, loops);
    play(&mut model, 2_000);
    model.apply(Command::Terminal(0, Key::Open));
    let second = model.terminals.screens(model.moment()).0[1].terminal;

    type_in(&mut model, second, "echo beside");
    compute(&mut model);
    play(&mut model, 60_000);

    let said = says(&model, 0);
    assert_eq!(said.matches("scaled").count(), 5, "{said}");
    assert_eq!(says(&model, 1), "$ echo beside\nbeside\n$ ");
}

#[test]
fn two_lines_that_wait_see_what_the_other_does() {
    let mut model = at_end();
    type_in(
        &mut model,
        0,
        "kubectl wait pod/shop-2 --for=delete --timeout=600s; kubectl wait pod/shop-2 --for=create; echo back",
    );
    play(&mut model, 200);
    model.apply(Command::Terminal(0, Key::Open));
    let second = model.terminals.screens(model.moment()).0[1].terminal;

    type_in(&mut model, second, "kubectl delete pod shop-2");
    compute(&mut model);
    play(&mut model, 30_000);

    assert!(says(&model, 0).ends_with("back\n$ "), "{}", says(&model, 0));
    assert!(says(&model, 1).ends_with("\n$ "), "{}", says(&model, 1));
}

#[test]
fn buttons_say_in_the_terminal_what_they_did() {
    let mut model = at_end();

    model.apply(Command::Line(
        "kubectl scale sts shop --replicas=2".to_owned(),
    ));

    assert_eq!(
        says(&model, 0),
        "$ kubectl scale sts shop --replicas=2\nstatefulset.apps/shop scaled\n$ "
    );
}

#[test]
fn an_empty_cluster_has_the_files_to_apply() {
    let mut model = at_end();

    model.apply(Command::Text(Text::Empty));
    type_in(
        &mut model,
        0,
        "ls\nkubectl get sts\nkubectl apply -f manifests.yaml",
    );

    let said = says(&model, 0);
    assert!(
        said.contains(
            "manifests.yaml\n$ kubectl get sts\nNo resources found in default namespace.\n"
        ),
        "{said}"
    );
    assert!(said.contains("statefulset.apps/shop created"), "{said}");
}

#[test]
fn ten_thousand_lines_are_kept_and_no_more() {
    let mut model = at_end();

    type_in(&mut model, 0, "seq 1 12000");

    let said = says(&model, 0);
    let lines = said.lines().count();
    assert!((9_900..=10_002).contains(&lines), "{lines}");
    assert!(said.ends_with("12000\n$ "));
    type_in(&mut model, 0, "clear");
    assert_eq!(says(&model, 0), "$ ");
}

#[test]
fn a_port_that_a_terminal_opened_is_there_for_the_others_until_control_c() {
    let mut model = at_end();
    type_in(&mut model, 0, "kubectl port-forward shop-0 8080:80");
    let held = "$ kubectl port-forward shop-0 8080:80\nForwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n";
    assert_eq!(says(&model, 0), held);
    model.apply(Command::Terminal(0, Key::Open));
    let second = model.terminals.screens(model.moment()).0[1].terminal;
    type_in(&mut model, second, "kubectl proxy --port=9001 &");
    type_in(
        &mut model,
        second,
        "curl -s localhost:8080 > /dev/null; echo $?",
    );
    let said = "$ kubectl proxy --port=9001 &\nStarting to serve on 127.0.0.1:9001\n$ curl -s localhost:8080 > /dev/null; echo $?\n0\n$ ";
    assert_eq!(says(&model, 1), said);
    type_in(&mut model, second, "kubectl port-forward shop-1 8080:80");
    let refused = "bind: address already in use]\nerror: unable to listen on any of the requested ports: [{8080 80}]\n$ ";
    assert!(says(&model, 1).ends_with(refused), "{}", says(&model, 1));
    play(&mut model, 3_000);
    assert_eq!(says(&model, 0), held);
    assert!(
        !model.playback.playing,
        "nothing moves, so the clock stands"
    );

    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));
    type_in(&mut model, second, "clear; curl localhost:8080");
    let refused = says(&model, 1);
    assert!(refused.contains("curl: (7) Failed to connect"), "{refused}");
    type_in(
        &mut model,
        0,
        "clear; curl -s localhost:9001/version > /dev/null; echo $?",
    );
    assert_eq!(says(&model, 0), "0\n$ ");
}

#[test]
fn a_claim_that_a_pod_uses_holds_the_terminal_that_deletes_it_and_no_time() {
    let mut model = at_end();
    let began = model.moment();

    type_in(&mut model, 0, "kubectl delete pvc pages-shop-1");
    play(&mut model, 5_000);

    let said = says(&model, 0);
    assert!(
        said.ends_with("pages-shop-1\" deleted from default namespace\n"),
        "{said}"
    );
    assert!(
        model.moment().since(began).0 < 60_000,
        "{:?}",
        model.moment()
    );
    compute(&mut model);
    assert!(!model.playback.playing);
    model.apply(Command::Terminal(0, Key::Interrupt(String::new())));
    assert!(says(&model, 0).ends_with("^C\n$ "));
}

#[test]
fn what_was_typed_inside_of_a_container_is_in_the_address_of_the_run() {
    let mut model = at_end();
    type_in(&mut model, 0, "kubectl exec -it shop-1 -- sh");
    play(&mut model, 600);
    type_in(&mut model, 0, "echo 'it lasts' > /usr/share/caddy/note");
    play(&mut model, 600);

    let link = model.link().into_iter();
    let again = Query::of(link.map(|(name, value)| (name.to_owned(), value)));
    let mut again = Model::open(&again);
    compute(&mut again);

    let written = |model: &Model| -> Vec<String> {
        let disks = model.session.cluster().world().disks.values();
        let writes = disks.flat_map(|disk| disk.writes.iter().map(|w| w.text.trim().to_owned()));
        writes.collect()
    };
    assert!(
        written(&model).contains(&"it lasts".to_owned()),
        "{:?}",
        written(&model)
    );
    assert_eq!(written(&again), written(&model));
}
