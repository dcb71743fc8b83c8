// The picture viewer: next and previous, zoom by click, wheel or two fingers, down or Escape to leave.
import { t } from "./api.js";
import { button, el, icon } from "./dom.js";

const ZOOM = 2.5;
const FARTHEST = 6;
const SWIPE_PX = 60;

export function viewPhotos(messages, fileId) {
  let at = messages.findIndex((message) => message.photo.some((size) => size.file_id === fileId));
  if (at < 0) return;
  const image = el("img", { alt: t("photo"), draggable: false });
  const caption = el("p", { class: "caption", dir: "auto" });
  const dialog = el("dialog", { class: "viewer", "aria-modal": "true", "aria-label": t("photo") });
  const fingers = new Map();
  let zoom = 1, x = 0, y = 0, origin = null, moved = false;

  const draw = () => {
    image.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
    dialog.classList.toggle("zoomed", zoom > 1);
  };
  const reset = () => { zoom = 1; x = y = 0; draw(); };
  const show = (step) => {
    const next = at + step;
    if (!messages[next]) { reset(); return; }
    at = next;
    image.src = `/chat/file/${messages[at].photo.at(-1).file_id}`;
    caption.textContent = messages[at].caption ?? "";
    before.hidden = at === 0;
    after.hidden = at === messages.length - 1;
    reset();
  };
  const zoomAt = (factor, clientX, clientY) => {
    const box = dialog.getBoundingClientRect();
    const next = Math.min(Math.max(zoom * factor, 1), FARTHEST);
    const [dx, dy] = [clientX - box.width / 2 - x, clientY - box.height / 2 - y];
    x -= dx * (next / zoom - 1);
    y -= dy * (next / zoom - 1);
    zoom = next;
    if (zoom === 1) x = y = 0;
    draw();
  };
  const before = button({ class: "icon step back", "aria-label": t("previous"), onclick: () => show(-1) }, icon("back"));
  const after = button({ class: "icon step next", "aria-label": t("next"), onclick: () => show(1) }, icon("next"));
  const away = button({ class: "icon away", "aria-label": t("close"), autofocus: true, onclick: () => dialog.close() }, icon("close"));
  dialog.append(image, caption, before, after, away);

  dialog.addEventListener("keydown", (event) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") show(event.key === forward ? 1 : -1);
    if (event.key === "+" || event.key === "=") zoomAt(1.5, innerWidth / 2, innerHeight / 2);
    if (event.key === "-") zoomAt(1 / 1.5, innerWidth / 2, innerHeight / 2);
  });
  dialog.addEventListener("wheel", (event) => { event.preventDefault(); zoomAt(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX, event.clientY); }, { passive: false });
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    fingers.set(event.pointerId, event);
    origin = { x: event.clientX - x, y: event.clientY - y, startX: event.clientX, startY: event.clientY };
    moved = fingers.size > 1;
  });
  dialog.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (other) {
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoomAt(apart(event) / (apart(last) || 1), (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    } else {
      x = event.clientX - origin.x;
      y = event.clientY - origin.y;
      moved ||= Math.hypot(event.clientX - origin.startX, event.clientY - origin.startY) > 8;
      draw();
    }
    fingers.set(event.pointerId, event);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    const [dx, dy] = [event.clientX - origin.startX, event.clientY - origin.startY];
    if (!moved) {
      if (event.target !== image) dialog.close();
      else if (zoom > 1) reset();
      else zoomAt(ZOOM, event.clientX, event.clientY);
    } else if (zoom === 1) {
      if (dy > SWIPE_PX && dy > Math.abs(dx)) dialog.close();
      else if (Math.abs(dx) > SWIPE_PX) show(dx < 0 === (document.documentElement.dir !== "rtl") ? 1 : -1);
      else reset();
    }
  };
  dialog.addEventListener("pointerup", lift);
  dialog.addEventListener("pointercancel", (event) => { fingers.delete(event.pointerId); reset(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  show(0);
}
