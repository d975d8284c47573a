//! The page's own work in an animation frame: 100 Pods on 20 nodes come up, and one node loses its power, while the run
//! plays. Measured in Chromium, in the built page as it is: build it first with `cargo xtask build`.

use std::time::Duration;

use ordinal_tests::browser::{Page, View};
use serde_json::json;

const BUDGET_MS: f64 = 16.7;
const PLAYED: Duration = Duration::from_secs(20);

/// Wraps the page's animation frames. Yew draws in a microtask behind the callback, so the end is looked for some
/// microtasks later. Elements that come and attributes that change are counted beside the time: that count is the same
/// on a busy machine.
const METER: &str = "(() => {
  window.work = [];
  window.changes = [];
  let changed = 0;
  new MutationObserver((list) => {
    for (const one of list) {
      changed += one.type !== 'childList' ? 1
        : [...one.addedNodes].reduce((sum, node) => sum + 1 + (node.querySelectorAll?.('*').length ?? 0), 0);
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => ask(async (now) => {
    changed = 0;
    const begin = performance.now();
    callback(now);
    for (let hop = 0; hop < 20; hop++) await null;
    window.work.push(performance.now() - begin);
    window.changes.push(changed);
  });
})()";

fn manifest() -> String {
    "apiVersion: v1\nkind: Service\nmetadata: {name: many}\nspec: {clusterIP: None, selector: {app: many}, ports: [{port: 80}]}\n\
     ---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: many}\nspec:\n  serviceName: many\n  replicas: 100\n  \
     podManagementPolicy: Parallel\n  selector: {matchLabels: {app: many}}\n  template:\n    metadata: {labels: {app: many}}\n    \
     spec:\n      containers:\n      - name: c\n        image: caddy:2.10\n        volumeMounts: [{name: data, mountPath: /data}]\n  \
     volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
        .to_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let page = Page::open("?nodes=20&t=0", View::WIDE).await;
    page.eval(METER).await;
    let player = "document.getElementById('app').player";
    page.eval(&format!("{player}.load({})", json!(manifest())))
        .await;
    page.eval(&format!("{player}.run('power-off node-7')"))
        .await;
    page.eval(&format!("{player}.seek(0)")).await;
    page.click(".transport__play").await;
    tokio::time::sleep(PLAYED).await;

    let sorted = async |list: &str| {
        let list = page.eval(list).await;
        let numbers = list.as_array().expect("a list").iter();
        let mut numbers: Vec<f64> = numbers.filter_map(serde_json::Value::as_f64).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    let (work, changes) = (sorted("window.work").await, sorted("window.changes").await);
    assert!(work.len() > 100, "only {} frames were drawn", work.len());
    let pods = page.eval(&format!("{player}.frame().pods.length")).await;
    eprintln!("{} frames, {pods} pods at the end", work.len());
    let at = |part: f64| work[((work.len() - 1) as f64 * part) as usize];
    for (what, part) in [("median", 0.5), ("99 %", 0.99), ("worst", 1.0)] {
        let budget = if part < 1.0 {
            String::new()
        } else {
            BUDGET_MS.to_string()
        };
        println!(
            "own work in a frame, 100 Pods on 20 nodes, {what}\t{:.1}\tms\t{budget}",
            at(part)
        );
    }
    let most = changes.last().copied().unwrap_or_default();
    println!(
        "elements and attributes changed in a frame, 100 Pods on 20 nodes, worst\t{most:.0}\t\t"
    );
}
