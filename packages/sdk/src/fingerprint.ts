/**
 * 64 bits of a text, in letters and digits: tells the e-mails of one browser apart without writing any of them
 * down. Two FNV-1a runs with different primes. Not cryptographic on purpose: `crypto.subtle` is missing on plain http
 * and answers later, while the key has to be stored before the page can go away.
 */
export function fingerprint(text: string): string {
  let a = 0x811c9dc5
  let b = a
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193)
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b)
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36).padStart(7, '0')
}
