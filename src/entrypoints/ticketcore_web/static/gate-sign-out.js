// Signs out once the scans that wait were handed in; without network it says that it cannot.

import { waiting } from "./gate-store.js";
import { filled } from "./gate-words.js";

export function guardSignOut({ words }, service) {
  const [form, note] = ["sign-out", "sign-out-note"].map((id) => document.getElementById(id));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await service.pass();
    if (service.isReached) form.submit();
    note.hidden = service.isReached;
    note.textContent = service.isReached ? "" : filled(words.sign_out_needs, { count: (await waiting()).length });
  });
}
