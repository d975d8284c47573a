//! Creating.

use super::{Terminal, WEB};

#[test]
fn t001_no_pods() {
    Terminal::empty().shows(
        "kubectl get pods",
        "No resources found in default namespace.\n",
    );
}

#[test]
fn t002_no_volumes_nor_claims() {
    Terminal::empty().shows("kubectl get pv,pvc", "No resources found\n");
}

#[test]
fn t003_nothing_in_another_namespace() {
    let mut t = Terminal::empty();
    t.shows(
        "kubectl get sts,svc -n x",
        "No resources found in x namespace.\n",
    );
    t.shows(
        "kubectl get sts,svc",
        "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
         service/kubernetes ClusterIP 10.96.0.1 <none> 443/TCP *",
    );
}

#[test]
fn t004_apply_creates() {
    Terminal::empty().shows(
        "kubectl apply -f web.yaml",
        "service/nginx created\nstatefulset.apps/web created\n",
    );
}

#[test]
fn t005_apply_again_changes_nothing() {
    let mut t = Terminal::empty();
    // With claim templates, which the server fills in, the client finds a difference each time.
    t.run("kubectl apply -f web.yaml");
    t.shows(
        "kubectl apply -f web.yaml",
        "service/nginx unchanged\nstatefulset.apps/web configured\n",
    );
    let (without, _) = WEB.split_once("        volumeMounts").expect("mounts");
    let without = without.replace("name: web\nspec", "name: plain\nspec");
    t.file("plain.yaml", &without);
    t.run("kubectl apply -f plain.yaml");
    t.shows(
        "kubectl apply -f plain.yaml",
        "service/nginx unchanged\nstatefulset.apps/plain unchanged\n",
    );
}

#[test]
fn t006_apply_of_an_edited_file_configures() {
    let mut t = Terminal::empty();
    t.run("kubectl apply -f web.yaml");
    t.file("web.yaml", &WEB.replace("replicas: 3", "replicas: 2"));
    t.shows(
        "kubectl apply -f web.yaml",
        "service/nginx unchanged\nstatefulset.apps/web configured\n",
    );
}

#[test]
fn t007_create_of_what_is_there() {
    let mut t = Terminal::empty();
    t.run("kubectl apply -f web.yaml");
    t.fails(
        "kubectl create -f web.yaml",
        "Error from server (AlreadyExists): error when creating \"web.yaml\": services \"nginx\" already exists\nError from server (AlreadyExists): error when creating \"web.yaml\": statefulsets.apps \"web\" already exists\n",
    );
}

#[test]
fn t008_a_watch_shows_one_pod_after_the_other() {
    let mut t = Terminal::empty();
    let mut watch = {
        t.run("kubectl get pods -w");
        t.run("kubectl apply -f web.yaml");
        ordinal_kubectl::run(
            &mut t.cluster,
            &mut t.session,
            "kubectl get pods -w --watch-only",
        );
        t.session.watch.take().expect("a watch")
    };
    let mut text = String::new();
    for _ in 0..6000 {
        let _ = t.cluster.run_for(ordinal_api::SimDuration::ms(10));
        text.push_str(&watch.poll(&mut t.cluster));
    }
    let rows: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.nth(1)?))
        })
        .collect();
    let place = |pod: &str, status: &str| {
        let found = rows.iter().position(|row| *row == (pod, status));
        found.unwrap_or_else(|| panic!("{pod} {status} in\n{text}"))
    };
    for pod in ["web-0", "web-1", "web-2"] {
        assert!(place(pod, "Pending") < place(pod, "ContainerCreating"));
        assert!(place(pod, "ContainerCreating") < place(pod, "Running"));
    }
    assert!(place("web-0", "Running") < place("web-1", "Pending"));
    assert!(place("web-1", "Running") < place("web-2", "Pending"));
}

#[test]
fn t009_one_of_three_is_ready() {
    let mut t = Terminal::empty();
    t.run("kubectl apply -f web.yaml");
    t.run("kubectl wait --for=jsonpath='{.status.readyReplicas}'=1 sts/web");
    t.shows("kubectl get sts", "NAME READY AGE\nweb 1/3 *");
}

#[test]
fn t010_names_of_a_label() {
    Terminal::base().shows(
        "kubectl get pods -l app=nginx -o name",
        "pod/web-0\npod/web-1\npod/web-2\n",
    );
}

#[test]
fn t011_claims_are_bound() {
    Terminal::base().shows(
        "kubectl get pvc",
        "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE
         www-web-0 Bound * 1Gi RWO standard <unset> *
         www-web-1 Bound * 1Gi RWO standard <unset> *
         www-web-2 Bound * 1Gi RWO standard <unset> *",
    );
}

#[test]
fn t012_two_tables() {
    Terminal::base().shows(
        "kubectl get pv,pvc",
        "NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE
         * 1Gi RWO Delete Bound * standard <unset> *
         * 1Gi RWO Delete Bound * standard <unset> *
         * 1Gi RWO Delete Bound * standard <unset> *

         NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE
         persistentvolumeclaim/www-web-0 Bound * 1Gi RWO standard <unset> *
         persistentvolumeclaim/www-web-1 Bound * 1Gi RWO standard <unset> *
         persistentvolumeclaim/www-web-2 Bound * 1Gi RWO standard <unset> *",
    );
}

#[test]
fn t013_all_is_not_everything() {
    Terminal::base().shows(
        "kubectl get all",
        "NAME READY STATUS RESTARTS AGE
         pod/web-0 1/1 Running 0 *
         pod/web-1 1/1 Running 0 *
         pod/web-2 1/1 Running 0 *

         NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
         service/kubernetes ClusterIP 10.96.0.1 <none> 443/TCP *
         service/nginx ClusterIP None <none> 80/TCP *

         NAME READY AGE
         statefulset.apps/web 3/3 *",
    );
}

#[test]
fn t014_names_are_in_the_order_of_bytes() {
    let mut t = Terminal::with(&WEB.replace("replicas: 3", "replicas: 11"));
    t.pass(60);
    let names = "0 1 10 2 3 4 5 6 7 8 9".split(' ');
    let wanted: String = names.map(|n| format!("pod/web-{n}\n")).collect();
    t.shows("kubectl get pods -o name", &wanted);
}

#[test]
fn t015_no_selector() {
    let mut t = Terminal::empty();
    t.file(
        "bad.yaml",
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: bad}\nspec:\n  serviceName: x\n  template:\n    metadata: {labels: {app: nginx}}\n    spec: {containers: [{name: c, image: nginx}]}\n",
    );
    t.fails(
        "kubectl apply -f bad.yaml",
        "The StatefulSet \"bad\" is invalid: \n* spec.selector: Required value\n* spec.template.metadata.labels: Invalid value: {\"app\":\"nginx\"}: `selector` does not match template `labels`\n",
    );
}

#[test]
fn t016_a_version_that_is_no_more() {
    let mut t = Terminal::empty();
    t.file(
        "old.yaml",
        "apiVersion: apps/v1beta1\nkind: StatefulSet\nmetadata: {name: web}\n",
    );
    t.fails(
        "kubectl apply -f old.yaml",
        "error: resource mapping not found for name: \"web\" namespace: \"\" from \"old.yaml\": no matches for kind \"StatefulSet\" in version \"apps/v1beta1\"\nensure CRDs are installed first\n",
    );
}

#[test]
fn t017_an_unknown_field() {
    let mut t = Terminal::empty();
    let set = WEB.split("---\n").nth(1).expect("two documents");
    t.file(
        "foo.yaml",
        &set.replace("  replicas: 3\n", "  replicas: 3\n  foo: 1\n"),
    );
    t.fails(
        "kubectl apply -f foo.yaml",
        "Error from server (BadRequest): error when creating \"foo.yaml\": StatefulSet in version \"v1\" cannot be handled as a StatefulSet: strict decoding error: unknown field \"spec.foo\"\n",
    );
}

#[test]
fn t018_broken_indentation() {
    let mut t = Terminal::empty();
    t.file(
        "b.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n   labels: {a: b}\n",
    );
    t.fails(
        "kubectl apply -f b.yaml",
        "error: error parsing b.yaml: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context\n",
    );
    t.file(
        "c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data: {a: b}\n",
    );
    t.fails(
        "kubectl apply -f c.yaml",
        "error: error parsing c.yaml: error converting YAML to JSON: yaml: line 4: did not find expected key\n",
    );
}

#[test]
fn t019_a_folder_of_volumes() {
    let mut t = Terminal::empty();
    for n in ["b", "a", "c"] {
        t.file(
            &format!("pvs/{n}.yaml"),
            &format!("apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: data-{n}}}\nspec:\n  capacity: {{storage: 1Gi}}\n  accessModes: [ReadWriteOnce]\n  hostPath: {{path: /tmp/{n}}}\n"),
        );
    }
    t.shows(
        "kubectl create -f pvs/",
        "persistentvolume/data-a created\npersistentvolume/data-b created\npersistentvolume/data-c created\n",
    );
}

#[test]
fn t020_no_class_and_no_volume() {
    let mut t = Terminal::empty();
    t.run("kubectl delete sc standard");
    t.run("kubectl apply -f web.yaml");
    t.pass(60);
    t.shows(
        "kubectl get pods",
        "NAME READY STATUS RESTARTS AGE\nweb-0 0/1 Pending 0 *",
    );
    let text = t.run("kubectl describe pod web-0");
    assert!(
        text.contains("FailedScheduling")
            && text.contains("pod has unbound immediate PersistentVolumeClaims"),
        "{text}"
    );
    let text = t.run("kubectl describe pvc www-web-0");
    assert!(
        text.contains("FailedBinding")
            && text.contains(
                "no persistent volumes available for this claim and no storage class is set"
            ),
        "{text}"
    );
}
