//! Times as text (RFC 3339), in UTC.
//!
//! Every image has two times, and every line of the access log one. jiff's formatter reads its
//! format string each time, which takes as long as the rest of a line.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Writes `time` in whole seconds, such as `2026-01-05T09:00:00Z`.
pub(crate) fn write_seconds(text: &mut impl Write, time: Timestamp) -> io::Result<()> {
    write_date_time(text, Offset::UTC.to_datetime(time), b'T')?;
    text.write_all(b"Z")
}

/// Writes `time` in microseconds, such as `2026-01-05T09:00:00.000001Z`.
pub(crate) fn write_microseconds(text: &mut impl Write, time: Timestamp) -> io::Result<()> {
    let time = Offset::UTC.to_datetime(time);
    write_date_time(text, time, b'T')?;
    let mut fraction = *b".000000Z";
    put(&mut fraction[1..7], time.subsec_nanosecond() / 1000);
    text.write_all(&fraction)
}

/// Writes a time of some zone in milliseconds as the logs of OpenStack have it, such as
/// `2026-01-05 09:00:00.001`.
pub(crate) fn write_local_milliseconds(text: &mut impl Write, time: DateTime) -> io::Result<()> {
    write_date_time(text, time, b' ')?;
    let mut fraction = *b".000";
    put(&mut fraction[1..4], time.subsec_nanosecond() / 1_000_000);
    text.write_all(&fraction)
}

fn write_date_time(text: &mut impl Write, time: DateTime, separator: u8) -> io::Result<()> {
    if time.year() < 0 {
        // Only an image that is imported can be as old.
        return write!(text, "{}", time.strftime("%Y-%m-%dT%H:%M:%S"));
    }
    let mut digits = *b"0000-00-00T00:00:00";
    digits[10] = separator;
    put(&mut digits[0..4], time.year().into());
    put(&mut digits[5..7], time.month().into());
    put(&mut digits[8..10], time.day().into());
    put(&mut digits[11..13], time.hour().into());
    put(&mut digits[14..16], time.minute().into());
    put(&mut digits[17..19], time.second().into());
    text.write_all(&digits)
}

/// Writes a number that is not negative into `field`, with zeros in front.
fn put(field: &mut [u8], number: i32) {
    let mut rest = number.unsigned_abs();
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times() -> impl Strategy<Value = Timestamp> {
        let all = Timestamp::MIN.as_microsecond()..=Timestamp::MAX.as_microsecond();
        all.prop_map(|time| Timestamp::from_microsecond(time).unwrap())
    }

    proptest! {
        #[test]
        fn a_time_is_written_as_jiff_writes_it(time in times()) {
            let (mut seconds, mut microseconds) = (Vec::new(), Vec::new());
            write_seconds(&mut seconds, time).unwrap();
            write_microseconds(&mut microseconds, time).unwrap();
            let expected = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(String::from_utf8(seconds).unwrap(), expected);
            let expected = time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
            prop_assert_eq!(String::from_utf8(microseconds).unwrap(), expected);
        }

        #[test]
        fn a_local_time_is_written_as_jiff_writes_it(time in times()) {
            let time = Offset::UTC.to_datetime(time);
            prop_assume!(time.year() >= 0);
            let mut milliseconds = Vec::new();
            write_local_milliseconds(&mut milliseconds, time).unwrap();
            let expected = time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string();
            prop_assert_eq!(String::from_utf8(milliseconds).unwrap(), expected);
        }
    }
}
