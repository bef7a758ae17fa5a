// Shows the page of a gate when the network does not respond.  It sees that page alone.

const KEPT = "ticketcore-gate";
const PATIENCE = 4000;
const page = new URL(self.registration.scope).pathname;

async function pageOrKept(request) {
  const kept = await caches.match(page, { cacheName: KEPT, ignoreVary: true });
  try {
    const response = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENCE) } : {});
    // A proxy may respond for a service that does not.
    return response.status >= 500 && kept ? kept : response;
  } catch (failure) {
    if (kept) return kept;
    throw failure;
  }
}

// An address of a file has a digest of its content.
async function fileOf(request) {
  return (await caches.match(request, { cacheName: KEPT, ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (new URL(request.url).pathname === page && request.mode === "navigate") event.respondWith(pageOrKept(request));
  else if (request.destination) event.respondWith(fileOf(request));
});
// A page that is open all night gets a new worker, too.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
