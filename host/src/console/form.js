// A hook's form: what it is called, what it listens to, what it does, whether and in which order.

import { button, choice, el, field } from "./dom.js";
import { parse } from "./service.js";

/** Handlers that are no components: the property that says what they do, and how it is asked for. */
const TASKS = {
  http: { property: "target", hint: "Where each event is posted to: https://crm.example.com/hooks, or host:port/path.", outside: true },
  script: { property: "path", hint: "The program that is run, in a directory that the configuration allows." },
  notification: { property: "target", hint: "Where each event is sent to: https://… or nats://subject.", outside: true },
  javascript: { property: "script", hint: "function handle(event) { … } returns nothing, a veto or an amend.", long: true },
};
export const isForm = (hook) => hook.class in TASKS;
export const STATUSES = ["enabled", "disabled", "archived"];

/** The form of a hook that is there, or of a new one. `events` is the catalogue. */
export function hookForm(events, hook) {
  const before = hook ?? { class: "http", name: "", on: [{ event: "" }], status: "enabled", priority: 10, properties: {}, grants: {} };
  const id = el("input", { name: "id", required: true, pattern: "[a-z0-9][a-z0-9_\\-]{0,63}", autocomplete: "off", spellcheck: "false" });
  const name = el("input", { name: "name", value: before.name, autocomplete: "off" });
  const kind = choice(Object.keys(TASKS), before.class, { name: "class" });
  const priority = el("input", { type: "number", step: "1", required: true, name: "priority", value: String(before.priority) });
  const status = choice(STATUSES, before.status, { name: "status" });
  const networks = el("input", { name: "networks", value: (before.grants.networks ?? []).join(", "), placeholder: "10.0.0.0/8", autocomplete: "off" });
  const listens = eventRows(before.on);
  const others = Object.entries(before.properties).filter(([key]) => key !== TASKS[before.class].property);
  const properties = propertyRows(Object.fromEntries(others));
  const task = el("div", {});
  const reach = field("May reach", networks, "Private and loopback addresses; public ones need not be named.");

  const chosen = () => {
    const { property, hint, long, outside } = TASKS[kind.value];
    const value = before.class === kind.value ? before.properties[property] ?? "" : "";
    const attributes = { name: "task", required: true, spellcheck: "false", autocomplete: "off" };
    const control = long ? el("textarea", { ...attributes, rows: "10" }, value) : el("input", { ...attributes, value });
    task.replaceChildren(field("Task", control, hint));
    reach.hidden = !outside;
  };
  kind.addEventListener("change", chosen);
  chosen();

  /** The manifest that the form says, all of it. */
  const written = () => {
    const { property, outside } = TASKS[kind.value];
    const on = listens.value();
    const grants = outside ? { networks: split(networks.value) } : {};
    return {
      name: name.value.trim() || (hook ? hook.name : id.value),
      class: kind.value, type: area(events, on), on,
      status: status.value, priority: Number(priority.value),
      properties: { ...properties.value(), [property]: task.querySelector("[name=task]").value },
      ...(grants.networks?.length && { grants }),
    };
  };
  const content = [
    el("div", { class: "pair" }, !hook && field("ID", id, "a-z, 0-9, _ and -: it names the hook's file."), field("Name", name)),
    listens.shown,
    el("div", { class: "pair" }, field("Handler", kind), reach),
    task,
    el("div", { class: "pair" }, field("Status", status), field("Priority", priority, "Lower runs first; negative is allowed.")),
    el("details", {}, el("summary", {}, "Other properties"), properties.shown),
    el("datalist", { id: "form-events" }, events.map((event) => el("option", { value: event.name }))),
  ];
  return { content, written, id: () => id.value };
}

/** What of a form differs from the hook as it was, as a merge patch: a merge goes into objects by itself. */
export function difference(hook, now) {
  const known = { name: hook.name, class: hook.class, type: hook.type, on: hook.on, status: hook.status, priority: hook.priority };
  const patch = Object.fromEntries(Object.entries(known).filter(([key, was]) => !same(was, now[key])).map(([key]) => [key, now[key]]));
  const properties = rowsChanged(hook.properties, now.properties);
  if (Object.keys(properties).length) patch.properties = properties;
  const networks = now.grants?.networks ?? [];
  if (!same(hook.grants.networks ?? [], networks)) patch.grants = { networks: networks.length ? networks : null };
  return patch;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const split = (text) => text.split(/[\s,]+/).filter(Boolean);

/** The type of a hook is that of its events. */
function area(events, on) {
  const first = on[0]?.event ?? "";
  return events.find((event) => event.name === first || event.aliases.includes(first))?.area ?? first.replace(/\.[^.]*$/, "");
}

/** Rows of events, each with the values that its facets must have. */
function eventRows(before) {
  const rows = el("div", { class: "rows" });
  const add = ({ event, ...facets } = { event: "" }) => {
    const only = Object.entries(facets).map(([facet, values]) => `${facet}=${[values].flat().join(",")}`).join(" ");
    const name = el("input", { value: event, list: "form-events", required: true, "aria-label": "Event", placeholder: "cloud.pre_create", autocomplete: "off" });
    const filter = el("input", { value: only, "aria-label": "Only where", placeholder: "all, or option=SERVER,DISK", autocomplete: "off" });
    const row = el("div", { class: "row" }, name, filter, button("Remove", () => { row.remove(); more.focus(); }, { "aria-label": "Remove this event" }));
    rows.append(row);
    return name;
  };
  const more = button("Add an event", () => add().focus());
  before.forEach(add);
  const entry = ([event, only]) => ({ event, ...Object.fromEntries(only.split(/[\s;]+/).filter(Boolean).map((part) => {
    const [facet, ...values] = part.split(/[=,]/);
    return [facet, values];
  })) });
  const value = () => inputs(rows).map((row) => row.map((text) => text.trim())).filter(([event]) => event).map(entry);
  return { value, shown: el("fieldset", {}, el("legend", {}, "Event"), rows, more) };
}

const inputs = (rows) => [...rows.children].map((row) => [...row.querySelectorAll("input")].map((input) => input.value));

/** Rows of names and values. */
export function propertyRows(before) {
  const rows = el("div", { class: "rows" });
  const add = (name = "", value = "") => {
    const fresh = name === "";
    const key = el("input", { value: name, "aria-label": "Property", placeholder: "property", readonly: !fresh, "data-part": "name" });
    const text = el("input", { value, "aria-label": fresh ? "Value" : `Value of ${name}`, placeholder: "value", "data-part": "value" });
    const row = el("div", { class: "row" }, key, text,
      button("Remove", () => { row.remove(); more.focus(); }, { "aria-label": name ? `Remove ${name}` : "Remove" }));
    rows.append(row);
    return key;
  };
  const more = button("Add a property", () => add().focus());
  Object.entries(before).forEach(([name, value]) => add(name, value));
  const value = () => Object.fromEntries(inputs(rows).filter(([name]) => name.trim()).map(([name, value]) => [name.trim(), read(value)]));
  const shown = el("fieldset", {}, el("legend", {}, "Properties"), rows, more,
    el("p", { class: "hint" }, 'A hook is shown each value as it stands here; of {"secret":"crm-token"} it is shown the secret, and nobody else is.'));
  return { value, shown };
}

/** Which properties differ from those that a hook is shown; null for those that are gone. */
export function rowsChanged(before, now) {
  const gone = Object.keys(before).filter((name) => !(name in now)).map((name) => [name, null]);
  const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries([...gone, ...Object.entries(now).filter(([name, value]) => !(name in before) || before[name] !== shown(value))]);
}

/** What is compact JSON is sent as that, unless a hook would then be shown another text; the rest is a text. */
function read(text) {
  try {
    const value = parse(text);
    return typeof value !== "string" && value !== null && JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}
