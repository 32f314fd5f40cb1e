// Who looks: a token is exchanged for a cookie that no script can read.

import { ask, el, field, say } from "./dom.js";
import { call } from "./service.js";

// The cookie cannot be seen from here, so whether there is one is remembered beside it.
const KEY = "tenterhook-signed-in";
let changed = () => {};

/** Says what to do when somebody has signed in or out. */
export function begin(then) {
  changed = then;
}

export function isSignedIn() {
  try { return localStorage.getItem(KEY) !== null; } catch { return false; }
}

function remember(signedIn) {
  try {
    if (signedIn) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch { /* Only the button's label depends on it. */ }
}

export function signIn() {
  const token = el("input", { type: "password", name: "token", autocomplete: "current-password", required: true });
  const command = el("code", {}, "tenterhook token new --scope admin");
  const hint = [command, " makes one. This browser gets a cookie for it, which no script can read."];
  ask("Sign in", field("Token", token, hint), "Sign in", async () => {
    await call("POST", "/v1/session", { body: { token: token.value.trim() } });
    remember(true);
    changed();
    say("Signed in");
  });
}

export async function signOut() {
  try {
    await call("DELETE", "/v1/session");
  } catch (error) {
    return say(`Not signed out: ${error.message}`);
  }
  remember(false);
  changed();
  say("Signed out");
}
