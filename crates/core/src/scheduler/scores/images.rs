//! Nodes that have a Pod's images already. Models plugins/imagelocality, 1.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;

use super::MAX;
use crate::scheduler::Memory;
use crate::scheduler::filters::Cycle;
use crate::scheduler::node_info::NodeInfo;

/// Images smaller than this, in bytes, are as good as none.
const LEAST: i64 = 23 << 20;
/// An image larger than this, in bytes, counts for no more.
const MOST: i64 = 1000 << 20;

/// The bytes of the Pod's images on each node, each less the fewer nodes have it; nothing where no node tells of images.
pub(super) fn scores(cycle: &Cycle<'_>, memory: &Memory, nodes: &[&NodeInfo]) -> Option<Vec<i64>> {
    if cycle.marked.with_images == 0 {
        return None;
    }
    let all = memory.nodes.len().max(1) as i64;
    let spec = &cycle.pod.spec;
    let containers = spec.init_containers.iter().chain(&spec.containers);
    let volumes = cycle.pod.raw.get("volumes").and_then(Value::as_array);
    let volumes = volumes.into_iter().flatten();
    let volumes = volumes.filter_map(|volume| volume.get("image")?.get("reference")?.as_str());
    let images = containers.map(|c| c.image.as_str()).chain(volumes);
    let images = images.map(|image| {
        let name = with_tag(image);
        let mut sizes = memory.nodes.iter().filter_map(|node| size_on(node, &name));
        // The first that tells of an image tells its size for all.
        let size = sizes.next().unwrap_or_default();
        let there = 1 + sizes.count() as i64;
        (name, size.saturating_mul(there) / all)
    });
    let images = images.into_list();
    let most = MOST * images.len() as i64;
    let score = |node: &&NodeInfo| {
        let there = images
            .iter()
            .filter(|(name, _)| size_on(node, name).is_some());
        let sum: i64 = there.map(|(_, scaled)| scaled).sum();
        MAX * (sum.clamp(LEAST, most) - LEAST) / (most - LEAST)
    };
    Some(nodes.iter().map(score).collect())
}

/// An image by its full name. Models `normalizedImageName`.
fn with_tag(image: &str) -> String {
    let tagged = image.rfind(':') > image.rfind('/');
    let tag = if tagged { "" } else { ":latest" };
    format!("{image}{tag}")
}

/// How large an image is on a node, if it is there.
fn size_on(node: &NodeInfo, name: &str) -> Option<i64> {
    if !node.has_images {
        return None;
    }
    let images = node.node().status.images.as_array()?;
    let named = |image: &&Value| {
        let names = image.get("names").and_then(Value::as_array);
        let mut names = names.into_iter().flatten();
        names.any(|own| own.as_str() == Some(name))
    };
    // Of images of one name the last counts.
    let image = images.iter().rfind(named)?;
    Some(
        image
            .get("sizeBytes")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
    )
}
