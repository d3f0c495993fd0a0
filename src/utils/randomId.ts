/**
 * Returns 32 random hexadecimal digits. `crypto.randomUUID` does not exist on a page without HTTPS, and `crypto` does not
 * exist in React Native.
 */
export function randomId(): string {
  const bytes = new Uint8Array(16);
  if (typeof crypto === 'undefined') bytes.forEach((_, index) => (bytes[index] = Math.random() * 256));
  else crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
