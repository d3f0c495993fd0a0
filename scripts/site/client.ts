/** What runs in the pages: search, theme and menu. It makes no request. */
import MiniSearch from 'minisearch';
import { SEARCH_FIELDS } from './searchFields.js';

declare const SEARCH_INDEX: string;

const root = document.documentElement.dataset['root'] ?? '';
const input = document.querySelector<HTMLInputElement>('.search input');
const results = document.querySelector<HTMLElement>('.results');
const side = document.querySelector<HTMLElement>('.side');
const menu = document.querySelector('.menu');

let index: MiniSearch | undefined;

function search(query: string): void {
  if (results === null) return;
  index ??= MiniSearch.loadJSON(SEARCH_INDEX, SEARCH_FIELDS);
  const found =
    query.trim() === '' ? [] : index.search(query, { prefix: true, fuzzy: 0.15, boost: { title: 4, section: 2 } });
  results.replaceChildren(...found.slice(0, 12).map(entryOf));
  if (query.trim() !== '' && found.length === 0) results.textContent = 'Nothing was found.';
  results.hidden = query.trim() === '';
}

function entryOf(found: Readonly<Record<string, unknown>>): HTMLElement {
  const link = document.createElement('a');
  link.href = root + String(found['path']);
  const [title, section, text] = ['strong', 'span', 'small'].map((tag) => document.createElement(tag));
  title?.append(String(found['title']));
  section?.append(String(found['section']));
  text?.append(String(found['excerpt']));
  link.append(...[title, section, text].filter((part) => part !== undefined));
  return link;
}

input?.addEventListener('input', () => {
  search(input.value);
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== input) {
    event.preventDefault();
    input?.focus();
  }
  if (event.key === 'Escape' && input !== null) {
    input.value = '';
    search('');
    input.blur();
  }
  if (event.key === 'Enter' && document.activeElement === input) results?.querySelector('a')?.click();
});

document.querySelector('.theme')?.addEventListener('click', () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  const theme = isDark ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem('theme', theme);
});

menu?.addEventListener('click', () => {
  const isOpen = side?.classList.toggle('open') === true;
  menu.setAttribute('aria-expanded', String(isOpen));
});

side?.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });

document.querySelectorAll('.code:not(.output)').forEach((block) => {
  const button = document.createElement('button');
  button.textContent = 'Copy';
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '').then(() => {
      button.textContent = 'Copied';
    });
  });
  block.append(button);
});
