//! Documents of a collection: inserted, removed, found.

use ordinal_api::list::IntoList;
use ordinal_core::World;

use super::super::Inside;
use super::set::Store;
use super::value::{field, same, shown};

/// What a collection answers.
pub(super) fn documents(
    world: &World,
    at: &Inside,
    store: &mut Store,
    collection: &str,
    verb: &str,
    given: &str,
    tail: &str,
) -> String {
    let wanted = shown(given);
    let fits = |(of, document): &(String, String)| of == collection && same(document, &wanted);
    match verb {
        "insert" | "insertOne" | "save" => {
            let number = store.documents.len() + 1;
            let secs = (ordinal_api::time::EPOCH_UNIX_MS + world.now().as_ms()) / 1000;
            let host = at
                .pod
                .bytes()
                .fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % (1 << 40));
            let id = format!("ObjectId(\"{secs:08x}{host:010x}{number:06x}\")");
            let document = match field(&wanted, "_id") {
                Some(_) => wanted,
                None => wanted.replacen("{ ", &format!("{{ \"_id\" : {id}, "), 1),
            };
            store.documents.push((collection.to_owned(), document));
            match verb {
                "insertOne" => {
                    format!("{{\n\t\"acknowledged\" : true,\n\t\"insertedId\" : {id}\n}}\n")
                }
                _ => "WriteResult({ \"nInserted\" : 1 })\n".to_owned(),
            }
        }
        "remove" | "deleteOne" | "deleteMany" | "drop" => {
            let before = store.documents.len();
            match (verb, store.documents.iter().position(fits)) {
                ("deleteOne", Some(at)) => {
                    store.documents.remove(at);
                }
                ("deleteOne", None) => {}
                _ => store.documents.retain(|one| !fits(one)),
            }
            let gone = before - store.documents.len();
            match verb {
                "drop" => format!("{}\n", gone > 0),
                "remove" => format!("WriteResult({{ \"nRemoved\" : {gone} }})\n"),
                _ => format!("{{ \"acknowledged\" : true, \"deletedCount\" : {gone} }}\n"),
            }
        }
        "find" | "findOne" | "count" | "countDocuments" => {
            let own: Vec<&str> = store
                .documents
                .iter()
                .filter(|one| fits(one))
                .map(|(_, document)| document.as_str())
                .into_list();
            if verb.starts_with("count") || tail.starts_with(".count") {
                return format!("{}\n", own.len());
            }
            let most = if verb == "findOne" { 1 } else { usize::MAX };
            if most == 1 && own.is_empty() {
                return "null\n".to_owned();
            }
            own.iter()
                .take(most)
                .map(|document| format!("{document}\n"))
                .collect()
        }
        _ => format!("{verb} of a collection is not simulated\n"),
    }
}
