//! The scenarios of the native tests, played by the page: it ends where they end, down to identities and addresses.

use ordinal_api::Kind;
use ordinal_core::World;
use ordinal_kubectl::script::Script;
use ordinal_tests::browser::{Page, View};
use ordinal_tests::scenarios;
use serde_json::{Value, json};

/// The Pods of a world, as the page's player tells them.
fn pods(world: &World) -> Vec<Value> {
    let pods = world.store.list(Kind::Pod).map(|(_, object)| {
        let pod = object.as_pod().expect("listed as Pods");
        json!({
            "name": object.meta.name, "uid": object.meta.uid.to_string(), "phase": pod.status.phase.as_str(),
            "ready": pod.is_ready(), "terminating": object.meta.is_deleting(),
            "node": pod.node_name, "ip": pod.status.pod_ip,
        })
    });
    sorted(pods.collect())
}

fn sorted(mut pods: Vec<Value>) -> Vec<Value> {
    pods.sort_by_key(|pod| pod["name"].to_string());
    pods
}

/// What the page's player says at the end of a script.
async fn played(page: &Page, script: &Script, end_ms: u64) -> Vec<Value> {
    let player = "document.getElementById('app').player";
    let loaded = page
        .eval(&format!("{player}.load({})", json!(script.texts[0].1)))
        .await;
    assert_eq!(loaded["accepted"], true, "{loaded}");
    assert_eq!(loaded["repairs"], json!([]), "{loaded}");
    for (at, line) in &script.commands {
        page.eval(&format!("{player}.seek({})", at.as_ms())).await;
        let ran = page.eval(&format!("{player}.run({})", json!(line))).await;
        assert_eq!(ran["ok"], true, "{line}: {ran}");
    }
    let frame = page.eval(&format!("{player}.seek({end_ms})")).await;
    let pods = frame["pods"].as_array().expect("a frame has pods");
    let keys = ["name", "uid", "phase", "ready", "terminating", "node", "ip"];
    let told = |pod: &Value| -> Value {
        let text = |key: &str| match &pod[key] {
            Value::Null => json!(""),
            other => other.clone(),
        };
        keys.iter()
            .map(|key| ((*key).to_owned(), text(key)))
            .collect()
    };
    sorted(pods.iter().map(told).collect())
}

#[tokio::test]
async fn the_page_ends_every_scenario_with_the_pods_of_the_native_run() {
    let page = Page::open("?t=0&nodes=3", View::WIDE).await;

    for (name, script) in scenarios::all() {
        let native = script.play();
        let world = native.cluster.world();

        let shown = played(&page, &script, world.now().as_ms()).await;

        assert_eq!(shown, pods(world), "{name}");
    }
    page.assert_quiet().await;
}
