// What the visitor reads, in their language. English is in the code and the page; zh.json maps it to Chinese. {Names} in braces
// stand for what differs, so finished sentences are found too: errors are translated where they are shown.
import { PageError } from './errors.mjs';

let table = null;
let patterns = [];

export const LANGUAGES = { en: 'English', zh: '中文' };
const KEY = 'avae-language';

/** The visitor's language: ?lang=, what they chose here before, or what their browser says. */
export function preferredLanguage() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {} // frames may be refused it
  const wishes = [new URLSearchParams(location.search).get('lang'), chosen, ...(navigator.languages ?? [])];
  const known = wishes.map((wish) => Object.keys(LANGUAGES).find((name) => wish?.toLowerCase().split('-')[0] === name));
  return known.find(Boolean) ?? 'en';
}

/** Remembers a choice; it counts from the next load on. */
export function rememberLanguage(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch {}
}

/** Links below `root` to this site carry on the ?lang= of this page's address, if it has one. */
export function keepLanguage(root) {
  const lang = new URLSearchParams(location.search).get('lang');
  if (!lang) return;
  for (const link of root.querySelectorAll('a[href]')) {
    const url = new URL(link.href);
    if (url.origin !== location.origin) continue;
    url.searchParams.set('lang', lang);
    link.href = url.href;
  }
}

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** Speaks the visitor's language, in the document too. Throws a PageError when that cannot be fetched: all stays English. */
export async function speak() {
  keepLanguage(document);
  const language = preferredLanguage();
  if (language === 'en') return;
  const response = await fetch(new URL('./zh.json', import.meta.url)).catch(() => null);
  if (!response?.ok) throw new PageError('The Chinese texts cannot be fetched.', 'Check the connection, then reload.');
  setStrings(await response.json());
  document.documentElement.lang = language;
  translate(document.body);
}

/** Speaks what `strings` ({English: translation}) says; null is English. */
export function setStrings(strings) {
  table = strings;
  patterns = Object.keys(table ?? {})
    .filter((key) => /\{\w+\}/.test(key) && key.replace(/\{\w+\}/g, '').trim().length >= 8)
    .map((key) => ({
      key,
      form: new RegExp(`^${key.split(/(\{\w+\})/).map((part) => (/^\{\w+\}$/.test(part) ? `(?<${part.slice(1, -1)}>.+)` : literal(part))).join('')}$`, 's'),
    }));
}

/** The table in use, for ui.wasm; null in English. */
export const strings = () => table;

/** `english` with {names} filled in from `values`, in the visitor's language. Sentences that are filled in already are found by form. */
export function t(english, values = {}) {
  if (!table || !english) return fill(english, values);
  if (Object.hasOwn(table, english)) return fill(table[english], values);
  const text = fill(english, values);
  for (const { key, form } of patterns) {
    const found = form.exec(text);
    if (found) return fill(table[key], Object.fromEntries(Object.entries(found.groups).map(([name, part]) => [name, t(part)])));
  }
  return text;
}

const ATTRIBUTES = ['aria-label', 'title', 'alt', 'placeholder'];

/** Translates the texts and labels below `root`; its links keep the language. */
export function translate(root) {
  keepLanguage(root);
  if (!table) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.trim().replace(/\s+/g, ' ');
      if (Object.hasOwn(table, text)) node.data = node.data.replace(node.data.trim(), table[text]);
    } else {
      for (const name of ATTRIBUTES) if (node.hasAttribute(name)) node.setAttribute(name, t(node.getAttribute(name)));
    }
  }
}
