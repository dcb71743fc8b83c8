// Photos on their way out: looked at once more, with a caption, then into the outbox.
import { t } from "./api.js";
import { button, el, icon } from "./dom.js";
import { sheet, toast } from "./sheet.js";

const MOST = 10;
const BYTES_MAX = 10 * 1024 * 1024;

/** Show the chosen files and send `{files, pictures, caption}`; several become an album. */
export async function previewPhotos(files, caption, send) {
  const images = files.filter((file) => file.type.startsWith("image/"));
  const small = images.filter((file) => file.size <= BYTES_MAX);
  if (small.length < files.length) toast(t("photos_only"));
  if (small.length > MOST) toast(t("photos_most"));
  const chosen = (await Promise.all(small.slice(0, MOST).map(measured))).filter(Boolean);
  if (!chosen.length) return;
  sheet(t("photos_send"), (body, close, dialog) => {
    const grid = el("div", { class: "previews" });
    const text = el("input", { id: "caption", maxLength: 1024, dir: "auto", autocomplete: "off", autofocus: true, placeholder: t("caption"), "aria-label": t("caption"), value: caption });
    const draw = () => {
      grid.classList.toggle("single", chosen.length === 1);
      grid.replaceChildren(...chosen.map((one, place) => el("div", {}, el("img", { src: one.picture.url, alt: "" }),
        chosen.length > 1 ? button({ class: "icon", "aria-label": t("remove"), onclick: () => { chosen.splice(place, 1); draw(); } }, icon("close")) : null)));
    };
    draw();
    const form = el("form", { class: "outgoing" }, grid,
      el("div", { class: "floor inline" }, text, el("button", { type: "submit", class: "send", "aria-label": t("send") }, icon("send"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (dialog.dataset.sent) return;
      dialog.dataset.sent = "1";
      close();
      send({ files: chosen.map(({ file }) => file), pictures: chosen.map(({ picture }) => picture), caption: text.value.trim() });
    });
    body.append(form);
  });
}

async function measured(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } catch {
    toast(t("photos_only"));
    return null;
  }
  return { file, picture: { url: image.src, width: image.naturalWidth, height: image.naturalHeight } };
}
