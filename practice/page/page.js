// The page: puts its parts together and shows again what has changed.
import { arrived } from "./page-act.js";
import { blockNodes } from "./page-blocks.js";
import { composer } from "./page-composer.js";
import { h, icon, reconcile, refill } from "./page-dom.js";
import { showModal } from "./page-modal.js";
import { onPanel, panelIn } from "./page-panel.js";
import { channelName, channelSign } from "./page-people.js";
import { follow, post } from "./page-server.js";
import { showSidebar } from "./page-sidebar.js";
import { applyEvent, changed, channelOf, channelsOfMine, look, markRead, me, onChange, replies, store, takeState, timeline, unread } from "./page-store.js";
import { timelineIn } from "./page-timeline.js";
import { toast } from "./page-toast.js";

const WIDE = matchMedia("(min-width: 1100px)");
const ROOMY = matchMedia("(min-width: 1500px)");
const body = document.body;
const part = (id) => document.getElementById(id);

const box = composer(() => ({ channel: store.channel }));
const threadBox = composer(() => ({ channel: store.thread?.channel, thread_ts: store.thread?.ts }), "thread-composer");
const showTimeline = timelineIn(part("timeline"));
const showReplies = timelineIn(part("replies"), { inThread: true });
const showPanel = panelIn(part("panel"), () => openPanel(false));

function openPanel(open) {
  body.dataset.panel = open ? "open" : "closed";
  part("panel-toggle").setAttribute("aria-expanded", String(open));
}

function openDrawer(open) {
  body.dataset.drawer = open ? "open" : "closed";
  part("menu").setAttribute("aria-expanded", String(open));
}

function closeTopmost() {
  if (body.dataset.drawer === "open") openDrawer(false);
  else if (body.dataset.panel === "open" && !WIDE.matches) openPanel(false);
  else if (store.thread) look({ thread: null });
}

function go(channel) {
  openDrawer(false);
  look({ channel, thread: null, tab: "messages" });
}

function settle() {
  const channels = channelsOfMine();
  if (!channels.some(({ id }) => id === store.channel)) store.channel = channels[0]?.id ?? "";
  if (store.thread && !channels.some(({ id }) => id === store.thread.channel)) store.thread = null;
  if (document.visibilityState === "visible") markRead();
  history.replaceState(null, "", `?as=${store.me}#${store.channel}`);
  document.title = `${channelName(store.channel)} – ${store.team.name}`;
}

let home = "";

function show() {
  if (!store.ready) return;
  settle();
  const channel = channelOf(store.channel);
  showSidebar(part("sidebar"), go);
  part("menu").dataset.news = String(channelsOfMine().some((one) => one.id !== store.channel && unread(one).count > 0));
  showHeader(channel);
  const atHome = Boolean(channel?.is_im) && store.tab === "home";
  part("home").hidden = !atHome;
  part("timeline").hidden = atHome;
  part("composer").hidden = atHome;
  if (atHome) showHome();
  else showTimeline(`${store.me}/${store.channel}`, timeline(store.channel));
  box.show({ key: `${store.me}/${store.channel}`, hint: hintFor(channel) });
  showThread();
  showPanel();
  showModal();
}

const hintFor = (channel) => (channel ? `Message ${channel.is_im ? "" : "#"}${channelName(channel.id)} as ${me()?.real_name ?? ""}` : "");

let header = "";

function showHeader(channel) {
  const version = JSON.stringify([channel, store.tab, store.me]);
  if (!channel || version === header) return;
  header = version;
  refill(part("channel-title"), channelSign(channel), h("h2", null, channelName(channel.id)), h("span", { class: "about" }, about(channel)));
  const tab = (name, words) => h("button", { type: "button", role: "tab", "aria-selected": String(store.tab === name), data: { testid: `tab-${name}` }, onclick: () => turnTo(name) }, words);
  refill(part("tabs"), channel.is_im && [tab("messages", "Messages"), tab("home", "Home")]);
}

function about(channel) {
  if (channel.is_im) return "direct message";
  if (channel.is_ext_shared) return "shared with another company";
  return channel.is_private ? "private; Scout is not in it" : "";
}

async function turnTo(tab) {
  look({ tab });
  if (tab !== "home") return;
  try {
    await post("/practice/home", { user: store.me });
  } catch (error) {
    toast(error.message);
  }
}

function showHome() {
  const view = store.homes.get(store.me);
  const version = JSON.stringify([store.me, view]);
  if (version === home) return;
  home = version;
  const place = { origin: () => ({ view_id: view.id }), key: `home/${store.me}` };
  reconcile(part("home"), [{ key: "home", version, make: () => h("div", { class: "home-blocks", data: { testid: "home" } }, view ? blockNodes(view.blocks, place) : h("p", { class: "empty" }, "Scout has not put anything here yet.")) }]);
}

function showThread() {
  const pane = part("thread");
  const { thread } = store;
  const opened = pane.hidden && thread;
  pane.hidden = !thread;
  body.dataset.thread = thread ? "open" : "closed";
  if (!thread) return;
  if (opened && !ROOMY.matches) openPanel(false);
  const parent = store.messages.get(`${thread.channel}/${thread.ts}`);
  refill(part("thread-where"), `${channelOf(thread.channel)?.is_im ? "" : "#"}${channelName(thread.channel)}`);
  showReplies(`${thread.channel}/${thread.ts}`, [...(parent ? [parent] : []), ...replies(thread.channel, thread.ts)]);
  threadBox.show({ key: `${store.me}/${thread.channel}/${thread.ts}`, hint: "Reply…" });
  if (opened && WIDE.matches) threadBox.focus();
}

function answersMe(event) {
  if (event.user === store.me || event.ephemeral?.user === store.me) return true;
  return event.message?.channel === store.channel && event.message.user !== store.me;
}

function take(event) {
  applyEvent(event);
  if (answersMe(event)) arrived();
  if (event.type === "notice" && event.user === store.me && !event.channel) toast(event.text);
}

function fromAddress() {
  const asked = new URLSearchParams(location.search).get("as");
  const people = store.users.filter(({ id, role }) => id !== store.bot.id && role !== "bot");
  if (!store.me) store.me = people.some(({ id }) => id === asked) ? asked : people[0]?.id ?? "";
  if (!store.channel) store.channel = location.hash.slice(1);
}

part("composer").append(box.node);
part("thread-composer").append(threadBox.node);
part("menu").append(icon("menu"));
part("panel-toggle").prepend(icon("wrench"));
part("thread-close").append(icon("close"));
part("menu").addEventListener("click", () => openDrawer(body.dataset.drawer !== "open"));
part("shade").addEventListener("click", () => { openDrawer(false); openPanel(false); });
part("panel-toggle").addEventListener("click", () => openPanel(body.dataset.panel !== "open"));
part("thread-close").addEventListener("click", () => look({ thread: null }));
addEventListener("hashchange", () => channelsOfMine().some(({ id }) => id === location.hash.slice(1)) && go(location.hash.slice(1)));
addEventListener("keydown", ({ key, defaultPrevented }) => key === "Escape" && !defaultPrevented && !document.querySelector("dialog[open]") && closeTopmost());
document.addEventListener("visibilitychange", changed);
openDrawer(false);
openPanel(WIDE.matches);
onPanel(changed);
onChange(show);
follow({
  onState: (state) => { takeState(state); fromAddress(); },
  onEvent: take,
  onLost: () => { store.connected = false; changed(); },
});
