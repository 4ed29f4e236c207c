//! Names of the files that the store writes, and of the entries that it sets aside.
//!
//! The store decides by names which files it removes. The names of documents and temporary files contain the identity of a
//! deployment or another random number, so that no other file has such a name.

use crate::routes::is_id;
use crate::version::DeploymentId;
use std::io;

/// The file of the versions of an id.
pub const MANIFEST: &str = "manifest.json";
/// The separator between an id and a random number in the name of an entry that was set aside. No id has a `~`.
const DAMAGED: &str = "~damaged-";

/// Returns the name of a document. Documents of the first format have no deployment.
pub fn document(number: u64, deployment: Option<DeploymentId>) -> String {
    match deployment {
        Some(deployment) => format!("{number}-{deployment}.pmml"),
        None => format!("{number}.pmml"),
    }
}

/// Returns a new name for a temporary file.
pub fn temporary() -> io::Result<String> {
    Ok(format!(".{}.tmp", DeploymentId::random()?))
}

/// Returns a new name for an id that is set aside.
pub fn damaged(id: &str) -> io::Result<String> {
    Ok(format!("{id}{DAMAGED}{}", DeploymentId::random()?))
}

/// Returns whether a name is that of an entry that was set aside.
pub fn is_damaged(name: &str) -> bool {
    name.rsplit_once(DAMAGED).is_some_and(|(id, number)| is_id(id) && is_random(number))
}

/// Returns whether a name is that of a document with a deployment, or of a temporary file.
pub fn is_own(name: &str) -> bool {
    is_temporary(name)
        || name
            .strip_suffix(".pmml")
            .and_then(|name| name.split_once('-'))
            .is_some_and(|(number, deployment)| number.parse::<u64>().is_ok() && is_random(deployment))
}

/// Returns whether a name is that of a temporary file.
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp")).is_some_and(is_random)
}

fn is_random(text: &str) -> bool {
    text.parse::<DeploymentId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_recognized_and_others_are_not() {
        let deployment = DeploymentId::random().unwrap();
        assert!(is_own(&document(7, Some(deployment))));
        assert!(is_own(&temporary().unwrap()));
        assert!(is_damaged(&damaged("a.b-c").unwrap()));
        for name in [
            "1.pmml",
            MANIFEST,
            ".tmp",
            ".abc123",
            "1-2.pmml",
            "notes.txt",
            ".0123456789ABCDEF0123456789ABCDEF.tmp",
            "x-0123456789abcdef0123456789abcdef.pmml",
            "1-0123456789abcdef0123456789abcdef.pmml.bak",
            "+0123456789abcdef0123456789abcde.tmp",
        ] {
            assert!(!is_own(name) && !is_damaged(name), "{name}");
        }
    }
}
