// The wire: POST with a client id that makes a repeated wish the same wish, and a socket that misses nothing.
export const config = JSON.parse(document.getElementById("config").textContent);
export const t = (key, facts = {}) =>
  (config.texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
export const newId = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Refused extends Error {}

export async function post(path, wish) {
  return answer(fetch(`/chat/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Webchat": "1" },
    body: JSON.stringify(wish),
  }));
}

export async function upload(form) {
  return answer(fetch("/chat/upload", { method: "POST", headers: { "X-Webchat": "1" }, body: form }));
}

export async function get(path) {
  return answer(fetch(`/chat/${path}`));
}

async function answer(request) {
  const response = await request;
  let told = {};
  try { told = await response.json(); } catch { /* not JSON: a proxy's page */ }
  if (response.status === 401) location.reload();
  if (!response.ok) {
    if (response.status >= 500 && !told.error) throw new TypeError("server");
    throw new Refused(told.error ?? t("offline"));
  }
  return told;
}

export class Events {
  constructor(seq, onEvent, onState) {
    this.seq = seq; this.onEvent = onEvent; this.onState = onState; this.pause = 500;
    addEventListener("online", () => this.again(0));
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.open) this.again(0); });
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = this.socket = new WebSocket(`${scheme}://${location.host}/chat/events?after=${this.seq}`);
    this.watch();
    socket.onopen = () => { this.open = true; this.pause = 500; this.onState(true); };
    socket.onmessage = ({ data }) => {
      this.watch();
      const event = JSON.parse(data);
      if (event.seq) {
        if (event.seq <= this.seq) return;
        this.seq = event.seq;
      }
      if (event.type !== "ping") this.onEvent(event);
    };
    socket.onclose = () => { if (socket === this.socket) this.lost(); };
  }

  watch() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), 60000);
  }

  lost() {
    this.open = false;
    this.onState(false);
    this.again(this.pause);
    this.pause = Math.min(this.pause * 1.7, 15000);
  }

  again(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!this.open) this.connect(); }, after * (0.7 + Math.random() * 0.6));
  }
}
