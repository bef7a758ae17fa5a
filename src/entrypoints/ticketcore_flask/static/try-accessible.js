// Gives what Swagger UI draws the names, landmarks and heading levels that it leaves out (WCAG 2.2, 1.3.1, 2.1.1 and 4.1.2).

// The method and the path of the call that a part belongs to.
function callOf(part) {
  const summary = part.closest(".opblock").querySelector(".opblock-summary");
  const texts = [".opblock-summary-method", ".opblock-summary-path"].map((each) => summary.querySelector(each).textContent);
  return texts.join(" ");
}

const NAMES = {
  "#servers": () => "Server",
  ".close-modal": () => "Close",
  ".body-param__text": () => "Request body",
  ".information-container": () => "About the API",
  ".scheme-container": () => "Server and key",
  ".errors-wrapper": () => "Errors",
  ".json-schema-2020-12-accordion:not(:has([class*=__title]))": () => "Schema",
  ".responses-table": (table) => `Responses of ${callOf(table)}`,
  ".live-responses-table": (table) => `Response of the service to ${callOf(table)}`,
  "[data-param-name] :is(input, select, textarea)": (field) => field.closest("[data-param-name]").dataset.paramName,
};
const LANDMARKS = ".information-container, .scheme-container, .errors-wrapper";

function nameParts(root) {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const part of root.querySelectorAll(`${selector}:not([aria-label])`)) part.setAttribute("aria-label", name(part));
  }
  for (const part of root.querySelectorAll(LANDMARKS)) part.setAttribute("role", "region");
}

// Below its first heading Swagger UI leaves out the second level.
function mendLevels(root) {
  for (const heading of root.querySelectorAll(":is(h3, h4, h5, h6):not([aria-level])")) {
    heading.setAttribute("aria-level", Number(heading.tagName[1]) - 1);
  }
}

// Wide code is scrolled by keyboard, too.
function letScroll(root) {
  for (const part of root.querySelectorAll(".microlight:not([tabindex])")) part.tabIndex = 0;
}

function keepAccessible(root) {
  const mend = () => [nameParts, mendLevels, letScroll].forEach((each) => each(root));
  new MutationObserver(mend).observe(root, { childList: true, subtree: true });
}
