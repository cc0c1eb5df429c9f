// Images and files: only what the practice server itself has is shown, nothing is fetched from outside.
import { h, icon, recall, remember } from "./page-dom.js";
import { plain } from "./page-mrkdwn.js";

/** An address that may be followed, or undefined. */
export function safeUrl(url) {
  return /^(https?:|mailto:)/i.test(url ?? "") || /^\/(?!\/)/.test(url ?? "") ? url : undefined;
}

const isOurs = (url) => /^data:image\//.test(url ?? "") || (safeUrl(url) && new URL(url, location.href).origin === location.origin);

/** An image block; one from outside is told, not fetched. */
export function imageBlock({ image_url: url, alt_text: alt, title }) {
  const shown = isOurs(url) ? h("img", { src: url, alt: alt ?? "" }) : h("div", { class: "no-image" }, icon("file"), h("span", null, alt || "An image"));
  return h("figure", { class: "image" }, title && h("figcaption", null, plain(title.text)), shown);
}

/** A file under a message: text is shown in a fold with a button to save it, a picture as such, anything else as a link. */
export function fileNode(file, key) {
  if (typeof file.content === "string") return snippet(file, key);
  if (isOurs(file.url) && /\.(png|jpe?g|gif|svg|webp)$/i.test(file.name ?? "")) return imageBlock({ image_url: file.url, alt_text: file.title ?? file.name });
  return h("a", { class: "file", href: safeUrl(file.url), download: file.name }, icon("file"), file.title ?? file.name ?? "File");
}

function snippet(file, key) {
  const lines = file.content.split("\n").length;
  const fold = h("details", { open: recall(key, lines <= 12) },
    h("summary", null, icon("file"), h("span", { class: "file-name" }, file.title || file.name), h("small", null, `${lines} ${lines === 1 ? "line" : "lines"}`), icon("chevron")),
    h("pre", { class: "code-block", tabindex: "0" }, h("code", null, file.content)));
  fold.firstChild.addEventListener("click", () => remember(key, !fold.open));
  return h("div", { class: "snippet" }, fold, h("button", { type: "button", class: "quiet download", onclick: () => save(file) }, icon("down"), "Download"));
}

function save({ name, content }) {
  const url = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
  const link = h("a", { href: url, download: name || "file.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
