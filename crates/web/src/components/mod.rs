//! What the page is made of: one component a file, each named after the thing that it shows.

mod caption;
mod editor;
mod events;
mod focus;
mod header;
mod icon;
mod inspector;
mod lanes;
mod light;
mod manifests;
mod memo;
mod menu;
mod notice;
mod share;
mod side;
mod snapshot;
mod spans;
mod stage;
mod terminal;
mod transport;
mod troubles;

pub(crate) use caption::{CaptionProps, caption};
pub(crate) use editor::EditorSource;
pub(crate) use header::{HeaderProps, header};
pub(crate) use inspector::{CardProps, card};
pub(crate) use lanes::LanesPanel;
pub(crate) use light::{LightProps, light};
pub(crate) use manifests::ManifestsView;
pub(crate) use memo::memo;
pub(crate) use notice::{NoticeProps, notices};
pub(crate) use side::{SideProps, side};
pub(crate) use snapshot::Snapshot;
pub(crate) use stage::{StageProps, definitions, stage};
pub(crate) use transport::{TransportProps, transport};
