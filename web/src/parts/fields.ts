import { t, tn } from '../text/text.svelte';

/** What a browser says of a field, it says in its own language; this says it in the reader's. Call inside an effect. */
export function speakOfFields(form: HTMLFormElement): () => void {
  const invalid = (event: Event): void => {
    const field = event.target as HTMLInputElement;
    field.setCustomValidity('');
    if (field.validity.valueMissing) field.setCustomValidity(t('field.missing'));
    else if (field.validity.patternMismatch) field.setCustomValidity(field.title);
    else if (field.validity.tooShort) field.setCustomValidity(tn('field.too_short', field.minLength));
  };
  const mended = (event: Event): void => (event.target as HTMLInputElement).setCustomValidity?.('');
  form.addEventListener('invalid', invalid, true);
  form.addEventListener('input', mended);
  return () => {
    form.removeEventListener('invalid', invalid, true);
    form.removeEventListener('input', mended);
  };
}
