// The hooks in the order in which they run: search, switch on and off, change.

import { badge, button, choice, dotted, el, empty, field, heading, problemList, refusal, say, table } from "./dom.js";
import { archiveHook, editHook, newHook, setStatus } from "./edit.js";
import { get } from "./service.js";

const STATUSES = [["", "Enabled and disabled"], "enabled", "disabled", "archived"];
const CLASSES = [["", "Any"], "component", "javascript", "http", "script", "notification"];
const FILTERS = ["search", "event", "class", "status"];

export async function showHooks({ place, query, signal }) {
  const found = el("div", { class: "found" });
  const number = el("p", { class: "number", role: "status" });
  const search = el("search", {}, el("form", { class: "filters" },
    field("Search", el("input", { type: "search", name: "search", value: query.get("search"), placeholder: "id, name, description" })),
    field("Event", el("input", { name: "event", value: query.get("event"), list: "events", placeholder: "any", autocomplete: "off" })),
    field("Handler", choice(CLASSES, query.get("class") ?? "", { name: "class" })),
    field("Status", choice(STATUSES, query.get("status") ?? "", { name: "status" })),
    el("datalist", { id: "events" })));
  const form = search.querySelector("form");
  const make = button("New hook", () => newHook((id) => { location.hash = `#/hooks/${encodeURIComponent(id)}`; say(`${id} is made`); }));
  place.append(heading("Hooks", number, make), search, found);

  const wanted = () => Object.fromEntries(FILTERS.map((name) => [name, form.elements[name].value.trim()]));
  const load = async () => {
    const query = wanted();
    let answer;
    try {
      answer = await get("/v1/hooks", { query, signal });
    } catch (error) {
      if (!signal.aborted) found.replaceChildren(refusal(error));
      number.textContent = "";
      return;
    }
    // What was asked for meanwhile is on its way.
    if (JSON.stringify(query) !== JSON.stringify(wanted())) return;
    const { hooks, left_out: leftOut } = answer;
    number.textContent = hooks.length === 1 ? "1 hook" : `${hooks.length} hooks`;
    keepingFocus(found, () => found.replaceChildren(
      leftOut?.length ? problemList(leftOut.map(leftOutProblem)) : "",
      hooks.length ? list(hooks, load) : nothing(query)));
  };

  let typing;
  const changed = () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const said = new URLSearchParams(Object.entries(wanted()).filter(([, value]) => value));
      history.replaceState(null, "", said.size ? `#/hooks?${said}` : "#/hooks");
      load();
    }, 120);
  };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  await load();
  suggest(search.querySelector("datalist"), signal);
}

const leftOutProblem = (id) => ({
  severity: "error",
  message: `the hook ${id} could not be read at all and guards nothing`,
  hint: "see Problems",
});

/** Every event that there is, to choose from. */
async function suggest(datalist, signal) {
  try {
    const { events } = await get("/v1/catalogue", { signal });
    datalist.append(...events.map((event) => el("option", { value: event.name })));
  } catch { /* Then the name is typed. */ }
}

function list(hooks, again) {
  const heads = ["ID", "Priority", "Name", "Event", "Handler", "Status", "Actions"];
  return table("Hooks in the order in which they run", heads, hooks.map((hook) => row(hook, again)), { class: "hooks" });
}

function row(hook, again) {
  return [
    el("a", { class: "id", href: `#/hooks/${encodeURIComponent(hook.id)}` }, hook.id),
    el("span", { class: "digits" }, String(hook.priority)),
    [el("span", { class: "name" }, hook.name), hook.description && el("span", { class: "description" }, hook.description)],
    events(hook),
    handler(hook),
    status(hook),
    el("td", { class: "actions" }, actions(hook, again)),
  ];
}

function events(hook) {
  const names = [...new Set(hook.on.map((on) => on.event))];
  const more = names.length - 2;
  return [
    names.slice(0, 2).map((name) => el("code", { class: "event" }, dotted(name))),
    more > 0 && el("span", { class: "more", title: names.slice(2).join("\n") }, `and ${more} more`),
  ];
}

/** What kind of handler it is, and where it is. */
export function handler(hook) {
  return [el("span", {}, hook.class), where(hook) && el("code", { class: "where" }, where(hook))];
}

const where = (hook) => hook.component ?? (hook.class === "component" ? null : (hook.properties?.target ?? hook.properties?.path));

/** A hook that should run and cannot is marked, with the reason. */
export function status(hook) {
  const reason = hook.unavailable ?? hook.stopped ?? (hook.tripped ? "it failed too often and rests" : null);
  const word = hook.unavailable ? "unavailable" : hook.stopped ? "stopped" : hook.tripped ? "tripped" : hook.status;
  return [badge(word), reason && el("span", { class: "reason" }, reason)];
}

/** What can be done with a hook. `again` shows what came of it. */
export function actions(hook, again) {
  const done = async (words) => { await again(); say(words); };
  const act = (verb, work, words) => button(verb, async () => {
    try {
      await work();
      await done(words);
    } catch (error) {
      say(`${hook.id}: ${[error.title, error.message].filter(Boolean).join(": ")}`);
      document.getElementById("said").append(" ", error.status === 401 || error.status === 403
        ? button("Sign in", () => document.dispatchEvent(new Event("sign-in"))) : "");
    }
  }, { "aria-label": `${verb} ${hook.id}`, "data-key": `${hook.id} switch` });
  const enabled = hook.status === "enabled";
  return [
    enabled
      ? act("Disable", () => setStatus(hook, "disabled"), `${hook.id} is disabled`)
      : act("Enable", () => setStatus(hook, "enabled"), `${hook.id} is enabled`),
    button("Edit", () => editHook(hook.id, () => done(`${hook.id} is changed`)),
      { "aria-label": `Edit ${hook.id}`, "data-key": `${hook.id} edit` }),
    hook.status !== "archived" && button("Archive", () => archiveHook(hook, () => done(`${hook.id} is archived`)),
      { "aria-label": `Archive ${hook.id}`, "data-key": `${hook.id} archive` }),
  ];
}

/** Draws anew, and leaves the keyboard where it was. */
function keepingFocus(place, draw) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  draw();
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

function nothing(query) {
  const narrowed = Object.values(query).some(Boolean);
  return narrowed
    ? empty("No hook is like that.", el("a", { href: "#/hooks" }, "Show all that are not archived"))
    : empty("There are no hooks yet.", el("p", {}, "Put a component into the hooks directory, and it shows up here by itself; or make a hook of a target, a program or a script."));
}
