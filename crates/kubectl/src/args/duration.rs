//! Durations as Go writes them.

/// Reads `1h30m`, `500ms`, `-1s` as Go does; milliseconds.
///
/// # Errors
/// What Go says of it.
pub(crate) fn duration_ms(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration \"{text}\"");
    let (sign, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut micros: i64 = 0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        if number.is_empty() || number == "." {
            return Err(invalid());
        }
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit_micros = match unit {
            "" => return Err(format!("time: missing unit in duration \"{text}\"")),
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1000,
            "us" | "µs" => 1,
            "ns" => 0,
            other => {
                return Err(format!(
                    "time: unknown unit \"{other}\" in duration \"{text}\""
                ));
            }
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        let mut part = unit_micros;
        let mut more: i64 = 0;
        for digit in fraction.chars().filter_map(|c| c.to_digit(10)).take(9) {
            part /= 10;
            more += part * i64::from(digit);
        }
        micros = whole
            .checked_mul(unit_micros)
            .and_then(|n| n.checked_add(more))
            .and_then(|n| n.checked_add(micros))
            .ok_or_else(invalid)?;
        rest = tail;
    }
    Ok(sign * micros / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(duration_ms("1h30m"), Ok(5_400_000));
        assert_eq!(duration_ms("1.5s"), Ok(1500));
        assert_eq!(duration_ms("-1s"), Ok(-1000));
        assert_eq!(duration_ms("0"), Ok(0));
    }
}
