//! Commands, as the terminal runs them while time passes.

use ordinal_api::SimDuration;
use ordinal_core::Cluster;
use ordinal_kubectl::Session;
use ordinal_kubectl::session::Patience;

/// A terminal whose standard input is this text, and which lets time pass while a command waits.
pub(super) fn session(stdin: Option<&str>) -> Session {
    Session {
        patience: Patience::Pass(pass),
        ..stdin.map_or_else(Session::default, Session::with_stdin)
    }
}

fn pass(cluster: &mut Cluster, ms: u64) {
    cluster.run_for(SimDuration::ms(ms));
}
