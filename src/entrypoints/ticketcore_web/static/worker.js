// Shows a ticket that was kept on this device when the network does not respond.  It sees the pages of tickets alone.

const KEPT = "ticketcore-ticket";
const PATIENCE = 4000;

async function fromNetwork(request) {
  const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
  const kept = await caches.open(KEPT);
  const isKept = await kept.match(request, { ignoreVary: true });
  // What was kept is what was last seen; a ticket that is gone is kept no longer.
  if (isKept && response.ok) await kept.put(request, response.clone());
  if (isKept && response.status === 404) await kept.delete(request, { ignoreVary: true });
  return response;
}

async function respond(request) {
  try {
    return await fromNetwork(request);
  } catch (failure) {
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw failure;
  }
}

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(respond(event.request));
});
