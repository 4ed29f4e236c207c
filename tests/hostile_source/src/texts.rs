//! Texts that end comments, literals and lines, or name what no identifier may.

/// Returns the texts, of which no two are the same.
pub fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = ATTACKS.iter().chain(KEYWORDS).map(|text| (*text).to_owned()).collect();
    texts.push("long name ".repeat(400));
    texts.push("x".repeat(4_000));
    // What generated source has already, as names of fields and in capitals.
    texts.extend(ITEMS.iter().map(|name| (*name).to_owned()));
    texts
}

const ATTACKS: &[&str] = &[
    "\npub fn injected() {}\n//",
    "\r\npub fn injected() {}\r\n",
    "\rpub fn injected() {}",
    "\u{85}pub fn injected() {}",
    "\u{2028}pub fn injected() {}\u{2029}",
    "*/ pub fn injected() {} /*",
    "/* /* /*",
    "//! #![feature(rustc_attrs)]",
    "\"; pub fn injected() {} \"",
    "\"# pub fn injected() {} r#\"",
    "\"## ; b\"x\" c\"x\" #\"x\"# ##\"x\"##",
    "'a'#b k#loop r#self",
    "\\",
    "\\\"",
    "\\u{22}",
    "{{{",
    "}}} fn injected() {}",
    "){}[]",
    "#![deny(warnings)]",
    "] pub fn injected() {} #[doc = ",
    "$crate::injected!()",
    "`\n\n```\nstd::process::exit(1)\n```\n",
    "```rust",
    "``",
    "[injected](crate::injected) <script>alert(1)</script>",
    "    std::process::exit(1)",
    "\u{202E}} injected { \u{2066}",
    "\u{202A}\u{202B}\u{202C}\u{202D}\u{2067}\u{2068}\u{2069}",
    "\u{FEFF}\u{200B}\u{200E}\u{200F}\u{61C}\u{AD}",
    "\u{7F}\u{80}\u{9B}31m\u{9F}",
    "\t\ttabs\t",
    "größe",
    "grösse",
    "花",
    "木",
    "İ ſ K",
    "e\u{301}",
    "\u{1F600}",
    "a b",
    "a.b",
    "a__b",
    "a_b_2",
    "_",
    "__",
    "v",
    "v1",
    "v1_",
    "v 1 cell",
    "1",
    "-1",
    "type ",
    "Type",
    "type_2",
    "NaN",
];

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct",
    "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield", "Self", "union", "auto", "raw", "safe", "default", "macro_rules", "r#type", "r#self", "'static",
    "main", "std", "core", "alloc", "drop", "None", "Some", "Ok",
];

const ITEMS: &[&str] = &[
    "inputs", "outputs", "targets", "texts", "sorted texts", "dictionary", "failures", "model name", "columns",
    "masks", "input", "output", "scorer", "context", "stream", "frame", "row", "rows", "active", "runtime",
    "predict", "predict batch", "score", "run", "enter", "leave", "verify", "stage 0", "words", "result",
    "results", "text", "number", "forest 0", "kernel 0", "table 0", "set 0", "map 0", "array 0", "cell x",
    "text a", "invalid a", "missing a", "field", "field 2", "u64", "f64", "str", "Option", "matches",
];
