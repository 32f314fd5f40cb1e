// Outcomes as they are decided.

import { badge, button, dotted, el, field, heading } from "./dom.js";
import { outcome } from "./outcome.js";
import { get, parse } from "./service.js";

const LINES = 200;

export async function showLive({ place, signal }) {
  // A stream that is refused does not say why; this does.
  await get("/v1/roster", { signal });
  const state = el("p", { class: "number", role: "status" }, "Connecting …");
  const list = el("ol", { class: "live" });
  const waiting = el("p", { class: "empty" }, "Nothing happened yet. What hooks decide from now on is shown here.");
  const search = el("input", { type: "search", placeholder: "event, hook or decision", autocomplete: "off" });
  let paused = false;
  const pause = button("Pause", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
  });
  const clear = button("Clear", () => list.replaceChildren());
  place.append(heading("Live", state, pause, clear),
    el("search", {}, el("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, field("Search", search))), waiting, list);

  const fits = (line) => { line.hidden = !line.dataset.text.includes(search.value.trim().toLowerCase()); };
  search.addEventListener("input", () => [...list.children].forEach(fits));
  const show = (line) => {
    waiting.hidden = true;
    fits(line);
    list.prepend(line);
    while (list.children.length > LINES) list.lastChild.remove();
  };

  const stream = new EventSource("/v1/outcomes");
  signal.addEventListener("abort", () => stream.close());
  stream.addEventListener("open", () => { state.textContent = "Connected"; });
  stream.addEventListener("error", () => {
    state.textContent = stream.readyState === EventSource.CLOSED ? "The service refuses" : "Connection lost; trying again …";
  });
  stream.addEventListener("outcome", (event) => { if (!paused) show(entry(parse(event.data))); });
  stream.addEventListener("missed", (event) => {
    const { missed } = parse(event.data);
    if (!paused) show(el("li", { class: "missed", "data-text": "" }, `${missed} outcomes came too fast to be shown`));
  });
}

function entry(result) {
  const hooks = result.trail.map((line) => `${line.hook} ${line.failure ?? line.verdict}`).join(", ");
  const details = el("details", {},
    el("summary", {},
      el("time", {}, new Date().toLocaleTimeString("en-GB")), badge(result.decision),
      el("code", {}, dotted(result.event)), el("span", { class: "summary" }, hooks || "no hook")));
  // Most are never opened.
  details.addEventListener("toggle", () => details.append(outcome(result)), { once: true });
  const text = [result.event, result.id, result.decision, hooks].join("\n").toLowerCase();
  return el("li", { "data-text": text }, details);
}
