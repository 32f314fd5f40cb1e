// Draws how often values fell between bounds.

import { el, svg } from "./dom.js";

const HEIGHT = 150;
const FOOT = 22;
const HEAD = 16;

/** A chart of `{bounds, counts, sum}`; `unit` writes a bound. The last count is of what lies beyond all bounds. */
export function chart(title, { bounds, counts, sum }, unit) {
  const total = counts.reduce((all, count) => all + count, 0);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const mean = total ? `mean ${unit(sum / total)}` : "nothing yet";
  const figure = el("figure", { class: "chart" }, el("figcaption", {}, el("strong", {}, title), ` ${mean}`));
  if (!total) return figure;
  // What is empty on both sides is left out, but for one neighbour.
  const from = Math.max(0, first - 1);
  const bars = counts.slice(from, last + 2).map((count, n) => ({ count, label: label(bounds, from + n, unit) }));
  const place = el("div", { class: "drawing" });
  new ResizeObserver(([{ contentRect }]) => place.replaceChildren(draw(title, bars, contentRect.width))).observe(place);
  figure.append(place);
  return figure;
}

function label(bounds, n, unit) {
  return n < bounds.length ? `≤ ${unit(bounds[n])}` : `> ${unit(bounds.at(-1))}`;
}

function draw(title, bars, width) {
  const most = Math.max(...bars.map((bar) => bar.count));
  const step = width / bars.length;
  // Labels need about 64 px each.
  const every = Math.max(1, Math.ceil(64 / step));
  const words = bars.filter((bar) => bar.count).map((bar) => `${bar.label}: ${bar.count}`).join(", ");
  return svg("svg", { width, height: HEIGHT, role: "img", "aria-label": `${title}. ${words}` },
    svg("line", { x1: 0, x2: width, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT, class: "axis" }),
    bars.map(({ count, label }, n) => {
      const height = count ? Math.max(2, (HEIGHT - FOOT - HEAD) * (count / most)) : 0;
      const top = HEIGHT - FOOT - height;
      const middle = step * (n + 0.5);
      return svg("g", {},
        svg("title", {}, `${label}: ${count}`),
        svg("rect", { class: "bar", x: step * n + 2, y: top, width: Math.max(1, step - 4), height, rx: 2 }),
        count > 0 && step > 26 && svg("text", { x: middle, y: top - 4, "text-anchor": "middle" }, short(count)),
        n % every === 0 && svg("text", { class: "bound", y: HEIGHT - 6, ...within(middle, width) }, label));
    }));
}

/** Where a label stands so that it does not leave the drawing. */
function within(middle, width) {
  if (middle < 32) return { x: 0, "text-anchor": "start" };
  return middle > width - 32 ? { x: width, "text-anchor": "end" } : { x: middle, "text-anchor": "middle" };
}

/** A number in few characters. */
export function short(number) {
  if (number < 10_000) return String(Math.round(number));
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(number);
}

/** Microseconds as people read them. */
export function time(micros) {
  if (micros < 1000) return `${Number(micros.toPrecision(3))} µs`;
  if (micros < 1_000_000) return `${Number((micros / 1000).toPrecision(3))} ms`;
  return `${Number((micros / 1_000_000).toPrecision(3))} s`;
}
