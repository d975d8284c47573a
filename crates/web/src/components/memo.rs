//! Parts of the page that are drawn again only when what they show changed: one component for all of them, because each
//! component of its own costs the page kilobytes.

use std::any::Any;
use std::rc::Rc;

use yew::{Html, Properties, component, html};

/// What a part shows, and how.
trait Part {
    fn any(&self) -> &dyn Any;
    fn is_same(&self, other: &dyn Part) -> bool;
    fn html(&self) -> Html;
}

struct Held<P> {
    shown: P,
    view: fn(&P) -> Html,
}

impl<P: PartialEq + 'static> Part for Held<P> {
    fn any(&self) -> &dyn Any {
        self
    }

    fn is_same(&self, other: &dyn Part) -> bool {
        let other = other.any().downcast_ref::<Self>();
        other.is_some_and(|other| self.shown == other.shown)
    }

    fn html(&self) -> Html {
        (self.view)(&self.shown)
    }
}

#[derive(Properties)]
struct MemoProps {
    part: Rc<dyn Part>,
}

impl PartialEq for MemoProps {
    fn eq(&self, other: &Self) -> bool {
        self.part.is_same(&*other.part)
    }
}

#[component]
fn Memo(props: &MemoProps) -> Html {
    props.part.html()
}

fn place(part: Rc<dyn Part>, key: Option<String>) -> Html {
    match key {
        Some(key) => html! { <Memo {key} {part} /> },
        None => html! { <Memo {part} /> },
    }
}

/// `view` of this, drawn again only when it is not equal to what was shown there before. There is one `view` for each
/// type that is shown.
pub(crate) fn memo<P: PartialEq + 'static>(shown: P, view: fn(&P) -> Html) -> Html {
    place(Rc::new(Held { shown, view }), None)
}

/// The same in a list, by a key.
pub(crate) fn keyed<P: PartialEq + 'static>(
    key: impl Into<String>,
    shown: P,
    view: fn(&P) -> Html,
) -> Html {
    place(Rc::new(Held { shown, view }), Some(key.into()))
}
