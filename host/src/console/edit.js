// Makes hooks and changes them: what they are called, what they do, status, priority, properties.

import { ask, choice, el, field, say } from "./dom.js";
import { STATUSES, difference, hookForm, isForm, propertyRows, rowsChanged } from "./form.js";
import { archive, call, get, hookPath, patch } from "./service.js";

export const setStatus = (hook, status) => patch(hook.id, { status });

export function archiveHook(hook, done) {
  const words = el("p", {}, "It stops running and leaves the list. Its files are kept, and it can be enabled again.");
  ask(`Archive ${hook.id}?`, words, "Archive", async () => {
    await archive(hook.id);
    done();
  });
}

/** Opens the form of a hook that is no component: those are put into place by their files. */
export async function newHook(done) {
  const form = await saying("A new hook", async () => hookForm((await get("/v1/catalogue")).events));
  if (!form) return;
  ask("New hook", form.content, "Create", async () => {
    await call("POST", "/v1/hooks", { body: { id: form.id(), manifest: form.written() } });
    done(form.id());
  });
}

/** Opens the dialog. Only what was changed is sent, and only if nobody else changed the hook meanwhile. */
export async function editHook(id, done) {
  const shown = await saying(id, async () => {
    const { json: hook, etag } = await call("GET", hookPath(id));
    return { hook, etag, form: isForm(hook) ? await manifestForm(hook) : settingsForm(hook) };
  });
  if (!shown) return;
  const { hook, etag, form } = shown;
  ask(`Edit ${id}`, form.content, "Save", async () => {
    const change = form.change(hook);
    if (Object.keys(change).length) await patch(id, change, etag);
    done();
  });
}

/** What work yields; nothing where it fails, which is said. */
async function saying(what, work) {
  try {
    return await work();
  } catch (error) {
    say(`${what}: ${error.message}`);
    return undefined;
  }
}

async function manifestForm(hook) {
  const { content, written } = hookForm((await get("/v1/catalogue")).events, hook);
  return { content, change: () => difference(hook, written()) };
}

/** What its operator says over a component. */
function settingsForm(hook) {
  const priority = el("input", { type: "number", step: "1", required: true, value: String(hook.priority) });
  const status = choice(STATUSES, hook.status);
  const before = hook.properties ?? {};
  const properties = propertyRows(before);
  const content = [
    el("div", { class: "pair" },
      field("Priority", priority, "Lower runs first; negative is allowed."), field("Status", status)),
    properties.shown,
  ];
  const change = () => {
    const change = {};
    if (Number(priority.value) !== hook.priority) change.priority = Number(priority.value);
    if (status.value !== hook.status) change.status = status.value;
    const set = rowsChanged(before, properties.value());
    if (Object.keys(set).length) change.properties = set;
    return change;
  };
  return { content, change };
}
