//! The Yew page and the JavaScript API.
