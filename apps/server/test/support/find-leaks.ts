/** What a text would hold of a word that must not be in it, in every clothing that logs and libraries put on. */
export function findLeaks(word: string, text: string): string[] {
  const bytes = Buffer.from(word)
  const clothes = [
    word,
    word.toUpperCase(),
    encodeURIComponent(word),
    bytes.toString('hex'),
    // As JSON writes the bytes of a buffer.
    [...bytes].join(','),
    // Base64 looks different by where in a group of three the word begins; its ends belong to the neighbours.
    ...[0, 1, 2].map((before) =>
      Buffer.from(`${'.'.repeat(before)}${word}`)
        .toString('base64')
        .slice(before && 4, -4),
    ),
  ]
  return clothes.flatMap((clothing) => {
    const at = text.indexOf(clothing)
    return at < 0 ? [] : [text.slice(Math.max(at - 300, 0), at + 100)]
  })
}
