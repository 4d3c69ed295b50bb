/** Single keys that do what the buttons do (WCAG 2.1.4: they can be turned off). */

const stored = "tussock-single-keys";

export const setting = {
  get isOn() {
    return read() !== "off";
  },
  set(isOn) {
    try {
      localStorage.setItem(stored, isOn ? "on" : "off");
    } catch {
      // Private browsing may have no storage; then they are on.
    }
  },
};

function read() {
  try {
    return localStorage.getItem(stored);
  } catch {
    return null;
  }
}

/** @param bindings `{ keys: [names], name, run(key) }`; not while something is typed or a question is open. */
export function listen(bindings) {
  const runs = new Map(bindings.flatMap((binding) => binding.keys.map((key) => [key, binding.run])));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog.ask[open]")) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key !== "Escape" && !setting.isOn) return;
    const run = runs.get(event.key === "Escape" ? "Esc" : event.key);
    if (!run) return;
    event.preventDefault();
    run(event.key);
  });
}
