// Picture files that are dropped or pasted, wherever on the page.

/** Hands each to `take(file)`, from the first moment on: the browser would leave the page for it. */
export function listenForPictures(take) {
  const receive = (event, [file]) => {
    if (!file) return;
    event.preventDefault();
    document.querySelector('dialog[open]')?.close(); // it would show what is gone, and hide what is said
    take(file);
  };
  addEventListener('dragover', (event) => {
    if (![...event.dataTransfer.items].some(({ kind }) => kind === 'file')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('drop', (event) => receive(event, event.dataTransfer.files));
  addEventListener('paste', (event) => receive(event, event.clipboardData.files));
}
