// Elements that hold a value: menus, boxes to tick, lines to type; what they hold is read from the page when a view is sent.
import { h } from "./page-dom.js";
import { plain, textNodes } from "./page-mrkdwn.js";
import { channelName, nameOf } from "./page-people.js";
import { store } from "./page-store.js";

const readers = new WeakMap();

/** Everything a form holds: {block_id: {action_id: {type, …}}}. */
export function valuesIn(form) {
  const values = {};
  for (const node of form.querySelectorAll("[data-holds]")) {
    const { block, element, read } = readers.get(node);
    (values[block.block_id ?? ""] ??= {})[element.action_id ?? ""] = { type: element.type, ...read() };
  }
  return values;
}

function holding(node, { block, element }, read) {
  node.dataset.holds = "";
  node.dataset.actionId = element.action_id ?? "";
  readers.set(node, { block, element, read });
  return node;
}

/** What an element starts with: what was typed before an update of the view, else its own initial value. */
function start({ block, element, values }, name, initial) {
  const typed = values?.[block.block_id ?? ""]?.[element.action_id ?? ""];
  return typed ? typed[name] : element[initial];
}

const sameOption = (a) => (b) => a?.value === b?.value;
const allOptions = (element) => element.options ?? (element.option_groups ?? []).flatMap(({ options }) => options);
const listen = (place, node, send, read) => { if (!place.silent) node.addEventListener("change", () => send(node, read())); };
const labelled = (place) => ({ id: place.inputId, "aria-label": place.inputId ? undefined : plain(place.element.placeholder?.text ?? place.block.text?.text ?? "Choose") });

function select(place, send) {
  const { element } = place;
  const options = allOptions(element);
  const chosen = start(place, "selected_option", "initial_option");
  const option = (one) => h("option", { value: String(options.indexOf(one)), selected: sameOption(chosen)(one) }, plain(one.text.text));
  const node = h("select", { class: "select", ...labelled(place) },
    h("option", { value: "", disabled: !place.silent, selected: !chosen }, plain(element.placeholder?.text ?? "Choose an option")),
    element.options?.map(option), element.option_groups?.map((group) => h("optgroup", { label: plain(group.label.text) }, group.options.map(option))));
  const read = () => ({ selected_option: node.value === "" ? null : options[Number(node.value)] });
  listen(place, node, send, read);
  return holding(node, place, read);
}

function choiceOf(found, kind) {
  return (place, send) => {
    const options = found().map((id) => ({ value: id, text: kind === "user" ? nameOf(id) : `#${channelName(id)}` }));
    const chosen = start(place, `selected_${kind}`, `initial_${kind}`);
    const node = h("select", { class: "select", ...labelled(place) },
      h("option", { value: "", selected: !chosen }, plain(place.element.placeholder?.text ?? "Choose")),
      options.map(({ value, text }) => h("option", { value, selected: value === chosen }, text)));
    const read = () => ({ [`selected_${kind}`]: node.value || null });
    listen(place, node, send, read);
    return holding(node, place, read);
  };
}

function ticks(type, name, initial) {
  return (place, send) => {
    const options = allOptions(place.element);
    const before = [start(place, name, initial) ?? []].flat().filter(Boolean);
    const group = `tick-${Math.random().toString(36).slice(2)}`;
    const boxes = options.map((one) => h("input", { type, name: group, checked: before.some(sameOption(one)) }));
    const node = h("div", { class: "ticks", role: type === "radio" ? "radiogroup" : "group", ...labelled(place) },
      options.map((one, at) => h("label", { data: { value: one.value } }, boxes[at], h("span", null, textNodes(one.text), one.description && h("small", null, textNodes(one.description))))));
    const picked = () => options.filter((_, at) => boxes[at].checked);
    const read = () => ({ [name]: name === "selected_option" ? picked()[0] ?? null : picked() });
    listen(place, node, send, read);
    return holding(node, place, read);
  };
}

function multi(found, name, initial) {
  return (place, send) => {
    const people = found?.();
    const options = people ? people.map((id) => ({ value: id, text: { type: "plain_text", text: nameOf(id) } })) : allOptions(place.element);
    const before = (start(place, name, initial) ?? []).map((one) => (people ? one : one.value));
    const boxes = options.map((one) => h("input", { type: "checkbox", checked: before.includes(one.value) }));
    const picked = () => options.filter((_, at) => boxes[at].checked);
    const title = h("summary", { class: "select" });
    const tell = () => { title.textContent = picked().map((one) => plain(one.text.text)).join(", ") || plain(place.element.placeholder?.text ?? "Choose"); };
    const node = h("details", { class: "multi" }, title,
      h("div", { class: "menu" }, options.map((one, at) => h("label", { data: { value: one.value } }, boxes[at], plain(one.text.text)))));
    const read = () => ({ [name]: people ? picked().map(({ value }) => value) : picked() });
    tell();
    node.addEventListener("change", tell);
    listen(place, node, send, read);
    return holding(node, place, read);
  };
}

function text(type) {
  return (place, send) => {
    const { element } = place;
    const initial = start(place, "value", "initial_value") ?? "";
    const props = { class: "input", placeholder: plain(element.placeholder?.text ?? ""), maxlength: element.max_length, minlength: element.min_length, value: initial, autocomplete: "off", ...labelled(place) };
    const node = element.multiline ? h("textarea", { ...props, rows: 4 }) : h("input", { ...props, type });
    const read = () => ({ value: node.value || null });
    if (place.dispatch) listen({ silent: false }, node, send, read);
    return holding(node, place, read);
  };
}

function moment(type, name, initial) {
  return (place, send) => {
    const node = h("input", { class: "input", type, value: start(place, name, initial) ?? "", ...labelled(place) });
    const read = () => ({ [name]: node.value || null });
    listen(place, node, send, read);
    return holding(node, place, read);
  };
}

const peopleIds = () => store.users.map(({ id }) => id);
const channelIds = () => store.channels.filter(({ is_im }) => !is_im).map(({ id }) => id);

/** The elements that hold a value, by type: (place, send) to a node. */
export const holders = {
  static_select: select, external_select: select,
  users_select: choiceOf(peopleIds, "user"), channels_select: choiceOf(channelIds, "channel"), conversations_select: choiceOf(channelIds, "conversation"),
  multi_static_select: multi(undefined, "selected_options", "initial_options"), multi_users_select: multi(peopleIds, "selected_users", "initial_users"),
  checkboxes: ticks("checkbox", "selected_options", "initial_options"), radio_buttons: ticks("radio", "selected_option", "initial_option"),
  plain_text_input: text("text"), email_text_input: text("email"), url_text_input: text("url"), number_input: text("number"),
  datepicker: moment("date", "selected_date", "initial_date"), timepicker: moment("time", "selected_time", "initial_time"),
};
