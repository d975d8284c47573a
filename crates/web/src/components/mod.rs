//! What the page is made of: one component a file, each named after the thing that it shows.

mod caption;
mod editor;
mod header;
mod icon;
mod inspector;
mod lanes;
mod manifests;
mod menu;
mod notice;
mod side;
mod snapshot;
mod spans;
mod stage;
mod transport;
mod troubles;

pub(crate) use caption::CaptionBar;
pub(crate) use editor::EditorSource;
pub(crate) use header::Header;
pub(crate) use inspector::Card;
pub(crate) use lanes::LanesPanel;
pub(crate) use manifests::ManifestsView;
pub(crate) use notice::NoticeBar;
pub(crate) use side::Side;
pub(crate) use snapshot::Snapshot;
pub(crate) use stage::{Defs, StageView};
pub(crate) use transport::Transport;
