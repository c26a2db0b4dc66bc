//! The mode of the file of a UNIX socket.

use serde::{Deserialize, Serialize};

/// The permissions of a file, written in octal digits, such as `0660`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocketMode(u32);

/// A text that is no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the mode of a file in octal digits, such as \"0660\"")]
pub struct SocketModeError;

impl SocketMode {
    /// The owner and the group may connect.
    pub const DEFAULT: Self = Self(0o660);

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl TryFrom<String> for SocketMode {
    type Error = SocketModeError;

    fn try_from(text: String) -> Result<Self, SocketModeError> {
        let is_octal = !text.is_empty() && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        let bits = u32::from_str_radix(&text, 8).ok();
        let bits = bits.filter(|bits| is_octal && *bits <= 0o777);
        bits.map(Self).ok_or(SocketModeError)
    }
}

impl From<SocketMode> for String {
    fn from(mode: SocketMode) -> Self {
        format!("{:04o}", mode.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_has_octal_digits_and_no_special_bits() {
        for (text, bits) in [("0660", 0o660), ("666", 0o666), ("0", 0)] {
            assert_eq!(SocketMode::try_from(text.to_owned()), Ok(SocketMode(bits)));
        }
        for text in ["", "0o660", "+660", "0888", "1777", "rw-rw----"] {
            assert_eq!(SocketMode::try_from(text.to_owned()), Err(SocketModeError));
        }
        assert_eq!(String::from(SocketMode::DEFAULT), "0660");
    }
}
