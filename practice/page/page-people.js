// Names, faces and times, the way the reader knows them.
import { h, icon } from "./page-dom.js";
import { channelOf, store, userOf } from "./page-store.js";

const ROLES = { requester: "on call", approver: "approver", member: "member", guest: "guest", stranger: "another company" };
const GROUPS = { S0ONCALL: "oncall", S0DBA: "dba" };

/** What a person may do here, in a word or two. */
export const roleOf = (user) => ROLES[user?.role] ?? "";

/** The name of a person or of the bot. */
export function nameOf(id) {
  if (id === store.bot.id) return store.bot.name ?? "Scout";
  const user = userOf(id);
  return user?.real_name || user?.name || id || "Somebody";
}

/** The handle of a user group, without its sign. */
export function groupName(id) {
  return store.groups.find((group) => group.id === id)?.handle ?? GROUPS[id] ?? id;
}

/** The title of a channel; a direct message has the name of the other side. */
export function channelName(id) {
  const channel = channelOf(id);
  if (!channel) return id;
  return channel.is_im ? nameOf(store.bot.id) : channel.name;
}

/** The sign before a channel's title. */
export function channelSign(channel) {
  if (channel.is_im) return avatar(store.bot.id, "tiny");
  return icon(channel.is_private ? "lock" : channel.is_ext_shared ? "shared" : "hash", "sign");
}

/** A coloured square with an initial. */
export function avatar(id, size = "") {
  const bot = id === store.bot.id;
  const at = store.users.findIndex((user) => user.id === id);
  const letter = bot ? "S" : [...nameOf(id)][0].toUpperCase();
  return h("span", { class: `avatar ${size} ${bot ? "avatar-bot" : `avatar-${Math.max(at, 0) % 7}`}`, "aria-hidden": "true" }, letter);
}

const formats = new Map();

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(undefined, options));
  return formats.get(key);
}

const dateOf = (ts) => new Date(Number(ts) * 1000);

/** The time of day of a timestamp in seconds. */
export const timeOf = (ts) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(dateOf(ts));

/** Date and time to the second, for a tooltip. */
export const exactTime = (ts) => format({ dateStyle: "full", timeStyle: "medium", hourCycle: "h23" }).format(dateOf(ts));

const dayNumber = (date) => Math.floor((date.getTime() - date.getTimezoneOffset() * 60000) / 86400000);

function near(ts) {
  return { [-1]: "yesterday", 0: "today", 1: "tomorrow" }[dayNumber(dateOf(ts)) - dayNumber(new Date())];
}

/** A key that two timestamps share when they fall on the same day here. */
export const dayKey = (ts) => dayNumber(dateOf(ts));

/** The words of a day divider. */
export function dayName(ts) {
  const word = near(ts);
  return word ? word[0].toUpperCase() + word.slice(1) : format({ weekday: "long", month: "long", day: "numeric" }).format(dateOf(ts));
}

/** How long ago, or until when, in one unit. */
export function ago(ts) {
  const seconds = Number(ts) - Date.now() / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([length]) => Math.abs(seconds) >= length) ?? [1, "second"];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const SHORT = { month: "short", day: "numeric", year: "numeric" };
const PARTS = {
  date_num: (ts) => { const day = dateOf(ts); return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((n) => String(n).padStart(2, "0")).join("-"); },
  date_slash: (ts) => format({ day: "2-digit", month: "2-digit", year: "numeric" }).format(dateOf(ts)),
  date: (ts) => format({ month: "long", day: "numeric", year: "numeric" }).format(dateOf(ts)),
  date_short: (ts) => format(SHORT).format(dateOf(ts)),
  date_long: (ts) => format({ ...SHORT, weekday: "long", month: "long" }).format(dateOf(ts)),
  date_pretty: (ts) => near(ts) ?? PARTS.date(ts),
  date_short_pretty: (ts) => near(ts) ?? PARTS.date_short(ts),
  date_long_pretty: (ts) => near(ts) ?? PARTS.date_long(ts),
  time: timeOf,
  time_secs: (ts) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(dateOf(ts)),
  ago,
};

/** A `<!date^…>` in the reader's own time: `{date_short_pretty} at {time}`. */
export function dateText(ts, template) {
  return template.replace(/\{(\w+)\}/g, (whole, part) => (Object.hasOwn(PARTS, part) ? PARTS[part](ts) : whole));
}

/** A time element that tells the exact moment when pointed at. */
export function timeNode(ts, text = timeOf(ts)) {
  return h("time", { class: "time", datetime: dateOf(ts).toISOString(), title: exactTime(ts) }, text);
}
