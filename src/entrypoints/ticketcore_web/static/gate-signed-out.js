// Says how many scans are kept on this device, which then opens the page no more without signing in.

import { waiting } from "./gate-store.js";

const note = document.getElementById("kept-scans");

async function start() {
  await globalThis.caches?.delete("ticketcore-gate");
  const count = (await waiting()).length;
  if (!count) return;
  note.textContent = note.dataset.text.replace("{count}", count);
  note.hidden = false;
}

// A browser that keeps nothing lets sign in all the same.
start().catch(() => {});
