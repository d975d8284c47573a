//! The shortest list that still fails: what is left of a random schedule when everything that does not matter is left out.

/// Leaves out item after item, large pieces first, as long as `fails` holds of what remains. What it returns fails, and
/// does so no more without any one of its items.
///
/// `list` itself must fail.
pub fn shortest<T: Clone>(mut list: Vec<T>, fails: impl Fn(&[T]) -> bool) -> Vec<T> {
    let mut piece = (list.len() / 2).max(1);
    loop {
        let mut place = 0;
        let mut shorter = false;
        while place < list.len() {
            let mut rest = list.clone();
            rest.drain(place..(place + piece).min(list.len()));
            if fails(&rest) {
                list = rest;
                shorter = true;
            } else {
                place += piece;
            }
        }
        if piece > 1 {
            piece /= 2;
        } else if !shorter {
            return list;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn only_what_matters_is_left() {
        let matters = |list: &[u32]| list.contains(&3) && list.contains(&17);
        assert_eq!(shortest((0..24).collect(), matters), [3, 17]);
        assert_eq!(shortest(vec![1], |_| true), Vec::<i32>::new());
        // What matters only together with something that came before it.
        let pair = |list: &[u32]| list.windows(2).any(|w| w[0] > w[1]);
        assert_eq!(shortest(vec![1, 5, 2, 9, 3], pair).len(), 2);
    }
}
