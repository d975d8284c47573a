//! Lines as they are typed, and what Tab offers.

use ordinal_core::{Cluster, Config};

use super::*;

fn terminal() -> (Cluster, Session, Shell) {
    let mut cluster = Cluster::new(Config::with_nodes(2));
    let mut session = Session::default();
    let mut shell = Shell::default();
    let web = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  serviceName: web\n  \
        replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    \
        spec: {containers: [{name: nginx, image: nginx}, {name: side, image: busybox}]}\n";
    for file in ["web.yaml", "pvs/pv-0.yaml", "pvs/pv-1.yaml", "-"] {
        session.files.insert(file.to_owned(), web.to_owned());
    }
    let line = "alias k=kubectl; kubectl apply -f web.yaml; kubectl create ns blue; sleep 60";
    shell.run(&mut cluster, &mut session, line);
    (cluster, session, shell)
}

#[track_caller]
fn offers(line: &str, expected: &str) {
    let (mut cluster, mut session, shell) = terminal();
    let before = ordinal_core::journal::hash(cluster.world());

    let found = complete(&mut cluster, &mut session, &shell, line);

    assert_eq!(found.candidates.join(" "), expected, "{line:?}");
    assert_eq!(
        ordinal_core::journal::hash(cluster.world()),
        before,
        "{line:?}"
    );
}

#[test]
fn tab_offers_what_kubectl_offers() {
    for (line, expected) in [
        (
            "kubectl ",
            "alpha annotate api-resources api-versions apply attach auth autoscale certificate cluster-info \
          completion config cordon cp create debug delete describe diff drain edit events exec explain expose get help kuberc \
          kustomize label logs options patch plugin port-forward proxy replace rollout run scale set taint top uncordon \
          version wait",
        ),
        ("kubectl g", "get"),
        ("k des", "describe"),
        ("kubectl roll", "rollout"),
        (
            "kubectl rollout ",
            "history pause restart resume status undo",
        ),
        ("kubectl rollout s", "status"),
        (
            "kubectl rollout status ",
            "daemonset deployment statefulset",
        ),
        ("kubectl rollout status statefulset ", "web"),
        ("kubectl rollout status sts/", "sts/web"),
        ("kubectl config use-", "use-context"),
        ("kubectl config use-context ", "kubernetes-admin@kubernetes"),
        (
            "kubectl get po",
            "podcertificaterequests.certificates.k8s.io poddisruptionbudgets.policy pods podtemplates",
        ),
        ("kubectl get stateful", "statefulsets.apps"),
        ("kubectl get sts", ""),
        ("kubectl get pods,stateful", "pods,statefulsets.apps"),
        ("kubectl get pods ", "web-0 web-1"),
        ("kubectl get pods web-0 ", "web-1"),
        ("kubectl get pods -n kube-node-lease ", ""),
        ("kubectl get pods -n b", "blue"),
        ("kubectl get pods --namespace=b", "--namespace=blue"),
        ("kubectl get po/", "po/web-0 po/web-1"),
        ("kubectl get pod/web-0 pod/", "pod/web-1"),
        ("kubectl delete pod web-", "web-0 web-1"),
        ("kubectl describe node", "nodes"),
        ("kubectl describe nodes ", "node-1 node-2"),
        (
            "kubectl get --all",
            "--all-namespaces --allow-missing-template-keys",
        ),
        ("kubectl get -o y", "yaml"),
        ("kubectl get pods -o w", "wide"),
        ("kubectl scale st", "statefulset"),
        ("kubectl scale sts ", "web"),
        ("kubectl scale sts web --repl", "--replicas"),
        ("kubectl logs web-0 ", "nginx side"),
        ("kubectl logs web-0 -c n", "nginx"),
        ("kubectl logs st", "statefulsets/"),
        ("kubectl exec web-", "web-0 web-1"),
        ("kubectl exec -it web-0 -- l", ""),
        ("kubectl drain ", "node-1 node-2"),
        ("kubectl cordon node-1 ", ""),
        ("kubectl taint nodes ", "node-1 node-2"),
        ("kubectl apply -f ", "pvs/ web.yaml"),
        ("kubectl apply -f pvs/", "pvs/pv-0.yaml pvs/pv-1.yaml"),
        ("kubectl apply --filename w", "web.yaml"),
        ("kubectl explain statefuls", "statefulsets.apps"),
        ("kubectl create sec", "secret"),
    ] {
        offers(line, expected);
    }
}

#[test]
fn tab_offers_what_the_shell_knows() {
    for (line, expected) in [
        ("kub", "kubectl"),
        ("power-", "power-off power-on"),
        ("power-off ", "node-1 node-2"),
        ("crash pod/", "pod/web-0 pod/web-1"),
        ("cat w", "web.yaml"),
        ("kubectl get pods | gr", "grep"),
        ("echo a; kubectl get pods web-", "web-0 web-1"),
        ("while true; do kubectl get pods w", "web-0 web-1"),
        ("watch -n 1 kubectl get pods w", "web-0 web-1"),
        ("for p in $(kubectl get pods w", "web-0 web-1"),
        ("X=1 kubectl get pods web-1 w", "web-0"),
        ("kubectl get pods > w", "web.yaml"),
        ("nonsense", ""),
        ("é", ""),
    ] {
        offers(line, expected);
    }
}

#[test]
fn one_candidate_is_taken_whole_and_several_as_far_as_they_agree() {
    let of = |words: &[&str]| Completion {
        from: 0,
        candidates: words.iter().map(|word| (*word).to_owned()).collect(),
    };

    assert_eq!(of(&["get"]).common(), "get ");
    assert_eq!(of(&["pvs/"]).common(), "pvs/");
    assert_eq!(of(&["web-0", "web-1"]).common(), "web-");
    assert_eq!(of(&[]).common(), "");
}
