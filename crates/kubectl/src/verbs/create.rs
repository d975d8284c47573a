//! `kubectl create -f FILE` and `kubectl create namespace NAME`.

use ordinal_api::{Kind, Value, value};
use ordinal_core::Cluster;
use ordinal_core::apiserver::Request;

use super::apply::refused;
use super::dry_run::{DryRun, How, suffix};
use super::{files, read};
use crate::args::{Args, switch, value as flag};
use crate::output::typed_name;
use crate::{Output, Session};

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    let from_file = |word: &&str| word.starts_with("-f") || word.starts_with("--filename");
    if !words.iter().any(from_file) {
        return super::generators::create(cluster, session, words);
    }
    let known = [
        flag("filename", Some('f')),
        switch("recursive", Some('R')),
        flag("validate", None),
        flag("dry-run", None),
        switch("save-config", None),
    ];
    let args = match Args::parse("create", words, &known) {
        Ok(args) => args,
        Err(output) => return output,
    };
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    if args.get("filename").is_some() {
        let texts = match files(session, args.all("filename")) {
            Ok(texts) => texts,
            Err(output) => return output,
        };
        let how = match How::of(&args) {
            Ok(how) => how,
            Err(output) => return output,
        };
        let (objects, errors) = read(&texts, "create");
        let mut output = Output::default();
        for (file, object) in &objects {
            output.append(match how.fits(object) {
                Some(refused) => refused,
                None => one(cluster, &namespace, file, object.clone(), &how),
            });
        }
        output.append(errors);
        return output;
    }
    Output::error("must specify one of -f and -k")
}

fn one(cluster: &mut Cluster, namespace: &str, file: &str, object: Value, how: &How) -> Output {
    let text = |path: &[&str]| {
        value::at(&object, path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (api_version, kind_name, name) = (
        text(&["apiVersion"]),
        text(&["kind"]),
        text(&["metadata", "name"]),
    );
    let Some(kind) = Kind::from_api(api_version, kind_name) else {
        let namespace = text(&["metadata", "namespace"]);
        let mut output = Output::error(format!(
            "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{file}\": no matches for kind \"{kind_name}\" in version \"{api_version}\""
        ));
        output.warn("ensure CRDs are installed first");
        return output;
    };
    if how.dry == DryRun::Client {
        return Output::line(format!(
            "{} created{}",
            typed_name(kind, name),
            suffix(how.dry)
        ));
    }
    let request = Request::Create {
        object,
        namespace: namespace.into(),
        strict: true,
    };
    let request = how.with(request, "");
    match cluster
        .request(request)
        .and_then(|response| response.object())
    {
        Ok(created) => {
            let name = typed_name(kind, &created.meta.name);
            Output::line(format!("{name} created{}", suffix(how.dry)))
        }
        Err(status) => refused(&status, file),
    }
}
