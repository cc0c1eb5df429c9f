// A sentence at the foot of the page, for what could not be done.
import { h } from "./page-dom.js";

const LONG_ENOUGH = 7000;

/** Say a sentence for some seconds. */
export function toast(text) {
  const note = h("div", { class: "toast", data: { testid: "toast" } }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), LONG_ENOUGH);
}
