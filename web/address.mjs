// The fragment of the page's URL holds the state.

const QUIET_MS = 250; // browsers allow about 100 replaceState calls in 30 s

/** Keeps the fragment equal to the last link given to write(), and tells `onForeign(text)` when someone else changed it. */
export function createAddress(onForeign) {
  let wanted = null;
  let timer = 0;
  const flush = () => {
    timer = 0;
    if (wanted !== null && wanted !== read()) history.replaceState(history.state, '', `#${wanted}`);
  };
  addEventListener('hashchange', () => {
    clearTimeout(timer);
    timer = 0;
    if (read() === wanted) return;
    wanted = null;
    onForeign(read());
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
  url.search = '?embed=1';
  return url.href;
}
