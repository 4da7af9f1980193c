// Keeps every <time data-ms> true: relative near now, absolute beyond a day, in the viewer's zone.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [[5 * SECOND, "now", SECOND], [MINUTE, "s", SECOND], [HOUR, "min", MINUTE], [DAY, "h", HOUR]];

const language = document.documentElement.lang;
const messages = JSON.parse(document.documentElement.dataset.ages);
const { zone: timeZone } = document.documentElement.dataset; // set by the reader; unset, this browser's
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });

export function age(tMs, nowMs) {
  const span = Math.max(0, nowMs - tMs);
  const step = STEPS.find(([limit]) => span < limit);
  if (!step) return absolute.format(tMs);
  return messages[step[1]].replace("{n}", Math.floor(span / step[2]));
}

export function keepAges(clock) {
  const update = () => {
    for (const time of document.querySelectorAll("time[data-ms]")) {
      const tMs = Number(time.dataset.ms);
      const text = age(tMs, clock.nowMs());
      if (time.textContent !== text) time.textContent = text;
      if (!time.title) time.title = absolute.format(tMs);
    }
  };
  update();
  setInterval(update, 1000);
}
