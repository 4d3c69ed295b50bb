/**
 * Elements by script. What comes from outside only ever becomes a text node or an attribute's value, never markup.
 */

/** An element with attributes (`class`, `href`, …; null: none), listeners (`onclick`, …) and children. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for drawings. */
export function drawing(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else setAttribute(made, name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Writes only what differs: a page that is told the same again does nothing. */
export function setAttribute(target, name, value) {
  if (value === null || value === undefined || value === false) {
    if (target.hasAttribute(name)) target.removeAttribute(name);
  } else if (target.getAttribute(name) !== String(value)) {
    target.setAttribute(name, value);
  }
}

export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export const byID = (id) => document.getElementById(id);

/** Text for screen readers alone. */
export const unseen = (text) => element("span", { class: "unseen" }, text);

/**
 * Makes the children of `parent` those of `items`, in their order, and keeps the elements of those that stay, with
 * focus and all. `make(item)` gives `{ root, update(item) }`; `kept` is a Map that the caller holds.
 */
export function reconcile(parent, kept, items, keyOf, make) {
  const keys = new Set(items.map(keyOf));
  for (const [key, part] of kept) {
    if (keys.has(key)) continue;
    part.root.remove();
    kept.delete(key);
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    if (!kept.has(key)) kept.set(key, make(item));
    const part = kept.get(key);
    part.update(item);
    if (part.root === place) place = place.nextElementSibling;
    else parent.insertBefore(part.root, place);
  }
}
