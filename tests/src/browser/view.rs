//! What the person before the page has: a window of some size, and their wishes.

/// A window's inner size in CSS pixels and what the system tells the page of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Inner width.
    pub width: u32,
    /// Inner height.
    pub height: u32,
    /// `prefers-color-scheme: dark`.
    pub dark: bool,
    /// `prefers-reduced-motion: reduce`.
    pub still: bool,
}

impl View {
    /// A laptop.
    pub const WIDE: View = View::sized(1280, 800);
    /// A telephone.
    pub const NARROW: View = View::sized(390, 844);

    /// A light window of this inner size.
    pub const fn sized(width: u32, height: u32) -> View {
        View {
            width,
            height,
            dark: false,
            still: false,
        }
    }

    /// The same window at night.
    pub const fn dark(self) -> View {
        View { dark: true, ..self }
    }

    /// The same window for someone who asked for less motion.
    pub const fn still(self) -> View {
        View {
            still: true,
            ..self
        }
    }
}
