// The panel *Break something*: one switch per fault, one button per mishap.
import { h, icon, reconcile, refill } from "./page-dom.js";
import { post } from "./page-server.js";
import { store } from "./page-store.js";

const GROUPS = { database: "Database", slack: "Slack" };
const asked = new Map();
const refused = new Map();

/** Make the panel's frame in `node`; the returned function shows the faults. */
export function panelIn(node, hide) {
  const mend = h("button", { type: "button", class: "button small", hidden: true, data: { testid: "mend-all" }, onclick: mendAll }, "Mend everything");
  const lists = Object.fromEntries(Object.keys(GROUPS).map((group) => [group, h("ul", { class: "faults" })]));
  refill(node,
    h("header", { class: "pane-head" }, h("h2", null, "Break something"), h("button", { type: "button", class: "quiet", "aria-label": "Close the panel", data: { testid: "panel-close" }, onclick: hide }, icon("close"))),
    h("div", { class: "pane-body" },
      h("p", { class: "panel-lead" }, "Everything here is real: the database, the load, the locks. Break it and see what Scout makes of it."), mend,
      Object.entries(GROUPS).map(([group, title]) => h("section", { data: { group } }, h("h3", null, title), lists[group]))));
  return () => {
    mend.hidden = !broken().length;
    for (const [group, list] of Object.entries(lists)) {
      const faults = store.faults.filter((fault) => (Object.hasOwn(GROUPS, fault.group) ? fault.group : "database") === group);
      list.parentElement.hidden = !faults.length;
      reconcile(list, faults.map(entry));
    }
  };
}

const broken = () => store.faults.filter(({ on, momentary }) => on && !momentary);

function entry(fault) {
  const error = refused.get(fault.name) ?? fault.error;
  const busy = fault.busy || asked.has(fault.name);
  return { key: fault.name, version: JSON.stringify([fault, error, busy]), make: () => row(fault, error, busy) };
}

function row(fault, error, busy) {
  const id = `fault-${fault.name}`;
  return h("li", { class: `fault ${fault.on ? "on" : ""}` },
    h("div", { class: "fault-words" },
      h("label", { for: id }, fault.title),
      h("p", { id: `${id}-detail` }, fault.detail),
      error && h("p", { class: "fault-error", role: "alert" }, error)),
    h("div", { class: "fault-control" }, fault.momentary ? button(fault, busy, id) : toggle(fault, busy, id)));
}

const props = (fault, busy, id) => ({
  type: "button", id, "aria-describedby": `${id}-detail`, "aria-busy": busy ? "true" : undefined, disabled: busy,
  data: { testid: id, on: String(fault.on), busy: String(busy), "action-id": id },
});

function toggle(fault, busy, id) {
  const words = busy ? (fault.on ? "mending" : "breaking") : fault.on ? "broken" : "";
  return [
    h("button", { ...props(fault, busy, id), class: "switch", role: "switch", "aria-checked": String(fault.on), "aria-label": fault.title, onclick: () => ask(fault, !fault.on) }, h("i", { "aria-hidden": "true" })),
    words && h("small", null, words),
  ];
}

function button(fault, busy, id) {
  return h("button", { ...props(fault, busy, id), class: "button small", "aria-label": `Do it: ${fault.title}`, onclick: () => ask(fault, true) }, h("span", null, "Do it"));
}

let redraw = () => {};

/** Call `listener` when the panel itself has something new to show. */
export function onPanel(listener) {
  redraw = listener;
}

async function ask({ name }, on) {
  refused.delete(name);
  asked.set(name, on);
  redraw();
  try {
    await post("/practice/fault", { name, on });
  } catch (error) {
    refused.set(name, error.message);
  } finally {
    asked.delete(name);
    redraw();
  }
}

function mendAll() {
  broken().forEach((fault) => ask(fault, false));
}
