// Asks the service, hands in the scans that wait, and keeps the list of tickets up to date.

import * as store from "./gate-store.js";

const PATIENCE = 10_000;
const EVERY = 10_000;
const EVERY_WITHOUT = 3000;
const AT_ONCE = 50;

export class NotReached extends Error {}

// `isKeyValid` is false if the key itself ends the session.
export class SessionOver extends Error {
  constructor(isKeyValid = true) {
    super();
    this.isKeyValid = isKeyValid;
  }
}

const ENDED = new Set(["unauthorized", "forbidden"]);

export class Service {
  #page;
  #changed;
  #over;
  #passing;
  isReached = navigator.onLine;
  isOver = false;
  state = null;

  // `changed` is called after each pass, `over` once the session has ended, with whether the key is valid.
  constructor(page, changed, over) {
    this.#page = page;
    this.#changed = changed;
    this.#over = over;
  }

  start() {
    const loop = async () => {
      await this.pass();
      if (!this.isOver) setTimeout(loop, this.isReached ? EVERY : EVERY_WITHOUT);
    };
    addEventListener("online", () => this.pass());
    addEventListener("offline", () => this.#reached(false));
    loop();
  }

  async ask(call, { body, query = {}, patience = PATIENCE } = {}) {
    if (this.isOver) throw new SessionOver();
    try {
      const { response, content } = await this.#fetch(call, body, query, patience);
      if (ENDED.has(content.code) && [401, 403].includes(response.status)) throw new SessionOver(content.is_key_valid);
      if (response.status >= 500 || [401, 403, 429].includes(response.status)) throw new NotReached();
      return { isOk: response.ok, content };
    } catch (failure) {
      if (failure instanceof SessionOver) this.#end(failure.isKeyValid);
      else this.#reached(false);
      throw failure;
    }
  }

  async #fetch(call, body, query, patience) {
    // A browser that knows that there is no network need not try.
    if (!navigator.onLine) throw new NotReached();
    const sent = body && {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Form-Token": this.#page.token },
      body: JSON.stringify(body),
    };
    try {
      const address = `${this.#page.calls[call]}?${new URLSearchParams(query)}`;
      const signal = AbortSignal.timeout(patience);
      const response = await fetch(address, { ...sent, redirect: "error", cache: "no-store", signal });
      return { response, content: await response.json() };
    } catch (failure) {
      throw new NotReached(String(failure));
    }
  }

  // The next pass brings the number that the service has.
  countAdmitted(by) {
    if (this.state) this.state = { ...this.state, admitted: this.state.admitted + by };
  }

  // One pass at a time; what fails is repeated by the next one.
  pass() {
    this.#passing ??= this.#pass().finally(() => { this.#passing = undefined; });
    return this.#passing;
  }

  async #pass() {
    try {
      await this.#handIn();
      this.#reached(true);
      await this.#refreshList();
      await this.#refreshState();
    } catch (failure) {
      if (!(failure instanceof NotReached || failure instanceof SessionOver)) throw failure;
    } finally {
      this.#changed();
    }
  }

  async #handIn() {
    const waiting = await store.waiting();
    for (const scan of waiting.filter((each) => each.undone)) {
      await this.ask("undo", { body: { qr_code: scan.qr_code, event_id: scan.event_id } });
      await store.takenOver(scan, null);
    }
    const left = waiting.filter((each) => !each.undone);
    while (left.length) {
      const [{ event_id, gate }] = left;
      const isOfPost = (each) => each.event_id === event_id && each.gate === gate;
      const scans = left.filter(isOfPost).slice(0, AT_ONCE);
      await this.#handInSome(scans);
      for (const scan of scans) left.splice(left.indexOf(scan), 1);
    }
  }

  async #handInSome(scans) {
    const [{ event_id, gate }] = scans;
    await store.markAsked(scans);
    const sent = scans.map(({ scan_id, qr_code, scanned_at }) => ({ scan_id, qr_code, scanned_at }));
    const { isOk, content } = await this.ask("scans", { body: { event_id, gate, scans: sent } });
    // A key for other events hands in nothing: the scans wait for one that may.
    if (!isOk) return;
    for (const { scan_id, code, ticket } of content.results) {
      await store.takenOver(scans.find((each) => each.scan_id === scan_id), code, ticket);
    }
  }

  async #refreshList() {
    const event_id = this.#page.event;
    let list = await store.fact("list");
    if (list && list.event_id !== event_id) {
      await store.forgetList();
      list = undefined;
    }
    for (let tickets = [0]; tickets.length; ) {
      const asked = Date.now();
      const query = list ? { event_id, cursor: list.cursor } : { event_id };
      const { isOk, content } = await this.ask("bundle", { query });
      if (!isOk) return;
      tickets = content.tickets;
      list = {
        event_id,
        event: content.event,
        public_keys: content.public_keys,
        cursor: content.next_cursor,
        as_of: content.as_of,
        ahead: Date.parse(content.as_of) - asked,
        isWhole: Boolean(list?.isWhole) || !tickets.length,
      };
      await store.keepList(list, tickets, asked);
    }
  }

  async #refreshState() {
    const { isOk, content } = await this.ask("state", { query: { event_id: this.#page.event } });
    if (isOk) this.state = content;
  }

  #reached(isReached) {
    if (this.isReached === isReached) return;
    this.isReached = isReached;
    this.#changed();
  }

  #end(isKeyValid) {
    if (this.isOver) return;
    this.isOver = true;
    this.#over(isKeyValid);
  }
}
