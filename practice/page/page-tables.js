// Tables: the short `table` block, and the `data_table` that can be sorted and turned page by page.
import { h, icon, recall, refill, remember } from "./page-dom.js";
import { plain } from "./page-mrkdwn.js";
import { richText, richWords } from "./page-richtext.js";

const LONG = 90;

/** A plain grid of node lists; `aligns` says left, center or right per column. */
export function gridOf(head, body, aligns = []) {
  const cell = (tag) => (nodes, at) => h(tag, { class: `align-${aligns[at] ?? "left"}`, scope: tag === "th" ? "col" : undefined }, nodes);
  return h("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", { class: "grid" },
      h("thead", null, h("tr", null, head.map(cell("th")))),
      h("tbody", null, body.map((row) => h("tr", null, row.map(cell("td")))))));
}

const cellNodes = (cell) => (cell?.type === "rich_text" ? richText(cell) : [String(cell?.text ?? cell?.value ?? "")]);
const cellWords = (cell) => (cell?.type === "rich_text" ? richWords(cell) : String(cell?.text ?? cell?.value ?? ""));
const isNumber = (cell) => cell?.type === "raw_number";

/** The `table` block; its first row is the heading. */
export function tableBlock({ rows = [], column_settings = [] }) {
  const [head = [], ...body] = rows;
  const aligns = head.map((_, at) => column_settings[at]?.align ?? (body.length && body.every((row) => isNumber(row[at])) ? "right" : "left"));
  return gridOf(head.map(cellNodes), body.map((row) => row.map(cellNodes)), aligns);
}

/** The `data_table` block: a click on a heading sorts, pages of `page_size`. */
export function dataTable(block, key) {
  const state = recall(key, { column: -1, down: false, page: 0, whole: false });
  const box = h("div", { class: "data-table" });
  const show = (change) => {
    Object.assign(state, change);
    remember(key, state);
    draw(box, block, state, show);
  };
  draw(box, block, state, show);
  return box;
}

function draw(box, block, state, show) {
  const [head = [], ...body] = block.rows ?? [];
  const size = block.page_size ?? 5;
  const pages = Math.max(1, Math.ceil(body.length / size));
  state.page = Math.min(state.page, pages - 1);
  const shown = sorted(body, state).slice(state.page * size, (state.page + 1) * size);
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.part : undefined;
  refill(box, caption(block, body, state, show),
    h("div", { class: `table-scroll ${state.whole ? "whole" : ""}`, tabindex: "0", role: "group", "aria-label": block.caption ?? "Table" },
      h("table", { class: "grid" },
        h("thead", null, h("tr", null, head.map((cell, at) => heading(cell, at, body, state, show)))),
        h("tbody", null, shown.map((row) => rowNode(row, block.row_header_column_index))))),
    pages > 1 && pager(state, pages, body.length, show));
  if (focused) box.querySelector(`[data-part="${focused}"]`)?.focus();
}

function caption({ caption: text }, body, state, show) {
  const long = body.some((row) => row.some((cell) => cellWords(cell).length > LONG));
  return h("div", { class: "table-caption" },
    h("strong", null, plain(text ?? "")),
    long && h("button", { type: "button", class: "quiet", "data-part": "whole", "aria-pressed": String(state.whole), onclick: () => show({ whole: !state.whole }) },
      state.whole ? "Shorten" : "Show full text"));
}

function heading(cell, at, body, state, show) {
  const number = body.some((row) => isNumber(row[at]));
  const sort = state.column === at ? (state.down ? "descending" : "ascending") : "none";
  const turn = () => show({ column: at, down: state.column === at ? !state.down : number, page: 0 });
  return h("th", { scope: "col", class: number ? "align-right" : "", "aria-sort": sort },
    h("button", { type: "button", class: "sort", "data-part": `sort-${at}`, onclick: turn }, cellNodes(cell), icon("chevron", `sort-${sort}`)));
}

function rowNode(row, header) {
  return h("tr", null, row.map((cell, at) =>
    h(at === header ? "th" : "td", { class: isNumber(cell) ? "align-right" : "", scope: at === header ? "row" : undefined },
      h("div", { class: "cell", title: cellWords(cell).length > LONG ? cellWords(cell) : undefined }, cellNodes(cell)))));
}

function sorted(body, { column, down }) {
  if (column < 0) return body;
  const sign = down ? -1 : 1;
  return [...body].sort((a, b) => sign * compare(a[column], b[column]));
}

function compare(a, b) {
  if (isNumber(a) && isNumber(b)) return a.value - b.value;
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return cellWords(a).localeCompare(cellWords(b), undefined, { numeric: true });
}

function pager(state, pages, rows, show) {
  const turn = (by, words, part) => h("button", {
    type: "button", class: "quiet", "data-part": part, disabled: state.page + by < 0 || state.page + by >= pages, onclick: () => show({ page: state.page + by }),
  }, words);
  return h("div", { class: "pager" },
    turn(-1, "Previous", "previous"), h("span", { "aria-live": "polite" }, `${state.page + 1} of ${pages} · ${rows} rows`), turn(1, "Next", "next"));
}
