//! The journal in the words of milestones: `pod/web-0#1 ready`.
