// What is owed to hooks, for how long, and what was given up: to be resent, or dropped.

import { ask, badge, button, choice, dotted, el, facts, field, heading, refusal, say, svg, table } from "./dom.js";
import { executionTable, moment, pages, sentEvent } from "./log.js";
import { hookLink } from "./outcome.js";
import { short } from "./chart.js";
import { call, get, hookPath } from "./service.js";

const STATES = [["", "Any"], "dead", "pending", "waiting", "held"];
const FILTERS = ["state", "hook"];
const HEIGHT = 14;
const EVERY_MS = 5000;

export async function showDeliveries({ place, name, query, signal, again }) {
  if (name) return showDelivery(place, name, signal, again);
  const all = el("span", { class: "actions" });
  const form = el("form", { class: "filters" },
    field("State", choice(STATES, query.get("state") ?? "dead", { name: "state" })),
    field("Hook", el("input", { name: "hook", value: query.get("hook"), placeholder: "any", autocomplete: "off" })));
  const charts = el("div", { class: "backlogs" });
  place.append(heading("Deliveries", all), charts, el("search", {}, form));
  let look;
  const done = async (words) => { await Promise.all([look(), backlogs(charts, signal)]); say(words); };
  look = await pages(place, "deliveries", form, FILTERS, signal, async (query) => {
    const { deliveries, next } = await get("/v1/deliveries", { query, signal });
    all.replaceChildren(query.hook && query.state === "dead" && deliveries.length ? resendAll(query.hook, done) : "");
    return { found: deliveries.length > 0 && list(deliveries, done), next };
  }, "There is no delivery like that.");
  await backlogs(charts, signal);
  const timer = setInterval(() => { if (!document.hidden && !charts.contains(document.activeElement)) backlogs(charts, signal); }, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function list(deliveries, done) {
  const heads = ["ID", "State", "Hook", "Event", "Subject", "Told", "Reason", "Actions"];
  const row = (delivery) => [
    el("a", { class: "digits", href: `#/deliveries/${delivery.id}`, "aria-label": `Delivery ${delivery.id}` }, String(delivery.id)),
    [
      badge(delivery.state),
      el("span", { class: "description digits" }, delivery.attempts === 1 ? "1 attempt" : `${delivery.attempts} attempts`),
      delivery.due && el("span", { class: "description" }, "due ", moment(delivery.due)),
    ],
    hookLink(delivery.hook),
    delivery.event && [el("code", { class: "event" }, dotted(delivery.event)), el("code", { class: "where" }, delivery.event_id)],
    delivery.subject,
    el("time", { datetime: delivery.told }, moment(delivery.told)),
    delivery.reason && el("span", { class: "message" }, delivery.reason),
    el("td", { class: "actions" }, actions(delivery, done)),
  ];
  return table("Deliveries, those of the newest events first", heads, deliveries.map(row), { class: "hooks" });
}

/** What can be done with a dead letter. */
function actions(delivery, done) {
  if (delivery.state !== "dead") return [];
  const { id } = delivery;
  const path = `/v1/deliveries/${id}`;
  return [
    button("Resend", () => attempt(id, async () => {
      await call("POST", `${path}/resend`);
      await done(`${id} is due again`);
    }), { "aria-label": `Resend ${id}` }),
    button("Drop", () => ask(`Drop ${id}?`, el("p", {}, "It is never attempted again. The log keeps what was attempted."), "Drop", async () => {
      await call("DELETE", path);
      await done(`${id} is dropped`);
    }), { "aria-label": `Drop ${id}` }),
  ];
}

function resendAll(hook, done) {
  return button(`Resend all of ${hook}`, () => attempt(hook, async () => {
    const { json } = await call("POST", `${hookPath(hook)}/resend`);
    await done(json.resent === 1 ? "1 dead letter is due again" : `${json.resent} dead letters are due again`);
  }));
}

async function attempt(what, work) {
  try {
    await work();
  } catch (error) {
    say(`${what}: ${[error.title, error.message].filter(Boolean).join(": ")}`);
    document.getElementById("said").append(" ", error.status === 401 || error.status === 403
      ? button("Sign in", () => document.dispatchEvent(new Event("sign-in"))) : "");
  }
}

/** How much is owed to each hook, and for how long. */
async function backlogs(place, signal) {
  try {
    const { hooks } = await get("/v1/hooks", { signal });
    const owed = hooks.filter((hook) => hook.backlog);
    place.replaceChildren(owed.length ? chart(owed) : "");
  } catch (error) {
    if (!signal.aborted) place.replaceChildren(refusal(error));
  }
}

function chart(hooks) {
  const sum = ({ pending, waiting, held }) => pending + waiting + held;
  const most = Math.max(...hooks.map(({ backlog }) => sum(backlog) + backlog.dead));
  const row = ({ id, backlog }) => {
    const words = ["pending", "waiting", "held", "dead"].filter((state) => backlog[state]).map((state) => `${short(backlog[state])} ${state}`);
    return [
      hookLink(id),
      bars(id, [["bar", sum(backlog)], ["bar dead", backlog.dead]], most, words.join(", ")),
      words.join(", "),
      backlog.since ? el("span", { class: "digits" }, age(backlog.since)) : "–",
    ];
  };
  return table("What is owed to hooks", ["Hook", "Backlog", "Deliveries", "Oldest"], hooks.map(row), { class: "backlog" });
}

/** Bars beside each other, as long as their share of the most. */
function bars(id, parts, most, words) {
  let x = 0;
  const drawn = parts.filter(([, count]) => count).map(([kind, count]) => {
    const width = Math.max(0.5, (count / most) * 100);
    x += width;
    return svg("rect", { class: kind, x: x - width, y: 0, width, height: HEIGHT });
  });
  return svg("svg", { class: "bars", viewBox: `0 0 100 ${HEIGHT}`, preserveAspectRatio: "none", height: HEIGHT, role: "img", "aria-label": `${id}: ${words}` }, drawn);
}

/** How long ago something was, in the largest unit that is whole. */
function age(since) {
  const seconds = Math.max(0, (Date.now() - new Date(since).getTime()) / 1000);
  const units = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units.at(-1);
  return `${Math.floor(seconds / size)} ${unit}`;
}

async function showDelivery(place, id, signal, again) {
  const { delivery, sent, attempts } = await get(`/v1/deliveries/${encodeURIComponent(id)}`, { signal });
  const done = async (words) => {
    if (words.endsWith("dropped")) location.hash = "#/deliveries";
    else await again();
    say(words);
  };
  place.append(...[
    el("p", { class: "back" }, el("a", { href: "#/deliveries" }, "All deliveries")),
    heading(`Delivery ${delivery.id}`, badge(delivery.state), el("div", { class: "actions" }, actions(delivery, done))),
    delivery.reason && el("p", { class: "lead" }, delivery.reason),
    facts([
      ["Hook", hookLink(delivery.hook)],
      ["Attempts", String(delivery.attempts)],
      ["Told", moment(delivery.told)],
      ["Due", moment(delivery.due)],
    ]),
    sent ? sentEvent(sent) : el("p", { class: "hint" }, "Its event cannot be read."),
    el("h2", {}, "Attempts"),
    attempts.length ? executionTable(attempts) : el("p", { class: "hint" }, "The log has none."),
  ].filter(Boolean));
}
