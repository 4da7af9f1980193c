// This browser as a way to be told: subscribes it with its push service, and tells ours where to push to.

const form = document.querySelector("form[data-push]");
const API = "/api/v1/me/contacts";

async function ask(method, path, body = {}) {
  const answer = await fetch(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.status === 204 ? null : answer.json();
}

/** The same address is the same way: adding it again says which one it is. */
function add(subscription, label, detail) {
  const { endpoint, keys } = subscription.toJSON();
  return ask("POST", API, { channel: "web-push", label, detail, address: { endpoint, p256dh: keys.p256dh, auth: keys.auth } });
}

async function start(manager) {
  if ((await Notification.requestPermission()) !== "granted") throw new DOMException("", "NotAllowedError");
  const subscription = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.push });
  try {
    await add(subscription, form.elements.label.value, form.elements.detail.checked);
  } catch (error) {
    await subscription.unsubscribe(); // half of it would be a device that believes it is told
    throw error;
  }
}

async function stop(subscription) {
  const { id } = await add(subscription, form.elements.label.value, false);
  await ask("DELETE", `${API}/${encodeURIComponent(id)}`);
  await subscription.unsubscribe();
}

async function offer() {
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager.getSubscription();
  const failed = form.querySelector(".failed");
  form.querySelector(subscription ? "[data-push-on]" : "[data-push-off]").hidden = false;
  if (subscription) form.elements.label.required = false; // what is hidden cannot be filled in
  form.hidden = false;
  document.querySelector("[data-push-none]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      await (subscription ? stop(subscription) : start(pushManager));
      location.reload();
    } catch (error) {
      failed.textContent = error.name === "NotAllowedError" ? form.dataset.saidDenied : form.dataset.saidFailed;
      failed.hidden = false;
    }
  });
}

if (form && "serviceWorker" in navigator && "PushManager" in window) offer();
