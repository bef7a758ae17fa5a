// Shows the API's description as forms that send each call, to wherever this page came from.

const root = new URL("..", document.baseURI);
const calls = document.getElementById("calls");
const dark = matchMedia("(prefers-color-scheme: dark)");

function followScheme() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

// A slow phone draws what was opened some time after it was told to.
function scrollToOpened(id) {
  const opened = () => document.querySelector(`#${id}.is-open`);
  const observer = new MutationObserver(() => {
    if (!opened()) return;
    observer.disconnect();
    opened().scrollIntoView();
  });
  observer.observe(calls, { childList: true, subtree: true, attributeFilter: ["class"] });
}

function openWanted(ui, spec) {
  const wanted = location.hash.slice(1);
  const operations = Object.values(spec.paths).flatMap((path) => Object.values(path));
  const operation = operations.find((each) => each.operationId === wanted);
  if (!operation) return;
  const [tag] = operation.tags;
  ui.layoutActions.show(["operations", tag, wanted], true);
  scrollToOpened(`operations-${tag}-${wanted}`);
}

async function show() {
  const response = await fetch(new URL("openapi.json", root));
  const spec = await response.json();
  // A proxy that takes a path off is not known to the description.
  spec.servers = [{ url: root.href }];
  const ui = SwaggerUIBundle({
    spec,
    domNode: calls,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    // By default it asks a service elsewhere.
    validatorUrl: null,
    // The numbers of the default theme are too dark for their ground.
    syntaxHighlight: { theme: "obsidian" },
    onComplete: () => openWanted(ui, spec),
  });
}

followScheme();
keepAccessible(calls);
dark.addEventListener("change", followScheme);
show();
