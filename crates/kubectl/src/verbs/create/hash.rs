//! `--append-hash`: a name that tells what is inside.
//!
//! Models kubectl `pkg/util/hash/hash.go`, v0.37; SHA-256 is FIPS 180-4.

use ordinal_api::Value;
use serde_json::json;

/// The end of the name of a ConfigMap or Secret.
pub(super) fn of(object: &Value) -> String {
    let mut told = json!({
        "kind": object["kind"], "name": object["metadata"]["name"],
        "data": object.get("data").cloned().unwrap_or_else(|| json!({})),
    });
    if object["kind"] == "Secret" {
        told["type"] = object.get("type").cloned().unwrap_or_else(|| json!(""));
    }
    let digest = sha256(told.to_string().as_bytes());
    // No vowels and none of the digits that look like them.
    let letter = |nibble: u8| char::from(b"gh2k456789mbcdtf"[usize::from(nibble & 15)]);
    digest[..5]
        .iter()
        .flat_map(|byte| [letter(byte >> 4), letter(*byte)])
        .collect()
}

/// The digest of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let primes = || (2..).filter(|n: &u64| (2..*n).all(|d| !n.is_multiple_of(d)));
    // The first 32 bits behind the point of the roots of primes: integers do.
    let root = |prime: u64, power: u32| {
        let scaled = u128::from(prime) << (32 * power);
        let (mut low, mut high) = (0_u128, 1_u128 << 37);
        while high - low > 1 {
            let middle = (low + high) / 2;
            let fits = (1..power).fold(middle, |product, _| product * middle) <= scaled;
            *(if fits { &mut low } else { &mut high }) = middle;
        }
        low as u32
    };
    let mut state: Vec<u32> = primes().take(8).map(|prime| root(prime, 2)).collect();
    let constants: Vec<u32> = primes().take(64).map(|prime| root(prime, 3)).collect();
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize((message.len() + 8).div_ceil(64) * 64 - 8, 0);
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in message.chunks_exact(64) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|w| u32::from_be_bytes([w[0], w[1], w[2], w[3]]))
            .collect();
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let a = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let b = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            words.push(
                words[at - 16]
                    .wrapping_add(a)
                    .wrapping_add(words[at - 7])
                    .wrapping_add(b),
            );
        }
        let mut s = state.clone();
        for (word, constant) in words.iter().zip(&constants) {
            let one = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = s[4] & s[5] ^ !s[4] & s[6];
            let first = s[7]
                .wrapping_add(one)
                .wrapping_add(choice)
                .wrapping_add(*constant)
                .wrapping_add(*word);
            let zero = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let most = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2];
            s[3] = s[3].wrapping_add(first);
            s.rotate_right(1);
            s[0] = first.wrapping_add(zero.wrapping_add(most));
        }
        for (sum, more) in state.iter_mut().zip(s) {
            *sum = sum.wrapping_add(more);
        }
    }
    let mut digest = [0; 32];
    for (place, word) in digest.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_as_kubectl_ends_them() {
        let config = json!({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}});
        assert_eq!(of(&config), "75d544dcc8");
        let secret = json!({"kind": "Secret", "metadata": {"name": "a"}, "type": "x"});
        assert_eq!(of(&secret), "t29b6fhfm6");
    }
}
