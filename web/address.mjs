// The fragment of the page's URL holds the state.

const QUIET_MS = 350; // browsers allow about 100 replaceState calls in 30 s

/** Keeps the fragment equal to the last link given to write(), and tells `onForeign(text)` when someone else changed it. */
export function createAddress(onForeign) {
  let known = read(); // the fragment as this page last saw or made it
  let wanted = known;
  let timer = 0;
  const flush = () => {
    timer = 0;
    if (wanted === known || read() !== known) return; // someone else's change is on its way as hashchange
    history.replaceState(history.state, '', `#${wanted}`);
    known = wanted;
  };
  addEventListener('hashchange', () => {
    if (read() === known) return;
    known = read();
    wanted = known;
    onForeign(known);
  });
  addEventListener('pagehide', flush);
  return {
    write(link) {
      wanted = link;
      timer ||= setTimeout(flush, QUIET_MS);
    },
  };
}

/** The fragment without its #, "" when there is none. */
export const read = () => location.hash.slice(1);

/** Where `link` opens: this page without its set-up. */
export function urlOf(link) {
  const url = new URL(location.href);
  url.search = '';
  url.hash = link;
  return url.href;
}

/** The same, made to sit in a frame. */
export function embedUrlOf(link) {
  const url = new URL(urlOf(link));
  url.search = '?embed=1&paused=1';
  return url.href;
}
