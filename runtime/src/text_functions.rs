//! Text functions in context.
use crate::{Context, Text};
/// One text after the other.
pub fn concat(context: &mut Context<'_>, left: Text, right: Text) -> Text {
    context.intern_with(|context, out| {
        out.push_str(context.text(left));
        out.push_str(context.text(right));
    })
}
