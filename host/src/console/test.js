// Fires a test event: dry, so that nothing counts it and nothing is told to anybody.

import { choice, el, field, heading, refusal } from "./dom.js";
import { outcome } from "./outcome.js";
import { call, get } from "./service.js";

export async function showTest({ place, query, signal }) {
  const { events } = await get("/v1/catalogue", { signal });
  const kinds = new Map(events.map((event) => [event.name, event]));
  const first = kinds.has(query.get("event")) ? query.get("event") : "cloud.pre_create";
  const name = choice([...kinds.keys()], kinds.has(first) ? first : undefined, { name: "event" });
  const about = el("p", { class: "hint" });
  const facets = el("div", { class: "facets" });
  const subject = el("input", { name: "subject", autocomplete: "off", placeholder: "vdc-7" });
  const data = el("textarea", { name: "data", rows: "8", spellcheck: "false" }, "{\n}");
  const result = el("div", { class: "result", "aria-live": "polite" });
  const form = el("form", { class: "test-form" },
    field("Event", name), about, facets,
    field("Subject", subject, "The object it happens to; may be left out."),
    field("Data", data, "JSON"),
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "main" }, "Fire, dry")));
  place.append(heading("Test event"),
    el("p", { class: "lead" }, "Hooks run as they would, and their numbers stay as they are."), el("div", { class: "columns" }, form, result));

  const chosen = () => {
    const kind = kinds.get(name.value);
    if (!kind) return;
    about.textContent = kind.summary;
    facets.replaceChildren(...kind.facets.filter((facet) => facet.values.length).map(control));
  };
  name.addEventListener("change", chosen);
  chosen();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    result.replaceChildren(el("p", { class: "hint" }, "Asking the hooks …"));
    try {
      const body = cloudEvent(name.value, subject.value.trim(), facets, data.value);
      const options = { query: { dry: "true" }, body, type: "application/cloudevents+json", signal };
      result.replaceChildren(outcome((await call("POST", "/v1/events", options)).json));
    } catch (error) {
      if (!signal.aborted) result.replaceChildren(refusal(error));
    }
  });
}

/** A facet that takes other values than those listed is typed. */
function control({ name, optional, open, values }) {
  const sorted = values.toSorted();
  if (!open) return field(name, choice(optional ? [["", "(left out)"], ...sorted] : sorted, undefined, { name }));
  const list = `values-of-${name}`;
  const input = el("input", { name, list, value: optional ? "" : values[0], autocomplete: "off" });
  return el("div", {}, field(name, input), el("datalist", { id: list }, values.map((value) => el("option", { value }))));
}

/** The event as text: the data goes into it as it was typed, so that no number is rounded. */
function cloudEvent(type, subject, facets, data) {
  const text = data.trim() || "null";
  try {
    JSON.parse(text);
  } catch (error) {
    throw Object.assign(new Error(error.message), { title: "The data is not JSON" });
  }
  const said = [...facets.querySelectorAll("select, input")].map((facet) => [facet.name, facet.value.trim()]);
  const head = { specversion: "1.0", id: `test-${identity()}`, source: "console", type,
    ...(subject && { subject }), ...Object.fromEntries(said.filter(([, value]) => value)) };
  return `${JSON.stringify(head).slice(0, -1)},"data":${text}}`;
}

const identity = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
