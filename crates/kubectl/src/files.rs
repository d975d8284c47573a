//! The files that commands can name: what stands in the editor, as a whole and by the names that its text gives.
//!
//! Tutorials name their files in headings (`mongodb-sts.yaml`, and the manifest below it) or only in commands
//! (the manifest, and below it `kubectl apply -f web.yaml`).

use ordinal_api::list::IntoList;
use ordinal_api::sorted::SortedMap;
use ordinal_manifest::{Origin, Reading};

use crate::format::yaml;

/// The name of the whole text.
pub const WHOLE: &str = "manifests.yaml";

/// The name of what the text refers to and does not hold.
pub const PLACEHOLDERS: &str = "placeholders.yaml";

/// A name of a file in a text: its line, and whether a command names it.
struct Mention<'t> {
    line: u32,
    name: &'t str,
    in_command: bool,
}

/// The files of a text, by name.
pub fn files(text: &str, reading: &Reading) -> SortedMap<String, String> {
    let mut files = SortedMap::new();
    if text.trim().is_empty() {
        return files;
    }
    files.insert(WHOLE.to_owned(), reading.repaired_text.clone());
    let made = reading.documents.iter();
    let made = made.filter(|document| document.origin == Origin::Placeholder);
    let made: Vec<String> = made.map(|d| yaml::write(&d.value)).into_list();
    if !made.is_empty() {
        files.insert(PLACEHOLDERS.to_owned(), made.join("---\n"));
    }
    let mentions = mentions(text);
    let written = reading.documents.iter();
    let written = written.filter(|document| document.origin == Origin::Text);
    let mut documents: Vec<(u32, String)> = written
        .map(|document| (document.at.line, yaml::write(&document.value)))
        .into_list();
    let headings: Vec<&Mention<'_>> = mentions.iter().filter(|m| !m.in_command).into_list();
    for (at, heading) in headings.iter().enumerate() {
        let end = headings.get(at + 1).map_or(u32::MAX, |next| next.line);
        let content = take(&mut documents, heading.line, end);
        if !content.is_empty() {
            files.insert(heading.name.to_owned(), content);
        }
    }
    for mention in mentions.iter().filter(|mention| mention.in_command) {
        if files.contains_key(mention.name) {
            continue;
        }
        let base = |name: &str| name.rsplit('/').next().map(str::to_owned);
        let same = files
            .iter()
            .find(|(name, _)| base(name) == base(mention.name));
        let content = match same {
            Some((_, content)) => content.clone(),
            None => take(&mut documents, 0, mention.line),
        };
        if !content.is_empty() {
            files.insert(mention.name.to_owned(), content);
        }
    }
    files
}

/// Takes the documents between two lines.
fn take(documents: &mut Vec<(u32, String)>, from: u32, to: u32) -> String {
    let inside = |line: u32| line > from && line < to;
    let texts = documents.iter().filter(|(line, _)| inside(*line));
    let texts: Vec<&str> = texts.map(|(_, text)| text.as_str()).into_list();
    let all = texts.join("---\n");
    documents.retain(|(line, _)| !inside(*line));
    all
}

fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let in_command = line.contains("kubectl");
        for word in line.split([' ', '\t', '`', '"', '\'', ',', ':', '*']) {
            let is_file = [".yaml", ".yml"]
                .iter()
                .any(|end| word.strip_suffix(end).is_some_and(|name| !name.is_empty()));
            if is_file && !word.contains("//") {
                let line = number as u32 + 1;
                let name = word.trim_start_matches("./");
                all.push(Mention {
                    line,
                    name,
                    in_command,
                });
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use ordinal_manifest::{Options, read};

    use super::*;

    fn names(text: &str) -> Vec<(String, usize)> {
        let reading = read(text, &Options::default());
        let files = files(text, &reading).into_iter();
        files
            .map(|(name, content)| (name, content.matches("kind: ").count()))
            .collect()
    }

    fn map(name: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
    }

    #[test]
    fn a_text_without_names_is_one_file() {
        assert_eq!(names(&map("a")), [("manifests.yaml".to_owned(), 1)]);
        assert_eq!(names(""), []);
    }

    #[test]
    fn headings_name_what_is_below_them() {
        let text = format!(
            "pvs/one.yaml\n\n{}\npvs/two.yaml (1)\n\n{}---\n{}\n$ kubectl create -f pvs/\n$ kubectl create -f ./deep/two.yaml\n",
            map("a"),
            map("b"),
            map("c")
        );

        let found = names(&text);

        let expected = [
            ("deep/two.yaml", 2),
            ("manifests.yaml", 3),
            ("pvs/one.yaml", 1),
            ("pvs/two.yaml", 2),
        ];
        assert_eq!(
            found,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }

    #[test]
    fn commands_name_what_is_above_them() {
        let text = format!(
            "{}\nNow say:\n\n```bash\nkubectl apply -f a.yaml\n```\n\n```yaml\n{}```\n\n```bash\nkubectl apply -f b.yaml && kubectl get pod -w\n```\nkubectl delete -f b.yaml\n",
            map("a"),
            map("b")
        );

        let found = names(&text);

        let expected = [("a.yaml", 1), ("b.yaml", 1), ("manifests.yaml", 2)];
        assert_eq!(
            found,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }
}
