// Counts loaded bytes against the sizes that the manifest states.

/**
 * `onChange({loaded, total, part})` hears every change; `part`, 0..1, never goes back. expect() announces the files that are to
 * come over the network, of() hears the bytes of one of them, in either order.
 */
export function createProgress(onChange) {
  const came = new Map(); // path → bytes
  let expected = null;
  let part = 0;
  function tell() {
    if (!expected) return;
    const loaded = expected.reduce((sum, { path, bytes }) => sum + Math.min(bytes, came.get(path) ?? 0), 0);
    const total = expected.reduce((sum, { bytes }) => sum + bytes, 0);
    part = Math.max(part, total ? loaded / total : 1);
    onChange({ loaded, total, part });
  }
  return {
    /** Announces `files` ({path, bytes}) in place of those announced before. */
    expect(files) {
      expected = files;
      tell();
    },
    /** → (count) for each piece of the file at `path`. */
    of: (path) => (count) => {
      came.set(path, (came.get(path) ?? 0) + count);
      tell();
    },
  };
}

/** 812 → "812 B", 40960 → "41 kB", 1234567 → "1.2 MB". */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
