//! `kubectl events`. Models kubectl `pkg/cmd/events`, v0.37.

use ordinal_api::Value;
use ordinal_api::list::IntoList;
use ordinal_core::Cluster;

use crate::args::Args;
use crate::clock;
use crate::describe::interval;
use crate::discovery;
use crate::format::table::Widths;
use crate::printer::Form;
use crate::resource::{Filter, Item, fetch_all};
use crate::sorting;
use crate::value::text;
use crate::watch::{Dress, Watch};
use crate::{Output, Session};

const FLAGS: &str = "output,o=s all-namespaces,A chunk-size=i for=s no-headers types=l watch,w template=s \
show-managed-fields allow-missing-template-keys";

/// Runs the verb.
pub(super) fn run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Output {
    match try_run(cluster, session, words) {
        Ok(output) | Err(output) => output,
    }
}

fn try_run(cluster: &mut Cluster, session: &mut Session, words: &[&str]) -> Result<Output, Output> {
    let args = Args::read("events", words, FLAGS)?;
    let types: Vec<String> = args.all("types").map(str::to_lowercase).into_list();
    // `--types=` is none.
    let types: Vec<String> = types
        .into_iter()
        .filter(|type_| !type_.is_empty())
        .collect();
    if types
        .iter()
        .any(|type_| type_ != "normal" && type_ != "warning")
    {
        return Err(Output::error("valid --types are Normal or Warning"));
    }
    let form = Form::read(&args, session, false)?;
    let namespace = args
        .get("namespace")
        .unwrap_or(&session.namespace)
        .to_owned();
    let everywhere = args.has("all-namespaces");
    let about = match args.get("for") {
        Some(given) => {
            let Some((type_, name)) = given.split_once('/') else {
                return Err(Output::error("--for must be in resource/name form"));
            };
            let resource = discovery::find(type_).map_err(|why| {
                let mut output = Output::error("");
                output.stderr = format!("{why}\n");
                output
            })?;
            Some((resource, name.to_owned())).filter(|_| !name.is_empty())
        }
        None => None,
    };
    let filter = Filter {
        namespace: (!everywhere).then(|| namespace.clone()),
        ..Filter::default()
    };
    let events = discovery::find("events").map_err(Output::error)?;
    if args.has("watch") {
        let fields = about.map(|(resource, name)| {
            let (kind, version) = (resource.kind, resource.version);
            format!(
                "involvedObject.kind={kind},involvedObject.apiVersion={version},involvedObject.name={name}"
            )
        });
        let filter = Filter {
            fields: fields.unwrap_or_default(),
            ..filter
        };
        let dress = Dress {
            namespace: everywhere,
            no_headers: args.has("no-headers"),
            release: cluster.world().release(),
            ..Dress::default()
        };
        let table = form.is_none().then_some(types);
        let form = form.unwrap_or(Form::Table(false));
        let mut watch = Watch::new(events, filter, None, form, dress);
        watch.types = table;
        let output = Output::printed(watch.begin(cluster, true));
        session.watch = Some(watch);
        return Ok(output);
    }
    let mut items = fetch_all(cluster, events, &filter).map_err(|s| Output::refused(&s))?;
    items.retain(|item| {
        let type_ = text(&item.value, "type").to_lowercase();
        (types.is_empty() || types.contains(&type_))
            && about.as_ref().is_none_or(|(resource, name)| {
                text(&item.value, "involvedObject.kind") == resource.kind
                    && text(&item.value, "involvedObject.apiVersion") == resource.version
                    && text(&item.value, "involvedObject.name") == name
            })
    });
    let seen: Vec<Option<i64>> = items
        .iter()
        .map(|item| clock::parse_ms(last(&item.value)))
        .collect();
    let places = sorting::order(items.len(), &|i, j| seen[i] < seen[j]);
    let items: Vec<Item> = places
        .into_iter()
        .map(|place| items[place].clone())
        .into_list();
    let mut output = Output::default();
    if let Some(mut form) = form {
        let mut list = crate::printer::list(&items);
        list["kind"] = "EventList".into();
        list["metadata"] = serde_json::json!({});
        let text_ = match &mut form {
            // The items of a list have no names of their own.
            Form::Name => Ok(String::new()),
            Form::Json => Ok(super::made::json_of(&list)),
            form => form.print(&list, false),
        };
        match text_ {
            Ok(text_) => output.stdout = text_,
            Err(failed) => return Err(failed),
        }
        return Ok(output);
    }
    if items.is_empty() {
        output.warn(if everywhere {
            "No events found.".to_owned()
        } else {
            format!("No events found in {namespace} namespace.")
        });
        return Ok(output);
    }
    let now = clock::now_ms(cluster.world());
    let mut rows = Vec::new();
    if !args.has("no-headers") {
        rows.push(header(everywhere));
    }
    rows.extend(items.iter().map(|item| row(now, item, everywhere)));
    output.stdout = Widths::default().lines(&rows);
    Ok(output)
}

/// When an event was seen last.
fn last(event: &Value) -> &str {
    ["series.lastObservedTime", "lastTimestamp", "eventTime"]
        .iter()
        .map(|path| text(event, path))
        .find(|moment| !moment.is_empty())
        .unwrap_or_default()
}

/// The header of the rows.
pub(crate) fn header(everywhere: bool) -> Vec<String> {
    let columns = [
        "NAMESPACE",
        "LAST SEEN",
        "TYPE",
        "REASON",
        "OBJECT",
        "MESSAGE",
    ];
    let columns = &columns[usize::from(!everywhere)..];
    columns.iter().map(|column| (*column).to_owned()).collect()
}

/// The row of an event.
pub(crate) fn row(now: i64, item: &Item, everywhere: bool) -> Vec<String> {
    let event = &item.value;
    let object = format!(
        "{}/{}",
        text(event, "involvedObject.kind"),
        text(event, "involvedObject.name")
    );
    let mut row = vec![
        interval(now, event),
        text(event, "type").to_owned(),
        text(event, "reason").to_owned(),
        object,
        text(event, "message").trim().to_owned(),
    ];
    if everywhere {
        row.insert(0, item.namespace().to_owned());
    }
    row
}
