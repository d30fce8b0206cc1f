// One clock for the page. Deadlines run on the node's clock, so the difference to this machine's is taken off once.

class Clock {
  now = $state(Date.now());
  private skew_ms = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** Takes the node's own time, as it answered just now. */
  setFrom(nodeTime: string | undefined): void {
    const node = nodeTime ? Date.parse(nodeTime) : NaN;
    if (Number.isNaN(node)) return;
    this.skew_ms = node - Date.now();
    this.now = node;
  }

  start(): void {
    this.timer ??= setInterval(() => (this.now = Date.now() + this.skew_ms), 1000);
  }
}

export const clock = new Clock();
