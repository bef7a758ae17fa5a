// Counts down to the end of a reservation, follows a payment, and copies the text of a code to pay with.

const FOLLOWED_EVERY = 1000;
const WATCHED_EVERY = 15000;
const order = document.getElementById("order");
const countdown = document.getElementById("countdown");
const copy = document.getElementById("copy");

async function follow() {
  if (document.hidden) return;
  const response = await fetch(order.dataset.live, { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const { state } = await response.json();
  if (state !== order.dataset.state) location.replace(location.pathname);
}

function followQuietly() {
  // Without network the page stays as it is, and the next time may be luckier.
  follow().catch(() => {});
}

if (countdown) {
  // Counted from when the page was made, as this device's clock may be wrong.
  const end = performance.now() + Number(countdown.dataset.seconds) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    countdown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) {
      clearInterval(ticking);
      setTimeout(followQuietly, 1000);
    }
  };
  const ticking = setInterval(tick, 1000);
  tick();
  countdown.parentElement.classList.add("counting");
}

if (copy && navigator.clipboard) {
  const text = document.getElementById("pix");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.value);
    copy.textContent = copy.dataset.done;
  });
}

setInterval(followQuietly, order.dataset.status === "processing" ? FOLLOWED_EVERY : WATCHED_EVERY);
document.addEventListener("visibilitychange", followQuietly);
