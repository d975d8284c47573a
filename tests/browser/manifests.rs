//! What people paste: the page answers, and keeps what they typed.

use fantoccini::key::Key;
use ordinal_tests::browser::{Page, View};
use serde_json::json;

/// The page with its editor open.
async fn open() -> Page {
    let page = Page::open("?t=0", View::WIDE).await;
    page.click("#tab-manifests").await;
    page.wait_until("document.querySelector('.editor')").await;
    page
}

/// Lets a text run as if it were pasted.
async fn paste(page: &Page, text: &str) {
    page.eval(&format!(
        "(() => {{ const data = new DataTransfer(); data.setData('text/plain', {}); document.querySelector('h1')\
         .dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }})); }})()",
        json!(text)
    ))
    .await;
}

#[tokio::test]
async fn a_broken_text_is_repaired_told_and_the_repair_can_be_undone() {
    let page = open().await;
    let without_selector = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n  serviceName: web\n  \
        template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: c\n        image: caddy:2.10\n";

    paste(&page, without_selector).await;

    page.wait_until(
        "document.querySelector('.findings').innerText.toLowerCase().includes('repaired')",
    )
    .await;
    page.wait_until("document.querySelector('.findings').innerText.includes('selector')")
        .await;
    page.wait_until("document.querySelector('.findings').innerText.includes('placeholder')")
        .await;
    page.screenshot("repairs").await;
    page.click(".findings .finding .switch__input").await;
    page.wait_until("document.querySelector('.finding--undone')")
        .await;
    page.wait_until("document.querySelector('.finding--error')")
        .await;
}

#[tokio::test]
async fn what_is_no_manifest_leaves_the_picture_and_the_text_as_they_were() {
    let page = open().await;
    let picture = "document.querySelector('.stage').textContent.includes('shop-0')";
    page.click("[aria-label='Next decision']").await;
    page.wait_until(picture).await;

    for nothing in [
        "just a sentence",
        "kind: [",
        "\u{1}\u{2}\u{3}",
        "a: &a [*a, *a]",
        "\tkind: Pod",
    ] {
        paste(&page, nothing).await;
        page.wait_until("document.querySelector('.finding--error')")
            .await;
        assert_eq!(page.eval(picture).await, true, "{nothing:?}");
    }
    page.assert_quiet().await;
}

#[tokio::test]
async fn ten_megabytes_are_answered_and_the_page_stays_alive() {
    let page = open().await;
    let before = page.eval("performance.now()").await;

    page.eval(
        "(() => { const data = new DataTransfer(); data.setData('text/plain', 'kind: Pod\\n'.repeat(1 << 20)); \
         document.querySelector('h1').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); })()",
    )
    .await;

    page.wait_until("document.querySelector('.finding--error')")
        .await;
    page.click("#tab-inspector").await;
    assert_ne!(page.eval("performance.now()").await, before);
}

#[tokio::test]
async fn ctrl_enter_in_the_editor_runs_its_text() {
    let page = open().await;
    page.wait_until("document.querySelector('.editor__field')")
        .await;
    page.eval("document.querySelector('.editor__field').focus()")
        .await;

    page.press(&format!("{}a", Key::Control)).await;
    page.press(&Key::Null.to_string()).await;
    page.press("apiVersion: v1\nkind: Pod\nmetadata: {name: typed}\nspec: {containers: [{name: c, image: caddy}]}")
        .await;
    page.press(&format!("{}{}", Key::Control, Key::Enter)).await;

    page.wait_until("document.querySelector('#example').textContent.includes('your manifests')")
        .await;
    page.eval("document.getElementById('app').player.seek(20000)")
        .await;
    page.wait_until("document.querySelector('.stage').textContent.includes('typed') || document.getElementById('app').player.frame().pods.some((p) => p.name === 'typed')")
        .await;
}

#[tokio::test]
async fn what_the_cluster_cannot_take_is_refused_in_its_words_and_the_text_stays() {
    let page = open().await;
    let set = |name: &str, replicas: &str| {
        format!(
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  serviceName: s\n  replicas: {replicas}\n  \
             selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n    spec: {{containers: [{{name: c, image: caddy}}]}}\n"
        )
    };

    for (text, said) in [
        (set("\"a\\0b\"", "1"), "metadata.name"),
        (set("web", "three"), "StatefulSetSpec.spec.replicas"),
        (set("web", "-1"), "must be greater than or equal to 0"),
    ] {
        paste(&page, &text).await;
        page.wait_until(&format!(
            "document.querySelector('.findings').innerText.includes({})",
            json!(said)
        ))
        .await;
    }
    page.assert_quiet().await;
}

#[tokio::test]
async fn a_hundred_thousand_replicas_leave_a_page_that_answers() {
    let page = open().await;
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: crowd}\nspec:\n  serviceName: crowd\n  replicas: 100000\n  \
        podManagementPolicy: Parallel\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    \
        spec: {containers: [{name: c, image: caddy}]}\n";

    paste(&page, text).await;
    page.wait_until("document.querySelector('#example').textContent.includes('your manifests')")
        .await;

    page.click("#tab-inspector").await;
    page.wait_until("document.querySelector('.inspector')")
        .await;
}
