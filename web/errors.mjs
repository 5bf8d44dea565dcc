// An error that a visitor can act on: one sentence about what happened, one about what to do next.
export class PageError extends Error {
  /** @param {string} message what happened @param {string} next what the visitor can do */
  constructor(message, next = '') {
    super(message);
    this.name = 'PageError';
    this.next = next;
  }
}

/** Any thrown value as a PageError. */
export function asPageError(error, next = 'Reload the page.') {
  if (error instanceof PageError) return error;
  return new PageError(error?.message ?? String(error), error?.next ?? next);
}
