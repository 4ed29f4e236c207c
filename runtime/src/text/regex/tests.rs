use super::*;

#[test]
fn matching_as_java_does() {
    for (text, pattern, expected) in [
        ("banana", "an", true),
        ("banana", "^an", false),
        ("banana", "a$", true),
        ("banana", "(?i)AN", true),
        ("é", r"\w+", false),
        ("é", r"\W", true),
        ("٣", r"\d", false),
        ("\u{a0}", r"\s", false),
        ("é", r"(?U)\w+", true),
        ("é", r"(?u)\w+", true),
        ("é", "(?i)É", false),
        ("é", "(?iu)É", true),
        ("k", "(?i)\u{212a}", false),
        ("é", r"\p{Alpha}", false),
        ("é", r"\p{L}", true),
        ("é", r"\p{IsLatin}", true),
        ("é", r"\P{IsLatin}", false),
        ("a", r"\p{javaLowerCase}", true),
        ("A", r"(?i)\p{Lower}", true),
        ("b", "[a-z&&[^b]]", false),
        ("c", "[a-z&&[^b]]", true),
        ("b", "[a[b]]", true),
        ("a.b", r"\Qa.b\E", true),
        ("axb", r"\Qa.b\E", false),
        ("]", "[]a]", true),
        ("-", "[a-]", true),
        ("-", r"[\w-]", true),
        ("b", "[^a-c]", false),
        ("B", "(?i)[a-c]", true),
        ("É", "(?i)[é]", false),
        ("É", "(?iu)[é]", true),
        ("^", "[a^]", true),
        ("~", "[a~~b]", true),
        ("5", "[[:digit:]]", true),
        ("\\", r"[\\]", true),
        ("a b", "a\\ b", true),
        ("ab", "(?x) a  b # comment", true),
        ("aB", "a(?i:b)", true),
        ("AB", "a(?i:b)", false),
        ("aBC", "a((?i)b)c", false),
        ("A", r"\x41", true),
        ("A", r"\x{41}", true),
        ("A", r"\u0041", true),
        ("A", r"\0101", true),
        ("\u{1}", r"\cA", true),
        ("a\n", "a$", true),
        ("a\r\n", "a$", true),
        ("a\nb", "a$", false),
        ("a\nb", "(?m)a$", true),
        ("a\n", r"a\z", false),
        ("a\n", r"a\Z", true),
        ("a\rb", "a.b", false),
        ("a\rb", "(?d)a.b", true),
        ("a\nb", "(?s)a.b", true),
        ("", "^$", true),
        ("aaa", "^a{2,3}$", true),
        ("aaa", "^a{2}$", false),
        ("word", r"\bword\b", true),
        ("sword", r"\bword\b", false),
        ("sword", r"\Bword", true),
        ("a\u{2028}", r"a\R", true),
    ] {
        let compiled = Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(compiled.matches(text), expected, "{pattern} in {text:?}");
    }
}

#[test]
fn constructs_without_translation() {
    for (pattern, construct, offset) in [
        ("a(?=b)", "a look-ahead", 1),
        ("a(?!b)", "a negative look-ahead", 1),
        ("(?<=a)b", "a look-behind", 0),
        ("(?<!a)b", "a negative look-behind", 0),
        ("(?>a)b", "an atomic group", 0),
        ("a++b", "a possessive quantifier", 1),
        ("a{2}+b", "a possessive quantifier", 1),
        (r"(a)\1", "a back-reference", 3),
        (r"(?<n>a)\k<n>", "a back-reference", 7),
        (r"\p{InGreek}", "a block of Unicode", 0),
    ] {
        assert_eq!(
            Pattern::new(pattern).unwrap_err(),
            PatternError::Unsupported { construct, offset },
            "{pattern}"
        );
    }
    for wrong in [
        "[",
        "(",
        ")",
        "a{",
        "a{x}",
        "{,2}",
        "*",
        r"\",
        r"\x4",
        r"\q",
        "(?y)",
        r"\p{",
        r"\p{}",
        "[a",
        "[a-",
        r"[\b]",
        r"\x{110000}",
        "a{1000}{1000}{1000}",
    ] {
        assert!(matches!(Pattern::new(wrong), Err(PatternError::Invalid(_))), "{wrong}");
    }
    let deep = "[".repeat(100_000) + "a" + &"]".repeat(100_000);
    assert!(Pattern::new(&deep).is_err());
    assert!(Pattern::new(&"(".repeat(100_000)).is_err());
    assert_eq!(
        Pattern::new("a++").unwrap_err().to_string(),
        "the regular expression has a possessive quantifier at position 1, which is not supported"
    );
}

fn replaced(text: &str, pattern: &str, replacement: &str) -> Option<String> {
    let pattern = Pattern::new(pattern).unwrap();
    pattern.replace(text, &Replacement::new(replacement, &pattern).ok()?, usize::MAX, || true)
}

#[test]
fn replacing_as_java_does() {
    for (text, pattern, replacement, expected) in [
        ("banana", "a", "b", "bbnbnb"),
        ("banana", "(a)", "[$1]", "b[a]n[a]n[a]"),
        ("banana", "(a)", "$$", "b$n$n$"),
        ("banana", "(a)", r"\$", "b$n$n$"),
        ("banana", "(a)", "$10", "ba0na0na0"),
        ("banana", "a", "<$0>", "b<a>n<a>n<a>"),
        ("banana", "(?<n>a)", "<${n}>", "b<a>n<a>n<a>"),
        ("banana", "(a)", r"\n", "bnnnnn"),
        ("abc", "", "-", "-a-b-c-"),
        ("abc", "b*", "-", "-a--c-"),
        ("été", "", "-", "-é-t-é-"),
        ("ab", "(a)|(b)", "[$1$2]", "[a][b]"),
        ("a.b.c", "$", "!", "a.b.c!"),
        ("xay", "(?i)A", "", "xy"),
    ] {
        assert_eq!(
            replaced(text, pattern, replacement).as_deref(),
            Some(expected),
            "{pattern} {replacement}"
        );
    }
    for wrong in ["$2", "$", r"\", "${", "${x}", "$x"] {
        assert_eq!(replaced("banana", "(a)", wrong), None, "{wrong}");
    }
}

#[test]
fn finding_and_splitting() {
    let pattern = Pattern::new(r"(?u)\b\w\w+\b").unwrap();
    assert_eq!(pattern.find_all("été, a bc").collect::<Vec<_>>(), ["été", "bc"]);
    assert_eq!(Pattern::new("b*").unwrap().find_all("abé").collect::<Vec<_>>(), ["", "b", "", ""]);
    assert_eq!(Pattern::new(r"\s+").unwrap().split(" a  b").collect::<Vec<_>>(), ["", "a", "b"]);
}

#[test]
fn small_patterns() {
    assert!(Pattern::small(r"^\d+(a|b)?$").is_ok_and(|pattern| pattern.matches("12b")));
    let large = r"\pL{50}";
    assert!(Pattern::new(large).is_ok());
    assert!(matches!(Pattern::small(large), Err(PatternError::Invalid(_))));
}

#[test]
fn replacing_ends_when_the_result_is_too_long() {
    let pattern = Pattern::new("a").unwrap();
    let replacement = Replacement::new("aa", &pattern).unwrap();
    assert_eq!(pattern.replace("aba", &replacement, 5, || true).as_deref(), Some("aabaa"));
    assert_eq!(pattern.replace("aba", &replacement, 4, || true), None);
    assert_eq!(pattern.replace("aba", &replacement, 5, || false), None);
}
