// The `markdown` block: the simple part of Markdown, to nodes.
import { h } from "./page-dom.js";
import { codeBlock, emojiNode, linkNode } from "./page-mrkdwn.js";
import { gridOf } from "./page-tables.js";

const INLINE = /`([^`\n]+)`|\*\*(?=\S)([\s\S]+?\S)\*\*|~~(?=\S)(.+?\S)~~|\[([^\]\n]+)\]\(([^)\s]+)\)|(?<![\w*])[*_](?=\S)([^*_\n]*[^*_\s])[*_](?![\w*])|:([a-z0-9_+-]+):/g;

/** Markdown to nodes: headings, lists, quotes, code, rules, tables and what can stand in a line. */
export function markdown(text) {
  const rest = (text ?? "").split("\n");
  const nodes = [];
  while (rest.length) {
    const node = next(rest);
    if (node) nodes.push(node);
  }
  return nodes;
}

function next(rest) {
  const first = rest[0];
  if (!first.trim()) return void rest.shift();
  if (first.startsWith("```")) return fence(rest);
  if (/^(---+|\*\*\*+)\s*$/.test(first)) return rest.shift() && h("hr");
  if (/^#{1,6} /.test(first)) return heading(rest.shift());
  if (first.startsWith(">")) return h("blockquote", null, spaced(take(rest, /^>/).map((line) => line.replace(/^> ?/, ""))));
  if (/^\s*[-*+] /.test(first)) return list("ul", take(rest, /^\s*[-*+] /), /^\s*[-*+] /);
  if (/^\s*\d+[.)] /.test(first)) return list("ol", take(rest, /^\s*\d+[.)] /), /^\s*\d+[.)] /);
  if (first.includes("|") && /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(rest[1] ?? "")) return table(take(rest, /\|/));
  return h("p", null, spaced([rest.shift(), ...take(rest, /^(?!#|>|```|\s*[-*+] |\s*\d+[.)] )\s*\S/)]));
}

function take(rest, pattern) {
  const taken = [];
  while (rest.length && pattern.test(rest[0])) taken.push(rest.shift());
  return taken;
}

function fence(rest) {
  rest.shift();
  const taken = take(rest, /^(?!```)/);
  rest.shift();
  return codeBlock(taken.join("\n"));
}

function heading(line) {
  const [, signs, text] = /^(#+) (.*)$/.exec(line);
  return h(`h${Math.min(signs.length + 2, 6)}`, { class: "markdown-heading" }, inline(text));
}

const list = (tag, lines, mark) => h(tag, null, lines.map((line) => h("li", null, inline(line.replace(mark, "")))));

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

function table([head, , ...body]) {
  return gridOf(cells(head).map((cell) => inline(cell)), body.map((line) => cells(line).map((cell) => inline(cell))));
}

const spaced = (lines) => lines.flatMap((line, at) => (at ? [h("br"), ...inline(line)] : inline(line)));

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(at, found.index), piece(found));
    at = found.index + found[0].length;
  }
  return [...nodes, text.slice(at)];
}

function piece([whole, code, bold, strike, label, url, italic, emoji]) {
  if (code) return h("code", null, code);
  if (bold) return h("strong", null, inline(bold));
  if (strike) return h("s", null, inline(strike));
  if (url) return linkNode(url, label);
  if (italic) return h("em", null, inline(italic));
  return emojiNode(emoji) ?? whole;
}
