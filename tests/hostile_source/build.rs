//! Generates source from hostile documents in `$OUT_DIR/modules.rs`, which the tests of both editions compile.

#[path = "src/documents.rs"]
mod documents;
#[path = "src/strings.rs"]
mod strings;

use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, Options};
use pmml_compiler::rust;
use std::fmt::Write;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let strings = strings::hostile();
    let mut modules = String::new();
    for (number, document) in documents::documents(&strings).into_iter().enumerate() {
        let path = folder.join(format!("document_{number}.pmml"));
        std::fs::write(&path, &document).expect("the output folder");
        let document = document::read(document.as_bytes(), &Limits::default())
            .unwrap_or_else(|error| panic!("document {number}: {error}"));
        let lowered = lower::lower(&document, &Options::default())
            .unwrap_or_else(|error| panic!("document {number}: {error}"));
        let verification = lower::verification(&document, &Options::default()).ok().flatten();
        for no_alloc in [false, true] {
            // The file's name is one of the strings as well.
            let options =
                rust::Options { origin: strings[number].clone(), no_alloc, ..rust::Options::default() };
            let source = match rust::file(&lowered, verification, &options) {
                Ok(source) => source,
                Err(rust::Error::NeedsAllocator(_)) if no_alloc => continue,
                Err(error) => panic!("document {number}: {error}"),
            };
            let module = format!("file_{number}{}", if no_alloc { "_no_alloc" } else { "" });
            let file = folder.join(format!("{module}.rs"));
            std::fs::write(&file, &source).expect("the output folder");
            let _ = writeln!(modules, "#[path = {file:?}]\npub mod {module};");
        }
        let _ = writeln!(modules, "pub mod macro_{number} {{\n    pmml::pmml_model!({path:?});\n}}");
    }
    std::fs::write(folder.join("modules.rs"), modules).expect("the output folder");
}
