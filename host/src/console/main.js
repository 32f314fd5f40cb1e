// The console: which view is shown, and who looks.

import { button, el, refusal } from "./dom.js";
import { get } from "./service.js";
import { begin, isSignedIn, signIn, signOut } from "./session.js";
import { showCatalogue } from "./catalogue.js";
import { showDeliveries } from "./deliveries.js";
import { showHook } from "./hook.js";
import { showHooks } from "./hooks.js";
import { showLive } from "./live.js";
import { showLog } from "./log.js";
import { showProblems } from "./problems.js";
import { showTest } from "./test.js";

const VIEWS = {
  hooks: { title: "Hooks", show: (view) => (view.name ? showHook(view) : showHooks(view)) },
  log: { title: "Log", show: showLog },
  deliveries: { title: "Deliveries", show: showDeliveries },
  problems: { title: "Problems", show: showProblems },
  catalogue: { title: "Catalogue", show: showCatalogue },
  test: { title: "Test event", show: showTest },
  live: { title: "Live", show: showLive },
};

const main = document.getElementById("main");
let leaving = new AbortController();

/** What the address says: `#/hooks/quota?status=archived`. */
function route() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [key = "", ...rest] = path.split("/");
  let name = rest.join("/");
  try { name = decodeURIComponent(name); } catch { /* It is taken as it stands. */ }
  return { key: key in VIEWS ? key : "hooks", name, query: new URLSearchParams(query) };
}

/** Opens a view. What the last one was doing ends. */
async function open(moves = true) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { key, name, query } = route();
  const place = el("div", { class: `view view-${key}` });
  main.replaceChildren(place);
  mark(key);
  document.title = `${name || VIEWS[key].title} · Tenterhook`;
  try {
    await VIEWS[key].show({ place, name, query, signal, again: () => open(false) });
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren(el("h1", { tabindex: "-1" }, VIEWS[key].title), refusal(error), button("Try again", () => open()));
  }
  if (moves && !signal.aborted) place.querySelector("h1")?.focus({ preventScroll: true });
  if (!signal.aborted) count(signal);
}

/** The errors of the hooks directory, beside the view that lists them. */
async function count(signal) {
  try {
    const { problems } = await get("/v1/problems", { signal });
    const errors = problems.filter((problem) => problem.severity === "error").length;
    const link = document.querySelector("#views [data-view=problems]");
    link.replaceChildren("Problems", ...(errors ? [" ", el("span", { class: "count" }, String(errors))] : []));
  } catch { /* Whoever may not see the problems is told so by the view. */ }
}

function mark(key) {
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === key) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const session = document.getElementById("session");
const name = () => { session.textContent = isSignedIn() ? "Sign out" : "Sign in"; };

document.getElementById("views").append(...Object.entries(VIEWS).map(([key, view]) =>
  el("li", {}, el("a", { href: `#/${key}`, "data-view": key }, view.title))));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
session.addEventListener("click", () => (isSignedIn() ? signOut() : signIn()));
document.addEventListener("sign-in", () => signIn());
begin(() => { name(); open(); });
name();
addEventListener("hashchange", () => open());
open(false);
