// The confirmation dialog of an element.
import { h } from "./page-dom.js";
import { plain, textNodes } from "./page-mrkdwn.js";

/** Ask; resolves to true when the person says yes. */
export function confirmed({ title, text, confirm, deny, style }) {
  const dialog = h("dialog", { class: "dialog confirm", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text", data: { testid: "confirm" } },
    h("h2", { id: "confirm-title" }, plain(title?.text ?? "Are you sure?")),
    h("div", { id: "confirm-text", class: "text" }, textNodes(text)),
    h("div", { class: "dialog-foot" },
      h("button", { type: "button", class: "button", data: { testid: "confirm-no" }, onclick: () => dialog.close("no") }, plain(deny?.text ?? "Cancel")),
      h("button", { type: "button", class: `button ${style === "danger" ? "danger" : "primary"}`, data: { testid: "confirm-yes" }, onclick: () => dialog.close("yes") }, plain(confirm?.text ?? "Confirm"))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
