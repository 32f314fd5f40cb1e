// Changes a hook: its status, priority and properties.

import { ask, button, choice, el, field, say } from "./dom.js";
import { archive, call, hookPath, parse, patch } from "./service.js";

export const setStatus = (hook, status) => patch(hook.id, { status });

export function archiveHook(hook, done) {
  const words = el("p", {}, "It stops running and leaves the list. Its files are kept, and it can be enabled again.");
  ask(`Archive ${hook.id}?`, words, "Archive", async () => {
    await archive(hook.id);
    done();
  });
}

/** Opens the dialog. Only what was changed is sent, and only if nobody else changed the hook meanwhile. */
export async function editHook(id, done) {
  let answer;
  try {
    answer = await call("GET", hookPath(id));
  } catch (error) {
    return say(`${id}: ${error.message}`);
  }
  const { json: hook, etag } = answer;
  const priority = el("input", { type: "number", step: "1", required: true, value: String(hook.priority) });
  const status = choice(["enabled", "disabled", "archived"], hook.status);
  const properties = editor(hook.properties ?? {});
  const content = [
    el("div", { class: "pair" },
      field("Priority", priority, "Lower runs first; negative is allowed."), field("Status", status)),
    properties.shown,
  ];
  ask(`Edit ${id}`, content, "Save", async () => {
    const change = {};
    if (Number(priority.value) !== hook.priority) change.priority = Number(priority.value);
    if (status.value !== hook.status) change.status = status.value;
    const set = properties.change();
    if (Object.keys(set).length) change.properties = set;
    if (Object.keys(change).length) await patch(id, change, etag);
    done();
  });
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

/** Rows of names and values. */
function editor(before) {
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

  const change = () => {
    const parts = (row) => [...row.querySelectorAll("input")].map((input) => input.value);
    const now = new Map([...rows.children].map(parts).filter(([name]) => name.trim()).map(([name, value]) => [name.trim(), value]));
    const gone = Object.keys(before).filter((name) => !now.has(name)).map((name) => [name, null]);
    const set = [...now].filter(([name, value]) => !(name in before) || before[name] !== value);
    return Object.fromEntries([...gone, ...set.map(([name, value]) => [name, read(value)])]);
  };
  const shown = el("fieldset", {}, el("legend", {}, "Properties"), rows, more,
    el("p", { class: "hint" }, 'A hook is shown each value as it stands here; of {"secret":"crm-token"} it is shown the secret, and nobody else is.'));
  return { shown, change };
}
