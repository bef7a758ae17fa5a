// Reads the text of a ticket's QR code, and verifies its seal with public keys alone (Ed25519, RFC 8032).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// The last character has two bits that decoding drops: only one spelling is right.
const TEXT = /^[A-Z2-7]{153}[AEIMQUY4]$/;
const ADDED = /^[\p{Cc}\p{Cf}\p{Z}]+|[\p{Cc}\p{Cf}\p{Z}]+$/gu;
const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/;
const VERSION = 1;
// Of the version, the key's id, the event's id and the ticket's.
const [KEY, EVENT, TICKET, SIGNATURE] = [1, 4, 16, 32];

function bytesOf(text) {
  const bytes = [];
  let [bits, held] = [0, 0];
  for (const character of text) {
    bits = ((bits << 5) | ALPHABET.indexOf(character)) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes.push((bits >> held) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function idOf(bytes) {
  let text = "";
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += ALPHABET[(bits >> held) & 31];
    }
  }
  if (held) text += ALPHABET[(bits << (5 - held)) & 31];
  return text.toLowerCase();
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function keyBytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

// Returns what a text claims, of which nothing is to be believed before it was verified; null if it is no text of a ticket.
export async function readCode(text) {
  const bare = text.replace(ADDED, "").replace(SYMBOLOGY, "").replace(ADDED, "").toUpperCase();
  if (!TEXT.test(bare)) return null;
  const bytes = bytesOf(bare);
  if (bytes[0] !== VERSION) return null;
  const ticketId = idOf(bytes.subarray(TICKET, SIGNATURE));
  return {
    event: idOf(bytes.subarray(EVENT, TICKET)),
    // As the list of tickets has it: the first sixteen digits.
    ticket: hex(await sha256(new TextEncoder().encode(ticketId))).slice(0, 16),
    keyId: hex(bytes.subarray(KEY, EVENT)),
    signed: bytes.slice(0, SIGNATURE),
    signature: bytes.slice(SIGNATURE),
  };
}

export async function isSealed(code, publicKeys) {
  for (const text of publicKeys) {
    const key = keyBytes(text);
    const keyId = hex((await sha256(key)).subarray(0, 3));
    if (keyId === code.keyId && (await verifies(key, code))) return true;
  }
  return false;
}

async function verifies(key, { signature, signed }) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    // A browser without Ed25519 of its own.
    const { verifyAsync } = await import("./noble-ed25519.js");
    return verifyAsync(signature, signed, key, { zip215: false });
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, signed);
}
