// Talking to the practice server: one way in (state and stream), one way out (post).

/** Send what a person did; throws an Error whose message is a sentence. */
export async function post(path, body) {
  const answer = await reach(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok || content.ok === false) throw new Error(content.error ?? `The practice server answered ${answer.status}.`);
  return content;
}

async function reach(path, request) {
  try {
    return await fetch(path, request);
  } catch {
    throw new Error("The practice server cannot be reached.");
  }
}

/** Follow the workspace: `onState` with everything at each (re)connection, then `onEvent` with what happens, `onLost` when cut. */
export function follow({ onState, onEvent, onLost }) {
  const source = new EventSource("/practice/stream");
  let waiting = null;
  source.addEventListener("open", async () => {
    const mine = (waiting = []);
    const state = await fetchState();
    if (waiting !== mine) return;
    if (!state) return onLost();
    onState(state);
    waiting = null;
    mine.forEach(onEvent);
  });
  source.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    if (waiting) waiting.push(event);
    else onEvent(event);
  });
  source.addEventListener("error", onLost);
}

async function fetchState() {
  try {
    const answer = await fetch("/practice/state");
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
