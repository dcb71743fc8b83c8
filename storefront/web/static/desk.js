// Keys and the command box; what she types, others see that she types; a reply that is picked fills the answer.
const page = document;
const writing = () => page.activeElement?.matches("input, textarea, select");
const submit = (act) => page.querySelector(`[data-act="${act}"]`)?.click();

function move(step) {
  const cases = [...page.querySelectorAll(".queue a")];
  if (!cases.length) return;
  const at = cases.findIndex((one) => one.classList.contains("at"));
  const next = cases[Math.min(Math.max(at + step, 0), cases.length - 1)];
  cases.forEach((one) => one.classList.toggle("at", one === next));
  next.focus();
}

const box = page.getElementById("commands");

function commands() {
  const told = page.getElementById("command").value.trim().toLowerCase();
  const list = page.getElementById("found");
  const all = [...page.querySelectorAll("[data-command], .views a, .me a, .me button")].filter((one) => !box.contains(one));
  list.replaceChildren(
    ...all
      .filter((one) => one.textContent.toLowerCase().includes(told))
      .map((one) => {
        const button = page.createElement("button");
        button.textContent = one.textContent.trim();
        button.addEventListener("click", () => {
          box.close();
          one.click();
        });
        const item = page.createElement("li");
        item.append(button);
        return item;
      }),
  );
}

if (box) {
  page.getElementById("command").addEventListener("input", commands);
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    page.querySelector("#found button")?.click();
  });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: () => submit("claim"),
  r: () => page.getElementById("text")?.focus(),
  n: () => page.getElementById("note")?.focus(),
  "/": () => {
    page.getElementById("command").value = "";
    commands();
    box.showModal();
  },
};

page.addEventListener("keydown", (event) => {
  const command = (event.ctrlKey || event.metaKey) && event.key === "k";
  const key = command ? "/" : event.key;
  if (!box || !(key in KEYS) || box.open || (!command && (writing() || event.ctrlKey || event.metaKey || event.altKey))) return;
  event.preventDefault();
  KEYS[key]();
});

const answer = page.getElementById("answer");
let told = 0;

answer?.addEventListener("input", (event) => {
  if (event.target.id === "reply") {
    const text = page.getElementById("text");
    text.value = event.target.selectedOptions[0].dataset.text ?? text.value;
    text.focus();
  } else if (Date.now() - told > 5000) {
    told = Date.now();
    fetch(answer.dataset.typing, { method: "POST", headers: { "X-CSRF-Token": answer.elements.csrf.value } });
  }
});

const messages = page.getElementById("messages");
if (messages) messages.scrollTop = messages.scrollHeight;
page.addEventListener("htmx:afterSwap", () => {
  const now = page.getElementById("messages");
  if (now) now.scrollTop = now.scrollHeight;
});
