// What could be meant by the word being typed: a command after "/", a name after "@", a channel after "#".
import { groupName } from "./page-people.js";
import { channelsOfMine, me, store } from "./page-store.js";

const COMMAND = "/scout";
const MOST = 12;

/** The suggestions for a text with the caret at `caret`: [{label, help, text}], `text` being the whole new text up to the caret. */
export function suggestions(text, caret, inThread) {
  const before = text.slice(0, caret);
  if (before.startsWith("/")) return inThread || caret < text.length ? [] : commands(before);
  const found = /(^|\s)([@#])([\w.-]*)$/.exec(before);
  if (!found) return [];
  const head = before.slice(0, before.length - found[3].length);
  const names = found[2] === "@" ? people() : channels();
  return names.filter(({ name }) => name.toLowerCase().startsWith(found[3].toLowerCase())).slice(0, MOST)
    .map(({ name, help }) => ({ label: found[2] + name, help, text: `${head}${name} ` }));
}

function commands(before) {
  if (me()?.role === "stranger") return [];
  const typed = before.toLowerCase();
  return store.completions
    .map(({ text, help }) => ({ label: `${COMMAND} ${text}`, help, text: `${COMMAND} ${text.replace(/\s*[<[].*$/, "")} ` }))
    .filter(({ label, text }) => label.toLowerCase().startsWith(typed) && text.trim() !== before.trim());
}

function people() {
  const groups = store.groups.map(({ id }) => ({ name: groupName(id), help: "user group" }));
  const users = store.users.filter(({ id }) => id !== store.bot.id).map(({ name, real_name }) => ({ name, help: real_name }));
  return [{ name: (store.bot.name ?? "Scout").toLowerCase(), help: "the bot" }, ...users, ...groups];
}

const channels = () => channelsOfMine().filter(({ is_im }) => !is_im).map(({ name }) => ({ name, help: "channel" }));
