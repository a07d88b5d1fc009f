// Lets buttons with data-passkey use the browser's passkeys: "sign_in", "confirm", "register" or "setup". Without this file, or without
// passkeys in the browser, such buttons are not shown.
(() => {
  if (!window.PublicKeyCredential) return;
  document.documentElement.dataset.passkeys = "";

  // What is binary comes as base64url, or as a list of numbers.
  const bytes = (data) =>
    typeof data === "string"
      ? Uint8Array.from(atob(data.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0))
      : Uint8Array.from(data);
  const text = (buffer) =>
    buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const call = async (name, fields = {}) => {
    const response = await fetch(`/api/${name}`, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(fields),
    });
    const answer = await response.json();
    if (!response.ok) throw answer;
    return answer;
  };

  const read = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const known of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) {
      known.id = bytes(known.id);
    }
    return options;
  };

  const written = ({ id, rawId, type, response }) => {
    const parts = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) parts[name] = text(response[name]);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts, extensions: {} });
  };

  const acts = {
    async sign_in(button) {
      const { challenge, options } = await call("begin_passkey_sign_in");
      const answer = await navigator.credentials.get({ publicKey: read(JSON.parse(options)) });
      const return_to = button.dataset.returnTo ?? "";
      location.assign(await call("sign_in_with_passkey", { challenge, answer: written(answer), return_to }));
    },
    async confirm(button) {
      const { challenge, options } = await call("begin_passkey_confirmation");
      const answer = await navigator.credentials.get({ publicKey: read(JSON.parse(options)) });
      await call("confirm_with_passkey", { challenge, answer: written(answer) });
      const part = button.closest("[data-step-up]");
      part.dataset.stepUp = "done";
      // A wrong code that still stands there must not undo it.
      for (const input of part.querySelectorAll("input")) input.value = "";
      part.querySelector("[data-step-up-said]").textContent = "You confirmed that it is you with a passkey.";
      if ("passkeySend" in button.dataset) button.form.requestSubmit();
    },
    async register(button) {
      const name = button.form.elements.namedItem("name").value;
      const { challenge, options } = await call("begin_passkey_registration");
      const answer = await navigator.credentials.create({ publicKey: read(JSON.parse(options)) });
      await call("register_passkey", { challenge, name, answer: written(answer) });
      location.reload();
    },
    async setup({ form }) {
      const inputs = ["token", "display_name", "user_name"].map((name) => form.elements.namedItem(name)).filter(Boolean);
      if (!inputs.every((input) => input.reportValidity())) return;
      const who = Object.fromEntries(inputs.map(({ name, value }) => [name, value]));
      const { challenge, options } = await call("begin_setup_passkey", who);
      const answer = await navigator.credentials.create({ publicKey: read(JSON.parse(options)) });
      location.assign(await call("finish_setup_with_passkey", { ...who, challenge, answer: written(answer) }));
    },
  };

  // What the server refuses comes as its own words, the field's first.
  const said = (error) => {
    if (error instanceof DOMException || error instanceof TypeError) {
      if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
      if (error.name === "SecurityError") return "Passkeys do not work at this address: open Stint by its host name.";
      return "The passkey was not used. Try again, or use a code.";
    }
    const { field, words } = error?.Refused?.[0] ?? {};
    if (field === "user_name") return "This user name cannot be used: it is an e-mail address, and nobody else's.";
    if (error?.Slowed) return "Too many tries. Wait a while and try again.";
    return words ?? (error === "WrongCredentials" ? "This passkey opens nothing here." : "It did not work. Try again.");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-passkey]");
    if (!button || button.disabled) return;
    button.disabled = true;
    const place = button.parentElement.querySelector("[data-passkey-said]");
    if (place) place.textContent = "";
    try {
      await acts[button.dataset.passkey](button);
    } catch (error) {
      // Whoever has to confirm first does so on a page of its own.
      if (error?.Refused?.[0]?.needs_second_factor) {
        location.assign(`/confirm?return_to=${encodeURIComponent(location.pathname + location.search)}`);
      } else if (error === "NotSignedIn") {
        location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`);
      } else if (place) {
        place.textContent = said(error);
      }
    } finally {
      button.disabled = false;
    }
  });
})();
