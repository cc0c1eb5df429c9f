// Interactive elements that act at once: buttons, menus, overflow; those that hold a value are in page-inputs.js.
import { act } from "./page-act.js";
import { h, icon } from "./page-dom.js";
import { holders } from "./page-inputs.js";
import { plain } from "./page-mrkdwn.js";
import { safeUrl } from "./page-pictures.js";

/**
 * An element of a block as a node. `place` is {block, element, origin, key, values}; an element that holds a value
 * sends it when changed, unless it stands in an input block (`silent`).
 */
export function elementNode(place) {
  const { element } = place;
  if (element.type === "button" || element.type === "workflow_button") return button(place);
  if (element.type === "overflow") return overflow(place);
  if (element.type === "image") return h("img", { class: "element-image", src: safeUrl(element.image_url), alt: element.alt_text ?? "" });
  if (element.type === "feedback_buttons") return feedback(place);
  if (Object.hasOwn(holders, element.type)) return holders[element.type](place, (node, chosen) => act(node, place, chosen));
  return h("span", { class: "unknown" }, `${element.type}: not drawn here`);
}

function button(place) {
  const { element } = place;
  const props = { class: `button ${element.style ?? ""}`, data: { "action-id": element.action_id }, "aria-label": element.accessibility_label };
  const press = ({ currentTarget }) => act(currentTarget, place, { value: element.value });
  if (!element.url) return h("button", { type: "button", ...props, onclick: press }, h("span", null, plain(element.text?.text)));
  return h("a", { ...props, href: safeUrl(element.url), target: "_blank", rel: "noopener noreferrer", onclick: press }, h("span", null, plain(element.text?.text)), icon("link"));
}

function overflow(place) {
  const { element } = place;
  const menu = h("details", { class: "overflow", data: { "action-id": element.action_id } },
    h("summary", { class: "button", "aria-label": "More actions" }, icon("dots")),
    h("div", { class: "menu", role: "menu" }, element.options.map((option) => item(option, async () => {
      menu.open = false;
      await act(menu.firstChild, place, { selected_option: option });
    }))));
  return closing(menu);
}

function item(option, onclick) {
  const words = [plain(option.text.text), option.description && h("small", null, plain(option.description.text))];
  if (option.url) return h("a", { role: "menuitem", href: safeUrl(option.url), target: "_blank", rel: "noopener noreferrer", data: { value: option.value }, onclick }, words);
  return h("button", { type: "button", role: "menuitem", data: { value: option.value }, onclick }, words);
}

/** Make a `details` menu close when the person turns elsewhere. */
export function closing(menu) {
  menu.addEventListener("focusout", ({ relatedTarget }) => { if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false; });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.firstChild.focus(); event.stopPropagation(); event.preventDefault(); } });
  return menu;
}

function feedback(place) {
  const { element } = place;
  return h("span", { class: "feedback" }, [element.positive_button, element.negative_button].filter(Boolean).map((choice) =>
    h("button", { type: "button", class: "quiet", data: { "action-id": element.action_id }, onclick: ({ currentTarget }) => act(currentTarget, place, { value: choice.value }) }, plain(choice.text?.text))));
}
