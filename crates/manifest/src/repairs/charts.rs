//! A chart's template, read as far as the text alone can say: switches are on, other values are unset, and where a value
//! is written out its name stands for it, as a placeholder.
//!
//! `helm template` with the chart's own values gives more; a lone template is what people have in their clipboard.

use ordinal_api::schema;

use crate::lines::parts;
use crate::text::{Line, Text, indent_of};

/// What a line consists of.
enum Piece<'a> {
    Plain(&'a str),
    /// What stands between `{{` and `}}`, without the dashes.
    Action(String),
}

/// One `if`, `else`, `with`, `range` or `define` that is open.
struct Branch {
    shown: bool,
    /// This branch, or one before it, is the one that counts.
    taken: bool,
}

/// The text without its actions.
pub(crate) fn render(text: &Text) -> Text {
    let lines = pieces(text);
    let holds = branches_with_objects(&lines);
    let mut number = 0;
    let mut open: Vec<Branch> = Vec::new();
    let mut rendered = Text {
        lines: Vec::new(),
        open_end: text.open_end,
    };
    for (pieces, line) in lines.iter().zip(&text.lines) {
        let mut plain = String::new();
        let mut labels = None;
        let acted = pieces.iter().any(|piece| matches!(piece, Piece::Action(_)));
        let is_blank =
            |piece: &Piece<'_>| matches!(piece, Piece::Plain(part) if !part.trim().is_empty());
        let alone = !pieces.iter().any(is_blank);
        for piece in pieces {
            let action = match piece {
                Piece::Plain(part) => {
                    plain.push_str(if is_visible(&open) { part } else { "" });
                    continue;
                }
                Piece::Action(action) => action.as_str(),
            };
            let (word, rest) = action.split_once(' ').unwrap_or((action, ""));
            let begins = matches!(word, "if" | "with" | "range" | "define" | "block" | "else");
            let is_wanted = begins && holds.get(number).copied().unwrap_or(false);
            number += usize::from(begins);
            match word {
                "end" => drop(open.pop()),
                "else" => {
                    let taken = open.pop().is_some_and(|before| before.taken);
                    let condition = rest.trim_start_matches("if ");
                    let shown = !taken && (rest.is_empty() || is_wanted || is_on(condition));
                    open.push(Branch {
                        shown,
                        taken: taken || shown,
                    });
                }
                _ if begins => {
                    let shown = is_wanted || (word == "if" && is_on(rest));
                    open.push(Branch {
                        shown,
                        taken: shown,
                    });
                }
                _ if !is_visible(&open) => {}
                _ => match block_column(action, plain.len(), alone) {
                    Some(column) => labels = template_name(action).map(|name| (column, name)),
                    None => plain.push_str(&value(action, plain.ends_with(['"', '\'']))),
                },
            }
        }
        if is_visible(&open) && !acted || acted && is_kept(&plain) {
            push(&mut rendered, line, plain.trim_end().to_owned());
        }
        if let Some((column, name)) = labels {
            label(&mut rendered, line, column, name);
        }
    }
    versions(&mut rendered);
    rendered
}

/// Fields of few words, for which the chart has a value and the API server a default.
const DEFAULTED: &[&str] = &[
    "accessModes",
    "clusterIP",
    "dnsPolicy",
    "imagePullPolicy",
    "loadBalancerIP",
    "nodePort",
    "podManagementPolicy",
    "priorityClassName",
    "protocol",
    "schedulerName",
    "scheme",
    "storageClassName",
    "type",
    "volumeMode",
];

/// Whether anything is left of a line with actions: not where a key, or such a field, would have a name for a value.
fn is_kept(line: &str) -> bool {
    let bare = line.trim_start_matches([' ', '-']);
    let parts = parts(line);
    let is_unset = parts.value.trim_matches(['"', '\'']).starts_with('<')
        && parts.key.is_some_and(|key| DEFAULTED.contains(&key));
    !(bare.is_empty() || is_unset || bare.starts_with('<') && bare.contains(">:"))
}

fn push(text: &mut Text, from: &Line, line: String) {
    text.lines.push(Line {
        text: line,
        ..from.clone()
    });
}

fn is_visible(open: &[Branch]) -> bool {
    open.iter().all(|branch| branch.shown)
}

/// Every line as pieces; an action of several lines counts for its first.
fn pieces(text: &Text) -> Vec<Vec<Piece<'_>>> {
    let mut result: Vec<Vec<Piece<'_>>> = Vec::new();
    let mut unclosed: Option<String> = None;
    for line in &text.lines {
        let mut found = Vec::new();
        let mut rest = line.text.as_str();
        if let Some(begun) = unclosed.take() {
            let Some((end, after)) = rest.split_once("}}") else {
                unclosed = Some(begun);
                result.push(vec![Piece::Action(String::new())]);
                continue;
            };
            found.push(Piece::Action(bare(&(begun + " " + end))));
            rest = after;
        }
        while let Some((before, after)) = rest.split_once("{{") {
            found.push(Piece::Plain(before));
            rest = match after.split_once("}}") {
                Some((action, after)) => {
                    found.push(Piece::Action(bare(action)));
                    after
                }
                None => {
                    unclosed = Some(after.to_owned());
                    ""
                }
            };
        }
        found.push(Piece::Plain(rest));
        result.push(found);
    }
    result
}

fn bare(action: &str) -> String {
    action.trim_matches(['-', ' ', '\t']).to_owned()
}

/// For each branch in the order of the text, whether a whole object stands in it.
fn branches_with_objects(lines: &[Vec<Piece<'_>>]) -> Vec<bool> {
    let mut holds = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for piece in lines.iter().flatten() {
        match piece {
            Piece::Plain(part) if part.starts_with("kind:") || part.starts_with("apiVersion:") => {
                for branch in open.iter().rev() {
                    if std::mem::replace(&mut holds[*branch], true) {
                        break;
                    }
                }
            }
            Piece::Plain(_) => {}
            Piece::Action(action) => match action.split(' ').next().unwrap_or_default() {
                "end" => drop(open.pop()),
                word @ ("if" | "with" | "range" | "define" | "block" | "else") => {
                    if word == "else" {
                        open.pop();
                    }
                    open.push(holds.len());
                    holds.push(false);
                }
                _ => {}
            },
        }
    }
    holds
}

/// Whether a condition holds when switches are on and nothing else is set.
fn is_on(condition: &str) -> bool {
    let names_a_switch = ["nabled", "create", ".Capabilities"]
        .iter()
        .any(|sign| condition.contains(sign));
    let first = condition.trim_start_matches('(').split(' ').next();
    names_a_switch != matches!(first, Some("not" | "ne" | "empty"))
}

/// The column of what this action writes, if that is a block of its own and no value.
fn block_column(action: &str, before: usize, alone: bool) -> Option<usize> {
    if let Some((_, width)) = action.split_once("indent ") {
        let digits = width.trim_start().split(' ').next().unwrap_or_default();
        let width: usize = digits.parse().unwrap_or(before);
        return Some(if action.contains("nindent") {
            width
        } else {
            width + before
        });
    }
    let statement = action.is_empty()
        || action.starts_with("/*")
        || action.starts_with("toYaml")
        || action.contains("toJson")
        || (action.starts_with('$') && (action.contains(":= ") || action.contains(" = ")))
        || (alone && action.contains(' '));
    statement.then_some(before)
}

/// The name in `include "NAME"` and `template "NAME"`.
fn template_name(action: &str) -> Option<&str> {
    let (_, after) = action
        .split_once("include \"")
        .or_else(|| action.split_once("template \""))?;
    after.split('"').next()
}

/// A label that the chart's own template would have written, the same wherever it stands.
fn label(text: &mut Text, from: &Line, column: usize, template: &str) {
    const NAME: &str = "app.kubernetes.io/name:";
    let mut parent = None;
    for line in text.lines.iter().rev() {
        if line.text.trim().is_empty() {
            continue;
        }
        if indent_of(&line.text) < column {
            parent = parts(&line.text).key;
            break;
        }
        if line.text.trim_start().starts_with(NAME) {
            return;
        }
    }
    if matches!(parent, Some("labels" | "matchLabels" | "selector")) {
        let chart = template.split('.').next().unwrap_or_default();
        let line = format!("{:column$}{NAME} {}", "", crate::emit::scalar(chart));
        push(text, from, line);
    }
}

/// What stands for a value: its default, or a placeholder with its name.
fn value(action: &str, in_quotes: bool) -> String {
    let words = || {
        action
            .split([' ', '(', ')', '|'])
            .filter(|word| !word.is_empty())
    };
    let is_literal = |word: &str| {
        word.starts_with(|c: char| c == '"' || c.is_ascii_digit())
            || matches!(word, "true" | "false")
    };
    let after_default = words().skip_while(|word| *word != "default").nth(1);
    let literal = after_default
        .or(words().next())
        .filter(|word| is_literal(word));
    let path = words().find(|word| word.len() > 1 && word.starts_with(['.', '$']));
    let plain = if action.contains(".Release.Namespace") {
        "default".to_owned()
    } else if let Some(literal) = literal {
        literal.trim_matches('"').to_owned()
    } else {
        let name = template_name(action).or(path.map(|path| {
            let name = path.split_once(".Values.").map_or(path, |(_, name)| name);
            name.trim_matches(['.', '$'])
        }));
        format!("<{}>", name.unwrap_or("value"))
    };
    match !in_quotes && action.contains("quote") {
        true => format!("\"{plain}\""),
        false => plain,
    }
}

/// A version that the chart would have chosen by the cluster's: the one that is served.
fn versions(text: &mut Text) {
    for row in 0..text.lines.len() {
        let line = &text.lines[row].text;
        if !line.starts_with("apiVersion: <") {
            continue;
        }
        let near = &text.lines[row.saturating_sub(2)..(row + 3).min(text.lines.len())];
        let kind = near.iter().find_map(|line| line.text.strip_prefix("kind:"));
        if let Some(version) = kind.and_then(|kind| schema::served_version(kind.trim())) {
            text.lines[row].text = format!("apiVersion: {version}");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Options, read};

    /// A chart's template with most of what charts do: labels from elsewhere, switches, lists, defaults, a version by the cluster.
    const CHART: &str = r#"{{- if .Values.on }}
apiVersion: {{ template "db.version" . }}
kind: StatefulSet
metadata:
  name: {{ include "db.fullname" . }}
  labels: {{- include "db.labels" . | nindent 4 }}
spec:
  serviceName: {{ include "db.fullname" . }}-peers
  replicas: {{ .Values.replicas | default 2 }}
  updateStrategy:
    type: {{ .Values.strategy }}
  selector:
    matchLabels:
      {{- include "db.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "db.selectorLabels" . | nindent 8 }}
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toYaml . | nindent 8 }}
      {{- end }}
      containers:
      - name: db
        image: "{{ .Values.image.name }}:{{ .Values.image.tag }}"
        {{- if .Values.metrics }}
        args: [--metrics]
        {{- else if .Values.persistence.enabled }}
        volumeMounts:
        - name: data
          mountPath: /data
        {{- end }}
  {{- if .Values.persistence.enabled }}
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes:
      {{- range .Values.persistence.modes }}
      - {{ . | quote }}
      {{- end }}
      resources:
        requests:
          storage: {{ .Values.persistence.size | quote }}
  {{- end }}
{{- end }}
"#;

    #[test]
    fn a_chart_s_template_is_read_as_far_as_the_text_says() {
        let reading = read(CHART, &Options::default());

        assert!(reading.is_accepted(), "{:?}", reading.diagnostics);
        assert_eq!(reading.repairs[0].name, "chart-template");
        let labels = json!({"app.kubernetes.io/name": "db"});
        let expected = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db-fullname", "labels": labels},
            "spec": {
                "serviceName": "db-fullname-peers", "replicas": 2, "updateStrategy": null,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{
                        "name": "db", "image": "image-name:image-tag",
                        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                    }]},
                },
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }],
            },
        });
        assert_eq!(reading.documents[0].value, expected);
        let again = read(&reading.repaired_text, &Options::strict());
        assert_eq!(again.documents[0].value, expected);
    }

    #[test]
    fn a_chart_s_template_that_is_to_stay_one_is_refused() {
        let without = ["chart-template".to_owned()].into();
        let kept = Options {
            without,
            ..Options::default()
        };
        for options in [kept, Options::strict()] {
            let reading = read(CHART, &options);
            let found = reading.errors().next().expect("refused");
            assert!(!reading.is_accepted(), "{:?}", reading.repairs);
            assert!(
                found.message.contains("Helm chart template") || options.strict,
                "{}",
                found.message
            );
        }
    }
}
