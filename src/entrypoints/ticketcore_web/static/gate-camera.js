// Keeps the camera and the screen on, and reads the QR codes that the camera sees.

const PAUSE = 40;
// Larger pictures take longer than they help.
const SIDE = 720;
const WANTED = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

// Returns a function that reads a video's codes with the browser's own detector, null if it has none.
async function ownDetector() {
  const formats = (await window.BarcodeDetector?.getSupportedFormats()) ?? [];
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video)).map((code) => code.rawValue);
}

async function libraryDetector() {
  const { decodeQR } = await import("./qr-decoder.js");
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return (video) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.round(side * scale));
    Object.assign(context.canvas, { width, height });
    context.drawImage(video, 0, 0, width, height);
    try {
      return [decodeQR(context.getImageData(0, 0, width, height))];
    } catch {
      // A picture without a code.
      return [];
    }
  };
}

export class Camera {
  #video;
  #seen;
  #track;
  #detect;
  #isReading = false;

  // `seen` is called with the text of each code in each picture.
  constructor(video, seen) {
    this.#video = video;
    this.#seen = seen;
    document.addEventListener("visibilitychange", () => this.#wake());
  }

  // Rejects if there is no camera, or it may not be used.
  async start() {
    const stream = await navigator.mediaDevices.getUserMedia(WANTED);
    this.#track = stream.getVideoTracks()[0];
    this.#track.addEventListener("ended", () => this.#wake());
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#detect ??= (await ownDetector()) ?? (await libraryDetector());
    this.#stayBright();
    if (!this.#isReading) this.#read();
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  light(isOn) {
    return this.#track.applyConstraints({ advanced: [{ torch: isOn }] });
  }

  async #read() {
    this.#isReading = true;
    if (!document.hidden && this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      for (const text of await this.#textsInView()) this.#seen(text);
    }
    setTimeout(() => this.#read(), PAUSE);
  }

  async #textsInView() {
    try {
      return await this.#detect(this.#video);
    } catch {
      // A browser may name a detector that its system does not have.
      this.#detect = await libraryDetector();
      return [];
    }
  }

  // A phone that was put away takes the camera and lets the screen go dark.
  #wake() {
    if (document.hidden || !this.#track) return;
    this.#stayBright();
    if (this.#track.readyState === "ended") this.start().catch(() => {});
    else this.#video.play().catch(() => {});
  }

  #stayBright() {
    navigator.wakeLock?.request("screen").catch(() => {});
  }
}
