//! Resource quantities: exact numbers with the suffix that was written.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::Value;
use crate::read::Read;

use crate::Text;

const FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX: &str = "unable to parse quantity's suffix";

/// A quantity such as `500m`, `1Gi` or `0.5`; compared and added exactly, printed as it was written.
/// Models apimachinery `resource.Quantity`: the number is kept in thousandths and rounded up to them.
#[derive(Clone, Debug, Default)]
pub struct Quantity {
    milli: Thousandths,
    text: Text,
}

/// Packed like [`Uid`](crate::Uid), and for the same reason.
#[derive(Clone, Copy, Debug, Default)]
#[repr(Rust, packed(8))]
struct Thousandths(i128);

impl Quantity {
    /// The quantity in thousandths: `500m` is 500, `1` is 1,000.
    pub fn milli(&self) -> i128 {
        self.milli.0
    }

    /// The quantity in whole units, rounded up: bytes for storage and memory.
    pub fn whole(&self) -> i128 {
        self.milli().div_euclid(1000) + i128::from(self.milli().rem_euclid(1000) != 0)
    }

    /// A whole number of units.
    pub fn of_whole(units: i64) -> Self {
        Self {
            milli: Thousandths(i128::from(units) * 1000),
            text: units.to_string().into(),
        }
    }

    /// The sum, in the form of the first unless that is zero. Models `Quantity.Add`.
    pub fn plus(&self, other: &Self) -> Self {
        let form = if self.milli() == 0 { other } else { self };
        Self {
            milli: Thousandths(self.milli().saturating_add(other.milli())),
            text: form.text.clone(),
        }
    }

    /// As the API server writes it: `1Gi` for `1024Mi`, `500m` for `0.5`, `1k` for `1000`.
    /// Models apimachinery `Quantity.CanonicalizeBytes`.
    pub fn canonical(&self) -> String {
        if self.milli() == 0 {
            return "0".to_owned();
        }
        let whole = self.milli() / 1000;
        let exact = self.milli() % 1000 == 0;
        if self.text.ends_with('i') && exact && whole.abs() >= 1024 {
            let (mut number, mut power) = (whole, 0);
            while number % 1024 == 0 && power < 6 {
                number /= 1024;
                power += 1;
            }
            return format!(
                "{number}{}",
                ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]
            );
        }
        let (mut number, mut power) = (self.milli(), 0);
        while number % 1000 == 0 && power < 7 {
            number /= 1000;
            power += 1;
        }
        let exponent = self.text.contains(['e', 'E']) && !self.text.ends_with('E');
        if exponent {
            return match power {
                1 => number.to_string(),
                _ => format!("{number}e{}", power as i32 * 3 - 3),
            };
        }
        format!("{number}{}", ["m", "", "k", "M", "G", "T", "P", "E"][power])
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// The API's own message when the text is not a quantity.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const NUMBER: &str = "unable to parse numeric part of quantity";
        let (negative, unsigned) = match text.as_bytes().first() {
            None => return Err(FORMAT),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let digits = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let (whole, rest) = unsigned.split_at(digits(unsigned));
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits(rest)),
            None => ("", rest),
        };
        // After the letters of a suffix a number may come, and nothing else.
        let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let exponent = letters.strip_prefix(['+', '-']).unwrap_or(letters);
        if digits(exponent) < exponent.len() {
            return Err(FORMAT);
        }
        if whole.len() + fraction.len() > 30 {
            return Err(NUMBER);
        }
        // Where no digit is, there is a zero.
        let digits: i128 = format!("0{whole}{fraction}").parse().map_err(|_| NUMBER)?;
        // value = digits × 10^-fraction × suffix, in thousandths
        let (ten, two): (i32, u32) = match suffix {
            "" => (0, 0),
            "n" => (-9, 0),
            "u" => (-6, 0),
            "m" => (-3, 0),
            "k" => (3, 0),
            "M" => (6, 0),
            "G" => (9, 0),
            "T" => (12, 0),
            "P" => (15, 0),
            "E" => (18, 0),
            "Ki" => (0, 10),
            "Mi" => (0, 20),
            "Gi" => (0, 30),
            "Ti" => (0, 40),
            "Pi" => (0, 50),
            "Ei" => (0, 60),
            exponent if exponent.starts_with(['e', 'E']) => {
                (exponent[1..].parse().map_err(|_| SUFFIX)?, 0)
            }
            _ => return Err(SUFFIX),
        };
        let scale = ten
            .saturating_add(3)
            .saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
        let mut milli = digits.checked_mul(1_i128 << two).ok_or(NUMBER)?;
        if scale >= 0 {
            let factor = 10_i128.checked_pow(scale.unsigned_abs()).ok_or(NUMBER)?;
            milli = milli.checked_mul(factor).ok_or(NUMBER)?;
        } else if let Some(divisor) = 10_i128.checked_pow(scale.unsigned_abs()) {
            milli = milli / divisor + i128::from(milli % divisor != 0);
        } else {
            milli = i128::from(milli != 0);
        }
        Ok(Self {
            milli: Thousandths(if negative { -milli } else { milli }),
            text: text.into(),
        })
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.milli() == other.milli()
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.milli().cmp(&other.milli())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() {
            "0"
        } else {
            &self.text
        })
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Read for Quantity {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => return Err("a quantity is a string or a number".to_owned()),
        }
        .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact_and_rounded_up_to_a_thousandth() {
        let milli = |text| Quantity::parse(text).map(|q| q.milli());
        assert_eq!(milli("500m"), Ok(500));
        assert_eq!(milli("0.5"), Ok(500));
        assert_eq!(milli("1Gi"), Ok((1 << 30) * 1000));
        assert_eq!(milli("0.5Gi"), Ok((1 << 29) * 1000));
        assert_eq!(milli("1e3"), Ok(1_000_000));
        assert_eq!(milli("1u"), Ok(1));
        assert_eq!(milli("128mi"), Err(SUFFIX));
        assert_eq!(milli("1K"), Err(SUFFIX));
        assert_eq!(milli("10GB"), Err(FORMAT));
        assert_eq!(milli("1 Gi"), Err(FORMAT));
        assert_eq!(milli("1.2.3"), Err(FORMAT));
        assert_eq!(milli(""), Err(FORMAT));
        assert!(milli("1e999999999").is_err());
    }
}
