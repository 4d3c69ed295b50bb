/** Questions before anything is done, and what the keys do. */
import { byID, element, setText } from "./elements.js";

/**
 * Asks; true when it was confirmed. `fill(tell)` may go on finding out what is to be told, and tell
 * `{ title, text, verb }` anew: until it ends with true there is nothing to confirm.
 */
export function ask({ title, text, verb, danger, fill }) {
  return new Promise((resolve) => {
    const heading = element("h2", { id: "ask-title" }, title);
    const said = element("p", { "aria-live": "polite" }, text ?? "");
    const back = element("button", { type: "button", onclick: () => end(false) }, "Back");
    const go = element("button", { type: "button", class: danger ? "danger" : "main", onclick: () => end(true) }, verb);
    const dialog = element("dialog", { class: "ask", "aria-labelledby": "ask-title" },
      heading, said, element("div", { class: "acts" }, back, go));
    let isEnded = false;
    function end(answer) {
      if (isEnded) return;
      isEnded = true;
      dialog.close();
      dialog.remove();
      resolve(answer);
    }
    dialog.addEventListener("cancel", () => end(false));
    dialog.addEventListener("click", (event) => event.target === dialog && end(false));
    document.body.append(dialog);
    dialog.showModal();
    (danger ? back : go).focus();
    if (!fill) return;
    go.disabled = true;
    back.focus();
    fill((told) => {
      setText(said, told.text);
      if (told.title) setText(heading, told.title);
      if (told.verb) setText(go, told.verb);
    }).then((isPossible) => {
      go.disabled = !isPossible;
      if (isPossible && !danger && dialog.open) go.focus();
    });
  });
}

/** What happened, below for a while and for screen readers. */
export function say(text, tone = "good") {
  const line = element("p", { class: tone }, text);
  byID("said").append(line);
  setTimeout(() => line.remove(), tone === "bad" ? 12000 : 6000);
}

/** @param keys `{ keys, name }` each; @param setting `{ isOn, set(isOn) }` of the single keys. */
export function help(keys, setting) {
  const rows = keys.map(({ keys: names, name }) => element("div", {},
    element("dt", {}, ...names.flatMap((key, index) => [index ? " " : null, element("kbd", {}, key)])),
    element("dd", {}, name)));
  const box = element("input", { type: "checkbox", onchange: () => setting.set(box.checked) });
  box.checked = setting.isOn;
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = element("dialog", { class: "ask help", "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, "Keys"), element("dl", {}, ...rows),
    element("label", {}, box, " Single keys are shortcuts"),
    element("p", {}, "The same by hand: GET /@jobs as JSON, /metrics for Prometheus, “tussock jobs” in a terminal."),
    element("div", { class: "acts" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
