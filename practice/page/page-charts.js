// The `data_visualization` block: line, bar, area and pie as SVG, with its figures as a table behind a button.
import { h, icon, recall, refill, remember, s } from "./page-dom.js";
import { areaPath, linePath, piePath, scaleOf, shortNumber } from "./page-scales.js";
import { gridOf } from "./page-tables.js";

const HEIGHT = 200;
const EDGE = { top: 10, right: 12, bottom: 24, left: 44 };

/** The block as a figure. */
export function chart(block, key) {
  const figure = h("figure", { class: "chart" });
  const show = (asTable) => {
    remember(key, asTable);
    draw(figure, block, asTable, show);
  };
  draw(figure, block, recall(key, false), show);
  return figure;
}

function draw(figure, block, asTable, show) {
  const model = modelOf(block.chart ?? {});
  refill(figure,
    h("figcaption", null, h("strong", null, block.title ?? ""),
      h("button", { type: "button", class: "quiet", "aria-pressed": String(asTable), onclick: () => show(!asTable) }, icon("table"), asTable ? "Chart" : "Table")),
    asTable ? figures(model) : model.pie ? pie(model) : plot(model));
}

function modelOf({ type, segments = [], series = [], axis_config: axis = {} }) {
  if (type === "pie") return { pie: true, type, rows: segments.map(({ label, value }) => ({ name: label, values: [value] })), categories: ["value"] };
  const categories = axis.categories ?? series[0]?.data?.map(({ label }) => label) ?? [];
  const rows = series.map(({ name, data = [] }) => ({ name, values: categories.map((label) => data.find((point) => point.label === label)?.value) }));
  return { type, rows, categories, x: axis.x_label, y: axis.y_label };
}

function figures({ rows, categories, pie: isPie }) {
  if (isPie) return gridOf(["part", "value"], rows.map(({ name, values }) => [name, shortNumber(values[0])]), ["left", "right"]);
  return gridOf(["", ...rows.map(({ name }) => name)], categories.map((label, at) => [label, ...rows.map(({ values }) => shortNumber(values[at]))]), ["left", ...rows.map(() => "right")]);
}

function legend(rows, told) {
  return h("ul", { class: "legend" }, rows.map(({ name }, at) =>
    h("li", null, h("span", { class: `swatch series-${at}`, "aria-hidden": "true" }), name, told[at] !== undefined && h("b", null, told[at]))));
}

function plot(model) {
  const canvas = h("div", { class: "canvas" });
  const told = h("div", { class: "told" });
  const tell = (at) => {
    const label = at === undefined ? "" : model.categories[at];
    refill(told, legend(model.rows, model.rows.map(({ values }) => at === undefined ? undefined : shortNumber(values[at]))), h("span", { class: "told-at" }, label));
  };
  tell();
  new ResizeObserver(([{ contentRect }]) => contentRect.width && refill(canvas, drawing(model, contentRect.width, tell))).observe(canvas);
  return h("div", null, model.y && h("div", { class: "axis-label" }, model.y), canvas, model.x && h("div", { class: "axis-label axis-x" }, model.x), told);
}

function drawing(model, width, tell) {
  const inner = { left: EDGE.left, right: width - EDGE.right, top: EDGE.top, bottom: HEIGHT - EDGE.bottom };
  const values = model.rows.flatMap((row) => row.values).filter((value) => value !== undefined);
  const y = scaleOf(values, inner.bottom, inner.top);
  const count = Math.max(model.categories.length, 1);
  const banded = model.type === "bar" || count === 1;
  const step = (inner.right - inner.left) / (banded ? count : count - 1);
  const x = (at) => inner.left + (banded ? (at + 0.5) * step : at * step);
  return s("svg", { class: "plot", width, height: HEIGHT, role: "img", "aria-label": summary(model) },
    grid(y, inner), categories(model.categories, x, inner), marks(model, { x, y, step, inner }), hovers(model, { x, step, inner, tell }));
}

function summary({ type, rows, categories }) {
  const parts = rows.map(({ name, values }) => `${name}: last ${shortNumber(values.at(-1))}, highest ${shortNumber(Math.max(...values.filter(Number.isFinite)))}`);
  return `${type} chart from ${categories[0] ?? ""} to ${categories.at(-1) ?? ""}. ${parts.join("; ")}`;
}

const grid = (y, inner) => s("g", { class: "grid-lines" }, y.ticks.map((tick) => [
  s("line", { x1: inner.left, x2: inner.right, y1: y(tick), y2: y(tick), class: tick === 0 ? "zero" : "" }),
  s("text", { x: inner.left - 8, y: y(tick) + 3.5, "text-anchor": "end" }, shortNumber(tick)),
]));

function categories(labels, x, inner) {
  const room = Math.max(1, Math.floor((inner.right - inner.left) / (Math.max(...labels.map((label) => label.length), 3) * 6.5 + 14)));
  const every = Math.ceil(labels.length / room);
  const anchor = (at) => (x(at) > inner.right - 14 ? "end" : "middle");
  return s("g", { class: "labels" }, labels.map((label, at) => at % every === 0 && s("text", { x: x(at), y: inner.bottom + 17, "text-anchor": anchor(at) }, label)));
}

function marks(model, place) {
  if (model.type === "bar") return bars(model, place);
  const points = (values) => values.map((value, at) => [place.x(at), place.y(value ?? 0)]);
  return s("g", null, model.rows.map(({ values }, at) => [
    model.type === "area" && s("path", { class: `area series-${at}`, d: areaPath(points(values), place.y(Math.max(0, place.y.low))) }),
    s("path", { class: `line series-${at}`, d: linePath(points(values)) }),
    points(values).slice(-1).map(([x, y]) => s("circle", { class: `dot series-${at}`, cx: x, cy: y, r: 3.2 })),
  ]));
}

function bars({ rows }, { x, y, step }) {
  const wide = Math.min((step * 0.72) / rows.length, 34);
  const left = (at, row) => x(at) + (row - rows.length / 2) * wide;
  return s("g", null, rows.map(({ values }, row) => values.map((value, at) => {
    const [top, bottom] = [y(Math.max(value ?? 0, 0)), y(Math.min(value ?? 0, 0))];
    return s("rect", { class: `bar series-${row}`, x: left(at, row) + 0.5, width: Math.max(wide - 1, 1), y: top, height: Math.max(bottom - top, 0.5), rx: 1.5 });
  })));
}

function hovers({ categories: labels, rows }, { x, step, inner, tell }) {
  return s("g", { class: "hovers" }, labels.map((label, at) =>
    s("g", { onpointerenter: () => tell(at), onpointerleave: () => tell() },
      s("rect", { class: "hit", x: x(at) - step / 2, width: step, y: inner.top, height: inner.bottom - inner.top }),
      s("line", { class: "hair", x1: x(at), x2: x(at), y1: inner.top, y2: inner.bottom }),
      s("title", null, `${label}\n${rows.map(({ name, values }) => `${name}: ${shortNumber(values[at])}`).join("\n")}`))));
}

function pie({ rows }) {
  const total = rows.reduce((sum, { values }) => sum + values[0], 0) || 1;
  let from = 0;
  const slices = rows.map(({ name, values }, at) => {
    const part = values[0] / total;
    const path = piePath(from, (from += part));
    return s("path", { class: `slice series-${at}`, d: path, "fill-rule": "evenodd" }, s("title", null, `${name}: ${shortNumber(values[0])}`));
  });
  const shares = rows.map(({ values }) => `${shortNumber(values[0])} · ${Math.round((values[0] / total) * 100)} %`);
  const words = `pie chart. ${rows.map(({ name }, at) => `${name}: ${shares[at]}`).join("; ")}`;
  return h("div", { class: "pie" }, s("svg", { viewBox: "0 0 160 160", width: 160, height: 160, role: "img", "aria-label": words }, slices), legend(rows, shares));
}
