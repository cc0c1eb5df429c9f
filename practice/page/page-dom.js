// Building nodes: everything shown is made here, as elements and text, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "g", "line", "rect", "circle", "polyline", "polygon", "text", "title"]);

/** Make an element; props are attributes, `on…` functions, `data` and `aria` objects; children are nodes or text. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  return fill(node, children);
}

/** Make an SVG element; props are attributes and `on…` functions. */
export function s(tag, props, ...children) {
  if (!SVG_TAGS.has(tag)) throw new Error(`not an SVG element of this page: ${tag}`);
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  return fill(node, children);
}

function setProp(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === "data" || name === "aria") {
    for (const [key, part] of Object.entries(value)) setProp(node, `${name}-${key}`, part);
  } else if (name.startsWith("on")) {
    node.addEventListener(name.slice(2), value);
  } else if (name === "value" || name === "checked" || name === "selected") {
    node[name] = value;
  } else {
    node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
}

function fill(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false && child !== "") node.append(child);
  }
  return node;
}

/** Replace what a node holds. */
export function refill(node, ...children) {
  node.replaceChildren();
  return fill(node, children);
}

const kept = new WeakMap();

/**
 * Make a container show `items` ({key, version, make}) in order; nodes whose version is unchanged stay as they are,
 * so that a menu someone has open is not closed by somebody else's message.
 */
export function reconcile(container, items) {
  const before = kept.get(container) ?? new Map();
  const after = new Map(items.map((item) => [item.key, { version: item.version, node: nodeFor(item, before.get(item.key)) }]));
  kept.set(container, after);
  let place = container.firstChild;
  for (const { node } of after.values()) {
    if (node === place) place = place.nextSibling;
    else container.insertBefore(node, place);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function nodeFor(item, old) {
  if (old && old.version === item.version) return old.node;
  const node = item.make();
  if (old) keepFocus(old.node, node);
  return node;
}

function keepFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.actionId : undefined;
  old.replaceWith(fresh);
  if (!focused) return;
  const twin = [...fresh.querySelectorAll("[data-action-id]")].find((node) => node.dataset.actionId === focused);
  twin?.focus({ preventScroll: true });
}

const memory = new Map();

/** What the reader did to a part of the page (sorted a table, opened a snippet), kept over re-rendering. */
export function recall(key, otherwise) {
  return memory.has(key) ? memory.get(key) : otherwise;
}

/** Keep what the reader did. */
export function remember(key, value) {
  memory.set(key, value);
}

const ICONS = {
  hash: "M9 3 7 17M14 3l-2 14M4 7.5h13M3 12.5h13",
  lock: "M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9",
  close: "M5 5l10 10M15 5 5 15",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  reply: "M3 4.500h14v9H9l-4 3.500v-3.500H3z",
  send: "M3 3.500 17.500 10 3 16.500 5 10zM5 10h6",
  wrench: "M12.500 3.200a4.200 4.200 0 0 0-4 6L3.200 14.500l2.300 2.300 5.300-5.300a4.200 4.200 0 0 0 6-4l-2.600 1.600-2.400-2.400z",
  link: "M8 12l4-4M7 9 5 11a2.800 2.800 0 0 0 4 4l2-2M13 11l2-2a2.800 2.800 0 0 0-4-4L9 7",
  file: "M5 2.500h7l3.500 3.500v11.500H5zM12 2.500V6h3.500",
  chevron: "M6 8l4 4 4-4",
  down: "M10 4v11M5 10.500l5 5 5-5",
  check: "M4.500 10.500l3.500 3.500 7.500-8",
  dots: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  shared: "M4 10h9M9.500 6 13.500 10l-4 4M16.500 4v12",
};

/** A line icon, of the size of the text around it. */
export function icon(name, extra = "") {
  return s("svg", { class: `icon ${extra}`, viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}
