// A scrolling list of messages that stays at its end while the reader is there.
import { h, icon, reconcile } from "./page-dom.js";
import { entry } from "./page-message.js";
import { dayKey, dayName } from "./page-people.js";
import { store } from "./page-store.js";

const NEAR = 80;

/** Make a list in `scroller`; the returned function shows items, and starts at the end when `place` is another one. */
export function timelineIn(scroller, { inThread = false } = {}) {
  const list = h("div", { class: "messages", role: "log", "aria-label": inThread ? "Replies" : "Messages" });
  const jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => toEnd(scroller) }, icon("down"), "New messages");
  scroller.append(list, jump);
  let seen = "";
  let lastKey;
  let stuck = true;
  scroller.addEventListener("scroll", () => {
    stuck = atEnd(scroller);
    if (stuck) jump.hidden = true;
  });
  new ResizeObserver(() => stuck && toEnd(scroller)).observe(list);
  return (place, items) => {
    if (place !== seen) stuck = true;
    const fresh = items.at(-1);
    const arrived = place === seen && keyOf(fresh) !== lastKey;
    if (arrived && fresh?.user === store.me) stuck = true;
    [seen, lastKey] = [place, keyOf(fresh)];
    reconcile(list, items.length ? withDays(items, inThread) : [beginning]);
    if (stuck) toEnd(scroller);
    else if (arrived) jump.hidden = false;
  };
}

const beginning = {
  key: "beginning", version: 0,
  make: () => h("p", { class: "empty" }, "Nothing has been said here yet. Try ", h("code", null, "/scout help"), "."),
};

const keyOf = (item) => item && (item.id ?? item.ts);
const atEnd = (node) => node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;

function toEnd(scroller) {
  scroller.scrollTop = scroller.scrollHeight;
}

function withDays(items, inThread) {
  return items.flatMap((item, at) => {
    const before = items[at - 1];
    const newDay = !inThread && (!before || dayKey(before.ts) !== dayKey(item.ts));
    return newDay ? [divider(item.ts), entry(item, undefined, inThread)] : [entry(item, before, inThread)];
  });
}

function divider(ts) {
  const name = dayName(ts);
  return { key: `day-${dayKey(ts)}`, version: name, make: () => h("div", { class: "day", role: "separator" }, h("span", null, name)) };
}
