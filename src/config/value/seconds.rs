//! Serializes durations as a number of seconds, with a fraction where needed. Accepts 0.001 to
//! 86,400 seconds.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if (0.001..=86_400.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(D::Error::custom(
            "expected a number of seconds from 0.001 to 86400",
        ))
    }
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
