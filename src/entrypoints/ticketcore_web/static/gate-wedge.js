// Reads a scanner that types, anywhere on the page: a text in a burst, then Enter or Tab.

// In milliseconds: a person who types into a field takes longer for most characters, a scanner for none.
const PAUSE = 80;
// Outside of fields no person types.
const PAUSE_OUTSIDE = 500;
const LEAST = 8;
const LEAST_OUTSIDE = 3;
// By which scanners end what they type.
const ENDS = new Set(["Enter", "Tab"]);

export function listen(scanned) {
  let text = "";
  let last = 0;
  let origin = null;
  let field = null;

  function begin(target) {
    text = "";
    origin = target;
    field = target.matches?.("input, textarea") ? { target, value: target.value } : null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.timeStamp - last > (field ? PAUSE : PAUSE_OUTSIDE) || event.target !== origin) begin(event.target);
    last = event.timeStamp;
    // A blank within a text would press the button that has the focus.
    if (event.key === " " && text && !field) event.preventDefault();
    if (event.key.length === 1) text += event.key;
    if (!ENDS.has(event.key) || text.length < (field ? LEAST : LEAST_OUTSIDE)) return;
    // Neither a button nor a form is meant, and what a field held before stays.
    event.preventDefault();
    event.stopPropagation();
    if (field) field.target.value = field.value;
    scanned(text);
    text = "";
  }, { capture: true });
}
