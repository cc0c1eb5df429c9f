// The modal of the person looking: the topmost of their open views, filled in and sent.
import { blockNodes } from "./page-blocks.js";
import { h } from "./page-dom.js";
import { valuesIn } from "./page-inputs.js";
import { plain } from "./page-mrkdwn.js";
import { post } from "./page-server.js";
import { dropView, store } from "./page-store.js";
import { toast } from "./page-toast.js";

const typed = new Map();
const errors = new Map();
let shown = null;

/** Show the topmost view, or none. */
export function showModal() {
  const view = store.views.filter(({ user }) => user === store.me).at(-1)?.view;
  if (view === shown?.view) return;
  keep();
  if (!view) return close();
  draw(view);
}

function keep() {
  if (shown) typed.set(shown.view.id, valuesIn(shown.form));
}

function close() {
  shown?.dialog.remove();
  shown = null;
}

function draw(view) {
  const before = shown?.dialog;
  const focused = before?.contains(document.activeElement) ? document.activeElement.dataset.actionId : undefined;
  const [form, dialog] = build(view);
  document.body.append(dialog);
  dialog.showModal();
  before?.remove();
  shown = { view, form, dialog };
  const target = [...form.querySelectorAll("[data-holds]")].find((node) => !focused || node.dataset.actionId === focused);
  (target?.matches("input, select, textarea") ? target : target?.querySelector("input, summary") ?? dialog.querySelector("[autofocus]"))?.focus();
}

function build(view) {
  const place = { origin: () => ({ view_id: view.id, values: shown ? valuesIn(shown.form) : {} }), key: view.id, values: typed.get(view.id), errors: errors.get(view.id) };
  const form = h("form", { class: "modal-form", novalidate: true },
    h("header", { class: "modal-head" }, h("h2", { id: `title-${view.id}` }, plain(view.title?.text)), h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => leave(view) }, "✕")),
    h("div", { class: "modal-body" }, blockNodes(view.blocks, place)),
    h("footer", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", autofocus: !view.submit, data: { testid: "modal-close" }, onclick: () => leave(view) }, plain(view.close?.text ?? "Close")),
      canSubmit(view) && h("button", { type: "submit", class: "button primary", data: { testid: "modal-submit" } }, h("span", null, plain(view.submit?.text ?? "Submit")))));
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(view, form); });
  const dialog = h("dialog", { class: "dialog modal", "aria-labelledby": `title-${view.id}`, data: { testid: "modal", "view-id": view.id } }, form);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); leave(view); });
  return [form, dialog];
}

const canSubmit = (view) => view.submit || view.blocks?.some(({ type }) => type === "input");

async function submit(view, form) {
  const button = form.querySelector("[type=submit]");
  if (!button || button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await post("/practice/submit", { user: store.me, view_id: view.id, values: valuesIn(form) });
    if (Object.keys(answer.errors ?? {}).length) return complain(view, answer.errors);
    forget(view);
  } catch (error) {
    toast(error.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function complain(view, found) {
  errors.set(view.id, found);
  if (shown?.view.id !== view.id) return;
  keep();
  draw(shown.view);
  shown.dialog.querySelector("[aria-invalid]")?.focus();
}

function forget({ id }) {
  typed.delete(id);
  errors.delete(id);
}

async function leave(view) {
  forget(view);
  dropView(store.me, view.id);
  try {
    await post("/practice/close", { user: store.me, view_id: view.id });
  } catch (error) {
    toast(error.message);
  }
}
