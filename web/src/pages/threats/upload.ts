const kTooSoon_ms = 1000;

/** Bytes a second and whole seconds left; nothing while it is too soon to say. */
export function uploadOf(sent: number, total: number, elapsed_ms: number): { rate: number; left_s: number } | undefined {
  if (elapsed_ms < kTooSoon_ms || sent <= 0) return undefined;
  const rate = (sent / elapsed_ms) * 1000;
  return { rate, left_s: Math.max(1, Math.round((total - sent) / rate)) };
}
