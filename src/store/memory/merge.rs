//! Several indexes of images as one.

use std::collections::BinaryHeap;
use std::ops::Bound;

use super::by_age::{Age, ByAge};

/// The entries of all of `indexes` before `end`, newest first and each of them once. Looks only at
/// those that its consumer reads.
pub(super) fn newest_first_of<'a>(
    indexes: &[&'a ByAge],
    end: Bound<Age>,
) -> impl Iterator<Item = &'a Age> {
    let mut rest: Vec<_> = indexes
        .iter()
        .map(|index| index.newest_first(end))
        .collect();
    let newest = rest.iter_mut().enumerate();
    let mut heap: BinaryHeap<_> = newest
        .filter_map(|(place, rest)| Some((rest.next()?, place)))
        .collect();
    let mut last = None;
    let all = std::iter::from_fn(move || {
        let mut newest = heap.peek_mut()?;
        let (age, place) = *newest;
        match rest[place].next() {
            Some(next) => newest.0 = next,
            None => drop(std::collections::binary_heap::PeekMut::pop(newest)),
        }
        Some(age)
    });
    all.filter(move |age| last.replace(*age) != Some(*age))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageId;

    #[test]
    fn indexes_that_overlap_are_merged_newest_first() {
        let ages: Vec<Age> = (0..9).map(|time| (time, ImageId::random())).collect();
        let of = |places: &[usize]| {
            let mut index = ByAge::default();
            for place in places {
                index.insert(ages[*place]);
            }
            index
        };
        let indexes = [of(&[1, 4, 5]), of(&[]), of(&[0, 4, 5, 8]), of(&[4, 7])];
        let indexes: Vec<_> = indexes.iter().collect();
        let merged = |end| -> Vec<Age> { newest_first_of(&indexes, end).copied().collect() };
        assert_eq!(
            merged(Bound::Unbounded),
            [8, 7, 5, 4, 1, 0].map(|place| ages[place])
        );
        assert_eq!(
            merged(Bound::Excluded(ages[5])),
            [4, 1, 0].map(|place| ages[place])
        );
        assert_eq!(newest_first_of(&[], Bound::Unbounded).next(), None);
    }
}
