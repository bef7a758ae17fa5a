// Signs in with the key that stands behind the number sign of the address, and takes it out of there at once.

function signIn() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("key").value = key;
  document.getElementById("key-form").submit();
}

signIn();
addEventListener("hashchange", signIn);
