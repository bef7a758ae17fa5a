// Fills phrases, and writes times as the clocks of the event show them.

export const filled = (phrase, values) => phrase.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function timeOf({ language, timezone }, moment) {
  return new Date(moment).toLocaleTimeString(language, { timeStyle: "short", timeZone: timezone });
}
