import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** The answer has more bytes than were asked for. */
export class Oversized extends Error {
  override readonly name = 'Oversized'
}

export interface BodyHeaders {
  contentEncoding: string | undefined
  contentType: string | undefined
}

/** We ask for `identity`; some servers compress all the same. */
const DECODERS: Record<string, (bytes: Uint8Array, maxOutputLength: number) => Buffer> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  // With a zlib header, as the standard has it, or without, as some send it.
  deflate: (bytes, maxOutputLength) =>
    ((bytes[0] ?? 0) & 0x0f) === 8
      ? inflateSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH })
      : inflateRawSync(bytes, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH }),
  br: (bytes, maxOutputLength) =>
    brotliDecompressSync(bytes, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength, finishFlush: constants.ZSTD_e_flush }),
}

/**
 * The body as text, decompressed and decoded by its charset.
 *
 * @param maxBytes before and after decompression: a small answer can unpack into gigabytes
 * @throws Oversized
 */
export function decodeBody(bytes: Uint8Array, headers: BodyHeaders, maxBytes: number): string {
  const decompressed = encodingsOf(bytes, headers.contentEncoding).reduce(
    (packed, encoding) => decompress(packed, encoding, maxBytes),
    bytes,
  )
  return decoderOf(decompressed, headers.contentType).decode(decompressed)
}

/** In the order in which they have to be undone. */
function encodingsOf(bytes: Uint8Array, header: string | undefined): string[] {
  const named = (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''))
    .filter((name) => name in DECODERS)
    .reverse()
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return named.length === 0 && isGzip ? ['gzip'] : named
}

function decompress(bytes: Uint8Array, encoding: string, maxBytes: number): Uint8Array {
  try {
    return DECODERS[encoding]?.(bytes, maxBytes) ?? bytes
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Oversized(`the answer unpacks into more than ${maxBytes} bytes`)
    }
    // Some name an encoding and send plain text.
    return bytes
  }
}

/** Each drops a byte-order mark. */
const UTF_8 = new TextDecoder()

function decoderOf(bytes: Uint8Array, contentType: string | undefined): InstanceType<typeof TextDecoder> {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  if (mark === 0xfffe) return new TextDecoder('utf-16le')
  if (mark === 0xfeff) return new TextDecoder('utf-16be')
  const [, charset] = /charset\s*=\s*["']?([\w-]+)/i.exec(contentType ?? '') ?? []
  if (charset === undefined || /^utf-?8$/i.test(charset)) return UTF_8
  try {
    return new TextDecoder(charset)
  } catch {
    return UTF_8
  }
}
