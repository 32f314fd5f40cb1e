// Every event that exists: what it announces, what hooks may do to it, every value of its facets.

import { badge, dotted, el, empty, facts, field, heading } from "./dom.js";
import { get } from "./service.js";

export async function showCatalogue({ place, name, query, signal }) {
  const { areas, events } = await get("/v1/catalogue", { signal });
  const search = el("input", { type: "search", name: "search", value: query.get("search") ?? name, placeholder: "name, summary or value" });
  const number = el("p", { class: "number", role: "status" });
  const found = el("div", { class: "found" });
  place.append(heading("Catalogue", number),
    el("search", {}, el("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, field("Search", search))), found);
  const entries = events.map((event) => ({ area: event.area, name: event.name, text: words(event), shown: entry(event) }));
  const groups = areas.map((area) => ({ ...area, entries: entries.filter((entry) => entry.area === area.name) }));

  const look = () => {
    const wanted = search.value.trim().toLowerCase();
    const fits = (entry) => entry.text.includes(wanted);
    const sections = groups.map((group) => ({ ...group, entries: group.entries.filter(fits) })).filter((group) => group.entries.length);
    const count = sections.reduce((all, group) => all + group.entries.length, 0);
    number.textContent = count === 1 ? "1 event" : `${count} events`;
    const few = count <= 3;
    found.replaceChildren(...sections.map((group) => el("section", { class: "area" },
      el("h2", {}, group.name, " ", el("small", {}, group.summary)),
      group.entries.map((entry) => { if (few && wanted) entry.shown.open = true; return entry.shown; }))));
    if (!count) found.replaceChildren(empty("No event is like that."));
  };
  search.addEventListener("input", look);
  look();
}

const words = (event) => [event.name, event.native, event.summary, ...event.aliases, ...event.facets.flatMap((facet) => [facet.name, ...facet.values])]
  .join("\n").toLowerCase();

function entry(event) {
  const powers = ["veto", "amend"].filter((power) => event.powers[power]);
  return el("details", { class: "entry" },
    el("summary", {}, el("code", {}, dotted(event.name)), badge(event.mode), powers.map((power) => badge(`may-${power}`, power)),
      el("span", { class: "summary" }, event.summary)),
    facts([
      ["In its system", el("code", {}, event.native)],
      ["Mode", event.mode === "ask" ? "asked: the application waits" : "told: it has happened"],
      ["Hooks may", event.mode === "ask" ? powers.join(", ") || "look on" : "react"],
      ["Also known as", event.aliases.join(", ")],
      ["Initial", event.initial ? "the host raises it when a hook starts" : ""],
    ]),
    event.facets.map(facet),
    el("p", {}, el("a", { href: `#/test?event=${encodeURIComponent(event.name)}` }, "Fire a test event")),
  );
}

function facet({ name, optional, open, values }) {
  const notes = [optional && "may be left out", open && "other values may come"].filter(Boolean).join(", ");
  return el("div", { class: "facet" },
    el("h3", {}, name, " ", el("small", {}, [`${values.length || "no"} values`, notes].filter(Boolean).join(", "))),
    values.length ? el("ul", { class: "values" }, values.map((value) => el("li", {}, value)))
      : el("p", { class: "hint" }, "Filled in with ANY."));
}
