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
async fn pasted() -> Page {
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
async fn at(page: &Page, seconds: u32) -> Value {
    page.eval(&format!(
        "document.getElementById('app').player.seek({seconds} * 1000)"
    ))
    .await
}

/// What the player says so many seconds after the moment that it shows.
async fn later(page: &Page, seconds: u32) -> Value {
    page.eval(&format!("(({{ player }}) => player.seek(player.frame().t_ms + {seconds} * 1000))(document.getElementById('app'))"))
        .await
}

/// The player at the end of a run that has settled.
async fn settled(page: &Page) -> Value {
    at(page, 3600).await
}

/// The node to which a Pod is bound.
fn home(at: &Value, name: &str) -> String {
    pod(at, name)["node"]
        .as_str()
        .expect("it is bound")
        .to_owned()
}

/// Runs a command line through the player.
async fn run(page: &Page, line: &str) {
    let answer = page
        .eval(&format!(
            "document.getElementById('app').player.run({})",
            json!(line)
        ))
        .await;
    assert_eq!(answer["ok"], true, "{line}: {answer}");
}

fn pod<'a>(frame: &'a Value, name: &str) -> &'a Value {
    let pods = frame["pods"].as_array().expect("a frame has pods");
    pods.iter()
        .find(|pod| pod["name"] == name)
        .unwrap_or(&Value::Null)
}

fn node<'a>(frame: &'a Value, name: &str) -> &'a Value {
    let nodes = frame["nodes"].as_array().expect("a frame has nodes");
    nodes
        .iter()
        .find(|node| node["name"] == name)
        .expect("it is one of them")
}

/// The disk that a pod's identity wrote to.
fn disk_of<'a>(frame: &'a Value, pod: &str) -> &'a Value {
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
async fn a_machine_without_power_keeps_its_pod_and_its_disk_until_somebody_vouches() {
    let page = pasted().await;
    let ready = settled(&page).await;
    let home = home(&ready, "web-1");

    run(&page, &format!("power-off {home}")).await;
    let unnoticed = later(&page, 30).await;
    assert_eq!(
        node(&unnoticed, &home)["ready"],
        true,
        "nobody has noticed yet"
    );
    assert_eq!(node(&unnoticed, &home)["powered"], false);

    let noticed = later(&page, 45).await;
    assert_eq!(node(&noticed, &home)["ready"], false);
    let taints = node(&noticed, &home)["taints"].to_string();
    assert!(
        taints.contains("node.kubernetes.io/unreachable:NoExecute"),
        "{taints}"
    );
    assert_eq!(pod(&noticed, "web-1")["terminating"], false);

    let evicted = later(&page, 325).await;
    assert_eq!(pod(&evicted, "web-1")["terminating"], true);
    assert_eq!(
        pod(&evicted, "web-1")["uid"],
        pod(&ready, "web-1")["uid"],
        "it is not replaced"
    );

    run(&page, "kubectl delete pod web-1 --grace-period=0 --force").await;
    let forced = later(&page, 30).await;
    let replacement = pod(&forced, "web-1");
    assert_ne!(replacement["uid"], pod(&ready, "web-1")["uid"]);
    assert_ne!(replacement["node"], json!(home));
    assert_eq!(
        replacement["ready"], false,
        "its disk still hangs on {home}"
    );
    assert_eq!(disk_of(&forced, "web-1")["attached"], json!([home]));

    let detached = later(&page, 400).await;
    let replacement = pod(&detached, "web-1");
    assert_eq!(replacement["ready"], true);
    let disk = disk_of(&detached, "web-1");
    assert_eq!(disk["attached"], json!([replacement["node"]]));
    let first = &disk["writes"][0];
    assert_eq!(
        first["uid"],
        pod(&ready, "web-1")["uid"],
        "the old bytes are there"
    );
    page.assert_quiet().await;
}

#[tokio::test]
async fn the_out_of_service_taint_frees_the_disk_sooner() {
    let page = pasted().await;
    let ready = settled(&page).await;
    let home = home(&ready, "web-1");
    run(&page, &format!("power-off {home}")).await;
    later(&page, 120).await;

    run(
        &page,
        &format!(
            "kubectl taint nodes {home} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
        ),
    )
    .await;
    let after = later(&page, 90).await;

    assert_eq!(pod(&after, "web-1")["ready"], true);
    assert_ne!(pod(&after, "web-1")["node"], json!(home));
}

#[tokio::test]
async fn a_pod_whose_disk_is_inside_a_dead_machine_waits_with_the_schedulers_words() {
    let page = Page::open("?example=local-disks&t=0", View::WIDE).await;
    let ready = settled(&page).await;
    let home = home(&ready, "archive-1");

    run(&page, &format!("power-off {home}")).await;
    later(&page, 400).await;
    run(
        &page,
        "kubectl delete pod archive-1 --grace-period=0 --force",
    )
    .await;
    let after = later(&page, 60).await;

    assert_eq!(pod(&after, "archive-1")["phase"], "Pending");
    assert!(pod(&after, "archive-1")["node"].is_null());
    page.click("#tab-events").await;
    page.wait_until(
        "document.querySelector('.events').textContent.includes('0/3 nodes are available')",
    )
    .await;
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

/// Chooses a target of the fault menu.
async fn break_it(page: &Page, trouble: &str, target: &str) {
    page.click("#break").await;
    page.wait_until("document.querySelector('.menu__group')")
        .await;
    let button = format!(
        "[...document.querySelectorAll('.menu__group[aria-label=\"{trouble}\"] button')].find((b) => b.textContent === '{target}')"
    );
    page.wait_until(&button).await;
    page.eval(&format!("{button}.click()")).await;
    page.wait_until("!document.querySelector('.menu__list')")
        .await;
    page.eval("document.getElementById('app').player.seek(document.getElementById('app').player.frame().t_ms)")
        .await;
}

#[tokio::test]
async fn the_fault_menu_takes_a_zone_a_machine_and_a_node_away_and_gives_them_back() {
    let page = Page::open("?nodes=6&t=0", View::WIDE).await;
    settled(&page).await;

    break_it(&page, "Lose a zone", "zone-a").await;
    let lost = later(&page, 60).await;
    for name in ["node-1", "node-4"] {
        assert_eq!(node(&lost, name)["powered"], false, "{name}");
        assert_eq!(node(&lost, name)["ready"], false, "{name}");
    }
    break_it(&page, "Vouch that a machine is off", "node-1").await;
    let vouched = later(&page, 1).await;
    let taints = node(&vouched, "node-1")["taints"].to_string();
    assert!(taints.contains("out-of-service"), "{taints}");

    break_it(&page, "Lose a zone", "zone-a").await;
    let back = later(&page, 60).await;
    assert_eq!(node(&back, "node-4")["ready"], true);

    break_it(&page, "Cut the network", "node-2").await;
    assert_eq!(node(&later(&page, 1).await, "node-2")["linked"], false);
    break_it(&page, "Cut the network", "node-2").await;
    assert_eq!(node(&later(&page, 1).await, "node-2")["linked"], true);

    break_it(&page, "Reboot", "node-3").await;
    let rebooted = later(&page, 60).await;
    assert_eq!(node(&rebooted, "node-3")["powered"], true);
    assert_eq!(node(&rebooted, "node-3")["ready"], true);
    page.assert_quiet().await;
}

#[tokio::test]
async fn a_share_has_two_writers_when_a_pod_is_forgotten_that_still_runs() {
    let page = Page::open("?example=shared-files&t=0", View::WIDE).await;
    let ready = settled(&page).await;
    let home = home(&ready, "reader-1");

    run(&page, &format!("partition {home}")).await;
    later(&page, 400).await;
    run(
        &page,
        "kubectl delete pod reader-1 -n reading-room --grace-period=0 --force",
    )
    .await;
    let after = settled(&page).await;

    let disk = disk_of(&after, "reader-1");
    assert_eq!(disk["mounted"].as_array().map(Vec::len), Some(2), "{disk}");
    page.wait_until("document.querySelector('.stage').textContent.includes('2 writers!')")
        .await;
    page.wait_until("document.querySelector('.stage').textContent.includes('still runs')")
        .await;
    let broken = page
        .eval("document.querySelector('.lights').textContent")
        .await;
    let broken = broken.as_str().expect("the lights are there");
    assert!(
        broken.contains("at most one running container per identity") && broken.contains(&home),
        "{broken}"
    );

    at(&page, 30).await;
    page.wait_until("document.querySelector('.lights').textContent === ''")
        .await;
}

#[tokio::test]
async fn five_minutes_of_waiting_pass_in_a_second_while_the_clock_runs() {
    let page = pasted().await;
    let ready = settled(&page).await;
    let home = home(&ready, "web-1");
    run(&page, &format!("power-off {home}")).await;
    let start = ready["t_ms"].as_f64().expect("a number");
    let clocks = "new Promise((done) => { const seen = new Set(); const begin = performance.now(); \
        document.querySelector('.transport__play').click(); \
        const look = () => { seen.add(document.querySelector('.transport__clock').textContent); \
          const now = document.getElementById('app').player.frame().t_ms; \
          if (now > START + 330000 || performance.now() - begin > 15000) done([seen.size, now]); else setTimeout(look, 20); }; look(); })"
        .replace("START", &start.to_string());

    let seen = page.eval(&clocks).await;

    let (clocks, now) = (&seen[0], seen[1].as_f64().expect("a number"));
    assert!(now > start + 330_000.0, "it was still at {now}");
    assert!(
        clocks.as_u64().is_some_and(|n| n > 20),
        "the clock was seen at {clocks} moments"
    );
}
