//! Components in a real browser, without the built page around them.
#![cfg(target_arch = "wasm32")]

mod support;

use support::{Mounted, object, text};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const ONE_POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: lonely\nspec:\n  containers:\n  - name: c\n    image: caddy:2.10\n";

#[wasm_bindgen_test]
async fn mounting_shows_the_title_and_an_example_in_the_given_element() {
    let page = Mounted::at("").await;

    assert_eq!(page.text("h1"), "Ordinal");
    assert_eq!(
        page.text("#example strong"),
        "three web servers, one disk each"
    );
}

#[wasm_bindgen_test]
async fn the_embedded_page_has_the_stage_and_the_controls_only() {
    let page = Mounted::at("?example=pets&embed=1").await;

    assert!(page.has(".transport"));
    assert!(page.has(".stage svg"));
    assert!(!page.has("header"));
    assert!(!page.has(".side"));
}

#[wasm_bindgen_test]
async fn stepping_moves_the_clock_and_says_what_happened() {
    let page = Mounted::at("?t=0").await;
    let before = page.text(".transport__clock");

    page.click("[aria-label='Next decision']").await;
    page.click("[aria-label='Next decision']").await;

    assert_ne!(page.text(".transport__clock"), before);
    assert_ne!(page.text(".caption"), "");
}

#[wasm_bindgen_test]
async fn a_thing_that_is_chosen_is_inspected_with_what_can_be_done() {
    let page = Mounted::at("?t=0").await;

    page.click("[data-target][aria-label*='node-2']").await;

    assert_eq!(page.text(".inspector__title"), "node-2");
    assert!(page.text(".actions").contains("Power off"));
}

#[wasm_bindgen_test]
async fn a_menu_opens_with_its_first_item_focused_and_closes_with_escape() {
    let page = Mounted::at("?t=0").await;

    page.click("#release").await;
    assert_eq!(page.active_text(), "Kubernetes 1.37");

    page.press("ArrowDown").await;
    assert_eq!(page.active_text(), "Kubernetes 1.36");

    page.press("Escape").await;
    assert!(!page.has("[role=menu]"));
    assert_eq!(page.active_text(), "Kubernetes1.37");
}

#[wasm_bindgen_test]
async fn another_example_replaces_the_run() {
    let page = Mounted::at("?t=0").await;

    page.click("#example").await;
    page.click("[role=menuitemradio]:nth-child(3)").await;

    assert_eq!(page.text("#example strong"), "two pets that remember");
}

#[wasm_bindgen_test]
fn a_player_without_a_page_runs_manifests_and_lines() {
    let player = ordinal_web::Player::new();

    let loaded = player.load(ONE_POD.to_owned());
    assert_eq!(object(&loaded, "accepted"), JsValue::TRUE);

    let later = player.seek(30_000.0);
    let pods = js_sys::Array::from(&object(&later, "pods"));
    assert_eq!(text(&pods.get(0), "name"), "lonely");
    assert_eq!(object(&pods.get(0), "ready"), JsValue::TRUE);

    let refused = player.run("kubectl delete pod nobody");
    assert_eq!(object(&refused, "ok"), JsValue::FALSE);
    assert_eq!(
        text(&refused, "text"),
        "Error from server (NotFound): pods \"nobody\" not found"
    );
}

#[wasm_bindgen_test]
fn a_text_without_manifests_is_told_and_leaves_the_cluster_as_it_was() {
    let player = ordinal_web::Player::new();
    player.load(ONE_POD.to_owned());

    for nothing in ["", "\0\u{1}", "just a sentence", "kind: ["] {
        let loaded = player.load(nothing.to_owned());

        assert_eq!(object(&loaded, "accepted"), JsValue::FALSE, "{nothing:?}");
        assert!(js_sys::Array::from(&object(&loaded, "diagnostics")).length() > 0);
    }
    let pods = js_sys::Array::from(&object(&player.seek(30_000.0), "pods"));
    assert_eq!(pods.length(), 1);
}
