//! The page before anyone touches it.

use ordinal_tests::browser::{Page, View};

#[tokio::test]
async fn the_page_loads_and_shows_its_title() {
    let page = Page::open("", View::WIDE).await;

    assert_eq!(page.text("h1").await, "Ordinal");
    page.screenshot("title").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn the_page_cannot_reach_the_network_once_it_is_ready() {
    let page = Page::open("", View::NARROW.dark()).await;

    let answer = page
        .eval("fetch('index.html').then(() => 'answered', () => 'refused')")
        .await;

    assert_eq!(answer, "refused");
}
