// Keeps a ticket on this device for a gate without network, and the screen on while the ticket is seen.

const note = document.getElementById("kept");

async function keep() {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  await navigator.serviceWorker.register(note.dataset.worker);
  const parts = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img")];
  const addresses = parts.map((part) => part.href || part.src);
  const kept = await caches.open("ticketcore-ticket");
  await kept.addAll([location.pathname, ...addresses]);
  note.textContent = note.dataset.kept;
}

async function stayBright() {
  if (document.hidden || !("wakeLock" in navigator)) return;
  await navigator.wakeLock.request("screen");
}

// A browser that keeps nothing, or may not keep the screen on, shows the ticket all the same.
const quietly = (act) => act().catch(() => {});

if (navigator.onLine) quietly(keep);
else note.textContent = note.dataset.offline;
quietly(stayBright);
document.addEventListener("visibilitychange", () => quietly(stayBright));
