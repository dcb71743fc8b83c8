// Text with entities (offsets in UTF-16 units, which are JavaScript's) as elements, nested as they nest.
import { el } from "./dom.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre", blockquote: "blockquote", expandable_blockquote: "blockquote" };

export function richText(text, entities, { onCommand, onLink }) {
  const build = (from, to, inner) => {
    const parts = [];
    let at = from;
    for (let i = 0; i < inner.length; i++) {
      const entity = inner[i];
      if (entity.offset < at) continue;
      const end = Math.min(entity.offset + entity.length, to);
      if (entity.offset > at) parts.push(text.slice(at, entity.offset));
      const nested = inner.slice(i + 1).filter((e) => e.offset >= entity.offset && e.offset + e.length <= end);
      parts.push(wrap(entity, text.slice(entity.offset, end), build(entity.offset, end, nested)));
      at = end;
    }
    if (at < to) parts.push(text.slice(at, to));
    return parts;
  };

  const wrap = (entity, plain, children) => {
    switch (entity.type) {
      case "bot_command":
        return el("button", { type: "button", class: "link", onclick: () => onCommand(plain) }, ...children);
      case "url": return anchor(plain, children);
      case "text_link": return anchor(entity.url, children);
      case "email": return anchor(`mailto:${plain}`, children);
      case "spoiler": {
        const cover = el("button", { type: "button", class: "spoiler", onclick: () => cover.classList.add("seen") }, ...children);
        return cover;
      }
      default:
        return TAGS[entity.type] ? el(TAGS[entity.type], {}, ...children) : el("span", {}, ...children);
    }
  };

  const anchor = (url, children) =>
    el("a", { href: url, rel: "noopener noreferrer", target: "_blank", onclick: (event) => { event.preventDefault(); onLink(url); } }, ...children);

  return build(0, text.length, entities ?? []);
}
