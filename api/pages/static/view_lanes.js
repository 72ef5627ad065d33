// Lanes by keyboard: one of them is in the tab order, arrows go on, Enter is a click.

import { districtName, itemName, number, unitOf, warehouseName, word } from "./view_words.js";
import { laneKey } from "./view_trips.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

// Lanes of one warehouse follow each other; the larger come first, as the figure has them.
export function laneOrder(listed) {
  const byWarehouse = new Map();
  for (const [from, to] of listed) byWarehouse.set(from, [...(byWarehouse.get(from) ?? []), laneKey(from, to)]);
  return [...byWarehouse.values()].flat();
}

// From, to, trips and units of each item, in words.
export function laneLabel(from, to, trips, units) {
  const goods = Object.entries(units ?? {}).map(([item, amount]) => `${itemName(item)} ${number(amount, 2)} ${unitOf(item)}`.trim());
  const figures = { from: warehouseName(from), to: districtName(to), trips: number(trips), goods: goods.join(", ") };
  return word(trips ? "view.lane_label" : "view.lane_label_placed", figures);
}

export class LaneKeys {
  // `map` has the lanes; `choose` hears of the lane that was opened.
  constructor(map, choose) {
    Object.assign(this, { map, choose, order: [] });
    // At the box: an SVG element that listens for focus would get it itself.
    const on = (event, act) => map.box.addEventListener(event, (happened) => {
      const lane = happened.target.closest(".lane");
      if (lane) act(lane, happened);
    });
    on("keydown", (lane, event) => this.press(lane, event));
    on("focusin", (lane) => this.come(lane));
    on("focusout", () => map.hint("", null));
  }

  // The lanes that were drawn, by key, in their order.
  begin(order, labels) {
    this.order = order.filter((key) => this.map.lanes.has(key));
    this.order.forEach((key, k) => {
      const lane = this.map.lanes.get(key);
      lane.setAttribute("role", "button");
      lane.setAttribute("aria-label", labels.get(key));
      lane.setAttribute("tabindex", k ? "-1" : "0");
    });
  }

  // What the legend hides is passed over.
  get shown() {
    return this.order.map((key) => this.map.lanes.get(key)).filter((lane) => lane.getClientRects().length);
  }

  come(lane) {
    for (const other of this.map.lanes.values()) other.setAttribute("tabindex", other === lane ? "0" : "-1");
    if (!lane.matches(":focus-visible")) return;
    this.map.reveal(lane);
    const { left, top, width, height } = lane.getBoundingClientRect();
    this.map.hint(this.map.choiceOf(lane).text ?? "", { clientX: left + width / 2, clientY: top + height / 2 });
  }

  press(lane, event) {
    const { shown } = this, k = shown.indexOf(lane);
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (STEPS[event.key]) shown[(k + STEPS[event.key] + shown.length) % shown.length].focus();
    else if (event.key === "Home") shown[0].focus();
    else if (event.key === "End") shown.at(-1).focus();
    else if (event.key === "Enter" || event.key === " ") this.choose({ ...this.map.choiceOf(lane), from: lane });
    else return;
    event.preventDefault();
  }
}
