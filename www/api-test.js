// Every function of the JavaScript API once, as a course page would call it. The outcome stands in `data-state`.

import init, { Player } from "./ordinal.js";

const log = document.getElementById("log");
const say = (what, value) => (log.textContent += `${what}: ${JSON.stringify(value)}\n`);
const expect = (what, holds) => {
  if (!holds) throw new Error(what);
};

const MANIFEST = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: None, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web }
spec:
  serviceName: web
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: caddy:2.10 }] }
`;

try {
  await init();
  const player = new Player();

  const empty = player.load("");
  say("load('')", empty);
  expect("an empty text is not accepted, and says why", !empty.accepted && empty.diagnostics.length > 0);

  const loaded = player.load(MANIFEST);
  say("load(manifest)", loaded);
  expect("two objects are accepted", loaded.accepted && loaded.objects === 2);
  expect("the playhead is at the beginning", player.frame().t_ms === 0);

  const stepped = player.step();
  say("step()", stepped.caption);
  expect("a step goes on", stepped.shown_ms > 0);

  const later = player.seek(60_000);
  say("seek(60000)", later.pods.map((pod) => `${pod.name} ${pod.phase} ready=${pod.ready}`));
  expect("both pods are ready", later.pods.length === 2 && later.pods.every((pod) => pod.ready));

  const refused = player.run("power-off node-99");
  say("run('power-off node-99')", refused);
  expect("a machine that is not there is refused", !refused.ok && refused.text !== "");

  const before = player.frame().pods.find((pod) => pod.name === "web-0").uid;
  const deleted = player.run("kubectl delete pod web-0");
  say("run('kubectl delete pod web-0')", deleted);
  expect("the deletion is accepted", deleted.ok);
  const replaced = player.seek(player.frame().t_ms + 120_000).pods.find((pod) => pod.name === "web-0");
  say("web-0 after it", replaced);
  expect("a new pod has the old name", replaced.ready && replaced.uid !== before);

  log.dataset.state = "passed";
} catch (error) {
  say("failed", String(error));
  log.dataset.state = "failed";
}
