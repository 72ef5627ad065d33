// SVG elements of figures; texts are text, never markup.

const SPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// The hint beside the pointer, within its box.
export function hintIn(box, hint) {
  return (text, event) => {
    hint.hidden = !text;
    if (!text) return;
    hint.textContent = text;
    const corner = box.getBoundingClientRect();
    const x = event.clientX - corner.left, y = event.clientY - corner.top;
    hint.style.left = `${Math.max(0, Math.min(x + 14, corner.width - hint.offsetWidth - 4))}px`;
    hint.style.top = `${Math.max(0, Math.min(y + 14, corner.height - hint.offsetHeight - 4))}px`;
  };
}

// Steps of an axis so that its words have room.
export const stepOf = (pixels, room) => [1, 2, 3, 6, 12, 24, 48].find((hours) => hours * pixels >= room) ?? 48;
