import { ApiError } from '../api/client';

/** Who acts for our party in an agreement, and what proves it: the person's own password, here and now, and the code of
 * the authenticator where the person has one. */
export class Proof {
  person = $state('');
  password = $state('');
  code = $state('');
  askCode = $state(false);

  get complete(): boolean {
    return this.person !== '' && this.password !== '' && (!this.askCode || this.code !== '');
  }

  /** As the node takes it. */
  get given(): { person: string; password: string; code?: string } {
    const { person, password } = this;
    return this.askCode ? { person, password, code: this.code.replace(/\s/g, '') } : { person, password };
  }

  /** Who has an authenticator is known of the person chosen, not of the one before. */
  forgetCode(): void {
    this.askCode = false;
    this.code = '';
  }

  forget(): void {
    this.password = '';
    this.forgetCode();
  }

  /** Whether the node refused only because it wants the code: then it is asked for. */
  wantsCode(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.id !== 'people.totp_needed') return false;
    this.askCode = true;
    return true;
  }
}
