// Millimetre paper on a screen: how many pixels a millimetre, a millisecond and a millivolt are. Pure.

export const ASSUMED_PX_PER_MM = 96 / 25.4;
const LEAST_PX_PER_MM = 2;
const MOST_PX_PER_MM = 12;
export const CARD_MM = 53.98; // the short side of a bank card, ISO/IEC 7810 ID-1

export class Scale {
  constructor({ pxPerMm = ASSUMED_PX_PER_MM, speed = 25, gain = 10 } = {}) {
    Object.assign(this, { pxPerMm, speed, gain, pxPerMs: (speed * pxPerMm) / 1000, pxPerMv: gain * pxPerMm });
    Object.freeze(this);
  }

  with(changes) {
    return new Scale({ pxPerMm: this.pxPerMm, speed: this.speed, gain: this.gain, ...changes });
  }

  /** How many milliseconds fit a width. */
  spanMs(widthPx) {
    return widthPx / this.pxPerMs;
  }
}

/** What was measured once, if it can be a screen's. */
export function measuredPxPerMm(stored) {
  const found = Number(stored);
  return found >= LEAST_PX_PER_MM && found <= MOST_PX_PER_MM ? found : null;
}

/** The middle of values, of at most a few hundred of them: enough to centre a trace by. */
export function middle(values, most = 400) {
  if (!values.length) return null;
  const step = Math.max(1, Math.floor(values.length / most));
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0; i < some.length; i += 1) some[i] = values[i * step];
  return some.sort()[some.length >> 1];
}
