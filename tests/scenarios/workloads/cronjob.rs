//! CronJobs as an administrator sees them. A run begins at midnight.

use ordinal_api::Kind;
use ordinal_core::history::Stop;
use ordinal_kubectl::script::Script;

use super::Lab;

const TICK: &str = "apiVersion: batch/v1
kind: CronJob
metadata:
  name: tick
spec:
  schedule: '*/2 * * * *'
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 60
  jobTemplate:
    metadata:
      labels:
        made: by-tick
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: c
            image: busybox:1.36
            command: [sh, -c, sleep 30]
";

#[test]
fn a_cronjob_is_shown_with_its_last_moment_and_its_jobs() {
    let mut lab = Lab::new();
    lab.apply(TICK);
    assert_eq!(
        lab.say("kubectl get cj"),
        "NAME   SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n\
         tick   */2 * * * *   <none>     False     0        <none>          30s\n"
    );
    lab.wait(110);
    assert_eq!(
        lab.say("kubectl get cronjob tick -o wide"),
        "NAME   SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE     CONTAINERS   IMAGES         SELECTOR\n\
         tick   */2 * * * *   <none>     False     1        20s             2m20s   c            busybox:1.36   <none>\n"
    );
    assert_eq!(
        lab.say("kubectl describe cj tick"),
        "Name:                          tick
Namespace:                     default
Labels:                        <none>
Annotations:                   <none>
Schedule:                      */2 * * * *
Concurrency Policy:            Forbid
Suspend:                       False
Time Zone:                     <unset>
Successful Job History Limit:  3
Failed Job History Limit:      1
Starting Deadline Seconds:     60s
Selector:                      <unset>
Parallelism:                   <unset>
Completions:                   <unset>
Pod Template:
  Labels:  <none>
  Containers:
   c:
    Image:      busybox:1.36
    Port:       <none>
    Host Port:  <none>
    Command:
      sh
      -c
      sleep 30
    Environment:     <none>
    Mounts:          <none>
  Volumes:           <none>
  Node-Selectors:    <none>
  Tolerations:       <none>
Last Schedule Time:  Thu, 01 Jan 2026 00:02:00 +0000
Active Jobs:         tick-29453762
Events:
  Type    Reason            Age   From                Message
  ----    ------            ----  ----                -------
  Normal  SuccessfulCreate  20s   cronjob-controller  Created job tick-29453762
"
    );
    lab.say("kubectl set image cronjob/tick c=busybox:1.37");
    lab.say("kubectl patch cj tick -p '{\"spec\":{\"suspend\":true}}'");
    lab.wait(200);
    assert_eq!(lab.names(Kind::Job), ["tick-29453762"]);
    lab.say("kubectl delete cj tick");
    lab.wait(5);
    assert!(lab.names(Kind::Job).is_empty() && lab.names(Kind::Pod).is_empty());
}

#[test]
fn a_job_is_made_from_a_cronjob_by_hand() {
    let mut lab = Lab::new();
    lab.apply(TICK);
    assert_eq!(
        lab.say("kubectl create job now --from=cronjob/tick"),
        "job.batch/now created\n"
    );
    let job = lab.object(Kind::Job, "now");
    let meta = &job["metadata"];
    assert_eq!(
        meta["annotations"]["cronjob.kubernetes.io/instantiate"],
        "manual"
    );
    assert_eq!(meta["labels"]["made"], "by-tick");
    assert_eq!(meta["ownerReferences"][0]["name"], "tick");
    assert_eq!(
        meta["ownerReferences"][0]["blockOwnerDeletion"],
        ordinal_api::Value::Null
    );
    assert_eq!(
        job["spec"]["template"]["spec"]["containers"][0]["image"],
        "busybox:1.36"
    );
    let refused = lab.run("kubectl create job now --from=cronjob/tock");
    assert_eq!(
        refused.stderr,
        "Error from server (NotFound): cronjobs.batch \"tock\" not found\n"
    );
    let refused = lab.run("kubectl create job now --from=job/now");
    assert_eq!(refused.stderr, "error: unknown object type *v1.Job\n");
}

#[test]
fn a_script_ends_before_the_next_moment_and_goes_on_to_it_when_it_is_told_to_wait() {
    let played = Script::of_text(TICK).play();
    assert_eq!(played.stop, Stop::Settled);
    let jobs = |cluster: &ordinal_core::Cluster| cluster.world().store.list(Kind::Job).count();
    assert_eq!(jobs(&played.cluster), 0);
    let waits = Script::of_text(TICK).at(150_000, "kubectl get jobs").play();
    assert_eq!((waits.stop, jobs(&waits.cluster)), (Stop::Settled, 1));
}
