//! The field table is generated from the fields that the API server publishes.
//!
//! `ORDINAL_WRITE_TABLE=1 cargo test -p ordinal-api --test schema_table` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ordinal_api::schema::{self, FieldType, Leaf, ListType};

const PUBLISHED: &str = "../../../shared/conformance/fields-1.37.1.tsv";
const TABLE: &str = "src/schema/table.txt";

#[test]
fn the_committed_table_is_what_the_published_fields_give() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(published) = std::fs::read_to_string(root.join(PUBLISHED)) else {
        eprintln!("skipped: {PUBLISHED} is not there");
        return;
    };
    let committed = std::fs::read_to_string(root.join(TABLE)).expect("the table is there");
    let generated = with_zeros(&generate(&published), &committed);
    if std::env::var_os("ORDINAL_WRITE_TABLE").is_some() {
        std::fs::write(root.join(TABLE), &generated).expect("the table can be written");
    }
    let committed = std::fs::read_to_string(root.join(TABLE)).expect("the table is there");
    assert_eq!(committed, generated);
    assert!(committed.len() <= 32 * 1024, "{} bytes", committed.len());
}

#[test]
fn a_field_has_its_type_its_keys_and_its_values() {
    let set = schema::kind_type("apps/v1", "StatefulSet").expect("a modelled kind");
    let spec = schema::field(set, "spec")
        .and_then(|field| field.ty.object())
        .expect("an object");
    assert_eq!(schema::type_name(spec), "StatefulSetSpec");
    assert_eq!(
        schema::field(spec, "replicas").expect("known").ty,
        FieldType::One(Leaf::Int32)
    );
    assert!(schema::field(spec, "template").expect("known").required);
    assert!(schema::field(spec, "replica").is_none());
    let policy = schema::field(spec, "podManagementPolicy").expect("known");
    assert_eq!(
        policy.enum_values().collect::<Vec<_>>(),
        ["OrderedReady", "Parallel"]
    );

    let pod = schema::type_named("core.v1", "PodSpec").expect("a type");
    let containers = schema::field(pod, "containers").expect("known");
    assert!(matches!(containers.ty, FieldType::List(Leaf::Object(_))));
    assert_eq!(containers.patch.expect("merged").key, Some("name"));
    assert_eq!(containers.list, Some(ListType::Map("name")));
    let container = containers.ty.object().expect("an object");
    let ports = schema::field(container, "ports").expect("known");
    assert_eq!(ports.list, Some(ListType::Map("containerPort,protocol")));
    let volumes = schema::field(pod, "volumes")
        .expect("known")
        .patch
        .expect("merged");
    assert!(volumes.merge && volumes.retain_keys);
    let strategy = schema::field(pod, "nodeSelector").expect("known");
    assert_eq!(strategy.ty, FieldType::Map(Leaf::String));
}

#[test]
fn every_modelled_kind_has_a_type_with_metadata() {
    for (version, kind) in schema::kinds() {
        let id = schema::kind_type(version, kind).unwrap_or_else(|| panic!("{version} {kind}"));
        let metadata = schema::field(id, "metadata").and_then(|field| field.ty.object());
        assert_eq!(
            metadata.map(schema::type_name),
            Some("ObjectMeta"),
            "{version} {kind}"
        );
        assert_eq!(schema::served_version(kind), Some(version));
    }
    assert_eq!(schema::kind_type("apps/v1beta1", "StatefulSet"), None);
}

/// Types that are written as a letter, because they are no objects.
const LEAVES: &[(&str, &str)] = &[
    ("string", "s"),
    ("string:byte", "y"),
    ("integer:int32", "i"),
    ("integer:int64", "l"),
    ("boolean", "b"),
    ("meta.v1.Time", "t"),
    ("meta.v1.MicroTime", "u"),
    ("api.resource.Quantity", "q"),
    ("util.intstr.IntOrString", "o"),
    ("object", "a"),
    ("meta.v1.FieldsV1", "a"),
    ("runtime.RawExtension", "a"),
];

fn generate(published: &str) -> String {
    let mut types: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for line in published.lines().skip(2) {
        let row: Vec<&str> = line.split('\t').collect();
        if !LEAVES.iter().any(|leaf| leaf.0 == row[0]) {
            let fields = types.entry(row[0]).or_default();
            if !row[1].is_empty() {
                fields.insert(row[1], row);
            }
        }
    }
    let order: Vec<&str> = types.keys().copied().collect();
    let mut text = String::new();
    let mut group = "";
    for (name, fields) in &types {
        let (of, short) = name.rsplit_once('.').expect("group and name");
        if of != group {
            group = of;
            let _ = writeln!(text, "#{group}");
        }
        text.push_str(short);
        for (field, row) in fields {
            let _ = write!(text, " {field}:{}{}", type_code(&order, row[2]), marks(row));
        }
        text.push('\n');
    }
    text
}

/// What is kept of zero values is read from k8s.io/api's types (`-`: `omitempty` and no pointer, `^`: neither, `%`: a pointer without it), not from
/// what is published: those marks are taken over. So is the order of the fields.
fn with_zeros(generated: &str, committed: &str) -> String {
    let line = |(new, old): (&str, &str)| {
        let words = new.split(' ').map(|word| {
            let name = word.split_once(':').map_or(word, |(name, _)| name);
            let mut old = old.split(' ');
            let old = old.find_map(|old| old.strip_prefix(name)?.strip_prefix(':'));
            let marks = |old: &str| old.find(['-', '^', '%', '!', '~', '@', '|']);
            let is =
                |at: &usize| matches!(old.map(|old| old.as_bytes()[*at]), Some(b'-' | b'^' | b'%'));
            let Some(at) = old.and_then(marks).filter(is) else {
                return word.to_owned();
            };
            let (start, rest) = word.split_at(name.len() + 1 + at);
            format!("{start}{}{rest}", &old.unwrap_or_default()[at..=at])
        });
        let place = |word: &String| {
            let name = word.split(':').next();
            old.split(' ').position(|old| old.split(':').next() == name)
        };
        let mut words: Vec<String> = words.collect();
        words.sort_by_key(place);
        words.join(" ") + "\n"
    };
    generated.lines().zip(committed.lines()).map(line).collect()
}

fn type_code(order: &[&str], ty: &str) -> String {
    if let Some(item) = ty.strip_prefix("[]") {
        return format!("[{}", type_code(order, item));
    }
    if let Some(item) = ty
        .strip_prefix("map[")
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return format!("{{{}", type_code(order, item));
    }
    if let Some(leaf) = LEAVES.iter().find(|leaf| leaf.0 == ty) {
        return leaf.1.to_owned();
    }
    order
        .iter()
        .position(|known| *known == ty)
        .expect("a listed type")
        .to_string()
}

fn marks(row: &[&str]) -> String {
    let mut text = String::new();
    if row[3] == "required" {
        text.push('!');
    }
    match row[4].split_once(' ').unwrap_or((row[4], "")) {
        ("", _) => {}
        ("merge", key) => text.push_str(&format!("~{key}")),
        ("merge,retainKeys" | "retainKeys", key) => text.push_str(&format!("~+{key}")),
        ("replace", _) => text.push_str("~="),
        other => panic!("unknown patch strategy {other:?}"),
    }
    match row[5].split_once(' ').unwrap_or((row[5], "")) {
        ("", _) => {}
        ("atomic", _) => text.push_str("@a"),
        ("set", _) => text.push_str("@s"),
        ("granular", _) => text.push_str("@g"),
        ("map", keys) => text.push_str(&format!("@{keys}")),
        other => panic!("unknown list type {other:?}"),
    }
    assert!(row[6].is_empty(), "a default: teach the table to hold it");
    if !row[7].is_empty() {
        text.push('|');
        text.push_str(&row[7].replace(',', "|"));
    }
    text
}
