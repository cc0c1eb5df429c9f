// The `plan` block and its task cards: what runs, step by step.
import { h, icon, recall, remember } from "./page-dom.js";
import { plain } from "./page-mrkdwn.js";
import { richText } from "./page-richtext.js";

const WORDS = { pending: "waiting", in_progress: "running", complete: "done", error: "failed" };

/** The block with a line of progress and its tasks. */
export function planBlock({ title, tasks = [] }, key) {
  const done = tasks.filter(({ status }) => status === "complete").length;
  return h("section", { class: "plan", "aria-label": plain(title) },
    h("div", { class: "plan-head" }, h("strong", null, plain(title)), h("span", { class: "count" }, `${done} of ${tasks.length}`)),
    h("div", { class: "progress", "aria-hidden": "true" }, tasks.map(({ status }) => h("i", { class: `progress-${status}` }))),
    h("ol", { class: "tasks" }, tasks.map((task, at) => h("li", null, taskCard(task, `${key}/${task.task_id ?? at}`)))));
}

/** One task with its state, what it does and what came of it. */
export function taskCard(task, key) {
  const parts = [task.details && h("div", { class: "task-details" }, richText(task.details)), task.output && h("div", { class: "task-output" }, richText(task.output)), sources(task.sources)].filter(Boolean);
  return h("div", { class: `task task-${task.status}`, data: { status: task.status } },
    mark(task.status),
    h("div", { class: "task-body" }, parts.length ? fold(task, parts, key) : h("span", { class: "task-title" }, plain(task.title))));
}

function mark(status) {
  const sign = { complete: () => icon("check"), error: () => icon("close"), in_progress: () => h("span", { class: "spinner" }) }[status];
  return h("span", { class: `task-mark mark-${status}`, role: "img", "aria-label": WORDS[status] ?? status }, sign?.());
}

function fold(task, parts, key) {
  const open = recall(key, task.status === "in_progress" || task.status === "error");
  const details = h("details", { open }, h("summary", { class: "task-title" }, plain(task.title), icon("chevron")), parts);
  details.firstChild.addEventListener("click", () => remember(key, !details.open));
  return details;
}

function sources(found) {
  return found?.length && h("div", { class: "task-sources" }, found.map(({ url, text }) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text ?? url)));
}
