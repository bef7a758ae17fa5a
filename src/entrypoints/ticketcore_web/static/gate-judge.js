// Judges a ticket: by the service where it is reached, else by the public keys, the list and the admissions of this device.

import * as store from "./gate-store.js";
import { isSealed, readCode } from "./gate-seal.js";
import { NotReached, SessionOver } from "./gate-service.js";
import { dayAndTimeOf, filled, timeOf } from "./gate-words.js";

// Longer, and a queue at the door would wait for a bad network.
const PATIENCE = 1500;

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// The service has decided: what this device cannot keep of it changes no verdict.
const orNothing = (promise) => promise.catch(() => undefined);

export class Judge {
  #page;
  #service;

  constructor(page, service) {
    this.#page = page;
    this.#service = service;
  }

  // Returns the verdict on what was presented, the text of a QR code or a ticket code with a number; all that has to be kept is.
  async judge(presented) {
    this.#refuseWithoutSession();
    const { event, gate } = this.#page;
    const scan = { ...presented, scan_id: newId(), event_id: event, gate };
    const code = presented.qr_code && isSecureContext ? await readCode(presented.qr_code) : null;
    const earlier = code && (await orNothing(store.admission(code.ticket)));
    // The service does not know of it yet.
    if (earlier && (await store.waitingScan(earlier.scan_id))) return this.#refuse("ticket_already_used", this.#usedHere(earlier));
    // A list that is read while the service is asked may already have this very scan.
    const status = code && (await orNothing(store.ticketStatus(code.ticket)));
    const asked = this.#service.isReached;
    const told = asked ? await this.#ask(scan) : null;
    if (told) return this.#online(told, scan, code);
    if (!presented.qr_code) return this.#cannot("needs_network", "by_hand_needs", "try_again");
    return this.#offline(scan, code, asked, status);
  }

  // Takes back the last admission of this device.
  async undo() {
    this.#refuseWithoutSession();
    const last = await store.fact("last");
    if (!last || last.event_id !== this.#page.event) return this.#cannot("nothing_to_undo");
    if (await store.waitingScan(last.scan_id)) {
      await store.takeBack(last);
      return { result: "undone", ...this.#words("undone", "", "undone_next") };
    }
    if (!this.#service.isReached) return this.#cannot("needs_network", "undo_needs");
    const told = await this.#service.ask("undo", { body: { ...last.presented, event_id: last.event_id } });
    if (told.content.result === "undone") {
      await store.takeBack(last);
      this.#service.countAdmitted(-1);
    }
    return told.isOk ? told.content : this.#problem(told.content);
  }

  // A key that was revoked judges nothing, with network or without.
  #refuseWithoutSession() {
    if (this.#service.isOver) throw new SessionOver();
  }

  async #ask(scan) {
    try {
      return await this.#service.ask("admission", { body: scan, patience: PATIENCE });
    } catch (failure) {
      if (failure instanceof NotReached) return null;
      throw failure;
    }
  }

  #online({ isOk, content }, scan, code) {
    if (!isOk) return this.#problem(content);
    const isAdmitted = content.result === "admitted";
    if (isAdmitted) this.#service.countAdmitted(1);
    // Later reads of the store wait for it, and the person at the door need not.
    orNothing(isAdmitted ? store.keepAdmission(this.#made(scan, code, "admitted")) : store.countRefused(this.#page.event));
    return { ...content, canUndo: isAdmitted };
  }

  async #offline(scan, code, asked, status) {
    const list = await store.fact("list");
    if (list?.event_id !== this.#page.event) return this.#cannot("no_list", "no_list_detail", "stop");
    const now = Date.now() + list.ahead;
    const refusal = await this.#refusal(list, code, now, status);
    if (refusal) return this.#refuse(...refusal);
    const scanned = { ...scan, scanned_at: new Date(now).toISOString(), asked };
    const earlier = await store.keepScan(scanned, this.#made(scan, code, "unchecked"));
    if (earlier) return this.#refuse("ticket_already_used", this.#usedHere(earlier));
    return { result: "unchecked", ...this.#words("unchecked", "unchecked_detail", "unchecked_next"), canUndo: true };
  }

  // In the order in which the service looks.
  async #refusal({ event, public_keys, as_of }, code, now, status) {
    if (!code || !(await isSealed(code, public_keys))) return ["ticket_not_authentic", ""];
    if (code.event !== event.id) return ["wrong_event", ""];
    const known = this.#at("as_of", as_of);
    if (event.status === "cancelled") return ["event_cancelled", known];
    if (status === "void") return ["ticket_void", known];
    const earlier = await store.admission(code.ticket);
    if (earlier) return ["ticket_already_used", this.#usedHere(earlier)];
    if (status === "used") return ["ticket_already_used", this.#at("used_before", as_of)];
    return event.doors_at && now < Date.parse(event.doors_at) ? ["too_early", this.#opensAt(event.doors_at)] : null;
  }

  #made(scan, code, result) {
    const { qr_code, ticket_code, number, scan_id, event_id, gate } = scan;
    const presented = qr_code ? { qr_code } : { ticket_code, number };
    return { presented, ticket: code?.ticket, scan_id, event_id, gate, result, at: Date.now() };
  }

  async #refuse(code, detail) {
    await store.countRefused(this.#page.event);
    return { result: "refused", ...this.#page.refusals[code], detail };
  }

  #cannot(title, detail = "", next = "") {
    return { result: "refused", ...this.#words(title, detail, next) };
  }

  #problem({ code, title, detail }) {
    const { words } = this.#page;
    return { result: "refused", title: code === "invalid_request" ? words.not_read : title, detail, next: words.try_again };
  }

  #words(title, detail, next) {
    const { words } = this.#page;
    return { title: words[title], detail: words[detail] ?? "", next: words[next] ?? "" };
  }

  #usedHere({ at }) {
    return this.#at("used_here", at);
  }

  #opensAt(moment) {
    return filled(this.#page.words.opens_at, { time: dayAndTimeOf(this.#page, moment) });
  }

  #at(phrase, moment) {
    return filled(this.#page.words[phrase], { time: timeOf(this.#page, moment) });
  }
}
