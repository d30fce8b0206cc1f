import * as api from '../api/client';
import { ApiError } from '../api/client';
import type { LanguageTag, NodeFacts, SessionFacts, SessionUser, Theme } from '../api/types';
import { language, t } from '../text/text.svelte';
import { clock } from './clock.svelte';
import { live } from './live.svelte';
import { look } from './look.svelte';

// Who is logged in at which node. Everything that outlives a page hangs here.

class Session {
  user = $state.raw<SessionUser | undefined>();
  node = $state.raw<NodeFacts | undefined>();
  asked = $state(false);
  failure = $state.raw<ApiError | undefined>();

  constructor() {
    api.context.onUnauthenticated = () => this.leave();
  }

  get nodeName(): string {
    const name = this.node?.name;
    return name?.[language.tag] ?? name?.en ?? Object.values(name ?? {})[0] ?? '';
  }

  async open(): Promise<void> {
    try {
      this.take(await api.get<SessionFacts>('/api/session'));
      this.failure = undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.take(error.body as SessionFacts);
      else this.failure = error;
    }
    this.asked = true;
  }

  async logIn(name: string, password: string, totp?: string): Promise<void> {
    await api.post('/api/session', { name, password, ...(totp ? { totp } : {}) });
    await this.open();
  }

  async logInByLink(token: string): Promise<void> {
    await api.post('/api/session/link', { token });
    await this.open();
  }

  async logOut(): Promise<void> {
    await api.remove('/api/session');
    this.leave();
  }

  async setLanguage(tag: LanguageTag): Promise<void> {
    if (this.user) await api.post('/api/me/preferences', { language: tag });
    language.set(tag);
  }

  async setTheme(theme: Theme): Promise<void> {
    look.set(theme);
    if (this.user) await api.post('/api/me/preferences', { theme });
  }

  async setSingleKeys(on: boolean): Promise<void> {
    await api.post('/api/me/preferences', { single_keys: on });
    if (this.user) this.user = { ...this.user, single_keys: on };
  }

  private take(facts: SessionFacts | undefined): void {
    this.node = facts?.node ?? this.node;
    this.user = facts?.user;
    api.context.csrf = facts?.csrf ?? '';
    api.context.unreachable = (method) => t(method === 'GET' ? 'error.unreachable' : 'error.unreachable_deed');
    api.context.refused = (status) => (status === 503 ? t('error.overloaded') : t('error.refused', { status }));
    clock.setFrom(facts?.now);
    if (!facts?.user) return;
    language.set(facts.user.language);
    if (facts.user.theme !== look.theme) look.set(facts.user.theme);
    if (!facts.user.must_set_password) live.start();
  }

  private leave(): void {
    live.stop();
    this.user = undefined;
    api.context.csrf = '';
  }
}

export const session = new Session();
