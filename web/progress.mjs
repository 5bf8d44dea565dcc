// Counts loaded bytes against the sizes that the manifest states.

/** `onChange(loaded, total)` hears every change. add() announces bytes to come, got() counts bytes that came. */
export function createProgress(onChange) {
  let loaded = 0;
  let total = 0;
  return {
    add(bytes) {
      total += bytes;
      onChange(loaded, total);
    },
    got(bytes) {
      loaded += bytes;
      onChange(loaded, total);
    },
  };
}

/** 812 → "812 B", 40960 → "41 kB", 1234567 → "1.2 MB". */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
