// What a person does with an element: confirm it, send it, show that something is under way.
import { confirmed } from "./page-dialog.js";
import { post } from "./page-server.js";
import { store } from "./page-store.js";
import { toast } from "./page-toast.js";

const PATIENCE = 3000;
const busy = new Set();

/** Mark a node as waiting until something comes back, at most three seconds; it stays clickable, as in Slack. */
export function wait(node) {
  node.setAttribute("aria-busy", "true");
  busy.add(node);
  setTimeout(() => rest(node), PATIENCE);
}

function rest(node) {
  node.removeAttribute("aria-busy");
  busy.delete(node);
}

/** Something came back for the person looking: nothing waits any longer. */
export function arrived() {
  busy.forEach(rest);
}

/** Send one use of an element of a block, after its confirmation dialog if it has one; false when the person thought better of it. */
export async function act(node, { block, element, origin }, chosen) {
  if (element.confirm && !(await confirmed(element.confirm))) return false;
  wait(node);
  try {
    await post("/practice/click", { user: store.me, ...origin(), block_id: block.block_id ?? "", action_id: element.action_id ?? "", action: { type: element.type, ...chosen } });
  } catch (error) {
    rest(node);
    toast(error.message);
  }
  return true;
}
