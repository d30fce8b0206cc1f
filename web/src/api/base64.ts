/** Standard base64, in steps that no argument limit stops. */
export function toBase64(bytes: Uint8Array): string {
  const kStep = 0x8000;
  let text = '';
  for (let at = 0; at < bytes.length; at += kStep) text += String.fromCharCode(...bytes.subarray(at, at + kStep));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
