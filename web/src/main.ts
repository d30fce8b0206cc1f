import { mount } from 'svelte';
import App from './App.svelte';
import './style/tokens.css';
import './style/base.css';
import './style/frame.css';
import './style/controls.css';
import './style/tables.css';
import './style/pages.css';

const target = document.getElementById('app');
if (target) mount(App, { target });
