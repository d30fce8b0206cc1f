import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // Tables name their roles although they are tables: on small screens their rows are laid out as grids, and some
    // browsers then forget what they were.
    warningFilter: (warning) => warning.code !== 'a11y_no_redundant_roles',
  },
};
