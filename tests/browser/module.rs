//! The module as another page's author meets it: by its name, without our page around it.

use ordinal_tests::browser::{Page, Site, View};

const HTML: &str = r#"<!doctype html>
<title>A course</title>
<section id="here"></section>
<script type="module">
  import init, { mount } from "./ordinal.js";
  await init();
  mount(document.getElementById("here"));
</script>"#;

#[tokio::test]
async fn another_page_can_import_the_module_and_mount_it() {
    let site = Site::dist_with(&[("course.html", HTML)]);
    let page = Page::open_on(site, "course.html", View::WIDE).await;

    page.wait_until("document.querySelector('#here h1')").await;

    assert_eq!(page.text("#here h1").await, "Ordinal");
}
