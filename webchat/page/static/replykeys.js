// The keyboard in the place of the phone's, and the sheets in which a number or a place is given away.
import { t } from "./api.js";
import { $, button, el, icon, local } from "./dom.js";
import { row, sheet, toast } from "./sheet.js";

export class ReplyKeys {
  constructor(send) {
    this.send = send;
    this.node = $("keyboard");
    this.toggle = $("keys");
    this.toggle.addEventListener("click", () => this.show(this.node.hidden));
  }

  /** A ReplyKeyboardMarkup, a ForceReply, or null. */
  set(markup) {
    const rows = markup?.keyboard ?? [];
    $("text").placeholder = markup?.input_field_placeholder || t("message");
    this.node.classList.toggle("tall", !markup?.resize_keyboard && rows.length > 0);
    this.node.replaceChildren(...rows.map((keys) => el("div", {}, ...keys.map((key) => this.key(typeof key === "string" ? { text: key } : key, markup)))));
    this.toggle.hidden = !rows.length;
    this.show(rows.length > 0);
    if (markup?.force_reply) $("text").focus();
  }

  show(on) {
    this.node.hidden = !on;
    this.toggle.setAttribute("aria-expanded", String(on));
    this.toggle.classList.toggle("on", on);
  }

  key(key, markup) {
    const mark = key.request_contact ? "phone" : key.request_location ? "pin" : null;
    const press = () => {
      if (markup.one_time_keyboard) this.show(false);
      if (key.request_contact) askContact(this.send);
      else if (key.request_location) askLocation(this.send);
      else this.send({ text: key.text });
    };
    return button({ class: "key", dir: "auto", onclick: press }, mark ? icon(mark) : null, el("span", {}, key.text));
  }
}

function askContact(send) {
  sheet(t("phone"), (body, close) => {
    const phone = el("input", { id: "phone", type: "tel", autocomplete: "tel", required: true, pattern: "[0-9+\\(\\) .\\-]{5,24}", dir: "ltr", autofocus: true, value: local.read("pindan.phone", "") });
    const form = el("form", {}, el("p", { class: "soft" }, t("phone_ask")), el("label", { htmlFor: "phone" }, t("phone")), phone,
      el("div", { class: "floor" }, el("button", { type: "submit", class: "primary" }, t("phone_send"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      local.write("pindan.phone", phone.value);
      close();
      send({ contact: { phone_number: phone.value.trim() } });
    });
    body.append(form);
  });
}

function askLocation(send) {
  sheet(t("location"), (body, close) => {
    const degrees = (id, most) => el("input", { id, type: "number", step: "any", min: -most, max: most, required: true, dir: "ltr" });
    const latitude = degrees("latitude", 90), longitude = degrees("longitude", 180);
    const give = (place) => { close(); send({ location: place }); };
    const device = row("pin", t("location_device"), () => navigator.geolocation.getCurrentPosition(
      ({ coords }) => give({ latitude: coords.latitude, longitude: coords.longitude }),
      () => { toast(t("location_denied")); latitude.focus(); },
      { enableHighAccuracy: true, timeout: 10_000 }), { primary: true });
    const form = el("form", {},
      el("p", { class: "soft" }, t("location_ask")),
      navigator.geolocation && isSecureContext ? device : null,
      el("div", { class: "pair" },
        el("div", {}, el("label", { htmlFor: "latitude" }, t("latitude")), latitude),
        el("div", {}, el("label", { htmlFor: "longitude" }, t("longitude")), longitude)),
      el("div", { class: "floor" }, el("button", { type: "submit", class: "primary" }, t("location_send"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      give({ latitude: latitude.valueAsNumber, longitude: longitude.valueAsNumber });
    });
    body.append(form);
  });
}
