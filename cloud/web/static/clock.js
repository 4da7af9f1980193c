// The service's time, told by its stream; it may run faster than the wall's in a demonstration.

export class ServiceClock {
  #nowMs;
  #speed = 1;
  #heardAt = performance.now();

  constructor(nowMs) {
    this.#nowMs = nowMs;
  }

  set({ now_ms: nowMs, speed }) {
    this.#nowMs = nowMs;
    this.#speed = speed;
    this.#heardAt = performance.now();
  }

  get speed() {
    return this.#speed;
  }

  nowMs() {
    return this.#nowMs + (performance.now() - this.#heardAt) * this.#speed;
  }
}
