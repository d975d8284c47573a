//! Texts that lie beside the repository on some machines and are no part of it.

use std::fs;
use std::path::Path;

use ordinal_tests::skip;

/// The files of a folder beside the repository whose names begin with a digit, by name. Says so when there are none.
pub(crate) fn texts(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(folder);
    let Ok(files) = fs::read_dir(path) else {
        skip(&format!("the {folder} texts are not beside the repository"));
        return Vec::new();
    };
    let named = files.flatten().filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let numbered = name.starts_with(|c: char| c.is_ascii_digit());
        numbered.then(|| (name, fs::read(file.path()).expect("a readable file")))
    });
    let mut texts: Vec<_> = named.collect();
    texts.sort();
    texts
}
