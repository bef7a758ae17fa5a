// Shows what this gate has done, what waits, and what the service says of the event.

import * as store from "./gate-store.js";
import { filled, timeOf } from "./gate-words.js";

const element = (id) => document.getElementById(id);

// A message to screen readers is one change of the text.
function say(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function list(id, lines) {
  element(id).hidden = !lines.length;
  const shown = element(`${id}-list`);
  const items = lines.map((line) => Object.assign(document.createElement("li"), { textContent: line }));
  if (shown.innerText.trim() !== lines.join("\n")) shown.replaceChildren(...items);
}

function rejectedLine(page, { at, code, ticket, end }) {
  const [time, reason] = [timeOf(page, at), page.refusals[code]?.title ?? code];
  return ticket
    ? filled(page.words.rejected_ticket, { time, reason, ...ticket })
    : filled(page.words.rejected_text, { time, reason, end });
}

export async function showCounts(page, service) {
  const { words } = page;
  const number = new Intl.NumberFormat(page.language);
  const { admitted, refused } = await store.counts(page.event);
  say("count-admitted", number.format(admitted));
  say("count-refused", number.format(refused));
  say("count-waiting", number.format((await store.waiting()).length));
  say("network", service.isOver ? words.signed_out : service.isReached ? words.online : words.offline);
  const known = await store.fact("list");
  const isReady = known?.event_id === page.event && known.isWhole;
  if (service.isOver) say("ready", "");
  else say("ready", isReady ? filled(words.ready, { time: timeOf(page, known.as_of) }) : words.loading);
  list("rejected", (await store.rejected(page.event)).map((scan) => rejectedLine(page, scan)));
  if (!service.state) return;
  const { state } = service;
  say("count-all", filled(words.of, { admitted: number.format(state.admitted), sold: number.format(state.sold) }));
  const doubles = state.double_admissions.filter(({ gates }) => gates.includes(page.gate));
  list("doubles", doubles.map(({ number: which, ticket_code, gates }) =>
    filled(words.double, { number: which, code: ticket_code, gates: gates.join(", ") })));
}
