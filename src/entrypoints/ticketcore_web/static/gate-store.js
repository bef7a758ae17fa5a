// Keeps scans, admissions, the list of tickets and counts on this device, through a reload and a loss of power.
//
// A scan waits until the service has taken it over.  Admissions are those of this device, with network or without.

const NAME = "ticketcore-gate";
const KEYS = { scans: "scan_id", admissions: "ticket", tickets: "ticket", facts: "name" };
// Of a text whose ticket the service does not know.
const ENDS_WITH = 6;
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(KEYS)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opening.catch(() => { opening = undefined; });
  return opening;
}

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Resolves when all is on the disk, not when it is on its way there.
async function within(names, act, mode = "readwrite") {
  const transaction = (await open()).transaction(names, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const [result] = await Promise.all([act(...names.map((name) => transaction.objectStore(name))), ended]);
  return result;
}

const read = (name, act) => within([name], act, "readonly");

export const fact = async (name) => (await read("facts", (facts) => done(facts.get(name))))?.value;
export const ticketStatus = async (ticket) => (await read("tickets", (all) => done(all.get(ticket))))?.status;
export const admission = (ticket) => read("admissions", (all) => done(all.get(ticket)));
export const waiting = () => read("scans", (scans) => done(scans.getAll()));
export const waitingScan = (scanId) => read("scans", (scans) => done(scans.get(scanId)));

const countsOf = (event) => `counts ${event}`;
const rejectedOf = (event) => `rejected ${event}`;
export const counts = async (event) => (await fact(countsOf(event))) ?? { admitted: 0, refused: 0 };
export const rejected = async (event) => (await fact(rejectedOf(event))) ?? [];

async function count(facts, event, what, by) {
  const name = countsOf(event);
  const value = (await done(facts.get(name)))?.value ?? { admitted: 0, refused: 0 };
  facts.put({ name, value: { ...value, [what]: Math.max(0, value[what] + by) } });
}

export function countRefused(event) {
  return within(["facts"], (facts) => count(facts, event, "refused", 1));
}

function remember(admissions, facts, made) {
  if (made.ticket) admissions.put(made);
  facts.put({ name: "last", value: made });
  return count(facts, made.event_id, "admitted", 1);
}

export function keepAdmission(made) {
  return within(["admissions", "facts"], (admissions, facts) => remember(admissions, facts, made));
}

// Keeps a scan without network and its admission, unless this device has admitted the ticket: then returns that admission.
export function keepScan(scan, made) {
  return within(["scans", "admissions", "facts"], async (scans, admissions, facts) => {
    const earlier = await done(admissions.get(made.ticket));
    if (earlier) return earlier;
    scans.put(scan);
    await remember(admissions, facts, made);
    return undefined;
  });
}

// What the service may know has to be taken back there; the rest is as if it had never been.
export function takeBack(made) {
  return within(["scans", "admissions", "tickets", "facts"], async (scans, admissions, tickets, facts) => {
    const scan = await done(scans.get(made.scan_id));
    if (scan?.asked) scans.put({ ...scan, undone: true });
    else scans.delete(made.scan_id);
    if (made.ticket) admissions.delete(made.ticket);
    if (made.ticket && (await done(tickets.get(made.ticket)))) tickets.put({ ticket: made.ticket, status: "valid" });
    facts.delete("last");
    await count(facts, made.event_id, "admitted", -1);
  });
}

export function markAsked(sent) {
  return within(["scans"], async (scans) => {
    for (const { scan_id } of sent) {
      const scan = await done(scans.get(scan_id));
      if (scan) scans.put({ ...scan, asked: true });
    }
  });
}

// Forgets a scan that the service has, unless it was taken back meanwhile; one that was refused for good is named.
export function takenOver(sent, code, ticket) {
  return within(["scans", "facts"], async (scans, facts) => {
    const scan = await done(scans.get(sent.scan_id));
    if (!scan || (scan.undone && !sent.undone)) return;
    scans.delete(sent.scan_id);
    if (!code || code === "ticket_already_used") return;
    const name = rejectedOf(sent.event_id);
    const value = (await done(facts.get(name)))?.value ?? [];
    facts.put({ name, value: [...value, { at: sent.scanned_at, code, ticket, end: sent.qr_code.slice(-ENDS_WITH) }] });
  });
}

export function forgetList() {
  return within(["tickets", "facts"], (tickets, facts) => {
    tickets.clear();
    facts.delete("list");
  });
}

// An admission of this device's that another one took back ends here, too, if it is older than the list.
export function keepList(list, pieces, asked) {
  return within(["tickets", "admissions", "scans", "facts"], async (tickets, admissions, scans, facts) => {
    for (const piece of pieces) {
      tickets.put(piece);
      const made = piece.status === "valid" && (await done(admissions.get(piece.ticket)));
      if (made && made.at < asked && !(await done(scans.get(made.scan_id)))) admissions.delete(piece.ticket);
    }
    facts.put({ name: "list", value: list });
  });
}
