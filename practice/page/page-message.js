// One message, ephemeral message or notice of Slack's own.
import { blockNodes } from "./page-blocks.js";
import { h, icon } from "./page-dom.js";
import { mrkdwn } from "./page-mrkdwn.js";
import { avatar, dayKey, nameOf, timeNode, timeOf } from "./page-people.js";
import { fileNode, safeUrl } from "./page-pictures.js";
import { dismiss, look, replies, store } from "./page-store.js";

const TOGETHER = 300;
const numbers = new WeakMap();
let last = 0;

function numberOf(item) {
  if (!numbers.has(item)) numbers.set(item, ++last);
  return numbers.get(item);
}

const isNotice = (item) => String(item.id).startsWith("notice-");
const isEphemeral = (item) => item.id !== undefined;
const isCard = ({ blocks }) => blocks?.length > 1;
const isGrouped = (item, before) => before && !isEphemeral(item) && !isEphemeral(before) && !item.is_command && !before.is_command
  && !isCard(item) && item.user === before.user && item.ts - before.ts < TOGETHER && dayKey(item.ts) === dayKey(before.ts);

/** What `reconcile` needs to show an item after the one `before` it. */
export function entry(item, before, inThread = false) {
  const grouped = Boolean(isGrouped(item, before));
  const answers = inThread ? [] : replies(item.channel, item.ts);
  const version = [numberOf(item), grouped, store.me, answers.length, answers.at(-1)?.ts, item.reply_count].join();
  return { key: item.id ?? item.ts, version, make: () => nodeOf(item, { grouped, inThread, answers }) };
}

function nodeOf(item, look) {
  if (isNotice(item)) return notice(item);
  return isEphemeral(item) ? ephemeral(item) : message(item, look);
}

function message(item, { grouped, inThread, answers }) {
  const origin = () => ({ channel: item.channel, ts: item.ts });
  if (item.is_command) return commandLine(item);
  return h("article", { class: `message ${grouped ? "grouped" : ""}`, "aria-label": `${nameOf(item.user)}, ${timeOf(item.ts)}`, data: { testid: "message", ts: item.ts, channel: item.channel } },
    h("div", { class: "gutter" }, grouped ? timeNode(item.ts) : avatar(item.user)),
    h("div", { class: "message-body" },
      !grouped && byline(item),
      content(item, origin),
      !inThread && footer(item, answers)),
    !inThread && toolbar(item));
}

function byline(item) {
  return h("div", { class: "byline" }, h("strong", null, nameOf(item.user)), (item.bot_id || item.user === store.bot.id) && h("span", { class: "app-badge" }, "APP"), timeNode(item.ts));
}

function content(item, origin) {
  const key = `${item.channel}/${item.id ?? item.ts}`;
  const edited = item.edited && h("span", { class: "edited", title: `Edited at ${timeOf(item.edited.ts ?? item.ts)}` }, "(edited)");
  const body = item.blocks?.length ? [blockNodes(item.blocks, { origin, key }), edited] : h("div", { class: "text" }, mrkdwn(item.text), edited);
  return [
    body,
    item.attachments?.map((attachment, at) => attached(attachment, { origin, key: `${key}/attachment-${at}` })),
    item.files?.map((file) => fileNode(file, `${key}/${file.id}`)),
  ];
}

function attached(attachment, place) {
  const node = h("div", { class: "attachment" },
    attachment.pretext && h("div", { class: "text" }, mrkdwn(attachment.pretext)),
    attachment.title && h("strong", null, attachment.title_link ? h("a", { href: safeUrl(attachment.title_link) }, attachment.title) : attachment.title),
    attachment.blocks ? blockNodes(attachment.blocks, place) : h("div", { class: "text" }, mrkdwn(attachment.text ?? attachment.fallback)),
    attachment.fields && h("div", { class: "fields" }, attachment.fields.map(({ title, value }) => h("div", { class: "text" }, h("strong", null, title), h("br"), mrkdwn(value)))),
    attachment.footer && h("div", { class: "context" }, attachment.footer));
  if (attachment.color) node.style.setProperty("--bar", colourOf(attachment.color));
  return node;
}

const colourOf = (colour) => ({ good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" })[colour] ?? (/^#?[0-9a-f]{6}$/i.test(colour) ? `#${colour.replace("#", "")}` : "currentColor");

function footer(item, answers) {
  const count = Math.max(answers.filter((one) => !isEphemeral(one)).length, item.reply_count ?? 0);
  if (!count) return null;
  const latest = answers.at(-1);
  return h("button", { type: "button", class: "thread-link", data: { testid: "thread-link" }, onclick: () => open(item) },
    [...new Set(answers.map(({ user }) => user))].slice(0, 4).map((user) => avatar(user, "tiny")),
    h("b", null, `${count} ${count === 1 ? "reply" : "replies"}`), latest && h("span", null, `Last at ${timeOf(latest.ts)}`));
}

function toolbar(item) {
  return h("div", { class: "toolbar" },
    h("button", { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", data: { testid: "reply" }, onclick: () => open(item) }, icon("reply")));
}

const open = ({ channel, ts }) => look({ thread: { channel, ts } });

function commandLine(item) {
  return h("article", { class: "message command-line", data: { testid: "message", ts: item.ts, channel: item.channel } },
    h("div", { class: "gutter" }, avatar(item.user, "tiny")),
    h("div", { class: "message-body" }, h("span", null, h("strong", null, nameOf(item.user)), " used ", h("code", null, item.text)), " ", timeNode(item.ts)));
}

function ephemeral(item) {
  const origin = () => ({ channel: item.channel, ephemeral_id: item.id });
  return h("article", { class: "message only-you", "aria-label": "Only visible to you", data: { testid: "ephemeral", id: item.id, channel: item.channel } },
    h("div", { class: "gutter" }, avatar(store.bot.id)),
    h("div", { class: "message-body" },
      h("div", { class: "only-you-line" }, "Only visible to you ", h("span", { "aria-hidden": "true" }, "· "), dismisser(item)),
      byline({ user: store.bot.id, ts: item.ts }),
      content(item, origin)));
}

function notice(item) {
  return h("article", { class: "message only-you notice", role: "status", data: { testid: "notice", channel: item.channel } },
    h("div", { class: "gutter" }, h("span", { class: "avatar avatar-slack", "aria-hidden": "true" }, "!")),
    h("div", { class: "message-body" },
      h("div", { class: "byline" }, h("strong", null, "Slack says"), timeNode(item.ts), dismisser(item)),
      h("div", { class: "text" }, mrkdwn(item.text))));
}

const dismisser = (item) => h("button", { type: "button", class: "quiet", data: { testid: "dismiss" }, onclick: () => dismiss(item.id) }, "Dismiss");
