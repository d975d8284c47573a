//! What is on a disk, and who wrote it.

use ordinal_core::disk::{Disk, Write};
use ordinal_core::{Id, World};
use yew::{Html, html};

use crate::words;

/// So many writes are shown; the oldest go first.
const MOST: usize = 12;

/// The bytes of a volume, newest first.
pub(super) fn contents(world: &World, volume: Option<Id>) -> Html {
    let Some(disk) = volume.and_then(|id| world.disks.get(&id)) else {
        return Html::default();
    };
    let disk: &Disk = disk;
    let row = |write: &Write| {
        html! {
            <li class="disk__write">
                <code class="disk__path">{ write.path.as_str() }</code>
                <span class="disk__text">{ write.text.as_str() }</span>
                <span class="disk__by">
                    { format!("{} on {}, uid {}, {}", write.pod, write.node, write.uid.short(), words::clock(write.at)) }
                </span>
            </li>
        }
    };
    let older = disk.writes.len().saturating_sub(MOST);
    html! {
        <section class="inspector__section">
            <h3>{ "On the disk" }</h3>
            if disk.erased {
                <p class="inspector__note">{ "Its bytes are gone." }</p>
            } else if disk.writes.is_empty() {
                <p class="inspector__note">{ "Nothing was written yet." }</p>
            } else {
                <ul class="disk">{ for disk.writes.iter().rev().take(MOST).map(|write| row(write)) }</ul>
                if older > 0 {
                    <p class="inspector__note">{ format!("and {older} older") }</p>
                }
            }
        </section>
    }
}
