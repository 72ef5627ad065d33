// The hour that map, Gantt and curve show: a slider, steps, and playing.

import { element } from "./app.js";
import { NOISE, STATES, tally } from "./view_trips.js";
import { fullClock, number, percent, word } from "./view_words.js";

const STEP_MS = 800;

export class Hours {
  // `shown` is called with the hour, or null for the whole plan.
  constructor(target, shown) {
    this.shown = shown;
    this.hour = null;
    this.timer = 0;
    this.slider = element("input", { type: "range", id: "hour", min: "0", max: "48", step: "1", value: "0", "aria-label": word("view.hour_slider") });
    const button = (key, text, act) => element("button", { type: "button", "aria-label": word(key), title: word(key), on: { click: act } }, text);
    this.whole = element("button", { type: "button", class: "whole", "aria-pressed": "true", on: { click: () => this.go(null) } }, word("view.whole_plan"));
    this.playButton = element("button", { type: "button", class: "play", on: { click: () => (this.timer ? this.pause() : this.play()) } }, word("view.play"));
    this.reading = element("p", { class: "reading" });
    this.counts = element("p", { class: "counts", role: "status", "aria-live": "polite" });
    target.append(
      element("div", { class: "steps", role: "group", "aria-label": word("view.steps") }, this.whole, this.playButton,
        button("view.back", "<", () => this.step(-1)), button("view.on", ">", () => this.step(1)), this.slider),
      this.reading, this.counts);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
  }

  begin(trips, part, served) {
    Object.assign(this, { trips, part, served });
    this.slider.max = part.last_hour;
    this.go(this.hour === null ? null : Math.min(this.hour, part.last_hour));
  }

  go(hour) {
    if (this.timer) this.pause();
    this.set(hour);
  }
  step(by) {
    this.go(Math.min(this.part.last_hour, Math.max(0, (this.hour ?? 0) + by)));
  }

  set(hour) {
    this.hour = hour;
    this.whole.setAttribute("aria-pressed", String(hour === null));
    this.slider.classList.toggle("resting", hour === null);
    this.slider.value = hour ?? 0;
    this.tell();
    this.shown(hour);
  }

  tell() {
    const { hour, part } = this;
    this.counts.setAttribute("aria-live", this.timer ? "off" : "polite");
    if (hour === null) {
      this.reading.textContent = word("view.reading_whole", { order: fullClock(part.order_hours), deadline: fullClock(part.deadline_hours) });
      this.counts.textContent = word("view.counts_whole", { trips: number(this.trips.reduce((sum, trip) => sum + trip.count, 0)) });
      this.slider.setAttribute("aria-valuetext", word("view.whole_plan"));
      return;
    }
    const counts = tally(this.trips, hour), served = percent(this.served(hour));
    const note = hour + NOISE < part.order_hours ? ` (${word("view.before_order")})` : hour > part.deadline_hours ? ` (${word("view.after_deadline")})` : "";
    this.reading.textContent = `${fullClock(hour)}${note} · ${word("view.reading", { hour, order: +(hour - part.order_hours).toFixed(2), served })}`;
    this.counts.textContent = STATES.map((name) => `${word(`view.state.${name}`)} ${number(counts[name])}`).join(" · ");
    this.slider.setAttribute("aria-valuetext", `${hour} h, ${fullClock(hour)}, ${served}`);
  }

  play() {
    if (this.hour === null || this.hour >= this.part.last_hour) this.set(0);
    this.playButton.textContent = word("view.pause");
    const on = () => {
      this.timer = setTimeout(on, STEP_MS);
      this.set(this.hour + 1);
      if (this.hour >= this.part.last_hour) this.pause();
    };
    this.timer = setTimeout(on, STEP_MS);
  }
  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.playButton.textContent = word("view.play");
    this.tell();
  }
}
