//! `kubectl get -w` beside other commands.

use ordinal_core::release::Release;

use super::{Lab, workload};

/// The column STATUS of each row.
fn statuses(text: &str) -> Vec<&str> {
    let third = |line| str::split_whitespace(line).nth(2);
    text.lines().filter_map(third).collect()
}

#[test]
fn a_watch_that_is_looked_at_late_still_has_a_row_for_every_write() {
    let mut lab = Lab::new();
    lab.apply(&workload("StatefulSet", 1, ""));
    let shown = lab.say("kubectl get pods -w");
    assert_eq!(statuses(&shown), ["STATUS", "Running"]);
    let mut watch = lab.watch();
    lab.say("kubectl delete pod web-0");
    lab.wait(20);
    let told = watch.poll(&mut lab.cluster);
    let told = statuses(&told);
    // Marked, seen by its kubelet, ended, without grace, gone.
    assert_eq!(
        told[..5],
        [
            "Terminating",
            "Terminating",
            "Completed",
            "Completed",
            "Completed"
        ]
    );
    assert_eq!(told[5..7], ["Pending", "Pending"]);
    assert_eq!(told.last(), Some(&"Running"));
    assert_eq!(watch.poll(&mut lab.cluster), "", "nothing more");
}

#[test]
fn a_kubelet_before_1_34_does_not_tell_which_version_it_has_seen() {
    for (minor, rows) in [(33, 1), (34, 2)] {
        let mut lab = Lab::of(Release::of(minor));
        lab.apply(&workload("StatefulSet", 1, ""));
        lab.say("kubectl get pods -w");
        let mut watch = lab.watch();
        lab.say("kubectl delete pod web-0");
        let told = watch.poll(&mut lab.cluster);
        let terminating = statuses(&told).into_iter().filter(|s| *s == "Terminating");
        assert_eq!(terminating.count(), rows, "1.{minor}");
    }
}

#[test]
fn a_watch_by_label_tells_of_a_pod_that_loses_it_as_deleted() {
    let mut lab = Lab::new();
    lab.apply(&workload("ReplicaSet", 1, ""));
    lab.say("kubectl get pods -l app=web -w --output-watch-events");
    let mut watch = lab.watch();
    let pod = lab.names(ordinal_api::Kind::Pod).remove(0);
    lab.say(&format!("kubectl label pod {pod} app=other --overwrite"));
    let told = watch.poll(&mut lab.cluster);
    let first = told.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("DELETED") && first.contains(&pod),
        "{told}"
    );
}
