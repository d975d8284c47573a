//! Words and figures that captions, the stage and the timeline share.

use ordinal_api::{SimDuration, SimTime};

/// A clock: `00:09.4`, or `1:02:03` from an hour on.
pub fn clock(at: SimTime) -> String {
    let (secs, tenths) = (at.0 / 1000, at.0 % 1000 / 100);
    if secs >= 3600 {
        format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    } else {
        format!("{:02}:{:02}.{tenths}", secs / 60, secs % 60)
    }
}

/// Minutes and seconds: `06:29`.
pub fn minutes(time: SimDuration) -> String {
    let secs = time.as_secs();
    if secs >= 3600 {
        format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    } else {
        format!("{:02}:{:02}", secs / 60, secs % 60)
    }
}
