//! Sentences.

use expect_test::{Expect, expect};
use ordinal_scene::story::story;

use super::{Run, by_pods, power, web};

fn check(run: &Run, from_secs: u64, expected: Expect) {
    let sentences = story(&run.frames, &run.stage.tempo, 0);
    let told = sentences.iter().filter(|s| s.at.0 >= from_secs * 1000);
    let text: String = told.map(|s| s.text() + "\n").collect();
    expected.assert_eq(&by_pods(run, &text));
}

#[test]
fn ordered_creation_is_told_with_its_reasons() {
    check(
        &Run::of(&web()),
        0,
        expect![[r#"
            00:00.0 You applied StatefulSet web and 1 more object
            00:00.0 statefulset-controller created web-0, because StatefulSet web was created
            00:00.0 default-scheduler chose a node for data-web-0: {node of web-0}, because web-0 was created
            00:01.0 external-provisioner made a volume for data-web-0, because {node of web-0} was chosen for data-web-0
            00:01.0 persistentvolume-controller bound data-web-0 to its volume, because a volume for data-web-0 was made
            00:02.0 default-scheduler placed web-0 on {node of web-0}, because a volume for data-web-0 was made · PreBind VolumeBinding
            00:02.1 attachdetach-controller asked for data-web-0 to be attached to {node of web-0}, because web-0 was placed on {node of web-0}
            00:03.2 external-attacher attached data-web-0 to {node of web-0}
            00:03.7 kubelet mounted data-web-0 into web-0 on {node of web-0}
            00:05.6 web-0 became Ready
            00:05.6 statefulset-controller created web-1, because web-0 became Ready · OrderedReady
            00:05.6 default-scheduler chose a node for data-web-1: {node of web-1}, because web-1 was created
            00:06.7 external-provisioner made a volume for data-web-1, because {node of web-1} was chosen for data-web-1
            00:06.7 persistentvolume-controller bound data-web-1 to its volume, because a volume for data-web-1 was made
            00:07.6 default-scheduler placed web-1 on {node of web-1}, because a volume for data-web-1 was made · PreBind VolumeBinding
            00:07.8 attachdetach-controller asked for data-web-1 to be attached to {node of web-1}, because web-1 was placed on {node of web-1}
            00:08.9 external-attacher attached data-web-1 to {node of web-1}
            00:09.4 kubelet mounted data-web-1 into web-1 on {node of web-1}
            00:11.3 web-1 became Ready
            00:11.3 statefulset-controller created web-2, because web-1 became Ready · OrderedReady
            00:11.3 default-scheduler chose a node for data-web-2: {node of web-2}, because web-2 was created
            00:12.4 external-provisioner made a volume for data-web-2, because {node of web-2} was chosen for data-web-2
            00:12.4 persistentvolume-controller bound data-web-2 to its volume, because a volume for data-web-2 was made
            00:13.3 default-scheduler placed web-2 on {node of web-2}, because a volume for data-web-2 was made · PreBind VolumeBinding
            00:13.5 attachdetach-controller asked for data-web-2 to be attached to {node of web-2}, because web-2 was placed on {node of web-2}
            00:14.6 external-attacher attached data-web-2 to {node of web-2}
            00:15.1 kubelet mounted data-web-2 into web-2 on {node of web-2}
            00:17.0 web-2 became Ready
            00:17.0 The Service nginx answers with web-2 from now on, because web-2 became Ready
        "#]],
    );
}

#[test]
fn the_loss_of_a_node_is_told_to_its_end() {
    check(
        &Run::of(&power()),
        30,
        expect![[r#"
            00:30.0 You cut the power of {node of web-1}
            01:13.0 node-controller marked {node of web-1} as NotReady, because its heartbeats stopped · NodeStatusUnknown
            01:13.0 node-controller tainted {node of web-1} with unreachable:NoSchedule · NodeStatusUnknown
            01:13.1 node-controller tainted {node of web-1} with unreachable:NoExecute · NodeStatusUnknown
            06:13.1 taint-eviction-controller asked web-1 to stop, because {node of web-1} got the taint unreachable:NoExecute · tolerationSeconds
            06:40.0 You removed web-1 from the API
            06:40.0 statefulset-controller created web-1, because web-1 was removed from the API · at most one Pod of a name
            06:40.0 default-scheduler placed web-1 on {node of web-2}
            06:40.1 attachdetach-controller cannot attach data-web-1 to {node of web-2}, because it is still attached to {node of web-1} · isMultiAttachForbidden, ends in 06:00
            12:40.2 attachdetach-controller asked for data-web-1 to be detached from {node of web-1}, because web-1 was removed from the API · maxWaitForUnmountDuration
            12:41.3 external-attacher detached data-web-1 from {node of web-1} by force
            12:41.8 attachdetach-controller asked for data-web-1 to be attached to {node of web-2}
            12:42.9 external-attacher attached data-web-1 to {node of web-2}
            12:43.4 kubelet mounted data-web-1 into web-1 on {node of web-2}
            12:44.3 web-1 became Ready
            12:44.3 The Service nginx answers with web-1 from now on, because web-1 became Ready
            20:00.0 You powered {node of web-1} on
            20:15.0 kubelet marked {node of web-1} as Ready
            20:15.0 node-controller took the taint unreachable:NoSchedule from {node of web-1}
            20:18.0 node-controller took the taint unreachable:NoExecute from {node of web-1}
        "#]],
    );
}

#[test]
fn a_scale_down_is_told_in_reverse_order() {
    check(
        &Run::of(&web().at(30_000, "kubectl scale sts web --replicas=1")),
        30,
        expect![[r#"
            00:30.0 You scaled StatefulSet web to 1
            00:30.0 statefulset-controller asked web-2 to stop, because StatefulSet web was scaled to 1
            00:30.0 The Service nginx no longer answers with web-2, because web-2 was asked to stop
            00:30.5 web-2 is no longer Ready
            00:30.6 web-2 is gone
            00:30.6 statefulset-controller asked web-1 to stop, because web-2 is gone
            00:31.2 web-1 is no longer Ready
            00:31.3 web-1 is gone
            00:31.4 attachdetach-controller asked for data-web-1 to be detached from {node of web-1}, because a container of web-1 ended · MountedByNode
            00:31.8 external-attacher detached data-web-2 from {node of web-2}
            00:32.5 external-attacher detached data-web-1 from {node of web-1}
        "#]],
    );
}

#[test]
fn what_follows_a_deletion_by_force_follows_from_what_the_api_forgot() {
    let line = "kubectl delete pod web-1 --force --grace-period=0";
    let run = Run::of(&web().at(30_000, line));

    let sentences = story(&run.frames, &run.stage.tempo, 0);

    let text: String = sentences.iter().map(|s| s.text() + "\n").collect();
    for told in [
        "00:30.0 You removed web-1 from the API\n",
        "statefulset-controller created web-1, because the API forgot web-1",
    ] {
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn a_sentence_that_begins_with_a_name_leaves_it_as_it_is() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: toolbox}\nspec: {containers: [{name: c, image: 'nginx:1.27'}]}\n";
    let run = Run::of(&ordinal_kubectl::script::Script::of_text(pod));

    let told = story(&run.frames, &run.stage.tempo, 0);

    let last = told.last().expect("something happens").caption.text();
    assert_eq!(last, "toolbox became Ready");
}
