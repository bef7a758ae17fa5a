// A gate: what is scanned, by camera, scanner or hand, is judged one after another, and the verdict is shown.

import { Camera } from "./gate-camera.js";
import { showCounts } from "./gate-counts.js";
import { Judge } from "./gate-judge.js";
import { NotReached, Service, SessionOver } from "./gate-service.js";
import { fact, waiting } from "./gate-store.js";
import { guardSignOut } from "./gate-sign-out.js";
import * as verdicts from "./gate-verdict.js";
import { listen } from "./gate-wedge.js";
import { filled, timeOf } from "./gate-words.js";

const element = (id) => document.getElementById(id);
const page = JSON.parse(element("gate").dataset.page);
const { words } = page;
// A code that a shaking hand hides for a moment has not left the view.
const LEAVES_AFTER = 3000;
const KEPT = "ticketcore-gate";
const UNDONE_WITHIN = 600_000;
const inView = new Map();
let turn = Promise.resolve();

const refresh = () => showCounts(page, service).catch(() => {});
const service = new Service(page, refresh, askToSignIn);
const judge = new Judge(page, service);

function showOver() {
  verdicts.hide();
  if (!element("session-over").open) element("session-over").showModal();
}

async function askToSignIn(isKeyValid) {
  const why = isKeyValid ? "session_over" : "key_over";
  element("over-title").textContent = words[why];
  element("over-next").textContent = words[`${why}_next`];
  showOver();
  const count = (await waiting().catch(() => [])).length;
  element("over-kept").textContent = count ? filled(words.kept_scans, { count }) : "";
  // Without network it would open, and judge.
  globalThis.caches?.delete(KEPT);
}

async function verdictOf(act) {
  try {
    return await act();
  } catch (failure) {
    if (failure instanceof SessionOver) {
      showOver();
      return null;
    }
    if (failure instanceof NotReached) return { result: "refused", title: words.needs_network, detail: "", next: words.try_again };
    return { result: "refused", title: words.not_kept, detail: "", next: words.not_kept_next };
  }
}

// One after another: of two scans of a ticket the second has to know of the first.
function inTurn(act, began = performance.now()) {
  turn = turn.then(async () => {
    const verdict = await verdictOf(act);
    if (!verdict) return undefined;
    verdicts.show(verdict);
    showLast(verdict);
    performance.measure("verdict", { start: began });
    await refresh();
    return verdict;
  });
  return turn;
}

function present(presented) {
  return inTurn(() => judge.judge(presented));
}

// A code in view is presented once: it has to leave first.
function seen(text) {
  const now = performance.now();
  const isNew = !(now - inView.get(text) < LEAVES_AFTER);
  inView.set(text, now);
  for (const [other, last] of inView) if (now - last > LEAVES_AFTER) inView.delete(other);
  if (isNew) present({ qr_code: text });
  else verdicts.stay();
}

function showLast({ result, title, detail, canUndo }) {
  const last = element("last");
  last.className = `last ${result}`;
  last.hidden = false;
  element("last-title").textContent = title;
  element("last-detail").textContent = detail;
  element("last-undo").hidden = !canUndo;
}

// After a reload, too.
async function restoreLast() {
  const last = await fact("last");
  if (last?.event_id !== page.event || Date.now() - last.at > UNDONE_WITHIN) return;
  const detail = filled(words.used_here, { time: timeOf(page, last.at) });
  showLast({ result: last.result, title: words[last.result], detail, canUndo: true });
}

function readForm(form, read) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    present(read(new FormData(form))).then((verdict) => {
      // What was refused may have a slip.
      if (verdict && verdict.result !== "refused") form.reset();
    });
  });
}

async function startCamera() {
  const camera = new Camera(element("video"), seen);
  const begin = async () => {
    element("start").hidden = true;
    element("view").hidden = false;
    try {
      await camera.start();
      element("camera-note").textContent = verdicts.hasSound() ? "" : words.tap_for_sound;
    } catch {
      element("start").hidden = false;
      element("view").hidden = true;
      element("camera-note").textContent = words.no_camera;
    }
    element("torch").hidden = !camera.hasTorch;
  };
  element("eye").hidden = false;
  element("start").addEventListener("click", begin);
  element("torch").addEventListener("click", ({ currentTarget }) => {
    const isOn = currentTarget.getAttribute("aria-pressed") !== "true";
    camera.light(isOn).then(() => currentTarget.setAttribute("aria-pressed", isOn), () => {});
  });
  await begin();
}

// The page and all that it needs, so that it opens without network.
async function keepPage() {
  await navigator.storage?.persist?.();
  await navigator.serviceWorker.register(page.worker, { scope: page.address });
  const kept = await caches.open(KEPT);
  await kept.addAll([page.address, ...page.files]);
  const wanted = new Set([page.address, ...page.files].map((each) => new URL(each, location.href).href));
  for (const { url } of await kept.keys()) if (!wanted.has(url)) await kept.delete(url);
}

function onFirstTouch() {
  verdicts.allowSound();
  if (element("camera-note").textContent === words.tap_for_sound) element("camera-note").textContent = "";
}

for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, onFirstTouch, { once: true });
if (navigator.userActivation?.hasBeenActive) verdicts.allowSound();
for (const button of document.querySelectorAll(".take-back")) button.addEventListener("click", () => inTurn(() => judge.undo()));
readForm(element("by-hand"), (typed) => ({ ticket_code: typed.get("ticket_code").trim(), number: Number(typed.get("number")) }));
readForm(element("by-text"), (typed) => ({ qr_code: typed.get("qr_code").trim() }));
listen((text) => present({ qr_code: text }));
element("counts").hidden = false;
element("gate").classList.add("scripted");
if (isSecureContext) {
  if (navigator.onLine) keepPage().catch(() => {});
  startCamera();
} else {
  element("eye").hidden = false;
  element("camera-note").textContent = words.insecure;
}
guardSignOut(page, service);
// Behind it the page would look as if it judged.
element("session-over").addEventListener("cancel", (event) => event.preventDefault());
restoreLast().catch(() => {});
service.start();
