// What came of an event: the decision, the data, and what every hook did.

import { badge, dotted, el, facts, problemList, table } from "./dom.js";
import { time } from "./chart.js";
import { pretty } from "./service.js";

export const hookLink = (id) => el("a", { class: "id", href: `#/hooks/${encodeURIComponent(id)}` }, id);

/** The trail: one line for each hook. */
export function trail(lines) {
  const heads = ["Hook", "Verdict", "Message", "Time", "Fuel", "Memory"];
  const row = (line) => [
    [hookLink(line.hook), line.version && el("code", { class: "where" }, line.version)],
    [badge(line.verdict), line.failure && el("span", { class: "reason" }, line.failure)],
    line.message && el("span", { class: "message" }, line.message),
    line.verdict !== "skipped" && el("span", { class: "digits" }, time(line.micros)),
    line.verdict !== "skipped" && el("span", { class: "digits" }, line.fuel.toLocaleString("en")),
    line.memory_bytes > 0 && el("span", { class: "digits" }, `${Math.round(line.memory_bytes / 1024).toLocaleString("en")} KiB`),
  ];
  return table("What every hook did, in their order", heads, lines.map(row), { class: "trail" });
}

/** Everything about an outcome. */
export function outcome(result) {
  const { veto } = result;
  return el("section", { class: "outcome" },
    el("h2", {}, badge(result.decision), " ", el("code", {}, dotted(result.event))),
    veto && el("p", { class: "vetoed" }, "Vetoed by ", hookLink(veto.hook), ": ", veto.reason, " ", el("code", {}, veto.code)),
    result.warnings?.length > 0 && problemList(result.warnings),
    result.suppressed && el("p", { class: "hint" }, "Caused by ", hookLink(result.suppressed.hook), ": only hooks that see what others cause are run."),
    result.trail.length ? trail(result.trail) : !result.suppressed && el("p", { class: "hint" }, "No hook listens to this."),
    "data" in result && el("details", { open: result.amended },
      el("summary", {}, result.amended ? "Data, as the hooks amended it" : "Data, as it came"),
      el("pre", { tabindex: "0" }, pretty(result.data))),
    facts([["Id", el("code", {}, result.id)], ["Mode", result.mode], ["Roster", String(result.roster)]]));
}
