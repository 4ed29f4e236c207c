//! Limits that keep a hostile document from taking all memory, time or stack.

/// How large a document may be. The defaults are far above what honest models need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: u64,
    /// Elements of the document, counting skipped ones.
    pub elements: u64,
    /// Bytes of one tag, comment or stretch of text.
    pub markup_bytes: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Elements inside one another. Trees are as deep as their nodes, so this is generous: they do not use the stack.
    pub depth: usize,
    /// Expressions and predicates inside one another. These do use the stack, here and wherever they are walked.
    pub nesting: usize,
    /// Models inside one another, which use more of it.
    pub models: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 1 << 30,
            elements: 30_000_000,
            markup_bytes: 16 << 20,
            attributes: 256,
            depth: 10_000,
            nesting: 200,
            models: 30,
        }
    }
}
