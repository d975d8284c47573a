//! What a cluster does, seen through the page: what stands on it, and what its player says is true.

use fantoccini::key::Key;
use ordinal_tests::browser::{Page, View};
use serde_json::{Value, json};

const SET: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  clusterIP: None
  selector:
    app: web
  ports:
  - port: 80
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  serviceName: web
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: caddy:2.10
        volumeMounts:
        - name: data
          mountPath: /data
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 1Gi
";

/// The page with the set pasted into it, paused at its beginning.
pub(crate) async fn pasted() -> Page {
    let page = Page::open("?t=0", View::WIDE).await;
    page.eval(&format!(
        "(() => {{ const data = new DataTransfer(); data.setData('text/plain', {}); \
         document.body.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }})); }})()",
        json!(SET)
    ))
    .await;
    page.wait_until("document.querySelector('.app').innerText.includes('web-0')")
        .await;
    page.click("#tab-inspector").await;
    page
}

/// What the player says of a moment, in seconds; the page shows the same.
pub(crate) async fn at(page: &Page, seconds: u32) -> Value {
    page.eval(&format!(
        "document.getElementById('app').player.seek({seconds} * 1000)"
    ))
    .await
}

/// What the player says so many seconds after the moment that it shows.
pub(crate) async fn later(page: &Page, seconds: u32) -> Value {
    page.eval(&format!("(({{ player }}) => player.seek(player.frame().t_ms + {seconds} * 1000))(document.getElementById('app'))"))
        .await
}

/// The player at the end of a run that has settled.
pub(crate) async fn settled(page: &Page) -> Value {
    at(page, 3600).await
}

/// The node to which a Pod is bound.
pub(crate) fn home(at: &Value, name: &str) -> String {
    pod(at, name)["node"]
        .as_str()
        .expect("it is bound")
        .to_owned()
}

/// Runs a command line through the player.
pub(crate) async fn run(page: &Page, line: &str) {
    let answer = page
        .eval(&format!(
            "document.getElementById('app').player.run({})",
            json!(line)
        ))
        .await;
    assert_eq!(answer["ok"], true, "{line}: {answer}");
}

pub(crate) fn pod<'a>(frame: &'a Value, name: &str) -> &'a Value {
    let pods = frame["pods"].as_array().expect("a frame has pods");
    pods.iter()
        .find(|pod| pod["name"] == name)
        .unwrap_or(&Value::Null)
}

pub(crate) fn node<'a>(frame: &'a Value, name: &str) -> &'a Value {
    let nodes = frame["nodes"].as_array().expect("a frame has nodes");
    nodes
        .iter()
        .find(|node| node["name"] == name)
        .expect("it is one of them")
}

/// The disk that a pod's identity wrote to.
pub(crate) fn disk_of<'a>(frame: &'a Value, pod: &str) -> &'a Value {
    let disks = frame["disks"].as_array().expect("a frame has disks");
    let written = |disk: &&Value| {
        disk["writes"]
            .as_array()
            .is_some_and(|w| w.iter().any(|w| w["pod"] == pod))
    };
    disks.iter().find(written).expect("it wrote somewhere")
}

#[tokio::test]
async fn pods_come_in_order_each_once_the_one_before_is_ready() {
    let page = pasted().await;
    let mut created: Vec<&str> = Vec::new();

    for _ in 0..400 {
        let frame = page
            .eval("document.getElementById('app').player.step()")
            .await;
        for (number, name) in ["web-0", "web-1", "web-2"].iter().enumerate() {
            if created.len() == number && !pod(&frame, name).is_null() {
                for before in &created {
                    assert_eq!(
                        pod(&frame, before)["ready"],
                        true,
                        "{name} came before {before} was Ready"
                    );
                }
                created.push(*name);
            }
        }
        if pod(&frame, "web-2")["ready"] == true {
            break;
        }
    }

    assert_eq!(created, ["web-0", "web-1", "web-2"]);
    settled(&page).await;
    page.wait_until("document.querySelector('.stage').textContent.includes('3/3 ready')")
        .await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn keys_move_the_playhead() {
    let page = pasted().await;
    page.click(".header__brand").await;
    let clock = "document.querySelector('.transport__clock').textContent";
    let start = page.eval(clock).await;

    page.press("n").await;
    page.press("n").await;
    page.press("n").await;
    page.wait_until(&format!("{clock} !== {start}")).await;
    let later = page.eval(clock).await;

    page.press(&Key::Left.to_string()).await;
    page.wait_until(&format!("{clock} !== {later}")).await;
    page.press(&Key::Home.to_string()).await;
    page.wait_until(&format!("{clock} === '00:00.0'")).await;
}

#[tokio::test]
async fn scaling_up_adds_the_next_ordinals_and_scaling_down_takes_the_last_ones() {
    let page = pasted().await;
    settled(&page).await;

    run(&page, "kubectl scale statefulset web --replicas=5").await;
    let five = settled(&page).await;
    run(&page, "kubectl scale sts web --replicas=2").await;
    let two = settled(&page).await;

    for name in ["web-0", "web-1", "web-2", "web-3", "web-4"] {
        assert_eq!(pod(&five, name)["ready"], true, "{name}");
    }
    let left: Vec<_> = two["pods"]
        .as_array()
        .expect("pods")
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(left, ["web-0", "web-1"]);
    assert_eq!(
        two["claims"].as_array().map(Vec::len),
        Some(5),
        "claims stay"
    );
}

#[tokio::test]
async fn a_deleted_pod_comes_back_with_its_name_and_its_disk() {
    let page = pasted().await;
    let before = settled(&page).await;
    page.click("[data-target][aria-label^='Pod web-1'], [data-target][aria-label^='web-1']")
        .await;
    page.wait_until("document.querySelector('.inspector__title')?.textContent === 'web-1'")
        .await;

    page.eval("[...document.querySelectorAll('.actions button')].find((b) => b.textContent === 'Delete').click()")
        .await;
    page.wait_until("document.querySelector('.transport__state').textContent.includes('deleted')")
        .await;
    let after = settled(&page).await;

    let (old, new) = (pod(&before, "web-1"), pod(&after, "web-1"));
    assert_eq!(new["ready"], true);
    assert_ne!(new["uid"], old["uid"]);
    assert_ne!(new["ip"], old["ip"]);
    let (old_disk, new_disk) = (disk_of(&before, "web-1"), disk_of(&after, "web-1"));
    assert_eq!(new_disk["volume"], old_disk["volume"]);
    let writers: Vec<_> = new_disk["writes"]
        .as_array()
        .expect("writes")
        .iter()
        .map(|w| w["uid"].clone())
        .collect();
    assert!(
        writers.contains(&old["uid"]) && writers.contains(&new["uid"]),
        "{writers:?}"
    );
}

#[tokio::test]
async fn a_deployment_around_one_disk_stays_on_the_disks_machine() {
    let page = Page::open("?example=one-disk-for-all&t=0", View::WIDE).await;

    let ready = settled(&page).await;

    let desks: Vec<&Value> = ready["pods"]
        .as_array()
        .expect("pods")
        .iter()
        .filter(|pod| {
            pod["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("desk-"))
        })
        .collect();
    assert_eq!(desks.len(), 2);
    assert!(desks.iter().all(|pod| pod["ready"] == true), "{desks:?}");
    assert_eq!(desks[0]["node"], desks[1]["node"]);
    assert_ne!(desks[0]["name"], "desk-0", "its names are random");
}
