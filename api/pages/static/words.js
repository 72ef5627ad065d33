// Words, numbers and moments in the language of the page.

const WORDS = JSON.parse(document.getElementById("words").textContent);

export const lang = document.documentElement.lang === "zh" ? "zh" : "en";

const locale = lang === "zh" ? "zh-CN" : "en-GB";

// A word or sentence; figures fill the places in braces. An unknown key is a fault of ours.
export function word(key, figures = {}) {
  const text = WORDS[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in figures ? String(figures[name]) : place));
}

// Whether there is a word: for values that another version of the service may have more of.
export const wordOr = (key, other) => WORDS[key] ?? other;

export const number = (value, digits = 2) =>
  value === null || value === undefined ? "–" : value.toLocaleString(locale, { maximumFractionDigits: digits });

export const percent = (share, digits = 2) =>
  share === null || share === undefined
    ? "–"
    : share.toLocaleString(locale, { style: "percent", maximumFractionDigits: digits });

// A moment on the clock it came with (Asia/Shanghai), not on that of this machine.
export const moment = (iso) => (iso ? iso.slice(0, 16).replace("T", " ") : "–");

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return word("time.seconds", { n: whole });
  if (whole < 3600) return word("time.minutes", { n: Math.floor(whole / 60), s: whole % 60 });
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return word("time.hours", { n: Math.floor(minutes / 60), m: minutes % 60 });
  return word("time.days", { n: Math.floor(minutes / 1440) });
}
