import { ApiError } from '../api/client';

// The answer to what someone just did, said once at the edge of the page and to screen readers.

interface Said {
  text: string;
  failed: boolean;
  at: number;
}

const kShown_ms = 7000;

class Toast {
  said = $state.raw<Said | undefined>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, failed = false): void {
    this.said = { text, failed, at: Date.now() };
    clearTimeout(this.timer);
    // A failure stays until it is put away.
    if (!failed) this.timer = setTimeout(() => this.hide(), kShown_ms);
  }

  fail(error: unknown): void {
    this.say(error instanceof ApiError ? error.message : String(error), true);
  }

  hide(): void {
    this.said = undefined;
  }
}

export const toast = new Toast();
