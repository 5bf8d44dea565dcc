// When a failed fetch is worth another try.

const FIRST_MS = 4000;
const LONGEST_MS = 300_000;

/** Resolves when the network has come back, or some time has passed: more of it the more `tries` have failed before. */
export function worthAnotherTry(tries = 0) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(LONGEST_MS, FIRST_MS * 2 ** tries));
    addEventListener('online', done);
  });
}
