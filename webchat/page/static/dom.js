// Elements are made, never parsed: what people write is text and stays text.
const ATTRIBUTES = new Set(["role", "list", "width", "height", "form"]);

export const $ = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && !ATTRIBUTES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (props, ...children) => el("button", { type: "button", ...props }, ...children);

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/chat/static/icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A storage that forgets instead of failing where the browser allows none. */
export const kept = (storage) => ({
  read(key, fallback) {
    try { return JSON.parse(storage.getItem(key)) ?? fallback; } catch { return fallback; }
  },
  write(key, value) {
    try { value === null ? storage.removeItem(key) : storage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ }
  },
});

export const local = kept(localStorage);
export const session = kept(sessionStorage);
export const calm = matchMedia("(prefers-reduced-motion: reduce)");
