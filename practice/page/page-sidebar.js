// The left side: workspace, who one acts as, channels and direct messages with what is unread.
import { h, refill } from "./page-dom.js";
import { avatar, channelName, channelSign, roleOf } from "./page-people.js";
import { channelsOfMine, look, me, store, unread } from "./page-store.js";

let drawn = "";

/** Draw the sidebar; `go` is called with a channel's id. */
export function showSidebar(node, go) {
  const channels = channelsOfMine().map((channel) => ({ channel, fresh: unread(channel) }));
  const version = JSON.stringify([store.team, store.me, store.users, store.channel, store.connected, store.sockets, channels.map(({ channel, fresh }) => [channel.id, fresh])]);
  if (version === drawn) return;
  drawn = version;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.testid : undefined;
  const list = (title, shown) => section(title, channels.filter(({ channel }) => channel.is_im === shown), go);
  refill(node, head(), actAs(), h("nav", { "aria-label": "Channels" }, list("Channels", false), list("Direct messages", true)), foot());
  if (focused) node.querySelector(`[data-testid="${focused}"]`)?.focus();
}

function head() {
  return h("div", { class: "workspace" }, h("span", { class: "workspace-mark", "aria-hidden": "true" }, "S"), h("h1", null, store.team.name ?? "Practice"));
}

function actAs() {
  const people = store.users.filter(({ id, role }) => id !== store.bot.id && role !== "bot");
  const select = h("select", { id: "act-as", data: { testid: "act-as" }, onchange: ({ target }) => look({ me: target.value, thread: null }) },
    people.map((user) => h("option", { value: user.id, selected: user.id === store.me }, `${user.real_name || user.name} – ${roleOf(user)}`)));
  return h("div", { class: "act-as" }, avatar(store.me), h("div", null, h("label", { for: "act-as" }, "You act as"), select));
}

function section(title, channels, go) {
  return channels.length > 0 && h("section", null, h("h2", null, title), h("ul", null, channels.map((one) => h("li", null, row(one, go)))));
}

function row({ channel, fresh }, go) {
  const here = channel.id === store.channel;
  const loud = !here && fresh.count > 0;
  const badge = channel.is_im ? fresh.count : fresh.mentions;
  const words = loud ? `, ${fresh.count} unread${fresh.mentions ? `, ${fresh.mentions} for you` : ""}` : "";
  return h("button", { type: "button", class: `channel ${loud ? "unread" : ""}`, "aria-current": here ? "page" : undefined, "aria-label": channelName(channel.id) + words, data: { testid: `channel-${channel.id}`, unread: fresh.count }, onclick: () => go(channel.id) },
    channelSign(channel), h("span", { class: "channel-name" }, channelName(channel.id)),
    !here && badge > 0 ? h("span", { class: "badge" }, badge) : loud && h("span", { class: "count" }, fresh.count));
}

function foot() {
  const [state, words] = !store.connected ? ["lost", "The practice server is away; trying again"] : store.sockets ? ["up", "Scout is connected"] : ["down", "Scout is not connected"];
  const other = store.users.find(({ id, role }) => id !== store.me && role === (me()?.role === "approver" ? "requester" : "approver"));
  return h("div", { class: "sidebar-foot" },
    other && h("a", { href: `?as=${other.id}#${store.channel}`, target: "_blank" }, `Open a second window as ${other.real_name || other.name}`),
    h("div", { class: `connection connection-${state}`, role: "status", data: { testid: "connection", state } }, h("i", { "aria-hidden": "true" }), words));
}
