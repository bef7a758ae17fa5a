// Shows a verdict over the whole screen, with words, sound and vibration.

const MARKS = { admitted: "✓", unchecked: "✓?", refused: "✕", undone: "↶" };
// In milliseconds, after the code has left the view.
const SHOWN = { admitted: 3000, unchecked: 4000, refused: 6000, undone: 3000 };
const VIBRATIONS = { admitted: [90], unchecked: [90, 90, 90], refused: [350, 120, 350], undone: [40] };
// Frequency, beginning and length, in hertz and seconds.
const TONES = {
  admitted: [[880, 0, 0.12], [1320, 0.13, 0.2]],
  unchecked: [[740, 0, 0.14], [740, 0.2, 0.14]],
  refused: [[170, 0, 0.28], [130, 0.3, 0.45]],
  undone: [[440, 0, 0.12]],
};

const dialog = document.getElementById("verdict");
const part = (name) => document.getElementById(`verdict-${name}`);
let sound;
let ending;

// Browsers allow sound and vibration once the page was touched.
export function allowSound() {
  sound ??= new AudioContext();
  sound.resume();
}

export const hasSound = () => Boolean(sound);

function play(result) {
  if (!sound) return;
  // A phone that was put away has stopped it.
  if (sound.state !== "running") sound.resume();
  for (const [frequency, begin, length] of TONES[result]) {
    const [tone, volume] = [sound.createOscillator(), sound.createGain()];
    const start = sound.currentTime + begin;
    tone.type = result === "refused" ? "sawtooth" : "sine";
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.4, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + length);
    tone.connect(volume).connect(sound.destination);
    tone.start(start);
    tone.stop(start + length);
  }
  navigator.vibrate?.(VIBRATIONS[result]);
}

export function show({ result, title, detail, next, canUndo }) {
  dialog.className = `verdict ${result}`;
  document.getElementById("undo").hidden = !canUndo;
  if (!dialog.open) dialog.showModal();
  // After it is open: a change of what is shown is read aloud.
  part("mark").textContent = MARKS[result];
  part("title").textContent = title;
  part("detail").textContent = detail;
  part("next").textContent = next;
  stay();
  play(result);
}

// The verdict stays while its code is in view, and a while longer.
export function stay() {
  clearTimeout(ending);
  ending = setTimeout(hide, SHOWN[dialog.className.split(" ")[1]]);
}

export function hide() {
  clearTimeout(ending);
  dialog.close();
}

document.getElementById("go-on").addEventListener("click", hide);
