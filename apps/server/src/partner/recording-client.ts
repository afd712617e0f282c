import { type buildConnector, Client, type Dispatcher, type Pool } from 'undici'

/** The bytes of the answer that a connection is bringing, head included. */
export class Recording {
  #chunks: Buffer[] = []
  #bytes = 0
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
  }

  /** The final head, without interim answers, and what follows it; undefined where no head is whole. */
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

/** A handler that wants to see the bytes behind an answer which the parser refused or cut off. */
export interface RecordedHandler extends Dispatcher.DispatchHandler {
  recording?: Recording
}

/**
 * One connection, which keeps the bytes of the answer under way, and lets an interim `100 Continue` pass that nobody asked
 * for: undici destroys the connection on it, and skips any other interim answer.
 */
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

/** For `Pool`. @param maxBytes how much of an answer is kept, as it came */
export function recordingClients(maxBytes: number): NonNullable<Pool.Options['factory']> {
  return (origin, options) => new RecordingClient(origin, options as Client.Options, maxBytes)
}

function withReader(connect: buildConnector.connector, recording: Recording): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      const read = socket.read.bind(socket)
      const skipContinue = createSkipContinue()
      // The parser pulls from here.
      socket.read = (size) => {
        const chunk: Buffer | null = read(size)
        if (chunk === null) return null
        skipContinue(chunk)
        recording.add(chunk)
        return chunk
      }
      callback(null, socket)
    })
}

const CONTINUE = /\r\n\r\nHTTP\/1\.\d 100(?!\d)/g
const LONGEST_PART = '\r\n\r\nHTTP/1.1 100'.length - 1

/** Makes `100 Continue` a `103`, in place: an answer begins with the connection or after an empty line. */
function createSkipContinue(): (chunk: Buffer) => void {
  // What came before, since a chunk may end anywhere.
  let before = '\r\n\r\n'
  return (chunk) => {
    const text = before + chunk.toString('latin1')
    for (const { index } of text.matchAll(CONTINUE)) chunk[index + LONGEST_PART - before.length] = 0x33
    before = text.slice(-LONGEST_PART)
  }
}
