//! Amounts that are compared as they are written, without rounding.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A decimal number: a sign, digits, and where the point is.
///
/// `12.50` is `0.125 · 10^2`: no zeros in front or behind, so that equal numbers are equal in every part.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    text: String,
    is_negative: bool,
    magnitude: i64,
    digits: String,
}

impl FromStr for Decimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| format!("{text:?} is no amount"))
    }
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (is_negative, number) = match text.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match number.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (number, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        if whole.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = all.trim_start_matches('0');
        let zeros = all.len() - significant.len();
        let digits = significant.trim_end_matches('0').to_owned();
        let is_zero = digits.is_empty();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        let magnitude = if is_zero {
            i64::MIN
        } else {
            point + i64::from(exponent)
        };
        Some(Self {
            text: text.to_owned(),
            is_negative: is_negative && !is_zero,
            magnitude,
            digits,
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_size = |a: &Self, b: &Self| (a.magnitude, &a.digits).cmp(&(b.magnitude, &b.digits));
        match (self.is_negative, other.is_negative) {
            (false, false) => by_size(self, other),
            (true, true) => by_size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_the_numbers() {
        let ascending = [
            "-1e3",
            "-999.99",
            "-0.01",
            "0",
            "1e-300",
            "0.01",
            "0.1",
            "1",
            "1.01",
            "9",
            "10",
            "12.5",
            "99",
            "1E3",
            "1000.000000000000000001",
            "1e400",
        ];
        let numbers: Vec<Decimal> = ascending
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect();
        assert_eq!(numbers.len(), ascending.len());
        for (i, a) in numbers.iter().enumerate() {
            for (j, b) in numbers.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_number_is_the_same_however_written() {
        for same in [
            ["1000", "1e3"],
            ["12.50", "012.5"],
            ["-0", "0.00"],
            ["100", "+1E2"],
            ["0e9", "0"],
        ] {
            let [a, b] = same.map(str::parse::<Decimal>);
            assert_eq!(a, b);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            ".5",
            "1,000",
            "0x10",
            "1e",
            "1e99999999999",
            "--1",
            "NaN",
            "1.2.3",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
