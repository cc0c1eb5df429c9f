// What the page knows about the workspace, and who is looking at it.
const listeners = new Set();
let scheduled = false;

/** The workspace as last told by the server; read it, change it through the functions below. */
export const store = {
  ready: false, connected: false, team: {}, bot: {}, users: [], channels: [], groups: [], completions: [], faults: [],
  sockets: 0, messages: new Map(), ephemerals: new Map(), notices: [], views: [], homes: new Map(),
  me: "", channel: "", thread: null, tab: "messages", reads: {},
};

/** Call `listener` after each change, once for all changes of a turn. */
export function onChange(listener) {
  listeners.add(listener);
}

/** Say that something shown has changed. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    listeners.forEach((listener) => listener());
  }, 0);
}

/** Take the whole state of the server. */
export function takeState(state) {
  const first = !store.ready;
  for (const part of ["team", "bot", "users", "channels", "completions", "faults", "sockets"]) store[part] = state[part] ?? store[part];
  store.groups = state.groups ?? state.usergroups ?? store.groups;
  store.messages = new Map((state.messages ?? []).map((message) => [keyOf(message), message]));
  store.ephemerals = new Map((state.ephemerals ?? []).map((item) => [item.id, item]));
  store.views = state.views ?? [];
  store.homes = new Map((state.homes ?? []).map(({ user, view }) => [user, view]));
  store.ready = store.connected = true;
  if (first) store.loadedAt = latestTs();
  changed();
}

const keyOf = ({ channel, ts }) => `${channel}/${ts}`;

function latestTs() {
  return [...store.messages.values()].reduce((latest, { ts }) => (ts > latest ? ts : latest), "0");
}

const APPLY = {
  message: ({ message }) => store.messages.set(keyOf(message), message),
  message_deleted: (event) => store.messages.delete(keyOf(event)),
  ephemeral: ({ ephemeral }) => store.ephemerals.set(ephemeral.id, ephemeral),
  ephemeral_deleted: ({ id }) => store.ephemerals.delete(id),
  view: ({ user, view }) => putView(user, view),
  view_closed: ({ user, view_id }) => dropView(user, view_id),
  home: ({ user, view }) => store.homes.set(user, view),
  notice: (event) => putNotice(event),
  fault: ({ fault }) => putFault(fault),
  sockets: ({ count }) => { store.sockets = count; },
};

/** Take one event of the stream; a type this page does not know is left alone. */
export function applyEvent(event) {
  if (!Object.hasOwn(APPLY, event.type)) return;
  APPLY[event.type](event);
  changed();
}

function putView(user, view) {
  const at = store.views.findIndex((open) => open.user === user && open.view.id === view.id);
  store.views = at < 0 ? [...store.views, { user, view }] : store.views.with(at, { user, view });
}

/** Forget a modal. */
export function dropView(user, id) {
  store.views = store.views.filter((open) => open.user !== user || open.view.id !== id);
  changed();
}

let notices = 0;

function putNotice({ user, channel, text, thread_ts }) {
  const ts = (Date.now() / 1000).toFixed(6);
  store.notices = [...store.notices, { id: `notice-${++notices}`, user, channel, text, ts, thread_ts }];
}

function putFault(fault) {
  const at = store.faults.findIndex(({ name }) => name === fault.name);
  store.faults = at < 0 ? [...store.faults, fault] : store.faults.with(at, fault);
}

/** Take an ephemeral message or a notice off the page; only this browser forgets it, as in Slack. */
export function dismiss(id) {
  store.ephemerals.delete(id);
  store.notices = store.notices.filter((notice) => notice.id !== id);
  changed();
}

/** Change who looks, and at what. */
export function look(where) {
  if (where.me !== undefined && where.me !== store.me) markRead();
  Object.assign(store, where);
  changed();
}

/** The person this page acts as. */
export const me = () => userOf(store.me);

/** A person, or undefined. */
export const userOf = (id) => store.users.find((user) => user.id === id);

/** A channel, or undefined. */
export const channelOf = (id) => store.channels.find((channel) => channel.id === id);

/** What a channel shows outside its threads, oldest first. */
export function timeline(channel) {
  const shown = (item) => item.channel === channel && (!item.thread_ts || item.thread_ts === item.ts || item.subtype === "thread_broadcast");
  return inOrder([...store.messages.values()].filter(shown), mine().filter(shown));
}

/** The replies of a thread, oldest first. */
export function replies(channel, ts) {
  const shown = (item) => item.channel === channel && item.thread_ts === ts && item.ts !== ts;
  return inOrder([...store.messages.values()].filter(shown), mine().filter(shown));
}

const mine = () => [...store.ephemerals.values(), ...store.notices].filter(({ user }) => user === store.me);

function inOrder(...lists) {
  return lists.flat().sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}

/** The channels that the person looking is in. */
export function channelsOfMine() {
  return store.channels.filter(isMine);
}

function isMine({ is_im, is_private, is_ext_shared, user, members }) {
  if (is_im) return user === store.me;
  if (members) return members.includes(store.me);
  return { stranger: is_ext_shared, guest: !is_private }[me()?.role] ?? true;
}

const readKey = (channel) => `${store.me}/${channel}`;

/** Note that the person has seen what is in a channel. */
export function markRead(channel = store.channel) {
  store.reads[readKey(channel)] = latestTs();
}

/** How many messages of a channel the person has not seen, and how many of those call for them. */
export function unread(channel) {
  const since = store.reads[readKey(channel.id)] ?? store.loadedAt ?? "0";
  const fresh = [...store.messages.values()].filter((item) => item.channel === channel.id && item.ts > since && item.user !== store.me);
  const direct = fresh.filter((item) => channel.is_im || calls(item));
  return { count: fresh.filter(({ thread_ts, ts }) => !thread_ts || thread_ts === ts).length, mentions: direct.length };
}

function calls(message) {
  const said = JSON.stringify([message.text, message.blocks]);
  const groups = store.groups.filter(({ users }) => users?.includes(store.me)).map(({ id }) => id);
  return [store.me, ...groups].some((id) => said.includes(`@${id}`) || said.includes(`^${id}`) || said.includes(`_id":"${id}"`))
    || /<!(here|channel|everyone)\b/.test(said);
}
