//! What a kept frame weighs: the history of a lesson of five Pods, a loss of power among it.

use ordinal_kubectl::script::{Played, Script};
use ordinal_tests::scenarios;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn main() {
    let lesson = Script {
        texts: vec![(
            "ledger.yaml".to_owned(),
            scenarios::LEDGER.replace("replicas: 3", "replicas: 5"),
        )],
        ..scenarios::node_power_off()
    };
    drop(lesson.play());
    let before = ALLOCATED.current_usage();
    // How the text was read is the editor's, not the history's.
    let Played { cluster, .. } = lesson.play();
    let with_history = ALLOCATED.current_usage() - before;
    let frames = cluster.frames().len();
    let end = cluster.world().clone();
    drop(cluster);
    let without_history = ALLOCATED.current_usage() - before;
    println!(
        "memory per kept frame, 5 pods, {frames} frames\t{}\tbytes\t2048",
        (with_history - without_history) / frames
    );
    drop(end);
}
