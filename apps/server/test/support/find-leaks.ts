/** The places in `text` that contain `word`, also in an encoding that logs and libraries use. */
export function findLeaks(word: string, text: string): string[] {
  const bytes = Buffer.from(word)
  const encodings = [
    word,
    word.toUpperCase(),
    encodeURIComponent(word),
    bytes.toString('hex'),
    // The bytes of a buffer in JSON.
    [...bytes].join(','),
    // Base64 depends on the word's offset in a group of three bytes. The first and last characters also encode neighbouring bytes.
    ...[0, 1, 2].map((before) =>
      Buffer.from(`${'.'.repeat(before)}${word}`)
        .toString('base64')
        .slice(before && 4, -4),
    ),
  ]
  return encodings.flatMap((encoded) => {
    const at = text.indexOf(encoded)
    return at < 0 ? [] : [text.slice(Math.max(at - 300, 0), at + 100)]
  })
}
