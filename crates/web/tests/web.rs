//! Components in a real browser, without the built page around them.
#![cfg(target_arch = "wasm32")]

use gloo::timers::future::TimeoutFuture;
use gloo::utils::document;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn mounting_shows_the_title_in_the_given_element() {
    let root = document()
        .create_element("div")
        .expect("a detached element");

    ordinal_web::mount(root.clone(), JsValue::UNDEFINED);
    TimeoutFuture::new(0).await;

    let title = root.query_selector("h1").expect("a valid selector");
    assert_eq!(
        title.and_then(|h1| h1.text_content()).as_deref(),
        Some("Ordinal")
    );
}
