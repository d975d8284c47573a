// Starts the page. A file of its own, so that the content security policy needs no exception for inline script.
// Trunk writes the hashed names of the module and of its WebAssembly into this script's URL (Trunk.toml).
// `data-ordinal` on the root element says how far it got: absent, then "ready" or "failed".

const here = new URL(import.meta.url);
const beside = (name) => new URL(here.searchParams.get(name), here).href;
const page = document.documentElement;
const app = document.getElementById("app");

// The editor is fetched with the page, because later nothing can be, but it starts only when it is wanted.
const editor = () => import("./editor/editor.js");
const asked = new URLSearchParams(location.search);
if (!asked.has("embed") || asked.has("panel")) {
  const early = document.createElement("link");
  early.rel = "modulepreload";
  early.href = new URL("editor/editor.js", here).href;
  document.head.append(early);
}

try {
  const ordinal = await import(beside("js"));
  await ordinal.default({ module_or_path: beside("wasm") });

  // Everything is here. A second policy can only take away: from now on the page cannot ask the network for anything.
  const closed = document.createElement("meta");
  closed.httpEquiv = "Content-Security-Policy";
  closed.content = "connect-src 'none'";
  document.head.append(closed);

  // For the console, and for whoever frames this page from the same host: the JavaScript API (ordinal.d.ts).
  app.player = ordinal.mount(app, { search: `${location.search}&${location.hash.slice(1)}`, wholePage: true, editor });
  page.dataset.ordinal = "ready";
} catch (error) {
  page.dataset.ordinal = "failed";
  app.textContent = `Ordinal could not start: ${error}`;
  throw error;
}
