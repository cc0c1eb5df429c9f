// The box to type in, with its list of suggestions.
import { arrived } from "./page-act.js";
import { suggestions } from "./page-completion.js";
import { h, icon, refill } from "./page-dom.js";
import { post } from "./page-server.js";
import { store } from "./page-store.js";
import { toast } from "./page-toast.js";

const TALLEST = 180;
const drafts = new Map();
let boxes = 0;

/** Make a composer; `where()` is {channel, thread_ts?}, `testid` names its parts. The node's `show` sets hint and state. */
export function composer(where, testid = "composer") {
  const listId = `suggestions-${++boxes}`;
  const list = h("div", { class: "suggestions", id: listId, role: "listbox", "aria-label": "Suggestions", hidden: true, data: { testid: "completions" } });
  const area = h("textarea", { rows: 1, role: "combobox", "aria-autocomplete": "list", "aria-controls": listId, "aria-expanded": "false", autocomplete: "off", spellcheck: "false", data: { testid } });
  const button = h("button", { type: "button", class: "send", "aria-label": "Send", data: { testid: testid === "composer" ? "send" : "thread-send" } }, icon("send"));
  const box = { list, area, button, found: [], active: -1, where, key: "" };
  area.addEventListener("input", () => typed(box));
  area.addEventListener("keydown", (event) => pressed(box, event));
  area.addEventListener("blur", () => setTimeout(() => close(box), 150));
  button.addEventListener("click", () => send(box));
  return { node: h("div", { class: "composer" }, list, h("div", { class: "composer-box" }, area, button)), show: (state) => show(box, state), focus: () => area.focus() };
}

function show(box, { key, hint }) {
  box.area.placeholder = hint;
  box.area.setAttribute("aria-label", hint);
  if (key === box.key) return;
  drafts.set(box.key, box.area.value);
  box.key = key;
  box.area.value = drafts.get(key) ?? "";
  typed(box);
  close(box);
}

function typed(box) {
  grow(box.area);
  box.button.disabled = !box.area.value.trim();
  box.found = suggestions(box.area.value, box.area.selectionStart, Boolean(box.where().thread_ts));
  box.active = -1;
  draw(box);
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, TALLEST)}px`;
}

function draw({ list, area, found, active, ...box }) {
  list.hidden = !found.length;
  area.setAttribute("aria-expanded", String(!list.hidden));
  if (active < 0) area.removeAttribute("aria-activedescendant");
  else area.setAttribute("aria-activedescendant", `${list.id}-${active}`);
  refill(list, found.map((one, at) => h("div", {
    class: "suggestion", role: "option", id: `${list.id}-${at}`, "aria-selected": String(at === active), data: { testid: "completion" },
    onmousedown: (event) => { event.preventDefault(); take({ list, area, found, active, ...box }, at); },
  }, h("b", null, one.label), h("span", null, one.help ?? ""))), found.length > 0 && h("div", { class: "suggestion-keys", "aria-hidden": "true" }, "↑ ↓ choose · Tab complete · Enter send"));
  list.children[active]?.scrollIntoView({ block: "nearest" });
}

function close(box) {
  box.found = [];
  box.active = -1;
  draw(box);
}

function take(box, at) {
  const rest = box.area.value.slice(box.area.selectionStart);
  const { text } = box.found[at];
  box.area.value = text + rest;
  box.area.setSelectionRange(text.length, text.length);
  box.area.focus();
  box.area.dispatchEvent(new Event("input"));
}

const KEYS = {
  ArrowDown: (box) => step(box, 1),
  ArrowUp: (box) => step(box, -1),
  Tab: (box) => take(box, Math.max(box.active, 0)),
  Escape: close,
};

function pressed(box, event) {
  if (event.isComposing) return;
  if (box.found.length && Object.hasOwn(KEYS, event.key) && !event.shiftKey) {
    event.preventDefault();
    KEYS[event.key](box);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (box.active >= 0) take(box, box.active);
    else send(box);
  }
}

function step(box, by) {
  const count = box.found.length;
  box.active = box.active < 0 && by < 0 ? count - 1 : (box.active + by + count) % count;
  draw(box);
}

async function send(box) {
  const text = box.area.value.trim();
  if (!text) return;
  box.area.value = "";
  typed(box);
  try {
    await post("/practice/say", { user: store.me, text, ...box.where() });
  } catch (error) {
    toast(error.message);
    arrived();
    if (!box.area.value) box.area.value = text;
    typed(box);
  }
}
