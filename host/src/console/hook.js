// One hook: what it is, what it did, how long that took.

import { badge, dotted, el, empty, facts, heading, refusal, table } from "./dom.js";
import { actions, handler, status } from "./hooks.js";
import { chart, short, time } from "./chart.js";
import { get, hookPath } from "./service.js";

const EVERY_MS = 5000;

export async function showHook({ place, name, signal, again }) {
  const hook = await get(hookPath(name), { signal });
  const work = el("div", { class: "work" });
  place.append(
    el("p", { class: "back" }, el("a", { href: "#/hooks" }, "All hooks")),
    heading(hook.name || hook.id, status(hook), el("div", { class: "actions" }, actions(hook, again))),
    hook.description && el("p", { class: "lead" }, hook.description),
    work, manifest(hook));
  const look = async () => {
    try {
      const stats = await get(`${hookPath(name)}/stats`, { signal });
      work.replaceChildren(...numbers(stats));
    } catch (error) {
      if (!signal.aborted) work.replaceChildren(refusal(error));
    }
  };
  await look();
  const timer = setInterval(() => { if (!document.hidden && !work.contains(document.activeElement)) look(); }, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function manifest(hook) {
  const properties = Object.entries(hook.properties ?? {});
  return el("section", {},
    el("h2", {}, "Manifest"),
    facts([
      ["ID", el("code", {}, hook.id)],
      ["Priority", String(hook.priority)],
      ["Type", hook.type],
      ["Handler", handler(hook)],
      ["Version", hook.version && el("code", {}, hook.version)],
      ["On failure", hook.on_failure ?? "veto where the event may be vetoed, else accept"],
      ["Isolation", hook.isolation],
      ["Tenant", hook.tenant],
      ["Caused", hook.caused === "run" ? "Runs on what other hooks cause, too" : null],
      ["Platform, told", hook.grants.platform.join(", ")],
      ["Platform, asked", hook.grants.platform_ask.join(", ")],
      ["Web", hook.grants.http.join(", ")],
      ["Environment", hook.grants.environment.join(", ")],
      ["Networks", hook.grants.networks.join(", ")],
      ["Source", hook.source],
    ]),
    el("h3", {}, "Listens to"),
    el("ul", { class: "on" }, hook.on.map((on) => el("li", {}, el("a", { href: `#/catalogue/${encodeURIComponent(on.event)}` }, on.event), filter(on)))),
    el("h3", {}, "Properties"),
    properties.length ? facts(properties.map(([name, value]) => [name, el("code", {}, text(value))])) : el("p", { class: "hint" }, "None are set."),
    hook.limits && [el("h3", {}, "Limits"), facts(Object.entries(hook.limits).map(([name, value]) => [name.replaceAll("_", " "), value === null ? "default" : text(value)]))]);
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** The values of facets that it wants; all, where nothing is said. */
function filter({ event, ...facets }) {
  return Object.entries(facets).map(([facet, values]) =>
    el("span", { class: "facet" }, ` ${facet}: ${[values].flat().join(", ")}`));
}

function numbers(stats) {
  const { verdicts, failures } = stats;
  const tile = (label, number, kind) => el("div", { class: `tile ${kind ?? ""}` }, el("dt", {}, label), el("dd", {}, short(number)));
  return [
    el("dl", { class: "tiles" },
      tile("Calls", stats.calls), tile("Accepted", verdicts.accept), tile("Amended", verdicts.amend),
      tile("Vetoed", verdicts.veto), tile("Failed", verdicts.failed, verdicts.failed ? "bad" : ""), tile("No sandbox ready", stats.dry)),
    Object.keys(failures).length > 0 && el("p", { class: "failures" }, "Failures: ",
      Object.entries(failures).map(([kind, number]) => [badge("failed", `${kind} ${number}`), " "])),
    el("div", { class: "charts" },
      chart("Latency", stats.latency_micros, time),
      chart("Fuel", stats.fuel, short)),
    el("h2", {}, "Last outcomes"),
    stats.last.length ? last(stats.last) : empty("It was not called yet.", el("a", { href: "#/test" }, "Fire a test event")),
  ].filter(Boolean);
}

function last(lines) {
  const heads = ["When", "Event", "Verdict", "Message", "Time", "Fuel"];
  const row = (line) => [
    el("time", { class: "digits", datetime: line.at }, when(line.at)),
    [el("code", { class: "event" }, dotted(line.event)), el("code", { class: "where" }, line.id)],
    [badge(line.verdict), line.failure && el("span", { class: "reason" }, line.failure)],
    line.message && el("span", { class: "message" }, line.message),
    el("span", { class: "digits" }, time(line.micros)),
    el("span", { class: "digits" }, line.fuel.toLocaleString("en")),
  ];
  return table("What it did last, newest first", heads, lines.map(row), { class: "trail" });
}

/** A time of day; with its date where that is another day's. */
export function when(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const today = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString("en-GB");
  return today ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}
