//! Recorded requests to an API server: each is made again, and the answer is compared to the letter.
//!
//! * this file: one case after the other, what is built before it and how it is performed
//! * `compare`: what was recorded against what came back

mod compare;

use ordinal_api::{Kind, SimDuration, Value};
use ordinal_core::apiserver::http::{self, Call};
use ordinal_core::apiserver::{DeleteOptions, Request, Response};
use ordinal_core::release::Release;
use ordinal_core::{Cluster, Config};
use ordinal_kubectl::session::Patience;
use ordinal_kubectl::{Session, run_words};

use super::{CaseOutcome, case_name, cases};
use compare::Seen;

/// Performs every case of a recording on a cluster of its own.
pub fn run(recording: &Value) -> Vec<CaseOutcome> {
    let outcome = |(number, case)| CaseOutcome::of(case_name(case, number), check(case));
    cases(recording).iter().enumerate().map(outcome).collect()
}

fn check(case: &Value) -> Result<(), String> {
    let differences = compare::differences(case, &perform(case)?);
    match differences.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(()),
    }
}

fn perform(case: &Value) -> Result<Seen, String> {
    let mut cluster = empty_cluster(case["release"].as_str().unwrap_or_default());
    for given in case["given"].as_array().into_iter().flatten() {
        build(&mut cluster, given).map_err(|why| format!("given: {why}"))?;
        cluster.run_for(SimDuration(50));
    }
    cluster.run_for(SimDuration(500));
    cluster.take_exchanges();
    let request = &case["request"];
    if request["verb"] == "raw" {
        return Ok(raw(&mut cluster, &request["sent"]));
    }
    let words = strings(&request["args"]);
    let mut session = session(request["manifest"].as_str());
    for (file, text) in request["files"].as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default().to_owned();
        session.files.insert(file.clone(), text);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if matches!(
        words.first(),
        Some(&("drain" | "delete" | "replace" | "wait"))
    ) {
        session.patience = Patience::Pass(|cluster, ms| {
            let _ = cluster.run_for(SimDuration(ms));
        });
    }
    let output = run_words(&mut cluster, &mut session, &words);
    Ok(Seen::of_command(cluster.take_exchanges(), output))
}

/// A cluster without nodes and classes.
fn empty_cluster(release: &str) -> Cluster {
    let mut config = Config::with_nodes(0);
    let short: Vec<&str> = release.split('.').take(2).collect();
    if let Some(release) = Release::parse(release).or_else(|| Release::parse(&short.join("."))) {
        config.release = release;
    }
    let mut cluster = Cluster::without_history(config);
    let classes: Vec<_> = cluster
        .world()
        .store
        .list(Kind::StorageClass)
        .map(|(_, class)| class.meta.name.clone())
        .collect();
    for name in classes {
        let request = Request::Delete {
            kind: Kind::StorageClass,
            namespace: "".into(),
            name,
            options: DeleteOptions::default(),
        };
        let _ = cluster.request(request);
    }
    cluster
}

fn session(stdin: Option<&str>) -> Session {
    stdin.map_or_else(Session::default, Session::with_stdin)
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .map(|item| item.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Makes one of the things that exist before the request.
fn build(cluster: &mut Cluster, given: &Value) -> Result<(), String> {
    if given.get("kubectl").is_some() {
        let words = strings(&given["kubectl"]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut session = session(given["stdin"].as_str());
        let output = run_words(cluster, &mut session, &words);
        return if output.is_ok() {
            Ok(())
        } else {
            Err(output.stderr)
        };
    }
    if let Some(condition) = given["wait"].as_str() {
        return wait(cluster, condition);
    }
    let create = Request::Create {
        object: given.clone(),
        namespace: "default".into(),
        strict: true,
    };
    let made = cluster.request(create).and_then(Response::object);
    let made = made.map_err(|status| status.message)?;
    if let Some(status) = given.get("status") {
        let (kind, meta) = (made.kind(), &made.meta);
        let newest = cluster
            .world()
            .store
            .find(kind, &meta.namespace, &meta.name);
        let mut object = newest.map_or_else(|| made.to_value(), |newest| newest.to_value());
        object["status"] = status.clone();
        let update = Request::UpdateStatus {
            object,
            namespace: "default".into(),
        };
        cluster.request(update).map_err(|status| status.message)?;
    }
    Ok(())
}

/// `persistentvolumeclaims/data status.phase=Bound` or `nodes/n1 spec.taints absent`
fn wait(cluster: &mut Cluster, condition: &str) -> Result<(), String> {
    let (object, what) = condition.split_once(' ').unwrap_or((condition, ""));
    let (plural, name) = object.split_once('/').unwrap_or((object, ""));
    let kind = Kind::from_argument(plural).ok_or_else(|| format!("unknown kind: {plural}"))?;
    for _ in 0..600 {
        let found = cluster.world().store.find(kind, "default", name);
        let found = found.or_else(|| cluster.world().store.find(kind, "", name));
        if let Some(value) = found.map(|object| object.to_value()) {
            let path = what.split(['=', ' ']).next().unwrap_or_default();
            let at = value.pointer(&format!("/{}", path.replace('.', "/")));
            let met = match what.split_once('=') {
                Some((_, wanted)) => at.is_some_and(|at| {
                    at.as_str().map_or_else(|| at.to_string(), str::to_owned) == wanted
                }),
                None => at.is_none(),
            };
            if met {
                return Ok(());
            }
        }
        cluster.run_for(SimDuration(100));
    }
    Err(format!("never came: {condition}"))
}

fn raw(cluster: &mut Cluster, sent: &Value) -> Seen {
    let text = |key: &str| sent[key].as_str().unwrap_or_default();
    let body = match &sent["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    cluster.take_warnings();
    let answer = http::call(
        cluster,
        Call {
            method: text("method"),
            path: text("path"),
            content_type: text("type"),
            body: &body,
        },
    );
    Seen::of_call(answer)
}
