//! When the output of a line appears, and what a line that is held has done.

use super::Terminal;

fn held(line: &str, after_ms: u64) -> (Vec<(u64, String)>, bool, i32) {
    let mut terminal = Terminal::new();
    terminal.says("kubectl apply -f web.yaml");
    terminal.says("sleep 60");
    let began = terminal.0.world().now();
    terminal.1.until = Some(began + ordinal_api::SimDuration::ms(after_ms));
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);
    assert!(terminal.0.world().now().since(began).0 <= after_ms);
    let pieces = done.pieces.into_iter();
    let pieces = pieces.map(|piece| (piece.at_ms - began.0, piece.text));
    (pieces.collect(), done.held, done.exit)
}

#[test]
fn a_line_that_is_held_has_done_what_came_before_that_moment_and_nothing_after() {
    let (pieces, is_held, exit) = held("echo a; sleep 2; echo b; sleep 2; echo c", 3_000);
    let said = [(0, "a\n".to_owned()), (2_000, "b\n".to_owned())];
    assert_eq!((pieces.as_slice(), is_held, exit), (&said[..], true, 130));

    let (pieces, is_held, _) = held("while true; do echo x; sleep 1; done", 10_000);
    assert_eq!((pieces.len(), is_held), (10, true));

    let (pieces, is_held, _) = held("kubectl delete pod web-0", 500);
    let deleted = "pod \"web-0\" deleted from default namespace\n".to_owned();
    assert_eq!((pieces, is_held), (vec![(0, deleted)], true));

    let (pieces, is_held, _) = held("kubectl wait pod web-0 --for=jsonpath={.x}=y", 500);
    assert_eq!((pieces, is_held), (Vec::new(), true));

    let (pieces, is_held, _) = held(
        "kubectl exec web-0 -- sh -c 'echo in; sleep 9; echo out'",
        500,
    );
    assert_eq!((pieces, is_held), (vec![(0, "in\n".to_owned())], true));

    let (pieces, is_held, exit) = held("echo whole", 500);
    assert_eq!(
        (pieces, is_held, exit),
        (vec![(0, "whole\n".to_owned())], false, 0)
    );
}

#[test]
fn what_a_command_says_while_it_waits_has_its_moments() {
    let line = "kubectl set image sts/web web=nginx:2; kubectl rollout status sts/web";

    let (pieces, is_held, exit) = held(line, 600_000);

    assert!(!is_held);
    assert_eq!(exit, 0);
    let moments: Vec<u64> = pieces.iter().map(|(at, _)| *at).collect();
    assert!(moments.windows(2).all(|two| two[0] <= two[1]), "{pieces:?}");
    assert!(
        moments
            .iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            > 3,
        "{pieces:?}"
    );
}

#[test]
fn what_a_pipe_prints_appears_as_it_comes_where_the_programs_read_it_so() {
    let loops = "for i in 1 2 3; do echo web-$i; echo db-$i; sleep 1; done";
    let lines = |command: &str| held(&format!("{loops} | {command}"), 60_000).0;
    let at = |all: &[(u64, &str)]| -> Vec<(u64, String)> {
        all.iter()
            .map(|(at, text)| (*at, (*text).to_owned()))
            .collect()
    };

    let each = at(&[(0, "web-1\n"), (1_000, "web-2\n"), (2_000, "web-3\n")]);
    assert_eq!(lines("grep web"), each);
    assert_eq!(lines("grep --line-buffered web | cat"), each);
    assert_eq!(
        lines("sed s/-/=/ | awk '/web/ {print NR \":\" $1}'"),
        at(&[(0, "1:web=1\n"), (1_000, "3:web=2\n"), (2_000, "5:web=3\n")])
    );
    assert_eq!(
        lines("grep web | while read name; do echo \"<$name>\"; done"),
        at(&[(0, "<web-1>\n"), (1_000, "<web-2>\n"), (2_000, "<web-3>\n")])
    );
    // These wait for the end, as everywhere.
    assert_eq!(lines("grep -c web"), at(&[(3_000, "3\n")]));
    assert_eq!(lines("grep web | wc -l"), at(&[(3_000, "3\n")]));
    assert_eq!(lines("sort -r | head -1"), at(&[(3_000, "web-3\n")]));
    // An error is told once.
    assert_eq!(held(&format!("{loops} | grep '['"), 60_000).0.len(), 1);
}

#[test]
fn who_writes_on_when_nobody_reads_any_more_is_ended() {
    let (pieces, is_held, exit) = held(
        "while true; do echo x; sleep 1; done | head -2; echo $?",
        60_000,
    );
    let said = [(0, "x\n"), (1_000, "x\n"), (2_000, "0\n")];
    let said = said.map(|(at, text)| (at, text.to_owned()));
    assert_eq!((pieces.as_slice(), is_held, exit), (&said[..], false, 0));

    let (pieces, is_held, _) = held(
        "kubectl delete pod web-1 --wait=false; kubectl get pods -w | grep -m1 Pending",
        600_000,
    );
    assert!(!is_held, "{pieces:?}");
    assert!(
        pieces
            .last()
            .is_some_and(|(at, text)| *at > 0 && text.contains("Pending")),
        "{pieces:?}"
    );
}

#[test]
fn a_watch_in_a_pipe_shows_what_happens_when_it_does_and_rests_when_nothing_does() {
    let mut terminal = Terminal::new();
    terminal.says("kubectl apply -f web.yaml");
    let began = terminal.0.world().now();
    terminal.1.until = Some(began + ordinal_api::SimDuration::secs(600));

    let line = "kubectl get pods -w | grep Running";
    let done = terminal.2.run(&mut terminal.0, &mut terminal.1, line);

    assert!(done.held && done.rests);
    let moments: Vec<u64> = done
        .pieces
        .iter()
        .map(|piece| piece.at_ms - began.0)
        .collect();
    assert_eq!(moments.len(), 2, "{done:?}");
    assert!(moments[0] > 0 && moments[0] < moments[1], "{done:?}");
    // Where nothing will ever end it, it ends by itself.
    terminal.1.until = None;
    assert!(!terminal.2.run(&mut terminal.0, &mut terminal.1, line).held);
}
