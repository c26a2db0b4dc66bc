//! The length of texts in JSON.

/// What a tag or a property takes in memory besides its texts.
pub(super) const ITEM_BYTES: usize = 64;

/// The length of a text as a string in JSON, in bytes with its quotes.
pub(super) fn json_bytes(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' | b'\x08' | b'\t' | b'\n' | b'\x0c' | b'\r' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_takes_as_many_bytes_as_serde_json_writes(text: String) {
            prop_assert_eq!(json_bytes(&text), serde_json::to_vec(&text).unwrap().len());
        }
    }
}
