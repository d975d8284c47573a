//! Pods. From pkg/apis/core/validation `ValidatePodSpec` and the plugins of admission.

use super::{pod, refuses, refuses_changes};

#[test]
fn what_admission_refuses_comes_before_what_validation_finds() {
    refuses(
        &pod(),
        &[
            (
                r#"{"spec": {"priority": 5, "restartPolicy": "Sometimes"}}"#,
                r#"pods "shell" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name"#,
            ),
            (
                r#"{"spec": {"preemptionPolicy": "Never"}}"#,
                r#"pods "shell" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name"#,
            ),
            (
                r#"{"spec": {"runtimeClassName": "gvisor"}}"#,
                r#"pods "shell" is forbidden: pod rejected: RuntimeClass "gvisor" not found"#,
            ),
            (
                r#"{"spec": {"serviceAccountName": "robot", "containers": []}}"#,
                r#"pods "shell" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found"#,
            ),
        ],
    );
}

/// A Pod whose only container has such a part.
fn with(part: &str) -> String {
    format!(
        r#"{{"spec": {{"containers": [{{"name": "main", "image": "busybox:1.36", {part}}}]}}}}"#
    )
}

#[test]
fn variables_come_from_somewhere_that_is() {
    let c = "spec.containers[0]";
    let table = [
        (
            r#""env": [{"name": "A=B", "value": "1"}]"#,
            format!(
                r#"{c}.env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='"#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {}}]"#,
            format!(
                r#"{c}.env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"key": "k"}}}]"#,
            format!(
                r#"{c}.env[0].valueFrom.configMapKeyRef.name: Invalid value: "": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}]"#,
            format!(
                r#"{c}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs""#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v2", "fieldPath": "metadata.name"}}}]"#,
            format!(
                r#"{c}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2"#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "3m"}}}]"#,
            format!(
                r#"{c}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource"#
            ),
        ),
        (
            r#""env": [{"name": "A", "valueFrom": {"fileKeyRef": {"key": "k", "path": "../x", "volumeName": "v"}}}]"#,
            format!(
                r#"[{c}.env[0].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain '..', {c}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "v"]"#
            ),
        ),
        (
            r#""envFrom": [{}]"#,
            format!(
                r#"{c}.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`"#
            ),
        ),
    ];
    for (part, words) in &table {
        refuses(&pod(), &[(&with(part), words)]);
    }
}

#[test]
fn resources_are_whole_and_known() {
    let c = "spec.containers[0].resources";
    let table = [
        (
            r#""resources": {"requests": {"cpu": "-1"}}"#,
            format!(
                r#"{c}.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0"#
            ),
        ),
        (
            r#""resources": {"limits": {"gpu": "1"}}"#,
            format!(
                r#"[{c}.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified, {c}.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers, {c}.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified, {c}.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers]"#
            ),
        ),
        (
            r#""resources": {"requests": {"nvidia.com/gpu": "1"}}"#,
            format!(
                "{c}.limits: Required value: Limit must be set for non overcommitable resources"
            ),
        ),
        (
            r#""resources": {"limits": {"nvidia.com/gpu": "500m"}}"#,
            format!(
                r#"[{c}.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer, {c}.requests[nvidia.com/gpu]: Invalid value: "500m": must be an integer]"#
            ),
        ),
        (
            r#""resources": {"limits": {"hugepages-2Mi": "2Mi"}}"#,
            format!("{c}: Forbidden: HugePages require cpu or memory"),
        ),
        (
            r#""resources": {"limits": {"hugepages-2Mi": "3Mi", "cpu": "1"}}"#,
            format!(
                r#"[{c}.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi, {c}.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi]"#
            ),
        ),
        (
            r#""resources": {"claims": [{"name": "gpu"}]}"#,
            format!(
                r#"{c}.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty"#
            ),
        ),
    ];
    for (part, words) in &table {
        refuses(&pod(), &[(&with(part), words)]);
    }
    refuses(
        &pod(),
        &[
            (
                r#"{"spec": {"resources": {"requests": {"cpu": "1", "storage": "1"}}}}"#,
                r#"spec.resources.requests[storage]: Unsupported value: "storage": supported values: "cpu", "hugepages-", "memory""#,
            ),
            (
                r#"{"spec": {"resources": {"requests": {"cpu": "1"}}, "containers": [{"name": "main", "image": "i", "resources": {"requests": {"cpu": "2"}}}]}}"#,
                r#"spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2"#,
            ),
            (
                r#"{"spec": {"overhead": {"cpu": "-1"}}}"#,
                r#"pods "shell" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"#,
            ),
        ],
    );
}

#[test]
fn probes_and_hooks_are_whole() {
    let c = "spec.containers[0]";
    let table = [
        (
            r#""livenessProbe": {"exec": {}}"#,
            format!("{c}.livenessProbe.exec.command: Required value"),
        ),
        (
            r#""livenessProbe": {"grpc": {"port": 0}}"#,
            format!(
                "{c}.livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive"
            ),
        ),
        (
            r#""readinessProbe": {"tcpSocket": {"port": "Web_1"}}"#,
            format!(
                r#"{c}.readinessProbe.tcpSocket.port: Invalid value: "Web_1": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"#
            ),
        ),
        (
            r#""readinessProbe": {"tcpSocket": {"port": 1}, "periodSeconds": -1, "terminationGracePeriodSeconds": 5}"#,
            format!(
                "[{c}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0, {c}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes]"
            ),
        ),
        (
            r#""livenessProbe": {"httpGet": {"port": 80, "scheme": "FTP", "httpHeaders": [{"name": "A_B", "value": "1"}]}}"#,
            format!(
                r#"[{c}.livenessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS", {c}.livenessProbe.httpGet.httpHeaders: Invalid value: "A_B": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')]"#
            ),
        ),
        (
            r#""lifecycle": {"preStop": {"sleep": {"seconds": 40}}}"#,
            format!(
                "{c}.lifecycle.preStop.sleep: Invalid value: 40: must be non-negative and less than terminationGracePeriodSeconds (30)"
            ),
        ),
        (
            r#""restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]"#,
            format!(
                "{c}.restartPolicy: Required value: must specify restartPolicy when restart rules are used"
            ),
        ),
        (
            r#""restartPolicy": "Never", "restartPolicyRules": [{"action": "Stop", "exitCodes": {"operator": "Is", "values": [1]}}]"#,
            format!(
                r#"[{c}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers", {c}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"]"#
            ),
        ),
    ];
    for (part, words) in &table {
        refuses(&pod(), &[(&with(part), words)]);
    }
}

#[test]
fn a_pod_asks_of_its_system_what_it_has() {
    refuses(
        &pod(),
        &[
            (
                r#"{"spec": {"os": {"name": "plan9"}}}"#,
                r#"spec.os: Unsupported value: "plan9": supported values: "linux", "windows""#,
            ),
            (
                r#"{"spec": {"os": {"name": "windows"}, "hostPID": true, "securityContext": {"runAsUser": 1}}}"#,
                "[spec.hostPID: Forbidden: cannot be set for a windows pod, spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod]",
            ),
            (
                r#"{"spec": {"os": {"name": "linux"}, "securityContext": {"windowsOptions": {}}}}"#,
                "spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
            ),
            (
                r#"{"spec": {"hostUsers": false, "hostNetwork": true, "hostIPC": true}}"#,
                "[spec.hostNetwork: Forbidden: when `hostUsers` is false, spec.HostIPC: Forbidden: when `hostUsers` is false]",
            ),
            (
                r#"{"spec": {"hostnameOverride": "a.b", "setHostnameAsFQDN": true}}"#,
                "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
            ),
            (
                r#"{"spec": {"hostNetwork": true, "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}}}"#,
                r#"spec.securityContext.sysctls[0].name: Invalid value: "net.ipv4.tcp_syncookies": may not be specified when 'hostNetwork' is true"#,
            ),
            (
                r#"{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "a"}}}"#,
                r#"metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "a": must be a 32bit integer"#,
            ),
            (
                r#"{"spec": {"resourceClaims": [{"name": "gpu"}]}}"#,
                r#"spec.resourceClaims[0]: Invalid value: {"Name":"gpu","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"#,
            ),
            (
                r#"{"spec": {"dnsConfig": {"searches": ["a_b.example.com", "-x"]}}}"#,
                r#"spec.dnsConfig.searches[1]: Invalid value: "-x": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"#,
            ),
        ],
    );
}

#[test]
fn init_containers_that_end_do_not_restart_on_a_resize() {
    refuses(
        &pod(),
        &[(
            r#"{"spec": {"initContainers": [{"name": "i", "image": "i", "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}]}}"#,
            r#"spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers"#,
        )],
    );
}

/// A Pod whose only volume has such a part.
fn volume(part: &str) -> String {
    format!(r#"{{"spec": {{"volumes": [{{"name": "v", {part}}}]}}}}"#)
}

#[test]
fn volumes_are_of_one_source_that_is_whole() {
    let v = "spec.volumes[0]";
    let table = [
        (r#""csi": {}"#, format!("{v}.csi.driver: Required value")),
        (
            r#""fc": {"targetWWNs": ["a"]}"#,
            format!("{v}.fc.lun: Required value: lun is required if targetWWNs is specified"),
        ),
        (
            r#""iscsi": {"targetPortal": "p", "iqn": "abc", "lun": 300}"#,
            format!(
                r#"[{v}.iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa, {v}.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive]"#
            ),
        ),
        (
            r#""awsElasticBlockStore": {"volumeID": "a", "partition": 256}"#,
            format!(
                "{v}.awsElasticBlockStore.partition: Invalid value: 256: must be between 1 and 255, inclusive"
            ),
        ),
        (
            r#""flexVolume": {"driver": "d", "options": {"kubernetes.io/a": "b"}}"#,
            format!(
                r#"{v}.flexVolume.options[kubernetes.io/a]: Invalid value: "kubernetes.io/a": kubernetes.io and k8s.io namespaces are reserved"#
            ),
        ),
        (
            r#""quobyte": {"registry": "host", "volume": "v"}"#,
            format!(
                r#"{v}.quobyte.registry: Invalid value: "host": must be a host:port pair or multiple pairs separated by commas"#
            ),
        ),
        (
            r#""image": {}"#,
            format!("{v}.image.reference: Required value"),
        ),
        (
            r#""image": {"reference": "a", "pullPolicy": "Often"}"#,
            format!(
                r#"{v}.image.pullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never""#
            ),
        ),
        (
            r#""projected": {"sources": [{"clusterTrustBundle": {"path": "ca"}}]}"#,
            format!(
                "{v}.projected.sources[0].clusterTrustBundle: Required value: either name or signerName must be specified"
            ),
        ),
        (
            r#""ephemeral": {"volumeClaimTemplate": {"metadata": {"name": "x"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}"#,
            format!("{v}.ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set"),
        ),
    ];
    for (part, words) in &table {
        refuses(&pod(), &[(&volume(part), words)]);
    }
}

#[test]
fn a_gated_pod_may_be_told_more_narrowly_where_to_go() {
    let mut gated = pod();
    json_patch::merge(
        &mut gated,
        &super::json(
            r#"{"spec": {"schedulingGates": [{"name": "example.com/a"}], "nodeSelector": {"disk": "ssd"}}}"#,
        ),
    );
    refuses_changes(
        &gated,
        &[
            (r#"{"spec": {"nodeSelector": {"zone": "a"}}}"#, "changed"),
            (
                r#"{"spec": {"nodeSelector": {"disk": "hdd"}}}"#,
                r#"spec.nodeSelector: Invalid value: {"disk":"hdd"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)"#,
            ),
        ],
    );
}
