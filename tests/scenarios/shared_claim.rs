//! A Deployment with one claim for all its Pods beside a StatefulSet with one for each.

use std::collections::BTreeSet;

use ordinal_api::{Kind, Object};
use ordinal_tests::run::Run;
use ordinal_tests::scenarios;

fn visitors(run: &Run) -> Vec<&Object> {
    let pods = run
        .world()
        .store
        .pods_with_label("default", "app", "visitor");
    pods.map(|(_, pod)| &**pod).collect()
}

#[test]
fn the_deployments_pods_have_chance_names_and_come_all_at_once() {
    let run = Run::of(&scenarios::shared_claim());

    let pods = visitors(&run);
    assert_eq!(pods.len(), 3);
    for pod in &pods {
        let (hash, suffix) = pod.meta.name["visitor-".len()..]
            .split_once('-')
            .expect("a hash and a suffix");
        assert!(!hash.is_empty() && suffix.len() == 5, "{}", pod.meta.name);
    }
    let created: BTreeSet<_> = pods
        .iter()
        .map(|pod| pod.meta.creation_timestamp.as_ms() / 100)
        .collect();
    assert_eq!(created.len(), 1, "{created:?}");
}

#[test]
fn the_sets_pods_have_ordinals_and_a_disk_each() {
    let run = Run::of(&scenarios::shared_claim());

    run.assert_order(&[
        "pod/desk-0#1 ready",
        "pod/desk-1#1 created",
        "pod/desk-1#1 ready",
        "pod/desk-2#1 created",
        "pod/desk-2#1 ready",
    ]);
    let volumes: BTreeSet<_> = (0..3)
        .map(|n| run.disk(&format!("drawer-desk-{n}")).name.clone())
        .collect();
    assert_eq!(volumes.len(), 3);
}

#[test]
fn the_shared_disk_is_attached_to_one_machine_and_pods_elsewhere_wait_for_it() {
    let run = Run::of(&scenarios::shared_claim());

    let disk = run.disk("board");
    assert_eq!(disk.attached.len(), 1);
    let place = run.world().store.key(disk.attached[0]).name.clone();
    let (here, elsewhere): (Vec<_>, Vec<_>) = visitors(&run)
        .into_iter()
        .partition(|pod| pod.as_pod().expect("a Pod").node_name == place);
    assert!(
        !here.is_empty() && !elsewhere.is_empty(),
        "the scheduler spreads them"
    );
    for pod in here {
        assert!(pod.as_pod().expect("a Pod").is_ready(), "{}", pod.meta.name);
    }
    let volume = &disk.name;
    for pod in elsewhere {
        assert!(
            !pod.as_pod().expect("a Pod").is_ready(),
            "{}",
            pod.meta.name
        );
        let said = run.events(Kind::Pod, &pod.meta.name, "FailedAttachVolume");
        let words =
            format!("Waiting for detach for volume \"{volume}\" Volume is already used by pod(s) ");
        assert!(
            said.iter().any(|message| message.starts_with(&words)),
            "{}: {said:?}",
            pod.meta.name
        );
    }
}

#[test]
fn all_who_run_write_to_the_one_disk() {
    let run = Run::of(&scenarios::shared_claim());

    let writers: BTreeSet<_> = run
        .disk("board")
        .writes
        .iter()
        .map(|w| w.pod.clone())
        .collect();
    let ready: BTreeSet<_> = visitors(&run)
        .into_iter()
        .filter(|pod| pod.as_pod().expect("a Pod").is_ready())
        .map(|pod| pod.meta.name.clone())
        .collect();
    assert_eq!(writers, ready);
}
