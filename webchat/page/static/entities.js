// Text with entities (offsets in UTF-16 units, which are JavaScript's) as elements, nested as they nest.
import { t } from "./api.js";
import { button, el } from "./dom.js";
import { relativeTime } from "./times.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", blockquote: "blockquote" };

/** Nodes for `text`; `hands.onCommand(text)` and `hands.onLink(url)` are what its commands and links do. */
export function richText(text, entities, hands) {
  const sorted = [...(entities ?? [])].sort((one, other) => one.offset - other.offset || other.length - one.length);
  return build(text, 0, text.length, sorted, hands);
}

function build(text, from, to, entities, hands) {
  const parts = [];
  let at = from;
  entities.forEach((entity, place) => {
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= at) return;
    // One that overlaps another instead of nesting in it goes on where the other ends.
    const start = Math.max(entity.offset, at);
    if (start > at) parts.push(text.slice(at, start));
    const inner = entities.slice(place + 1).filter((other) => other.offset >= start && other.offset + other.length <= end);
    parts.push(wrap(entity, text.slice(start, end), build(text, start, end, inner, hands), hands));
    at = end;
  });
  if (at < to) parts.push(text.slice(at, to));
  return parts;
}

function wrap(entity, plain, children, hands) {
  switch (entity.type) {
    case "bot_command":
      return button({ class: "link", onclick: () => hands.onCommand(plain) }, ...children);
    case "url":
      return link(/^[a-z][a-z0-9+.-]*:/i.test(plain) ? plain : `https://${plain}`, children, hands);
    case "text_link":
      return link(entity.url, children, hands);
    case "email":
      return link(`mailto:${plain}`, children, hands);
    case "phone_number":
      return link(`tel:${plain.replace(/[^\d+]/g, "")}`, children, hands);
    case "mention":
      return link(`https://t.me/${plain.slice(1)}`, children, hands);
    case "pre":
      return el("pre", { dir: "ltr", tabIndex: 0, "data-language": entity.language }, el("code", {}, ...children));
    case "date_time":
      return entity.date_time_format === "r" ? relativeTime(entity.unix_time) : el("span", {}, ...children);
    case "spoiler": {
      const cover = button({ class: "spoiler", "aria-label": t("spoiler") }, ...children);
      cover.addEventListener("click", () => { cover.classList.add("seen"); cover.removeAttribute("aria-label"); });
      return cover;
    }
    case "expandable_blockquote": {
      const quote = el("blockquote", { class: "fold" }, ...children);
      quote.addEventListener("click", () => quote.classList.toggle("unfolded"));
      return quote;
    }
    default:
      return el(TAGS[entity.type] ?? "span", {}, ...children);
  }
}

function link(url, children, hands) {
  const follow = (event) => { event.preventDefault(); hands.onLink(url); };
  return el("a", { href: url, rel: "noopener noreferrer", target: "_blank", onclick: follow }, ...children);
}

/** One to three emoji and nothing else: shown large, without a bubble. */
export function isJumbo(text) {
  if (!text || text.length > 40 || !/^(?:\p{Extended_Pictographic}|\p{Emoji_Component})+$/u.test(text) || /^[\d#*]+$/.test(text)) return false;
  return !("Segmenter" in Intl) || [...new Intl.Segmenter().segment(text)].length <= 3;
}
