//! Limits that prevent a hostile document from using all memory, time or stack.

/// The limits of a document. The defaults are far above what real models need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum number of bytes of the document.
    pub bytes: u64,
    /// Maximum number of elements of the document, including skipped ones.
    pub elements: u64,
    /// Maximum number of bytes of one tag, comment or stretch of text.
    pub markup_bytes: usize,
    /// Maximum number of attributes of one element.
    pub attributes: usize,
    /// Maximum depth of elements. Trees are as deep as their nodes, so this is generous: they do not use the stack.
    pub depth: usize,
    /// Maximum nesting of expressions and predicates. These use the stack, here and wherever they are walked.
    pub nesting: usize,
    /// Maximum nesting of models, which use more of the stack.
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
