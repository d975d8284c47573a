//! Iterators to vectors, in little code.

/// An iterator of which a vector can be made.
pub trait IntoList: Iterator + Sized {
    /// All that comes, as `collect` does it; that one asks ahead how much there will be, which costs the page more code
    /// than the memory is worth.
    fn into_list(self) -> Vec<Self::Item> {
        let mut list = Vec::new();
        for item in self {
            list.push(item);
        }
        list
    }
}

impl<I: Iterator> IntoList for I {}
