//! Times in filters. They have every form that the Python library `iso8601` accepts, which Glance
//! uses; reduced forms are among them.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

/// Reads a time. Missing parts default to January, the first, midnight, and UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let (year, rest) = number(text, 4)?;
    if year == 0 {
        return None;
    }
    if rest.is_empty() {
        return moment(year, 1, 1, Clock::default());
    }
    let Some(rest) = rest.strip_prefix('-') else {
        // `YYYYMM` is refused, because it could be `YYMMDD`.
        let (month, rest) = number(rest, 2).filter(|(_, rest)| !rest.is_empty())?;
        return within_month(year, month, rest);
    };
    [2, 1].into_iter().find_map(|digits| {
        let (month, rest) = number(rest, digits)?;
        within_month(year, month, rest)
    })
}

/// A time of day with the offset of its zone from UTC.
#[derive(Clone, Copy, Default)]
struct Clock {
    hour: i16,
    minute: i16,
    second: i16,
    microsecond: i32,
    zone: SignedDuration,
}

fn moment(year: i16, month: i16, day: i16, clock: Clock) -> Option<Timestamp> {
    let small = |number: i16| i8::try_from(number).ok();
    let (hour, minute, second) = (
        small(clock.hour)?,
        small(clock.minute)?,
        small(clock.second)?,
    );
    let time = DateTime::new(
        year,
        small(month)?,
        small(day)?,
        hour,
        minute,
        second,
        clock.microsecond * 1000,
    )
    .ok()?;
    let utc = time
        .to_zoned(TimeZone::fixed(Offset::UTC))
        .ok()
        .as_ref()
        .map(Zoned::timestamp)?;
    utc.checked_sub(clock.zone).ok()
}

/// Reads what follows the month: nothing, or a day with or without a time.
fn within_month(year: i16, month: i16, rest: &str) -> Option<Timestamp> {
    if rest.is_empty() {
        return moment(year, month, 1, Clock::default());
    }
    let (day, rest) = match rest.strip_prefix('-') {
        Some(rest) => number(rest, 2).or_else(|| number(rest, 1))?,
        None => number(rest, 2)?,
    };
    if rest.is_empty() {
        return moment(year, month, day, Clock::default());
    }
    moment(year, month, day, clock(rest.strip_prefix([' ', 'T'])?)?)
}

/// Reads `hh`, `hh:mm`, `hhmm`, `hh:mm:ss`, `hh:mm:ss.f` and so on, with or without a zone.
fn clock(text: &str) -> Option<Clock> {
    let (hour, rest) = number(text, 2)?;
    let with_minute =
        number(colon(rest), 2).and_then(|(minute, rest)| after_minute(hour, minute, rest));
    // The library also accepts `hh:ss.f`.
    with_minute.or_else(|| after_minute(hour, 0, rest))
}

fn after_minute(hour: i16, minute: i16, rest: &str) -> Option<Clock> {
    let after_colon = colon(rest);
    let Some((second, rest)) = number(after_colon, 2).or_else(|| number(after_colon, 1)) else {
        return Some(Clock {
            hour,
            minute,
            zone: zone(rest)?,
            ..Clock::default()
        });
    };
    let (microsecond, rest) = match rest.strip_prefix(['.', ',']) {
        None => (0, rest),
        Some(rest) => {
            let end = rest
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(rest.len());
            let (digits, rest) = rest.split_at(end);
            if digits.is_empty() {
                return None;
            }
            (format!("{digits:0<6}").get(..6)?.parse().ok()?, rest)
        }
    };
    Some(Clock {
        hour,
        minute,
        second,
        microsecond,
        zone: zone(rest)?,
    })
}

/// Reads a zone: none, `Z`, `+hh`, `+hhmm` or `+hh:mm`.
fn zone(text: &str) -> Option<SignedDuration> {
    let (sign, rest) = match text.chars().next() {
        None => return Some(SignedDuration::ZERO),
        Some('Z') if text.len() == 1 => return Some(SignedDuration::ZERO),
        Some('+') => (1, &text[1..]),
        Some('-') => (-1, &text[1..]),
        Some(_) => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let rest = colon(rest);
    let (minutes, rest) = if rest.is_empty() {
        (0, rest)
    } else {
        number(rest, 2)?
    };
    let distance = SignedDuration::from_mins(i64::from(hours) * 60 + i64::from(minutes));
    (rest.is_empty() && distance < SignedDuration::from_hours(24)).then(|| distance * sign)
}

/// Skips a colon, if there is one.
fn colon(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text)
}

/// Reads a number of exactly `digits` digits, and returns it with the rest.
fn number(text: &str, digits: usize) -> Option<(i16, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    number
        .parse()
        .ok()
        .filter(|_| is_number)
        .map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expectations are those of `parse_date` in `iso8601` 2.1.0, in UTC.
    #[test]
    fn times_are_read_as_the_library_of_glance_reads_them() {
        for (text, expected) in [
            ("2020", Some("2020-01-01T00:00:00Z")),
            ("2020-01", Some("2020-01-01T00:00:00Z")),
            ("2020-1", Some("2020-01-01T00:00:00Z")),
            ("2020-1-2", Some("2020-01-02T00:00:00Z")),
            ("202001", None),
            ("20200102", Some("2020-01-02T00:00:00Z")),
            ("202001-02", Some("2020-01-02T00:00:00Z")),
            ("2020-0102", Some("2020-01-02T00:00:00Z")),
            ("2020-102", Some("2020-01-02T00:00:00Z")),
            ("2020-01-02", Some("2020-01-02T00:00:00Z")),
            ("2020-01-02T03", Some("2020-01-02T03:00:00Z")),
            ("2020-01-02 03", Some("2020-01-02T03:00:00Z")),
            ("20200102T03", Some("2020-01-02T03:00:00Z")),
            ("2020-01-02T03:04", Some("2020-01-02T03:04:00Z")),
            ("2020-01-02T0304", Some("2020-01-02T03:04:00Z")),
            ("2020-01-02T03:04:05", Some("2020-01-02T03:04:05Z")),
            ("2020-01-02T030405", Some("2020-01-02T03:04:05Z")),
            ("20200102T030405Z", Some("2020-01-02T03:04:05Z")),
            ("2020-01-02T03:04:5", Some("2020-01-02T03:04:05Z")),
            ("2020-01-02T03:4", Some("2020-01-02T03:00:04Z")),
            ("2020-01-02T03:04.5", Some("2020-01-02T03:00:04.500000Z")),
            (
                "2020-01-02T03:04:05.123456789",
                Some("2020-01-02T03:04:05.123456Z"),
            ),
            ("2020-01-02T03:04:05,5", Some("2020-01-02T03:04:05.500000Z")),
            (
                "2020-01-02T03:04:05.5Z",
                Some("2020-01-02T03:04:05.500000Z"),
            ),
            ("2020-01-02T03Z", Some("2020-01-02T03:00:00Z")),
            ("2020-01-02T03+01", Some("2020-01-02T02:00:00Z")),
            ("2020-01-02T03:04+0130", Some("2020-01-02T01:34:00Z")),
            ("2020-01-02T03:04:05-01:30", Some("2020-01-02T04:34:05Z")),
            ("2020-01-02T03:04:05+01:", Some("2020-01-02T02:04:05Z")),
            ("2020-01-02T03:04:05+23:59", Some("2020-01-01T03:05:05Z")),
            ("2020-01-02T03:04:05+24:00", None),
            ("2020-01-02T03:04:05+01:3", None),
            ("2020-01-02Z", None),
            ("2020-01Z", None),
            ("2020Z", None),
            ("2020-", None),
            ("2020-01-", None),
            ("2020-01-02T", None),
            ("2020-01-02T3", None),
            ("2020-01-02t03", None),
            ("2020-01-02T03:04:05z", None),
            ("2020-01-02T03:04:05.", None),
            ("2020-01-02T24:00", None),
            ("2020-01-02T03:60", None),
            ("2020-01-02T03:04:60", None),
            ("2020-00", None),
            ("2020-13", None),
            ("2020-02-30", None),
            ("2020-02-29", Some("2020-02-29T00:00:00Z")),
            ("2021-02-29", None),
            ("0000", None),
            ("0001", Some("0001-01-01T00:00:00Z")),
            ("9999", Some("9999-01-01T00:00:00Z")),
            ("20", None),
            ("02020", None),
            ("+2020", None),
            ("2020-W01", None),
            ("2020-01-02  03", None),
            (" 2020", None),
        ] {
            let expected = expected.map(|text: &str| text.parse::<Timestamp>().unwrap());
            assert_eq!(instant(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text: String, nearly in "[0-9]{4}[-0-9:.,TZ+ é]{0,24}") {
            let _ = (instant(&text), instant(&nearly));
        }
    }
}
