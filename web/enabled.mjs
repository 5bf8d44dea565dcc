/** Enables or disables a control. One that has the focus keeps it, or the keyboard would be back at the page's start. */
export function setEnabled(element, enabled) {
  const focused = document.activeElement === element;
  element.disabled = !enabled && !focused;
  element.ariaDisabled = enabled ? null : 'true';
  if (!enabled && focused) element.onblur = () => (element.disabled = element.ariaDisabled === 'true');
}
