/** 128 random bits as 32 hexadecimal digits. (`crypto.randomUUID` is missing on plain http.) */
export function randomKey(): string {
  const bytes = new Uint8Array(16)
  try {
    crypto.getRandomValues(bytes)
  } catch {
    // No crypto, or the page's own thing under that name: a weaker key rather than a lost visitor.
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.random() * 256
  }
  let key = ''
  // Not `Array.from` with a function: old libraries replace it by one that ignores the function.
  for (const byte of bytes) key += (byte + 256).toString(16).slice(1)
  return key
}
