//! The harness itself: what the other tests rely on to fail.

use ordinal_tests::browser::{Page, Quiet, Site, View};

#[tokio::test]
async fn an_error_on_the_console_and_a_request_after_load_are_heard() {
    let site = Site::dist_with(&[("loud.html", "<!doctype html><title>Loud</title>")]);
    let page = Page::open_on(site, "loud.html", View::WIDE).await;
    page.assert_quiet().await;

    page.eval("console.error('it broke')").await;
    page.eval("fetch('icon.svg').then((answer) => answer.text())")
        .await;

    let Quiet { console, requests } = page.quiet().await;
    assert!(
        console.iter().any(|line| line.contains("it broke")),
        "{console:?}"
    );
    assert!(
        requests.iter().any(|url| url.ends_with("/icon.svg")),
        "{requests:?}"
    );
}

#[tokio::test]
async fn the_window_has_the_asked_size_and_wishes() {
    let page = Page::open("", View::NARROW.dark().still()).await;

    assert_eq!(
        page.eval("[innerWidth, innerHeight]").await.to_string(),
        "[390,844]"
    );
    assert_eq!(
        page.eval("matchMedia('(prefers-color-scheme: dark)').matches")
            .await,
        true
    );
    assert_eq!(
        page.eval("matchMedia('(prefers-reduced-motion: reduce)').matches")
            .await,
        true
    );
}

#[tokio::test]
async fn what_is_filled_in_arrives_as_input() {
    let html = "<!doctype html><title>Field</title><textarea oninput='said = value'>old</textarea>";
    let page = Page::open_on(
        Site::dist_with(&[("field.html", html)]),
        "field.html",
        View::WIDE,
    )
    .await;

    page.fill("textarea", "kind: Pod\n").await;
    page.press("x").await;

    assert_eq!(page.eval("said").await, "kind: Pod\nx");
}
