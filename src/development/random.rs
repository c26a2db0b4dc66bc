//! Numbers that look random and are the same in every run.

/// `SplitMix64`, by Steele, Lea and Flood (2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// True with this probability, from 0 to 1.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let [a, b, c, d, ..] = mixed.to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) < probability * 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_the_probability_and_a_seed_repeats_it() {
        let run = |seed, probability| {
            let mut random = Random::from_seed(seed);
            (0..10_000)
                .map(|_| random.happens(probability))
                .collect::<Vec<_>>()
        };
        let share = run(1, 0.25).iter().filter(|happened| **happened).count();
        assert!((2300..2700).contains(&share), "{share}");
        assert_eq!(run(1, 0.25), run(1, 0.25));
        assert_ne!(run(1, 0.25), run(2, 0.25));
        assert!(run(3, 1.0).iter().all(|happened| *happened));
    }
}
