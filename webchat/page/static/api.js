// The wire: POST with a client id that makes a repeated wish the same wish, and a socket that misses nothing.
export const config = JSON.parse(document.getElementById("config").textContent);
export const t = (key, facts = {}) =>
  (config.texts[key] ?? key).replace(/%\((\w+)\)s/g, (_, name) => facts[name] ?? "");

export const newId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The shop said no, and why; everything else that fails is the line, and worth another try. */
export class Refused extends Error {}

/** How far the server's clock is ahead of this one: times that matter go by it. */
export let aheadSeconds = 0;

const WISH = { "X-Webchat": "1" };

export async function get(path) {
  const response = await fetch(`/chat/${path}`);
  const date = response.headers.get("Date");
  if (date) aheadSeconds = Math.round((Date.parse(date) - Date.now()) / 1000);
  return read(response.status, await response.text());
}

export async function post(path, wish) {
  const response = await fetch(`/chat/${path}`, {
    method: "POST",
    headers: { ...WISH, "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  return read(response.status, await response.text());
}

/** Send files; fetch cannot tell how far an upload is, XMLHttpRequest can. */
export function upload(form, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/chat/upload");
    for (const [name, value] of Object.entries(WISH)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = request.ontimeout = () => reject(new TypeError("network"));
    request.onload = () => {
      try { resolve(read(request.status, request.responseText)); } catch (error) { reject(error); }
    };
    request.send(form);
  });
}

/** Ask again while the line is down: for wishes that carry a client id. */
export async function insist(request, times = 4) {
  for (let pause = 400; ; pause *= 2) {
    try {
      return await request();
    } catch (error) {
      if (error instanceof Refused || --times <= 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function read(status, text) {
  let told = {};
  try { told = JSON.parse(text); } catch { /* a proxy's page, not ours */ }
  if (status >= 200 && status < 300) {
    sessionStorage.removeItem("pindan.reloaded");
    return told;
  }
  if (status === 401 && !sessionStorage.getItem("pindan.reloaded")) {
    // The cookie is gone: loading the page gives a new one. Once, or a browser without cookies would turn in circles.
    sessionStorage.setItem("pindan.reloaded", "1");
    location.reload();
  }
  if (!told.error && (status >= 500 || status === 429 || status === 401)) throw new TypeError(`status ${status}`);
  throw new Refused(told.error ?? t("offline"));
}

const SILENCE_MS = 60_000;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** The chat's events after `seq`, each once, over however many sockets that takes. */
export class Events {
  constructor(seq, onEvent, onState) {
    Object.assign(this, { seq, onEvent, onState, pause: PAUSE_MS, open: false });
    addEventListener("online", () => this.again(0));
    addEventListener("pageshow", (event) => event.persisted && this.again(0));
    document.addEventListener("visibilitychange", () => !document.hidden && this.again(0));
    this.connect();
  }

  connect() {
    this.socket?.close();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = (this.socket = new WebSocket(`${scheme}://${location.host}/chat/events?after=${this.seq}`));
    const current = (then) => (event) => socket === this.socket && then(event);
    socket.onopen = current(() => {
      this.open = true;
      this.pause = PAUSE_MS;
      this.onState(true);
    });
    socket.onmessage = current(({ data }) => this.take(JSON.parse(data)));
    socket.onclose = current(() => this.lost());
    this.listen();
  }

  /** Go on behind this event, whatever came meanwhile. */
  from(seq) {
    this.seq = seq;
    this.connect();
  }

  take(event) {
    this.listen();
    if (event.seq) {
      if (event.seq <= this.seq) return;
      this.seq = event.seq;
    }
    if (event.type !== "ping") this.onEvent(event);
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), SILENCE_MS);
  }

  lost() {
    this.open = false;
    clearTimeout(this.silence);
    this.onState(false);
    this.again(this.pause * (0.7 + Math.random() * 0.6));
    this.pause = Math.min(this.pause * 1.7, LONGEST_PAUSE_MS);
  }

  again(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.open && this.connect(), after);
  }
}
