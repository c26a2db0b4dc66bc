//! What a store notes of an image beside its content.

/// A value that a store notes of an image. Two images never differ by it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::image) struct Noted<T>(pub(in crate::image) T);

impl<T> PartialEq for Noted<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Noted<T> {}

/// The random id of the write that an image comes from. All images of one write have the same.
///
/// It is 0, the default, in a store that notes none, and in a database if a program inserted the
/// image that knows no such ids. After such a program has changed an image, it is that of an
/// earlier write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteId(i64);

impl WriteId {
    /// A new id, or 0 if the operating system has no random numbers.
    pub(crate) fn random() -> Self {
        let random = getrandom::u64().unwrap_or_default();
        Self((random >> 1).cast_signed())
    }

    /// Whether a write has noted it.
    pub(crate) fn is_known(self) -> bool {
        self != Self::default()
    }
}

impl From<i64> for WriteId {
    fn from(id: i64) -> Self {
        Self(id)
    }
}

impl From<WriteId> for i64 {
    fn from(id: WriteId) -> Self {
        id.0
    }
}
