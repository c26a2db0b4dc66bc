//! The size of the disk that data describes, as the format inspector of Glance 33 (oslo.utils)
//! finds it for the formats `raw` and `qcow2`.

use crate::image::DiskFormat;

/// The inspector looks at this many bytes from the start. Shorter data is no `qcow2`.
const HEADER_BYTES: usize = 512;

/// The first bytes of every `qcow2` (QEMU, docs/interop/qcow2.txt).
const QCOW2_MAGIC: &[u8] = b"QFI\xfb";

/// Where a `qcow2` has the size of its disk, in bytes and big-endian.
const QCOW2_SIZE: std::ops::Range<usize> = 24..32;

/// The first bytes of data.
#[derive(Default)]
pub(super) struct Header(Vec<u8>);

impl Header {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let missing = HEADER_BYTES - self.0.len();
        self.0.extend_from_slice(&bytes[..missing.min(bytes.len())]);
    }

    /// The size in bytes of the disk in `size` bytes of data of this format. `None` for other
    /// formats, for data of another format than it is said to have, and for empty disks.
    pub(super) fn virtual_size(&self, format: DiskFormat, size: u64) -> Option<u64> {
        let disk = match format {
            DiskFormat::Raw => Some(size),
            DiskFormat::Qcow2 => self.qcow2_size(),
            _ => None,
        };
        disk.filter(|bytes| *bytes > 0)
    }

    fn qcow2_size(&self) -> Option<u64> {
        let is_qcow2 = self.0.len() == HEADER_BYTES && self.0.starts_with(QCOW2_MAGIC);
        let size = self.0.get(QCOW2_SIZE).filter(|_| is_qcow2)?;
        Some(u64::from_be_bytes(size.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The start of what `qemu-img create -f qcow2 disk 10G` writes, up to 512 bytes.
    fn qcow2() -> Vec<u8> {
        let mut data = b"QFI\xfb\0\0\0\x03".to_vec();
        data.resize(24, 0);
        data.extend_from_slice(&(10_u64 << 30).to_be_bytes());
        data.resize(512, 0);
        data
    }

    fn virtual_size(format: &str, data: &[u8]) -> Option<u64> {
        let mut header = Header::default();
        for bytes in data.chunks(7) {
            header.update(bytes);
        }
        header.virtual_size(format.parse().unwrap(), data.len() as u64)
    }

    #[test]
    fn raw_data_is_a_disk_of_its_own_size_and_qcow2_says_it() {
        let qcow2 = qcow2();
        assert_eq!(virtual_size("qcow2", &qcow2), Some(10 << 30));
        assert_eq!(virtual_size("raw", &qcow2), Some(512), "said to be raw");
        assert_eq!(virtual_size("raw", b"abc"), Some(3));
        assert_eq!(virtual_size("raw", b""), None);
        let longer = [&qcow2[..], &[1; 1000]].concat();
        assert_eq!(virtual_size("qcow2", &longer), Some(10 << 30));
    }

    #[test]
    fn other_data_and_other_formats_have_none() {
        let qcow2 = qcow2();
        assert_eq!(virtual_size("qcow2", &qcow2[..511]), None);
        assert_eq!(virtual_size("qcow2", &[b'a'; 600]), None);
        assert_eq!(virtual_size("qcow2", b""), None);
        assert_eq!(virtual_size("vmdk", &qcow2), None);
        let mut empty = qcow2.clone();
        empty[24..32].fill(0);
        assert_eq!(virtual_size("qcow2", &empty), None);
    }
}
