// Slack's own markup, to nodes. Text ends up in text nodes only; links must be web or mail addresses.
import { h } from "./page-dom.js";
import { emojiOf } from "./page-emoji.js";
import { channelName, dateText, exactTime, groupName, nameOf } from "./page-people.js";
import { store } from "./page-store.js";

const FENCE = /```\n?([\s\S]*?)\n?```/g;
const INLINE = new RegExp(
  [
    "<([^<>\\n]+)>",
    "`([^`\\n]+)`",
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\w*])",
    "(?<![\\w])_(?=\\S)([^_\\n]*[^_\\s])_(?!\\w)",
    "(?<![\\w~])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\w~])",
    ":([a-z0-9_+-]+):",
    "\\b(https?://[^\\s<>|*`]+[\\w/])",
  ].join("|"),
  "g",
);

/** Undo Slack's escaping of the three reserved characters. */
export function unescapeText(text) {
  return text.replace(/&(lt|gt|amp);/g, (whole, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

/** Text with `:emoji:` names as characters: nodes for a plain_text object. */
export function plain(text) {
  return unescapeText(text ?? "").replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiOf(name) ?? whole);
}

/** A text object, of either kind, to nodes. */
export function textNodes(object) {
  if (!object) return [];
  if (typeof object === "string") return [plain(object)];
  return object.type === "mrkdwn" ? mrkdwn(object.text, object.verbatim === true) : [plain(object.text)];
}

/** Markup to nodes: code blocks, quotes, and what can stand in a line. Where it is verbatim, a bare address stays text. */
export function mrkdwn(text, verbatim = false) {
  const nodes = [];
  let at = 0;
  for (const fence of (text ?? "").matchAll(FENCE)) {
    nodes.push(...lines(text.slice(at, fence.index).replace(/\n$/, ""), verbatim), codeBlock(unescapeText(fence[1])));
    at = fence.index + fence[0].length;
  }
  return [...nodes, ...lines((text ?? "").slice(at).replace(at ? /^\n/ : /^$/, ""), verbatim)];
}

/** A block of code. */
export function codeBlock(text) {
  return h("pre", { class: "code-block", tabindex: "0" }, h("code", null, text));
}

function lines(text, verbatim) {
  if (!text) return [];
  const nodes = [];
  for (const run of runs(text.split("\n"))) {
    if (run.quote) nodes.push(h("blockquote", null, broken(run.lines.map((line) => line.replace(/^(&gt;|>) ?/, "")), verbatim)));
    else nodes.push(...(nodes.at(-1)?.nodeName === "BLOCKQUOTE" || !nodes.length ? [] : [h("br")]), ...broken(run.lines, verbatim));
  }
  return nodes;
}

function runs(all) {
  const found = [];
  for (const line of all) {
    const quote = /^(&gt;|>)/.test(line);
    if (found.at(-1)?.quote !== quote) found.push({ quote, lines: [] });
    found.at(-1).lines.push(line);
  }
  return found;
}

const broken = (all, verbatim) =>
  all.flatMap((line, at) => (at ? [h("br"), ...inline(line, verbatim)] : inline(line, verbatim)));

function inline(text, verbatim) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) nodes.push(unescapeText(text.slice(at, found.index)));
    nodes.push(piece(found, verbatim));
    at = found.index + found[0].length;
  }
  if (at < text.length) nodes.push(unescapeText(text.slice(at)));
  return nodes;
}

function piece([whole, token, code, bold, italic, strike, emoji, url], verbatim) {
  if (token) return tokenNode(token);
  if (code) return h("code", null, unescapeText(code));
  if (bold) return h("strong", null, inline(bold, verbatim));
  if (italic) return h("em", null, inline(italic, verbatim));
  if (strike) return h("s", null, inline(strike, verbatim));
  if (url) return verbatim ? unescapeText(url) : linkNode(unescapeText(url));
  return emojiNode(emoji) ?? whole;
}

function tokenNode(token) {
  const [target, label] = split(token);
  if (/^@[UW]/.test(target)) return mention(target.slice(1));
  if (/^#[CGD]/.test(target)) return channelMention(target.slice(1));
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9));
  if (target.startsWith("!date^")) return dateToken(target, label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  return linkNode(unescapeText(target), label && unescapeText(label));
}

function split(token) {
  const bar = token.indexOf("|");
  return bar < 0 ? [token, ""] : [token.slice(0, bar), token.slice(bar + 1)];
}

function dateToken(target, label) {
  const [, ts, template, link] = target.split("^");
  if (!/^-?\d{1,11}$/.test(ts ?? "")) return unescapeText(label);
  const text = h("time", { title: exactTime(ts), class: "date" }, dateText(ts, unescapeText(template ?? "{date} {time}")));
  return link ? linkNode(unescapeText(link), text) : text;
}

/** The name of a person, marked; louder when it is the reader's own. */
export function mention(id) {
  return h("span", { class: `mention ${id === store.me ? "mention-me" : ""}` }, `@${nameOf(id)}`);
}

/** The name of a channel, as a link to it. */
export function channelMention(id) {
  return h("a", { class: "mention", href: `#${id}` }, `#${channelName(id)}`);
}

/** The handle of a user group; louder when the reader is in it. */
export function groupMention(id) {
  const mine = store.groups.some((group) => group.id === id && group.users?.includes(store.me));
  return h("span", { class: `mention ${mine ? "mention-me" : ""}` }, `@${groupName(id)}`);
}

/** `@here` and its like. */
export const broadcast = (range) => h("span", { class: "mention mention-me" }, `@${range}`);

/** An emoji by its name, or undefined when this page does not have it. */
export function emojiNode(name) {
  const character = emojiOf(name);
  return character && h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character);
}

/** A link when the address is a web or mail address, else its text. */
export function linkNode(url, label = "") {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return h("span", null, label || `<${url}>`);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url.replace(/^mailto:/, ""));
}
