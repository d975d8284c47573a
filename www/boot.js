// Starts the page. A file of its own, so that the content security policy needs no exception for inline script.
// Trunk writes the hashed names of the module and of its WebAssembly into this script's URL (Trunk.toml).
// `data-ordinal` on the root element says how far it got: absent, then "ready" or "failed".

const here = new URL(import.meta.url);
const beside = (name) => new URL(here.searchParams.get(name), here).href;
const page = document.documentElement;
const app = document.getElementById("app");

try {
  const ordinal = await import(beside("js"));
  await ordinal.default({ module_or_path: beside("wasm") });

  // Everything is here. A second policy can only take away: from now on the page cannot ask the network for anything.
  const closed = document.createElement("meta");
  closed.httpEquiv = "Content-Security-Policy";
  closed.content = "connect-src 'none'";
  document.head.append(closed);

  ordinal.mount(app);
  page.dataset.ordinal = "ready";
} catch (error) {
  page.dataset.ordinal = "failed";
  app.textContent = `Ordinal could not start: ${error}`;
  throw error;
}
