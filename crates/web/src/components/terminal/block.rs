//! A line that was typed, and what it printed.

use std::rc::Rc;

use yew::{Html, classes, html};

use crate::components::memo::keyed;
use crate::state::Block;

/// A line and what it printed.
pub(super) struct BlockProps(pub Rc<Block>);

impl PartialEq for BlockProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// Some lines, and whether they are as many as a chunk holds.
struct ChunkProps(Rc<str>, bool);

impl PartialEq for ChunkProps {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1 && (Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0)
    }
}

fn chunk(ChunkProps(text, is_full): &ChunkProps) -> Html {
    let class = classes!(
        "terminal__chunk",
        is_full.then_some("terminal__chunk--full")
    );
    html! { <span {class}>{ &**text }</span> }
}

pub(super) fn block(BlockProps(block): &BlockProps) -> Html {
    let class = classes!(
        "terminal__block",
        block.of_page.then_some("terminal__block--page")
    );
    let chunk = |(n, text): (usize, &Rc<str>)| {
        let shown = ChunkProps(text.clone(), n + 1 < block.chunks.len());
        keyed((n + block.left_out).to_string(), shown, chunk)
    };
    let typed = block.line.replace('\n', "\n> ");
    html! {
        <div {class}>
            if !block.is_cleared {
                <div class="terminal__typed"><span class="terminal__prompt">{ &block.prompt }</span>{ typed }</div>
            }
            { for block.chunks.iter().enumerate().map(chunk) }
        </div>
    }
}
