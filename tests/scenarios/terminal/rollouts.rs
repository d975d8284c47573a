//! Rollouts.

use super::{Terminal, WEB};

fn strategy(text: &str) -> String {
    WEB.replace(
        "  replicas: 3\n",
        &format!("  replicas: 3\n  updateStrategy: {text}\n"),
    )
}

const NEW: &str = "kubectl set image sts/web nginx=nginx:1.26";

fn images(t: &mut Terminal) -> String {
    t.run("kubectl get pods -o jsonpath='{.items[*].spec.containers[0].image}'")
}

#[test]
fn t062_a_new_image_goes_from_the_top() {
    let mut t = Terminal::base();
    t.shows(NEW, "statefulset.apps/web image updated\n");
    let mut last = String::new();
    let mut seen = Vec::new();
    for _ in 0..600 {
        t.cluster.run_for(ordinal_api::SimDuration::ms(100));
        let now = t.run("kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name}={.spec.containers[0].image} {end}'");
        if now != last {
            seen.push(now.clone());
            last = now;
        }
    }
    let first = |pod: &str| {
        seen.iter()
            .position(|now| now.contains(&format!("{pod}=nginx:1.26")))
            .unwrap_or_else(|| panic!("{pod} in {seen:?}"))
    };
    assert!(first("web-2") < first("web-1") && first("web-1") < first("web-0"));
}

#[test]
fn t063_the_status_of_a_rollout() {
    let mut t = Terminal::base();
    t.run(NEW);
    let text = t.run("kubectl rollout status sts/web");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines.contains(&"Waiting for 1 pods to be ready..."),
        "{text}"
    );
    assert!(
        lines.contains(
            &"Waiting for partitioned roll out to finish: 1 out of 3 new pods have been updated..."
        ),
        "{text}"
    );
    assert_eq!(
        lines.last(),
        Some(&"partitioned roll out complete: 3 new pods have been updated...")
    );
}

#[test]
fn t064_with_a_type_only_the_revision_is_told() {
    // The field `rollingUpdate` has a default only where there is no type.
    let mut t = Terminal::with(&strategy("{type: RollingUpdate}"));
    t.run(NEW);
    let text = t.run("kubectl rollout status sts/web");
    let revision = t.run("kubectl get sts web -o jsonpath='{.status.updateRevision}'");
    assert!(
        text.contains(&format!(
            "waiting for statefulset rolling update to complete 1 pods at revision {revision}...\n"
        )),
        "{text}"
    );
    assert!(
        text.ends_with(&format!(
            "statefulset rolling update complete 3 pods at revision {revision}...\n"
        )),
        "{text}"
    );
}

#[test]
fn t065_a_rollout_that_is_done() {
    Terminal::base().shows(
        "kubectl rollout status sts/web",
        "partitioned roll out complete: 3 new pods have been updated...\n",
    );
}

#[test]
fn t066_a_partition() {
    let mut t = Terminal::with(&strategy(
        "{type: RollingUpdate, rollingUpdate: {partition: 2}}",
    ));
    t.run(NEW);
    let text = t.run("kubectl rollout status sts/web");
    assert!(
        text.ends_with("partitioned roll out complete: 1 new pods have been updated...\n"),
        "{text}"
    );
    t.pass(30);
    assert_eq!(images(&mut t), "nginx:1.25 nginx:1.25 nginx:1.26");
}

#[test]
fn t067_a_partition_above_the_count() {
    let mut t = Terminal::with(&strategy(
        "{type: RollingUpdate, rollingUpdate: {partition: 5}}",
    ));
    t.run(NEW);
    t.pass(30);
    t.shows(
        "kubectl rollout status sts/web",
        "partitioned roll out complete: 0 new pods have been updated...\n",
    );
}

#[test]
fn t068_on_delete() {
    Terminal::with(&strategy("{type: OnDelete}")).fails(
        "kubectl rollout status sts/web",
        "error: rollout status is only available for RollingUpdate strategy type\n",
    );
}

/// Two revisions.
fn twice() -> Terminal {
    let mut t = Terminal::base();
    t.run(NEW);
    t.pass(60);
    t
}

#[test]
fn t069_the_history() {
    twice().shows(
        "kubectl rollout history sts/web",
        "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
    );
}

#[test]
fn t070_undo() {
    let mut t = twice();
    let text = t.run("kubectl rollout undo sts/web");
    assert!(
        text.starts_with(
            "Warning: resource statefulsets/web was previously managed with 'kubectl apply'."
        ),
        "{text}"
    );
    assert!(
        text.ends_with("\nstatefulset.apps/web rolled back\n"),
        "{text}"
    );
    t.pass(60);
    t.shows(
        "kubectl rollout history sts/web",
        "statefulset.apps/web \nREVISION  CHANGE-CAUSE\n2         <none>\n3         <none>\n\n",
    );
    assert_eq!(images(&mut t), "nginx:1.25 nginx:1.25 nginx:1.25");
}

#[test]
fn t071_nothing_to_undo() {
    let mut t = Terminal::base();
    let text = t.run("kubectl rollout undo sts/web");
    assert!(
        text.ends_with("error: no last revision to roll back to\n"),
        "{text}"
    );
}

#[test]
fn t072_an_image_that_cannot_be_pulled() {
    let mut t = Terminal::base();
    t.run("kubectl set image sts/web nginx=does-not-exist:1");
    t.pass(60);
    let text = t.run("kubectl get pod web-2 --no-headers");
    assert!(
        text.contains(" ImagePullBackOff ") || text.contains(" ErrImagePull "),
        "{text}"
    );
    assert_eq!(images(&mut t), "nginx:1.25 nginx:1.25 does-not-exist:1");
    t.run("kubectl rollout undo sts/web");
    t.pass(60);
    assert_eq!(images(&mut t), "nginx:1.25 nginx:1.25 does-not-exist:1");
    t.run("kubectl delete pod web-2");
    t.pass(30);
    assert_eq!(images(&mut t), "nginx:1.25 nginx:1.25 nginx:1.25");
}

#[test]
fn t073_restart() {
    let mut t = Terminal::base();
    let uids = "kubectl get pods -o jsonpath='{.items[*].metadata.uid}'";
    let before = t.run(uids);
    t.shows(
        "kubectl rollout restart sts/web",
        "statefulset.apps/web restarted\n",
    );
    t.pass(60);
    let after = t.run(uids);
    assert!(
        before.split(' ').zip(after.split(' ')).all(|(a, b)| a != b),
        "{before} {after}"
    );
}

#[test]
fn t074_a_set_cannot_pause() {
    Terminal::base().fails(
        "kubectl rollout pause sts/web",
        "error: statefulsets.apps \"web\" pausing is not supported\n",
    );
}

#[test]
fn t075_revisions_are_objects() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl get controllerrevisions",
        "NAME CONTROLLER REVISION AGE\n* statefulset.apps/web 1 *",
    );
}

#[test]
fn t076_the_hash_as_a_column() {
    let mut t = Terminal::base();
    let hash = t.run("kubectl get sts web -o jsonpath='{.status.currentRevision}'");
    t.shows(
        "kubectl get pods -L controller-revision-hash",
        &format!(
            "NAME READY STATUS RESTARTS AGE CONTROLLER-REVISION-HASH\nweb-0 1/1 Running 0 * {hash}\nweb-1 1/1 Running 0 * {hash}\nweb-2 1/1 Running 0 * {hash}"
        ),
    );
}

#[test]
fn t077_patch_twice() {
    let mut t = Terminal::base();
    let line = "kubectl patch sts web -p '{\"spec\":{\"replicas\":2}}'";
    t.shows(line, "statefulset.apps/web patched\n");
    t.shows(line, "statefulset.apps/web patched (no change)\n");
}

#[test]
fn flags_before_a_subcommand_leave_it_alone() {
    let mut t = Terminal::base();
    t.shows(
        "kubectl -n default set image sts/web nginx=nginx:1.26",
        "statefulset.apps/web image updated\n",
    );
    for line in [
        "kubectl --namespace default rollout history sts/web",
        "kubectl rollout -n default --v=1 history sts/web",
    ] {
        let text = t.run(line);
        assert!(text.contains("REVISION"), "{text}");
    }
}
