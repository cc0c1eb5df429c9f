// The `rich_text` block and the cells that hold one.
import { h } from "./page-dom.js";
import { broadcast, channelMention, codeBlock, emojiNode, groupMention, linkNode, mention } from "./page-mrkdwn.js";
import { dateText } from "./page-people.js";

const PARTS = {
  rich_text_section: (part) => h("div", null, inline(part.elements)),
  rich_text_quote: (part) => h("blockquote", null, inline(part.elements)),
  rich_text_preformatted: (part) => codeBlock((part.elements ?? []).map(({ text, url }) => text ?? url ?? "").join("")),
  rich_text_list: listOf,
};

/** A rich_text object to nodes. */
export function richText(object) {
  return (object?.elements ?? []).map((part) => PARTS[part.type]?.(part) ?? h("div", null, inline([part])));
}

/** The words of a rich_text object, for sorting. */
export function richWords(object) {
  return (object?.elements ?? []).flatMap((part) => part.elements ?? [part]).map((part) => part.text ?? richWords(part)).join("");
}

function listOf({ style, indent = 0, offset = 0, elements = [] }) {
  const props = { class: `indent-${Math.min(indent, 4)}`, start: offset ? offset + 1 : undefined };
  return h(style === "ordered" ? "ol" : "ul", props, elements.map((part) => h("li", null, inline(part.elements))));
}

const inline = (elements) => (elements ?? []).map((element) => styled(element, (INLINE[element.type] ?? INLINE.text)(element)));

const INLINE = {
  text: ({ text }) => text ?? "",
  link: ({ url, text }) => linkNode(url ?? "", text),
  emoji: ({ name }) => emojiNode(name) ?? `:${name}:`,
  user: ({ user_id }) => mention(user_id),
  usergroup: ({ usergroup_id }) => groupMention(usergroup_id),
  channel: ({ channel_id }) => channelMention(channel_id),
  broadcast: ({ range }) => broadcast(range),
  date: ({ timestamp, format }) => dateText(timestamp, format ?? "{date} {time}"),
  color: ({ value }) => h("code", null, value),
};

const TAGS = { code: "code", bold: "strong", italic: "em", strike: "s" };

function styled({ style }, node) {
  return Object.entries(TAGS).reduce((inner, [name, tag]) => (style?.[name] ? h(tag, null, inner) : inner), node);
}
