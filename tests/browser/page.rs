//! The page as such: its addresses, its sizes, and what everybody can reach.

use std::fs;
use std::path::Path;

use ordinal_tests::browser::{Page, Site, View};
use ordinal_tests::skip;

const EXAMPLES: [&str; 7] = [
    "web-with-disks",
    "local-disks",
    "pets",
    "quorum",
    "four-rooms",
    "shared-files",
    "one-disk-for-all",
];
/// From npm, beside the other tools.
const AXE: &str = "target/tools/node_modules/axe-core/axe.min.js";

#[tokio::test]
async fn every_example_settles_with_all_its_pods_ready() {
    for example in EXAMPLES {
        let page = Page::open(&format!("?example={example}&t=600"), View::WIDE).await;
        page.wait_until("document.querySelector('.app').dataset.settled === 'true'")
            .await;

        let frame = page
            .eval("document.getElementById('app').player.frame()")
            .await;

        let pods = frame["pods"].as_array().expect("a frame has pods");
        assert!(!pods.is_empty(), "{example}");
        assert!(
            pods.iter().all(|pod| pod["ready"] == true),
            "{example}: {pods:?}"
        );
        page.assert_quiet().await;
    }
}

#[tokio::test]
async fn nothing_is_wider_than_the_window() {
    for view in [
        View::WIDE,
        View::sized(760, 900),
        View::NARROW,
        View::sized(320, 640),
    ] {
        let page = Page::open("?t=20", view).await;

        let wider = page
            .eval("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .await;

        assert_eq!(wider, 0, "at {} px", view.width);
    }
}

#[tokio::test]
async fn the_embedded_page_fits_its_frame() {
    let html = "<!doctype html><title>Course</title><iframe title='Ordinal' src='index.html?example=pets&embed=1' \
                width='800' height='600'></iframe>";
    let page = Page::open_on(
        Site::dist_with(&[("course.html", html)]),
        "course.html",
        View::WIDE,
    )
    .await;

    page.wait_until(
        "document.querySelector('iframe').contentDocument?.querySelector('.stage svg')",
    )
    .await;

    let overflow = "(() => { const d = document.querySelector('iframe').contentDocument.documentElement; \
                    return [d.scrollWidth - d.clientWidth, d.scrollHeight - d.clientHeight]; })()";
    assert_eq!(page.eval(overflow).await.to_string(), "[0,0]");
    assert_eq!(page.eval("document.querySelector('iframe').contentDocument.querySelectorAll('.side, .header').length").await, 0);
}

#[tokio::test]
async fn a_low_and_wide_frame_shows_the_whole_stage_beside_its_terminal() {
    let view = View::sized(1248, 400);
    let page = Page::open("?embed=1&panel=terminal&t=20", view).await;

    let stage = "(() => { const s = document.querySelector('.stage'); return s.scrollHeight - s.clientHeight; })()";
    assert_eq!(page.eval(stage).await, 0);
    let terminal = "document.querySelector('.terminal').getBoundingClientRect().height > 300";
    assert_eq!(page.eval(terminal).await, true);
}

#[tokio::test]
async fn the_javascript_api_does_what_its_test_page_asks() {
    let page = Page::open_on(Site::dist(), "api-test.html", View::WIDE).await;

    page.wait_until("document.getElementById('log').dataset.state !== 'running'")
        .await;

    let log = page.text("#log").await;
    assert_eq!(
        page.eval("document.getElementById('log').dataset.state")
            .await,
        "passed",
        "{log}"
    );
}

#[tokio::test]
async fn axe_finds_nothing_that_shuts_somebody_out() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(AXE);
    let Ok(axe) = fs::read_to_string(axe) else {
        return skip("axe-core is not there: it comes from npm");
    };
    for (query, view, open) in [
        ("?t=20", View::WIDE, "#tab-inspector"),
        ("?t=20", View::WIDE.dark(), "#tab-manifests"),
        ("?t=20", View::WIDE, "#break"),
        ("?t=20", View::NARROW, "#tab-events"),
        ("?t=20&embed=1", View::NARROW.dark(), ".transport__play"),
        ("?t=20&panel=terminal", View::WIDE, ".terminal__field"),
        (
            "?t=20&panel=terminal",
            View::WIDE.dark(),
            ".terminal__field",
        ),
        (
            "?t=20&embed=1&panel=terminal",
            View::NARROW,
            ".terminal__field",
        ),
    ] {
        let page = Page::open(query, view).await;
        page.click(open).await;
        page.client
            .execute(&axe, Vec::new())
            .await
            .expect("axe is a script");

        // That rule wants every text of a mark in its name; the name of a mark is a sentence.
        let found = page
            .eval("axe.run({ rules: { 'label-content-name-mismatch': { enabled: false } } }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ; ')}`))")
            .await;

        assert_eq!(found.to_string(), "[]", "{query} {open}");
    }
}
