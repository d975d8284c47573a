//! The bar on top: what runs, on which release, on how many machines, and what can be broken.

use ordinal_core::release::{NEWEST, OLDEST, Release};
use yew::{Callback, Html, html};

use super::Snapshot;
use super::icon::{Icon, icon};
use super::memo::memo;
use super::menu::{Menu, item};
use super::share::share_menu;
use super::troubles::{TroublesProps, trouble_menu};
use crate::examples::{EXAMPLES, Example};
use crate::state::{Command, Page, Text, Theme};

/// Numbers of machines that can be chosen.
const NODES: [usize; 9] = [1, 2, 3, 4, 5, 6, 10, 20, 50];

/// What the header needs.
#[derive(PartialEq)]
pub(crate) struct HeaderProps {
    /// The example that is loaded, if it is one.
    pub(crate) example: Option<&'static Example>,
    /// Release of Kubernetes.
    pub(crate) release: Release,
    /// Number of machines.
    pub(crate) nodes: usize,
    /// Whether the page is dark now.
    pub(crate) dark: bool,
    /// The world at the playhead.
    pub(crate) world: Snapshot,
    /// Whether that address was just copied.
    pub(crate) copied: bool,
    /// The address of this run.
    pub(crate) link: Callback<(), String>,
    /// What is to be done.
    pub(crate) act: Callback<Command>,
}

/// The bar on top.
pub(crate) fn header(props: &HeaderProps) -> Html {
    let HeaderProps {
        example,
        release,
        nodes,
        dark,
        world,
        copied,
        link,
        act,
    } = props;
    let theme = if *dark { Theme::Light } else { Theme::Dark };
    let (theme_icon, theme_label) = match theme {
        Theme::Light => (Icon::Light, "Light colours"),
        _ => (Icon::Dark, "Dark colours"),
    };
    let on_theme = act.reform(move |_| Command::Page(Page::Theme(theme)));
    html! {
        <header class="header">
            <h1 class="header__brand">{ "Ordinal" }</h1>
            { examples(*example, act) }
            { releases(*release, act) }
            { machines(*nodes, act) }
            <span class="header__space" />
            { memo(TroublesProps { world: world.clone(), act: act.clone() }, trouble_menu) }
            { share_menu(link, *copied, act) }
            <button type="button" class="button button--icon button--quiet" aria-label={theme_label} title={theme_label} onclick={on_theme}>
                { icon(theme_icon) }
            </button>
        </header>
    }
}

fn examples(loaded: Option<&'static Example>, act: &Callback<Command>) -> Html {
    let title = loaded.map_or("your manifests", |example| example.title);
    let button = html! { <>if loaded.is_some() { <span class="header__wide">{ "Example" }</span> }<strong>{ title }</strong></> };
    let one = |example: &'static Example| {
        let on_choose = act.reform(move |()| Command::Text(Text::Example(example.name)));
        let checked = loaded == Some(example);
        item(example.title, example.watch, checked, on_choose)
    };
    html! {
        <Menu id="example" label="Examples" {button} class="header__example">{ for EXAMPLES.iter().map(one) }</Menu>
    }
}

fn releases(chosen: Release, act: &Callback<Command>) -> Html {
    let name = |release: Release| format!("1.{}", release.minor);
    let button = html! { <><span class="header__wide">{ "Kubernetes" }</span><strong>{ name(chosen) }</strong></> };
    let one = |minor: u8| {
        let release = Release::of(minor);
        let on_choose = act.reform(move |()| Command::Text(Text::Release(release)));
        item(
            format!("Kubernetes {}", name(release)),
            "",
            release.minor == chosen.minor,
            on_choose,
        )
    };
    html! {
        <Menu id="release" label="Release of Kubernetes" {button}>
            { for (OLDEST.minor..=NEWEST.minor).rev().map(one) }
        </Menu>
    }
}

fn machines(chosen: usize, act: &Callback<Command>) -> Html {
    let button = html! { <><span>{ "Nodes" }</span><strong>{ chosen }</strong></> };
    let one = |number: usize| {
        let on_choose = act.reform(move |()| Command::Text(Text::Nodes(number)));
        let label = if number == 1 {
            "1 node".to_owned()
        } else {
            format!("{number} nodes")
        };
        item(label, "", number == chosen, on_choose)
    };
    html! {
        <Menu id="nodes" label="Number of nodes" {button} class="header__nodes">{ for NODES.into_iter().map(one) }</Menu>
    }
}
