// How long a flash sale still lasts, by the server's clock; without this script the page names the end, which is right for ever.
const opened = Date.now() - performance.now() + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const days = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "day", unitDisplay: "long" });
const timers = [...document.querySelectorAll(".countdown")];

const two = (number) => String(number).padStart(2, "0");

function told(seconds) {
  const rest = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return seconds < 86_400 ? rest : `${days.format(Math.floor(seconds / 86_400))} ${rest}`;
}

function tick() {
  for (const timer of timers) {
    const ahead = Number(timer.dataset.now) - opened;
    const seconds = Math.ceil((Number(timer.dataset.until) - Date.now() - ahead) / 1000);
    // What is for sale has changed: the page that says so is the server's.
    if (seconds < 0) return location.reload();
    timer.textContent = told(seconds);
    timer.hidden = false;
  }
  setTimeout(tick, 1000 - (Date.now() % 1000));
}

tick();
