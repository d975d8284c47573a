//! What other objects a manifest needs: listed, and filled in when asked.

use ordinal_manifest::{Options, Origin, read};
use serde_json::{Value, json};

use super::{DISK, SET, repaired};

#[test]
fn a_claim_that_several_pods_name_is_filled_in_as_a_share() {
    let users = |replicas: u32| {
        let claim = "      volumes:\n      - name: data\n        persistentVolumeClaim:\n          claimName: all\n";
        let set = SET.replace(
            "serviceName: db",
            &format!("serviceName: db\n  replicas: {replicas}"),
        );
        let options = Options {
            fill_missing: true,
            ..Options::default()
        };
        let reading = read(format!("{set}{claim}"), &options);
        let made = reading
            .documents
            .iter()
            .filter(|document| document.origin == Origin::Placeholder);
        made.map(|document| (document.kind.clone(), document.value.clone()))
            .collect::<Vec<_>>()
    };
    let mode = |made: &[(String, Value)]| {
        let claim = made
            .iter()
            .find(|(kind, _)| kind == "PersistentVolumeClaim");
        claim.map(|(_, claim)| claim["spec"]["accessModes"][0].clone())
    };

    assert_eq!(mode(&users(1)), Some(json!("ReadWriteOnce")));
    let shared = users(2);
    assert_eq!(mode(&shared), Some(json!("ReadWriteMany")));
    let class = shared.iter().find(|(kind, _)| kind == "StorageClass");
    assert_eq!(
        class.map(|(_, class)| class["provisioner"].clone()),
        Some(json!("file-share.ordinal.dev"))
    );
}

#[test]
fn a_claim_for_several_nodes_without_a_class_gets_a_default_class_that_can() {
    let shared = DISK.replace("ReadWriteOnce", "ReadWriteMany");
    let made = |text: &str| {
        let reading = read(
            text,
            &Options {
                fill_missing: true,
                ..Options::default()
            },
        );
        let made = reading
            .documents
            .into_iter()
            .filter(|document| document.origin == Origin::Placeholder);
        made.map(|document| document.value).collect::<Vec<_>>()
    };

    let [class] = &made(&shared)[..] else {
        panic!("one class is made");
    };
    assert_eq!(class["provisioner"], json!("file-share.ordinal.dev"));
    assert_eq!(
        class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"],
        json!("true")
    );

    assert_eq!(made(DISK), [] as [Value; 0]);
    let default = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: own\n  annotations:\n    storageclass.kubernetes.io/is-default-class: \"true\"\nprovisioner: nfs.example.org\n";
    assert_eq!(made(&format!("{shared}---\n{default}")), [] as [Value; 0]);
}

#[test]
fn kinds_that_nothing_acts_on_are_kept_and_listed() {
    let text = format!(
        "{DISK}---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: once\nspec: {{}}\n---\napiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: thing\n"
    );
    let reading = repaired(&text);
    assert!(reading.is_accepted());
    let kinds: Vec<_> = reading
        .unmodelled
        .iter()
        .map(|one| (one.kind.as_str(), one.name.as_str(), one.at.line))
        .collect();
    assert_eq!(kinds, [("Ingress", "once", 14), ("Thing", "thing", 20)]);
    assert!(reading.repaired_text.contains("kind: Ingress"));
}

#[test]
fn what_is_missing_is_listed_and_filled_in_when_asked() {
    let text = SET
        .replace("metadata:\n  name: db", "metadata:\n  name: db\n  namespace: shop")
        .replace("        image: db:1", "        image: db:1\n        ports:\n        - containerPort: 5432\n        envFrom:\n        - secretRef:\n            name: keys");
    let listed: Vec<String> = repaired(&text)
        .missing
        .iter()
        .map(|one| format!("{}/{}", one.object.kind, one.object.name))
        .collect();
    assert_eq!(listed, ["Namespace/shop", "Secret/keys", "Service/db"]);
    let reading = read(
        &text,
        &Options {
            fill_missing: true,
            ..Options::default()
        },
    );
    assert!(reading.missing.iter().all(|one| one.filled));
    let service = &reading.documents[2];
    assert_eq!(service.origin, Origin::Placeholder);
    assert_eq!(
        service.value["spec"],
        json!({"clusterIP": "None", "selector": {"app": "db"}, "ports": [{"name": "port-5432", "port": 5432}]})
    );
}

#[test]
fn what_the_pods_of_jobs_and_cron_jobs_need_is_missed_too() {
    let pods = |indent: &str| {
        let lines = [
            "template:",
            "  spec:",
            "    restartPolicy: Never",
            "    nodeSelector:",
            "      disk: fast",
            "    containers:",
            "    - name: dump",
            "      image: dump:1",
            "      envFrom:",
            "      - configMapRef:",
            "          name: settings",
        ];
        lines.map(|line| format!("{indent}{line}\n")).concat()
    };
    let head = |kind: &str| {
        format!("apiVersion: batch/v1\nkind: {kind}\nmetadata:\n  name: dump\nspec:\n")
    };
    let job = head("Job") + &pods("  ");
    let schedule = "  schedule: \"0 3 * * *\"\n  jobTemplate:\n    spec:\n";
    let cron_job = head("CronJob") + schedule + &pods("      ");

    for text in [job, cron_job] {
        let reading = repaired(&text);

        let missing = reading.missing.iter().map(|one| &*one.object.name);
        assert_eq!(missing.collect::<Vec<_>>(), ["settings"], "{text}");
        let labels = reading.node_labels_wanted.iter().map(|one| &*one.key);
        assert_eq!(labels.collect::<Vec<_>>(), ["disk"], "{text}");
    }
}

#[test]
fn an_image_that_is_never_pulled_is_pulled_where_everything_is_filled_in() {
    let text = SET.replace(
        "image: db:1\n",
        "image: db:1\n        imagePullPolicy: Never\n",
    );
    let policy = |fill_missing| {
        let options = Options {
            fill_missing,
            ..Options::default()
        };
        let reading = read(&text, &options);
        let set = reading
            .documents
            .iter()
            .find(|one| one.kind == "StatefulSet");
        let path = "/spec/template/spec/containers/0/imagePullPolicy";
        set.and_then(|set| set.value.pointer(path)).cloned()
    };
    assert_eq!(policy(false), Some(json!("Never")));
    assert_eq!(policy(true), Some(json!("IfNotPresent")));
}
