// Fills phrases, and writes times as the clocks of the event show them.

export const filled = (phrase, values) => phrase.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export function timeOf({ language, timezone }, moment) {
  return new Date(moment).toLocaleTimeString(language, { ...TIME, timeZone: timezone });
}

// With its day and zone, as the service writes it.
export function dayAndTimeOf(page, moment) {
  const day = new Date(moment).toLocaleDateString(page.language, { dateStyle: "full", timeZone: page.timezone });
  return `${day}, ${timeOf(page, moment)}, ${page.timezone}`;
}
