//! The root component of the page.

use yew::{Html, component, html};

/// The whole page.
#[component]
pub fn App() -> Html {
    html! {
        <main class="app">
            <h1>{ "Ordinal" }</h1>
        </main>
    }
}
