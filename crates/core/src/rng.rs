//! Random numbers with an owner: one stream a purpose, each seeded from the run's seed and the stream's name,
//! so that a new draw in one place does not reshuffle another.

use imbl::OrdMap;
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

/// The streams of a run, as far as they were used.
#[derive(Clone, Debug)]
pub struct Random {
    seed: u64,
    streams: OrdMap<Stream, State>,
}

#[derive(Clone, Copy, Debug)]
struct State(Rand32);

impl Random {
    /// The streams of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            streams: OrdMap::new(),
        }
    }

    /// The next number of a stream.
    pub fn next(&mut self, stream: Stream) -> u32 {
        let seed = self.seed;
        let mut state = self.streams.get(&stream).copied().unwrap_or_else(|| {
            // FNV-1a over the seed and the stream's name: stable across releases of this crate.
            let name = format!("{stream:?}");
            let bytes = seed.to_le_bytes().into_iter().chain(name.bytes());
            let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
                (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
            });
            State(Rand32::new_inc(hash, hash | 1))
        });
        let number = state.0.rand_u32();
        self.streams.insert(stream, state);
        number
    }

    /// A number below `bound` (which is at least 1).
    pub fn below(&mut self, stream: Stream, bound: u32) -> u32 {
        ((u64::from(self.next(stream)) * u64::from(bound.max(1))) >> 32) as u32
    }
}
