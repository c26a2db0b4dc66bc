//! Serializes durations as a number of seconds, with a fraction where needed. Accepts 0.001 to
//! 86,400 seconds.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    duration(f64::deserialize(deserializer)?)
        .ok_or_else(|| D::Error::custom("expected a number of seconds from 0.001 to 86400"))
}

/// The same, and zero.
pub(in crate::config) mod or_zero {
    use std::time::Duration;

    use serde::de::{Deserialize, Deserializer, Error};

    pub(in crate::config) use super::serialize;

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if seconds == 0.0 {
            return Ok(Duration::ZERO);
        }
        super::duration(seconds).ok_or_else(|| {
            D::Error::custom("expected 0, or a number of seconds from 0.001 to 86400")
        })
    }
}

/// The duration, if it is in the range.
fn duration(seconds: f64) -> Option<Duration> {
    (0.001..=86_400.0)
        .contains(&seconds)
        .then(|| Duration::from_secs_f64(seconds))
}

pub(in crate::config) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if duration.subsec_nanos() == 0 {
        duration.as_secs().serialize(serializer)
    } else {
        duration.as_secs_f64().serialize(serializer)
    }
}
