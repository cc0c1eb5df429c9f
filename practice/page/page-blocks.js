// Block Kit to nodes. A block this page does not know is named, so that nothing is lost in silence.
import { chart } from "./page-charts.js";
import { h, icon, recall, remember } from "./page-dom.js";
import { elementNode } from "./page-elements.js";
import { markdown } from "./page-markdown.js";
import { plain, textNodes } from "./page-mrkdwn.js";
import { fileNode, imageBlock, safeUrl } from "./page-pictures.js";
import { planBlock, taskCard } from "./page-plan.js";
import { richText } from "./page-richtext.js";
import { dataTable, tableBlock } from "./page-tables.js";

/**
 * All blocks of a message, view or home. `place` is {origin, key, values, errors}: `origin()` says where a click
 * comes from, `key` names the place in the reader's memory, `values` and `errors` belong to a view being filled in.
 */
export function blockNodes(blocks, place) {
  return (blocks ?? []).map((block, at) => h("div", { class: `block block-${String(block.type).replace(/\W/g, "")}`, data: { "block-id": block.block_id } },
    draw(block, { ...place, key: `${place.key}/${at}` })));
}

const draw = (block, place) => (Object.hasOwn(DRAW, block.type) ? DRAW[block.type](block, place) : unknown(block));

const unknown = ({ type }) => h("div", { class: "unknown" }, `A block of type "${type}" is not drawn here.`);

const DRAW = {
  section,
  header: ({ text }) => h("h3", { class: "header" }, plain(text?.text)),
  context: ({ elements = [] }) => h("div", { class: "context" }, elements.map(contextPart)),
  divider: () => h("hr"),
  actions: (block, place) => h("div", { class: "actions" }, inBlock(block, place, block.elements)),
  context_actions: (block, place) => h("div", { class: "actions small" }, inBlock(block, place, block.elements)),
  input,
  image: imageBlock,
  file: (block, place) => fileNode(block.file ?? { title: block.external_id, name: block.external_id }, place.key),
  rich_text: (block) => h("div", { class: "text" }, richText(block)),
  markdown: ({ text }) => h("div", { class: "text markdown" }, markdown(text)),
  table: tableBlock,
  data_table: (block, place) => dataTable(block, place.key),
  data_visualization: (block, place) => chart(block, place.key),
  plan: (block, place) => planBlock(block, place.key),
  task_card: (block, place) => taskCard(block, place.key),
  card,
  carousel: (block, place) => h("div", { class: "carousel" }, (block.elements ?? []).map((one) => card(one, place))),
  container,
  alert: ({ text, level = "default" }) => h("div", { class: `alert alert-${level}`, role: "note" }, textNodes(text)),
  video: ({ title, title_url: url }) => h("a", { href: safeUrl(url) }, plain(title?.text)),
};

const inBlock = (block, place, elements) => (elements ?? []).map((element) => elementNode({ ...place, block, element }));

function section(block, place) {
  return h("div", { class: "section" },
    h("div", { class: "section-body" },
      block.text && h("div", { class: "text" }, textNodes(block.text)),
      block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text" }, textNodes(field))))),
    block.accessory && h("div", { class: "accessory" }, inBlock(block, place, [block.accessory])));
}

function contextPart(element) {
  if (element.type === "image") return h("img", { src: safeUrl(element.image_url), alt: element.alt_text ?? "" });
  return h("span", { class: "text" }, textNodes(element));
}

let inputs = 0;

function input(block, place) {
  const inputId = `input-${++inputs}`;
  const error = place.errors?.[block.block_id];
  const node = elementNode({ ...place, block, element: block.element, inputId, silent: !block.dispatch_action, dispatch: block.dispatch_action });
  node.setAttribute("aria-describedby", `${inputId}-help`);
  if (error) node.setAttribute("aria-invalid", "true");
  return h("div", { class: "field" },
    h("label", { for: inputId }, plain(block.label?.text), block.optional && h("span", { class: "optional" }, " (optional)")),
    node,
    h("div", { id: `${inputId}-help` },
      error && h("div", { class: "field-error", role: "alert" }, plain(error)),
      block.hint && h("div", { class: "hint" }, plain(block.hint.text))));
}

function card(block, place) {
  return h("article", { class: "card" },
    block.hero_image && imageBlock(block.hero_image),
    h("div", { class: "card-body" },
      block.title && h("strong", null, textNodes(block.title)),
      block.subtitle && h("div", { class: "subtitle" }, textNodes(block.subtitle)),
      block.body && h("div", { class: "text" }, textNodes(block.body)),
      block.subtext && h("div", { class: "subtitle" }, textNodes(block.subtext))),
    block.actions?.length && h("div", { class: "actions" }, inBlock(block, place, block.actions)));
}

function container(block, place) {
  const inside = h("div", { class: "container-body" }, blockNodes(block.child_blocks, place));
  const head = [h("span", { class: "container-title" }, block.rich_text_title ? richText(block.rich_text_title) : textNodes(block.title)), block.subtitle && h("small", null, textNodes(block.subtitle))];
  if (!block.is_collapsible) return h("section", { class: "container" }, h("div", { class: "container-head" }, head), inside);
  const fold = h("details", { class: "container", open: recall(place.key, !block.default_collapsed) }, h("summary", { class: "container-head" }, h("span", null, head), icon("chevron")), inside);
  fold.firstChild.addEventListener("click", () => remember(place.key, !fold.open));
  return fold;
}
