// Single keys act on what is on the screen. The page opened last hears first; nothing is heard while someone types.
import { session } from './session.svelte';

type Handler = (event: KeyboardEvent) => boolean | void;
export type Keys = Record<string, Handler>;

const stack: Keys[] = [];

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'file'].includes(target.type);
}

// A field may vanish under the hand (somebody else has acknowledged that alert): who types on means the field still.
const kTypesOn_ms = 2000;
let typed: { into: Element; at: number } | undefined;

function typesOn(event: KeyboardEvent): boolean {
  if (!typed || typed.into.isConnected || event.timeStamp - typed.at > kTypesOn_ms) return false;
  typed.at = event.timeStamp;
  return true;
}

function noteTyping(event: KeyboardEvent): void {
  if (['Enter', 'Escape', 'Tab'].includes(event.key)) typed = undefined;
  else if (typing(event.target)) typed = { into: event.target as Element, at: event.timeStamp };
}

function hear(event: KeyboardEvent): void {
  noteTyping(event);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const isSign = event.key.length === 1;
  if (isSign && (!session.user?.single_keys || typesOn(event))) return;
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
