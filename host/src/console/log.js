// The execution log: what hooks did, found by what is known of it, and what was sent.

import { badge, button, choice, dotted, el, empty, facts, field, heading, refusal, table } from "./dom.js";
import { time } from "./chart.js";
import { hookLink } from "./outcome.js";
import { get, pretty } from "./service.js";

const STATUSES = [["", "Any"], "accept", "amend", "veto", "failed"];
const FILTERS = ["hook", "event", "status", "subject", "text", "from", "to"];

export async function showLog({ place, name, query, signal }) {
  if (name) return showExecution(place, name, signal);
  const input = (key, label, placeholder = "any") =>
    field(label, el("input", { name: key, value: query.get(key), placeholder, autocomplete: "off" }));
  const form = el("form", { class: "filters" },
    input("hook", "Hook"), input("event", "Event"),
    field("Status", choice(STATUSES, query.get("status") ?? "", { name: "status" })),
    input("subject", "Subject"), input("text", "Error text"),
    input("from", "From", "2h, or 2026-01-31"), input("to", "To", "now"));
  place.append(heading("Log"), el("search", {}, form));
  await pages(place, "log", form, FILTERS, signal, async (query) => {
    const { executions, next } = await get("/v1/log", { query, signal });
    return { found: executions.length > 0 && executionTable(executions), next };
  }, "No execution is like that.");
}

/** Shows what a form looks for, page by page, and keeps it in the address. `load` gives a page and how to go on. */
export async function pages(place, key, form, names, signal, load, nothing) {
  const found = el("div", { class: "found" });
  place.append(found);
  const wanted = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
  const more = async (query, before) => {
    try {
      const page = await load(before === undefined ? query : { ...query, before });
      // What was asked for meanwhile is on its way.
      if (JSON.stringify(query) !== JSON.stringify(wanted())) return;
      if (before === undefined) found.replaceChildren();
      if (page.found) found.append(page.found);
      if (page.next !== null) {
        const on = button("Look further", () => { on.remove(); more(query, page.next); });
        found.append(on);
      } else if (!found.children.length) {
        found.append(empty(nothing));
      }
    } catch (error) {
      if (!signal.aborted) found.replaceChildren(refusal(error));
    }
  };
  let typing;
  const changed = () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const said = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value));
      history.replaceState(null, "", said.size ? `#/${key}?${said}` : `#/${key}`);
      more(wanted());
    }, 120);
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  await more(wanted());
  return () => more(wanted());
}

export function executionTable(lines) {
  const heads = ["ID", "When", "Status", "Hook", "Event", "Subject", "Attempt", "Message", "Time"];
  const row = (line) => [
    el("a", { class: "digits", href: `#/log/${line.id}`, "aria-label": `Execution ${line.id}` }, String(line.id)),
    el("time", { datetime: line.at }, moment(line.at)),
    [badge(line.status), line.failure && el("span", { class: "reason" }, line.failure)],
    hookLink(line.hook),
    [el("code", { class: "event" }, dotted(line.event)), el("code", { class: "where" }, line.event_id)],
    line.subject,
    el("span", { class: "digits" }, String(line.attempt)),
    line.message && el("span", { class: "message" }, line.message),
    el("span", { class: "digits" }, time(line.micros)),
  ];
  return table("Executions, the newest first", heads, lines.map(row), { class: "trail" });
}

/** A time as the journal has it, to the second; it breaks between day and time only. */
export const moment = (at) => (at
  ? at.replace(/\.\d+Z$/, " UTC").split("T").flatMap((part, n) => [n > 0 && " ", el("span", { class: "digits" }, part)])
  : null);

async function showExecution(place, id, signal) {
  const { execution: line, sent, changed } = await get(`/v1/log/${encodeURIComponent(id)}`, { signal });
  place.append(...[
    el("p", { class: "back" }, el("a", { href: "#/log" }, "The log")),
    heading(`Execution ${line.id}`, badge(line.status), line.failure && el("span", { class: "reason" }, line.failure)),
    line.message && el("p", { class: "lead" }, line.message),
    facts([
      ["Hook", hookLink(line.hook)],
      ["Version", line.version && el("code", {}, line.version)],
      ["When", moment(line.at)],
      ["Mode", line.mode],
      ["Attempt", String(line.attempt)],
      ["Delivery", line.delivery === null ? null : el("a", { href: `#/deliveries/${line.delivery}` }, String(line.delivery))],
      ["Time", time(line.micros)],
      ["Fuel", line.fuel.toLocaleString("en")],
    ]),
    sent ? sentEvent(sent) : el("p", { class: "hint" }, "What was sent is forgotten by now."),
    changed !== undefined && el("section", {}, el("h2", {}, "Data, as hooks changed it"), el("pre", { tabindex: "0" }, pretty(changed))),
  ].filter(Boolean));
}

/** An event as it was sent. */
export function sentEvent(event) {
  const others = Object.entries({ ...event.facets, ...event.attributes });
  return el("section", {},
    el("h2", {}, "Sent"),
    facts([
      ["Event", el("code", {}, dotted(event.event))],
      ["Id", el("code", {}, event.id)],
      ["Source", event.source],
      ["Time", event.time],
      ["Subject", event.subject],
      ...others,
    ]),
    "data" in event
      ? el("pre", { tabindex: "0" }, pretty(event.data))
      : el("p", { class: "hint" }, "Its data is shown to those with the scope admin."));
}
