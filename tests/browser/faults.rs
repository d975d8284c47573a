//! What becomes of Pods and disks when machines are broken through the page.

use ordinal_tests::browser::{Page, View};
use serde_json::json;

use crate::cluster::{at, disk_of, home, later, node, pasted, pod, run, settled};

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
