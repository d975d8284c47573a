//! Random numbers with an owner: one stream a purpose, each seeded from the run's seed and the stream's name,
//! so that a new draw in one place does not reshuffle another.

use oorandom::Rand32;

/// What a random stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stream {
    Uid,
    NameSuffix,
    SchedulerTieBreak,
    Heartbeat,
    Latency,
    DnsOrder,
}

impl Stream {
    /// Every stream, in their order.
    const ALL: [Self; 6] = [
        Self::Uid,
        Self::NameSuffix,
        Self::SchedulerTieBreak,
        Self::Heartbeat,
        Self::Latency,
        Self::DnsOrder,
    ];
}

/// The streams of a run.
#[derive(Clone, Debug)]
pub struct Random([Rand32; Stream::ALL.len()]);

impl Random {
    /// The streams of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Stream::ALL.map(|stream| {
            // FNV-1a over the seed and the stream's name: stable across releases of this crate.
            let name = format!("{stream:?}");
            let bytes = seed.to_le_bytes().into_iter().chain(name.bytes());
            let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
                (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
            });
            Rand32::new_inc(hash, hash | 1)
        }))
    }

    /// The next number of a stream.
    pub fn next(&mut self, stream: Stream) -> u32 {
        self.0[stream as usize].rand_u32()
    }

    /// A number below `bound` (which is at least 1).
    pub fn below(&mut self, stream: Stream, bound: u32) -> u32 {
        ((u64::from(self.next(stream)) * u64::from(bound.max(1))) >> 32) as u32
    }
}
