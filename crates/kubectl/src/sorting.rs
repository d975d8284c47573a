//! The order in which Go's `sort.Sort` leaves what is equal: not as it stood before, but always the same. Models Go `sort.Sort`, 1.26.

use ordinal_api::list::IntoList;

/// Up to this many elements are sorted by insertion, which keeps the order of equal ones.
const FEW: usize = 12;
/// From this many elements on a pivot is the median of three medians, and a nearly sorted list is mended.
const MANY: usize = 50;

/// The places of `count` elements in their new order; `less` is asked about places in the old one.
pub(crate) fn order(count: usize, less: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut list = List {
        at: (0..count).into_list(),
        less,
    };
    let limit = usize::BITS - count.leading_zeros();
    list.sort(0, count, limit);
    list.at
}

struct List<'a> {
    at: Vec<usize>,
    less: &'a dyn Fn(usize, usize) -> bool,
}

impl List<'_> {
    fn less(&self, i: usize, j: usize) -> bool {
        (self.less)(self.at[i], self.at[j])
    }

    fn insert(&mut self, a: usize, b: usize) {
        for i in a + 1..b {
            let mut j = i;
            while j > a && self.less(j, j - 1) {
                self.at.swap(j, j - 1);
                j -= 1;
            }
        }
    }

    fn sort(&mut self, mut a: usize, mut b: usize, mut limit: u32) {
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = b - a;
            if length <= FEW {
                return self.insert(a, b);
            }
            if limit == 0 {
                return self.heap(a, b);
            }
            if !balanced {
                self.scatter(a, b);
                limit -= 1;
            }
            let (mut pivot, swaps) = self.pivot(a, b);
            let mut rising = swaps == 0;
            // Every pair that was looked at was out of order; so many are looked at in longer lists only.
            if swaps == 12 {
                self.at[a..b].reverse();
                pivot = (b - 1) - (pivot - a);
                rising = true;
            }
            if balanced && partitioned && rising && self.mend(a, b) {
                return;
            }
            if a > 0 && !self.less(a - 1, pivot) {
                a = self.part_equal(a, b, pivot);
                continue;
            }
            let (mid, already) = self.part(a, b, pivot);
            partitioned = already;
            let (left, right) = (mid - a, b - mid);
            if left < right {
                balanced = left >= length / 8;
                self.sort(a, mid, limit);
                a = mid + 1;
            } else {
                balanced = right >= length / 8;
                self.sort(mid + 1, b, limit);
                b = mid;
            }
        }
    }

    /// Moves what is less than the pivot before it. Whether it was so already.
    fn part(&mut self, a: usize, b: usize, pivot: usize) -> (usize, bool) {
        self.at.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        let mut already = true;
        loop {
            while i <= j && self.less(i, a) {
                i += 1;
            }
            while i <= j && !self.less(j, a) {
                j -= 1;
            }
            if i > j {
                self.at.swap(j, a);
                return (j, already);
            }
            self.at.swap(i, j);
            already = false;
            i += 1;
            j -= 1;
        }
    }

    /// Moves what is not greater than the pivot to the front; where the rest begins.
    fn part_equal(&mut self, a: usize, b: usize, pivot: usize) -> usize {
        self.at.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        loop {
            while i <= j && !self.less(a, i) {
                i += 1;
            }
            while i <= j && self.less(a, j) {
                j -= 1;
            }
            if i > j {
                return i;
            }
            self.at.swap(i, j);
            i += 1;
            j -= 1;
        }
    }

    /// Puts a few elements into their places; whether all are sorted then.
    fn mend(&mut self, a: usize, b: usize) -> bool {
        let mut i = a + 1;
        for _ in 0..5 {
            while i < b && !self.less(i, i - 1) {
                i += 1;
            }
            if i == b {
                return true;
            }
            if b - a < MANY {
                return false;
            }
            self.at.swap(i, i - 1);
            if i - a >= 2 {
                let mut j = i - 1;
                while j >= 1 && self.less(j, j - 1) {
                    self.at.swap(j, j - 1);
                    j -= 1;
                }
            }
            let mut j = i + 1;
            while j < b && self.less(j, j - 1) {
                self.at.swap(j, j - 1);
                j += 1;
            }
        }
        false
    }

    /// Moves some elements by chance that is the same every time.
    fn scatter(&mut self, a: usize, b: usize) {
        let length = b - a;
        let mut random = length as u64;
        let mask = (1_u64 << (u64::BITS - random.leading_zeros())) - 1;
        let middle = a + length / 4 * 2;
        for place in middle - 1..=middle + 1 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = (random & mask) as usize;
            if other >= length {
                other -= length;
            }
            self.at.swap(place, a + other);
        }
    }

    /// A pivot, and how many pairs were out of order while it was looked for.
    fn pivot(&self, a: usize, b: usize) -> (usize, u32) {
        let length = b - a;
        let mut swaps = 0;
        let [mut i, mut j, mut k] = [1, 2, 3].map(|n| a + length / 4 * n);
        if length >= MANY {
            i = self.median(i - 1, i, i + 1, &mut swaps);
            j = self.median(j - 1, j, j + 1, &mut swaps);
            k = self.median(k - 1, k, k + 1, &mut swaps);
        }
        (self.median(i, j, k, &mut swaps), swaps)
    }

    fn median(&self, mut a: usize, mut b: usize, mut c: usize, swaps: &mut u32) -> usize {
        let mut in_order = |a: &mut usize, b: &mut usize| {
            if self.less(*b, *a) {
                *swaps += 1;
                std::mem::swap(a, b);
            }
        };
        in_order(&mut a, &mut b);
        in_order(&mut b, &mut c);
        in_order(&mut a, &mut b);
        b
    }

    fn heap(&mut self, a: usize, b: usize) {
        let count = b - a;
        for i in (0..=(count - 1) / 2).rev() {
            self.sift(i, count, a);
        }
        for i in (0..count).rev() {
            self.at.swap(a, a + i);
            self.sift(0, i, a);
        }
    }

    fn sift(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.at.swap(first + root, first + child);
            root = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_length_and_shape_are_sorted() {
        for count in 0..200_usize {
            let shapes: [fn(usize, usize) -> usize; 5] = [
                |i, _| i,
                |i, n| n - i,
                |i, _| i % 7,
                |i, _| i * 7919 % 101,
                |_, _| 1,
            ];
            for shape in shapes {
                let keys: Vec<usize> = (0..count).map(|i| shape(i, count)).collect();
                let places = order(count, &|i, j| keys[i] < keys[j]);
                let mut seen = places.clone();
                seen.sort_unstable();
                assert_eq!(seen, (0..count).collect::<Vec<_>>());
                assert!(places.windows(2).all(|w| keys[w[0]] <= keys[w[1]]));
            }
        }
    }

    #[test]
    fn what_is_equal_is_left_as_go_leaves_it() {
        let left = [
            (17, 2, 3_251_049_546_u32),
            (17, 3, 2_309_701_614),
            (40, 2, 207_464_426),
            (40, 5, 240_136_082),
            (70, 3, 2_418_122_665),
            (70, 5, 737_283_401),
            (120, 2, 1_646_557_326),
            (120, 4, 554_471_376),
        ];
        for (count, kinds, sum) in left {
            let key = |i: usize| i * 7919 % 101 % kinds;
            let places = order(count, &|i, j| key(i) < key(j));
            let of = |sum: u32, place: &usize| sum.wrapping_mul(31).wrapping_add(*place as u32);
            assert_eq!(places.iter().fold(0, of), sum, "{count} of {kinds}");
        }
    }
}
