import type { Theme } from '../api/types';

// Light, dark, or as the system says. Kept for the moment before log-in too.

const kKey = 'tocsin.theme';

function stored(): Theme {
  const value = localStorage.getItem(kKey);
  return value === 'light' || value === 'dark' ? value : 'auto';
}

class Look {
  theme = $state<Theme>(stored());
  private readonly system = matchMedia('(prefers-color-scheme: dark)');
  private systemDark = $state(this.system.matches);

  constructor() {
    this.system.addEventListener('change', (event) => {
      this.systemDark = event.matches;
      this.apply();
    });
    this.apply();
  }

  get dark(): boolean {
    return this.theme === 'dark' || (this.theme === 'auto' && this.systemDark);
  }

  set(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(kKey, theme);
    this.apply();
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
  }
}

export const look = new Look();
