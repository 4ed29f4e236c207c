//! Ranges of numbers, as documents declare them.

use core::fmt;

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower margin; infinite if absent.
    pub left: Option<f64>,
    /// Whether the lower margin belongs to the range.
    pub left_closed: bool,
    /// The upper margin; infinite if absent.
    pub right: Option<f64>,
    /// Whether the upper margin belongs to the range.
    pub right_closed: bool,
}

/// Prints the range in mathematical notation: `[0, 3)`, and `(-∞, 3]` if a margin is absent.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left {
            Some(left) => {
                f.write_str(if self.left_closed { "[" } else { "(" })?;
                write_margin(left, f)?;
            }
            None => f.write_str("(-∞")?,
        }
        f.write_str(", ")?;
        match self.right {
            Some(right) => {
                write_margin(right, f)?;
                f.write_str(if self.right_closed { "]" } else { ")" })
            }
            None => f.write_str("∞)"),
        }
    }
}

/// Writes a margin, with an exponent if that is shorter.
fn write_margin(margin: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match margin.abs() {
        0.0 | 1e-5..1e16 => write!(f, "{margin}"),
        _ => write!(f, "{margin:e}"),
    }
}
