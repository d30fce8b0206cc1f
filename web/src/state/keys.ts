// Single keys act on what is on the screen. The page opened last hears first; nothing is heard while someone types.

type Handler = (event: KeyboardEvent) => boolean | void;
export type Keys = Record<string, Handler>;

const stack: Keys[] = [];

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'file'].includes(target.type);
}

function hear(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && typing(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (typing(event.target)) return;
  for (let at = stack.length - 1; at >= 0; at -= 1) {
    const handler = stack[at]?.[event.key];
    if (handler && handler(event) !== false) {
      event.preventDefault();
      return;
    }
  }
}

/** Call inside an effect: the keys are heard until the effect ends. */
export function listen(keys: Keys): () => void {
  if (stack.length === 0) window.addEventListener('keydown', hear);
  stack.push(keys);
  return () => {
    stack.splice(stack.indexOf(keys), 1);
    if (stack.length === 0) window.removeEventListener('keydown', hear);
  };
}
