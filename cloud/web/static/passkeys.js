// Passkeys: adding one, and signing in with one. Where a browser knows none, what asks for them stays hidden.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const read = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  excludeCredentials: options.excludeCredentials?.map((each) => ({ ...each, id: bytes(each.id) })),
  allowCredentials: options.allowCredentials?.map((each) => ({ ...each, id: bytes(each.id) })),
});

function told(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const known = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: Object.fromEntries(known) };
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? ""), { status: answer.status, mustProve: problem.detail?.includes("/sign-in/again") });
}

async function add(form) {
  const { options } = await post("/api/v1/me/passkeys/options", {});
  const credential = told(await navigator.credentials.create({ publicKey: read(options) }));
  await post("/api/v1/me/passkeys", { label: form.elements.label.value, credential });
  location.reload();
}

async function signIn(form) {
  const { options } = await post("/api/v1/sign-in/passkey/options", {});
  const credential = told(await navigator.credentials.get({ publicKey: read(options) }));
  const { next } = await post("/api/v1/sign-in/passkey", { credential });
  location.assign(form.dataset.to ?? next);
}

const deeds = { add, "sign-in": signIn };

function offer(form) {
  const failed = form.querySelector(".failed");
  const button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    failed.hidden = true;
    try {
      await deeds[form.dataset.passkey](form);
    } catch (error) {
      if (error.name !== "AbortError") {
        failed.textContent = error.mustProve ? form.dataset.saidAgain : form.dataset.saidFailed;
        failed.hidden = false;
      }
    }
    button.disabled = false;
  });
}

if (window.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll("form[data-passkey]").forEach(offer);
  document.querySelectorAll("[data-passkey='none']").forEach((said) => { said.hidden = true; });
}
