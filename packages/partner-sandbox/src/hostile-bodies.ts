import { gzipSync } from 'node:zlib'
import { HttpResponse } from 'msw'
import type { PartnerAnswer } from './partner-answer.ts'

const MEBIBYTE = 1024 * 1024
const OVERSIZED_MEBIBYTES = 64
const BOMB_MEBIBYTES = 1024

/** Valid JSON of 64 MiB, sent as fast as it is read. */
export function oversizedJson(answer: PartnerAnswer): Response {
  const [head, tail] = JSON.stringify({ ...answer, padding: '|' }).split('|')
  const padding = Buffer.alloc(MEBIBYTE, 'a')
  let sent = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 0) controller.enqueue(Buffer.from(head ?? ''))
      controller.enqueue(padding)
      sent += 1
      if (sent < OVERSIZED_MEBIBYTES) return
      controller.enqueue(Buffer.from(tail ?? ''))
      controller.close()
    },
  })
  return new HttpResponse(stream, { headers: { 'content-type': 'application/json' } })
}

/** 1 MiB on the wire that unpacks to 1 GiB of valid JSON: gzip members may simply follow each other. */
export function gzipBomb(answer: PartnerAnswer): Response {
  const [head, tail] = JSON.stringify({ ...answer, padding: '|' }).split('|')
  const padding = gzipSync(Buffer.alloc(MEBIBYTE, 'a'))
  const members = [gzipSync(head ?? ''), ...new Array<Buffer>(BOMB_MEBIBYTES).fill(padding), gzipSync(tail ?? '')]
  return new HttpResponse(new Blob(members.map((member) => new Uint8Array(member))).stream(), {
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  })
}

/** The answer packed, though nobody asked for it. */
export function gzipped(answer: PartnerAnswer): Response {
  return new HttpResponse(new Uint8Array(gzipSync(JSON.stringify(answer))), {
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  })
}
