//! `kubectl create TYPE NAME`: which types there are, what each takes, and what it makes.
//!
//! Models kubectl `pkg/cmd/create`, v0.37. Ingresses and access rules are shown with `--dry-run` and not made: nothing
//! here reads them.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;
use serde_json::json;

use super::{access, hash, ingress, policy, service, sources, token, workload};
use crate::args::{Args, has_value_next, misuse};
use crate::verbs::common::Dry;
use crate::verbs::{help, made};
use crate::{Output, Session};

/// What a type is made from.
pub(super) struct Given<'a> {
    pub(super) session: &'a Session,
    pub(super) args: &'a Args,
    pub(super) name: &'a str,
    /// What follows `--`, or the name.
    pub(super) command: &'a [String],
    /// The last word of the type: `clusterip`.
    pub(super) type_: &'static str,
}

/// A type that can be made from flags.
struct Type {
    name: &'static str,
    /// Its other names, separated by spaces.
    also: &'static str,
    flags: &'static str,
    /// Flags that must be there.
    required: &'static [&'static str],
    make: fn(&Given) -> Result<Value, Output>,
}

/// A table of flags with those that every type has.
macro_rules! flags {
    ($own:literal) => {
        concat!(
            $own,
            " dry-run=?unchanged output,o=s save-config validate=?strict field-manager=s template=s allow-missing-template-keys show-managed-fields"
        )
    };
}

const SOURCES: &str = flags!("append-hash from-literal=s from-file=l from-env-file=l type=s");

/// The types, in kubectl's order.
#[rustfmt::skip]
const TYPES: &[Type] = &[
    Type { name: "namespace", also: "ns", flags: flags!(""), required: &[], make: plain },
    Type { name: "quota", also: "resourcequota", flags: flags!("hard=s scopes=s"), required: &[], make: policy::quota },
    Type { name: "secret generic", also: "", flags: SOURCES, required: &[], make: sources::secret },
    Type { name: "secret tls", also: "", flags: flags!("append-hash cert=s key=s"), required: &[], make: sources::tls },
    Type {
        name: "secret docker-registry", also: "",
        flags: flags!("append-hash docker-server=s docker-username=s docker-password=s docker-email=s from-file=l"),
        required: &[], make: sources::registry,
    },
    Type { name: "configmap", also: "cm", flags: SOURCES, required: &[], make: sources::config },
    Type { name: "serviceaccount", also: "sa", flags: flags!(""), required: &[], make: plain },
    Type { name: "service clusterip", also: "", flags: flags!("tcp=l clusterip=s"), required: &[], make: service::service },
    Type { name: "service nodeport", also: "", flags: flags!("tcp=l node-port=i"), required: &[], make: service::service },
    Type { name: "service loadbalancer", also: "", flags: flags!("tcp=l"), required: &[], make: service::service },
    Type {
        name: "service externalname", also: "", flags: flags!("tcp=l external-name=s"),
        required: &["external-name"], make: service::service,
    },
    Type {
        name: "deployment", also: "deploy", flags: flags!("image=l port=i replicas,r=i"),
        required: &["image"], make: workload::deployment,
    },
    Type {
        name: "poddisruptionbudget", also: "pdb", flags: flags!("min-available=s max-unavailable=s selector=s"),
        required: &[], make: policy::budget,
    },
    Type {
        name: "priorityclass", also: "pc",
        flags: flags!("value=i global-default description=s preemption-policy=s"),
        required: &[], make: policy::priority,
    },
    Type {
        name: "ingress", also: "ing", flags: flags!("class=s rule=s default-backend=s annotation=s"),
        required: &[], make: ingress::ingress,
    },
    Type { name: "role", also: "", flags: flags!("verb=l resource=l resource-name=s"), required: &[], make: access::role },
    Type {
        name: "clusterrole", also: "",
        flags: flags!("verb=l resource=l resource-name=s non-resource-url=l aggregation-rule=s"),
        required: &[], make: access::role,
    },
    Type {
        name: "rolebinding", also: "", flags: flags!("role=s clusterrole=s user=s group=s serviceaccount=s"),
        required: &[], make: access::binding,
    },
    Type {
        name: "clusterrolebinding", also: "", flags: flags!("clusterrole=s user=s group=s serviceaccount=s"),
        required: &["clusterrole"], make: access::binding,
    },
    Type { name: "job", also: "", flags: flags!("image=s from=s"), required: &[], make: workload::job },
    Type {
        name: "cronjob", also: "cj", flags: flags!("image=s schedule=s restart=s"),
        required: &["image", "schedule"], make: workload::cron_job,
    },
];

/// `namespace`, `serviceaccount`: a name and nothing else.
fn plain(given: &Given) -> Result<Value, Output> {
    let metadata = json!({ "name": given.name });
    Ok(match given.type_ {
        "namespace" => {
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {}, "status": {}})
        }
        _ => json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}),
    })
}

/// `a=b,c=d` as an object.
pub(super) fn labels(text: &str) -> Value {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

/// A number where it is one.
pub(in crate::verbs) fn int_or_string(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| json!(text), |number| json!(number))
}

/// Runs `kubectl create TYPE NAME …`.
pub(super) fn run(
    cluster: &mut Cluster,
    session: &mut Session,
    words: &[&str],
) -> Result<Output, Output> {
    let mut rest = words.to_vec();
    let mut take = || {
        let is_value = |at: usize| at > 0 && has_value_next(rest[at - 1]);
        let mut places = 0..rest.len();
        let place = places.find(|at| !rest[*at].starts_with('-') && !is_value(*at))?;
        Some(rest.remove(place))
    };
    let Some(first) = take() else {
        Args::read("create", words, super::FLAGS)?;
        return Err(Output::error("must specify one of -f and -k"));
    };
    let type_ = match first {
        "secret" | "service" | "svc" => {
            let group = if first == "secret" {
                "secret"
            } else {
                "service"
            };
            let sub = take();
            let known = format!("{group} {}", sub.unwrap_or_default());
            if !TYPES.iter().any(|type_| type_.name == known) {
                let verb = format!("create {group}");
                // A group has no flags of its own.
                let args = Args::read(&verb, &rest, "")?;
                let Some(sub) = sub else {
                    return Err(help::group(&verb));
                };
                let shown: Vec<&str> = std::iter::once(sub)
                    .chain(args.rest.iter().map(String::as_str))
                    .into_list();
                let fault = format!("unknown command \"{}\"", shown.join(" "));
                return Err(misuse(&verb, &fault));
            }
            known
        }
        "token" => return token::run(cluster, session, &rest),
        other => other.to_owned(),
    };
    let of_name =
        |type_: &&Type| type_.name == first || type_.also.split(' ').any(|also| also == first);
    let Some(type_) = TYPES
        .iter()
        .find(|known| known.name == type_)
        .or_else(|| TYPES.iter().filter(|_| !type_.contains(' ')).find(of_name))
    else {
        let args = Args::read("create", words, super::FLAGS)?;
        let why = format!("Unexpected args: [{}]", args.rest.join(" "));
        return Err(misuse("create", &why));
    };
    let verb = format!("create {}", type_.name);
    let args = Args::read(&verb, &rest, type_.flags)?;
    let missing: Vec<String> = type_
        .required
        .iter()
        .filter(|flag| !args.is_given(flag))
        .map(|flag| format!("\"{flag}\""))
        .into_list();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(Output::error(format!("required flag(s) {missing} not set")));
    }
    // What follows `--` is a command.
    let count = args.dash.unwrap_or(args.rest.len());
    let (names, command) = args.rest.split_at(count.min(args.rest.len()));
    let [name] = names else {
        let why = format!("exactly one NAME is required, got {}", names.len());
        return Err(misuse(&verb, &why));
    };
    crate::verbs::dry_run::validation(&args)?;
    let mut output = Output::default();
    let dry = Dry::read(&args, cluster, &mut output)?;
    let given = Given {
        session,
        args: &args,
        name,
        command,
        type_: type_.name.rsplit(' ').next().unwrap_or_default(),
    };
    let from = workload::job_from(cluster, &given)?;
    let mut object = from.map_or_else(|| (type_.make)(&given), Ok)?;
    if args.has("append-hash") {
        object["metadata"]["name"] = format!("{name}-{}", hash::of(&object)).into();
    }
    made::finish(
        cluster,
        session,
        &args,
        &mut object,
        dry,
        "create",
        &mut output,
    )?;
    Ok(output)
}
