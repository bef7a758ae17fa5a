// Keeps the number of tickets that are left up to date while the page is seen.

const EVERY = 5000;
const shown = document.getElementById("availability");
const form = document.querySelector("main form");

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(shown.dataset.live, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { state, text } = await response.json();
  // A message to screen readers is one change of the text.
  if (shown.textContent !== text) shown.textContent = text;
  shown.classList.toggle("gone", state !== "open");
  // With a form, what is typed stays, and sending it says what has changed.
  if (state !== shown.dataset.state && !form) location.reload();
}

function start() {
  // Without network the number is as old as the page.
  refresh().catch(() => {});
}

setInterval(start, EVERY);
document.addEventListener("visibilitychange", start);
