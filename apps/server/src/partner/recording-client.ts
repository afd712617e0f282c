import { type buildConnector, Client, type Dispatcher, type Pool } from 'undici'

const CONTINUE = /\r\n\r\nHTTP\/1\.\d 100(?!\d)/g
const LONGEST_PART = '\r\n\r\nHTTP/1.1 100'.length - 1

/** The bytes of the answer that a connection receives, including the head. */
export class Recording {
  #chunks: Buffer[] = []
  #bytes = 0
  /** The last bytes of the previous chunk, since a head may be split between chunks. Initially as after an empty line. */
  #end = '\r\n\r\n'
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(chunk: Buffer): void {
    if (this.#bytes > this.#maxBytes) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  clear(): void {
    this.#chunks = []
    this.#bytes = 0
    this.#end = '\r\n\r\n'
  }

  /** Changes `100 Continue` to a `103` in place: undici destroys a connection on an unrequested 100, and skips a 103. */
  skipContinue(chunk: Buffer): void {
    const text = this.#end + chunk.toString('latin1')
    for (const { index } of text.matchAll(CONTINUE)) chunk[index + LONGEST_PART - this.#end.length] = 0x33
    this.#end = text.slice(-LONGEST_PART)
  }

  /** The status of the final response, after any interim ones, and the bytes of its body; undefined if its head is incomplete. */
  answer(): { status: number; body: Buffer } | undefined {
    let rest = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    for (;;) {
      const headBytes = endOfHead(rest)
      const [, digits] = /^HTTP\/1\.\d (\d{3})(?!\d)/.exec(rest.toString('latin1', 0, 16)) ?? []
      if (headBytes === undefined || digits === undefined) return undefined
      const status = Number(digits)
      rest = rest.subarray(headBytes)
      if (status >= 200) return { status, body: rest }
    }
  }
}

function endOfHead(bytes: Buffer): number | undefined {
  const crlf = bytes.indexOf('\r\n\r\n')
  if (crlf >= 0) return crlf + 4
  const lf = bytes.indexOf('\n\n')
  return lf >= 0 ? lf + 2 : undefined
}

/** A handler that also gets the raw bytes of an answer that undici's parser rejected or cut off. */
export interface RecordedHandler extends Dispatcher.DispatchHandler {
  recording?: Recording
}

/** A connection that records the bytes of the current answer. */
class RecordingClient extends Client {
  readonly #recording: Recording

  constructor(origin: URL, { connect, ...options }: Client.Options, maxBytes: number) {
    const recording = new Recording(maxBytes)
    super(origin, { ...options, connect: withReader(connect as buildConnector.connector, recording) })
    this.#recording = recording
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: RecordedHandler): boolean {
    handler.recording = this.#recording
    return super.dispatch(options, handler)
  }
}

/** The `factory` option of a `Pool`. @param maxBytes how many raw bytes of an answer are kept */
export function recordingClients(maxBytes: number): NonNullable<Pool.Options['factory']> {
  return (origin, options) => new RecordingClient(origin, options as Client.Options, maxBytes)
}

function withReader(connect: buildConnector.connector, recording: Recording): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      const read = socket.read.bind(socket)
      // undici's parser reads its bytes by this method.
      socket.read = (size) => {
        const chunk: Buffer | null = read(size)
        if (chunk === null) return null
        recording.skipContinue(chunk)
        recording.add(chunk)
        return chunk
      }
      callback(null, socket)
    })
}
