//! What `create`, `run` and `expose` make from flags, and what templates and YAML look like, to the letter.

use ordinal_kubectl::Output;

use super::Terminal;

fn run(line: &str) -> Output {
    let mut terminal = Terminal::empty();
    ordinal_kubectl::run(&mut terminal.cluster, &mut terminal.session, line)
}

#[track_caller]
fn prints(line: &str, expected: &str) {
    let output = run(line);
    assert_eq!(output.stdout, expected, "{}", output.stderr);
}

#[track_caller]
fn refuses(line: &str, expected: &str) {
    let output = run(line);
    assert_eq!(output.stderr, expected);
    assert_eq!(output.exit, 1);
}

#[test]
fn a_job_and_a_cronjob_are_made_from_an_image() {
    prints(
        "kubectl create job hello --image=busybox --dry-run=client -o yaml -- echo hi",
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hello\nspec:\n  template:\n    metadata: {}\n    spec:\n      containers:\n      - command:\n        - echo\n        - hi\n        image: busybox\n        name: hello\n        resources: {}\n      restartPolicy: Never\nstatus: {}\n",
    );
    refuses(
        "kubectl create cronjob tick --image=busybox",
        "error: required flag(s) \"schedule\" not set\n",
    );
}

#[test]
fn a_budget_takes_an_amount_and_a_set_of_values() {
    refuses(
        "kubectl create pdb web --selector=app=web --min-available=x",
        "error: invalid format specified for min-available\n",
    );
    prints(
        "kubectl create pdb web --selector='app in (a,b)' --max-unavailable=1 --dry-run=client -o jsonpath='{.spec.selector}'",
        "{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"a\",\"b\"]}]}",
    );
}

#[test]
fn each_type_has_its_own_flags_and_names_itself_in_its_faults() {
    refuses(
        "kubectl create deployment web --image=nginx --port=x",
        "error: invalid argument \"x\" for \"--port\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\nSee 'kubectl create deployment --help' for usage.\n",
    );
    refuses(
        "kubectl create service clusterip web --tcp=x",
        "error: strconv.ParseUint: parsing \"x\": invalid syntax\n",
    );
    refuses(
        "kubectl create service foo",
        "error: unknown command \"foo\"\nSee 'kubectl create service -h' for help and examples\n",
    );
}

#[test]
fn a_key_that_is_there_twice_is_told_with_the_name_of_the_map() {
    refuses(
        "kubectl create cm app --from-literal=a=b --from-literal=a=c",
        "error: cannot add key \"a\", another key by that name already exists in Data for ConfigMap \"app\"\n",
    );
}

#[test]
fn a_pod_that_is_run_and_exposed_has_a_service_after_it() {
    prints(
        "kubectl run web --image=nginx --port=80 --expose --dry-run=client",
        "pod/web created (dry run)\nservice/web created (dry run)\n",
    );
    refuses(
        "kubectl run web --image=nginx --rm",
        "error: --rm should only be used for attached containers\n",
    );
}

#[test]
fn an_object_in_a_namespace_that_is_not_there_is_told_as_the_namespace() {
    refuses(
        "kubectl get pod web-0 -n nowhere",
        "Error from server (NotFound): namespaces \"nowhere\" not found\n",
    );
}

#[test]
fn a_long_text_goes_on_below_after_column_80() {
    let words = "1: 2345678 ".repeat(10);
    prints(
        &format!(
            "kubectl create cm app --from-literal=a='{}' --dry-run=client -o jsonpath='{{.data.a}}'",
            words.trim_end()
        ),
        words.trim_end(),
    );
    let output = run(&format!(
        "kubectl create cm app --from-literal=a='{}' --dry-run=client -o yaml",
        words.trim_end()
    ));
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        lines[2],
        "  a: '1: 2345678 1: 2345678 1: 2345678 1: 2345678 1: 2345678 1: 2345678 1: 2345678"
    );
    assert_eq!(lines[3], "    1: 2345678 1: 2345678 1: 2345678'");
}

#[test]
fn what_a_template_made_before_it_failed_stays_printed() {
    let output =
        run("kubectl get ns default -o go-template='{{.kind}} {{index .spec.finalizers 3}}'");
    assert!(
        output
            .stdout
            .starts_with("Namespace Error executing template: template: output:1:2"),
        "{}",
        output.stdout
    );
    assert!(
        output
            .stderr
            .ends_with("error calling index: index out of range: 3\n")
    );
}

#[test]
fn a_path_is_answered_with_the_keys_in_the_order_of_the_server() {
    let output = run("kubectl get --raw /api/v1/namespaces/kube-public");
    assert!(
        output.stdout.starts_with("{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"kube-public\",\"uid\":"),
        "{}",
        output.stdout
    );
    refuses(
        "kubectl get --raw x",
        "error: --raw must be a valid URL path: parse \"x\": invalid URI for request\n",
    );
}

#[test]
fn a_property_of_the_kubeconfig_is_set_and_taken_away() {
    let mut terminal = Terminal::empty();
    let mut says = |line: &str| {
        let output = ordinal_kubectl::run(&mut terminal.cluster, &mut terminal.session, line);
        output.stdout + &output.stderr
    };
    let namespace = "contexts.kubernetes-admin@kubernetes.namespace";
    assert_eq!(
        says(&format!("kubectl config set {namespace} kube-public")),
        format!("Property \"{namespace}\" set.\n")
    );
    assert_eq!(
        says("kubectl get pods"),
        "No resources found in kube-public namespace.\n"
    );
    assert_eq!(
        says("kubectl config unset current-context"),
        "Property \"current-context\" unset.\n"
    );
    assert_eq!(
        says("kubectl config current-context"),
        "error: current-context is not set\n"
    );
}

#[test]
fn a_column_that_cannot_be_read_is_told_below_the_header() {
    let output = run("kubectl get ns -o custom-columns=NAME:.x[");
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        ("NAME\n", "error: unterminated array\n")
    );
}
