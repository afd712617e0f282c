import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A self-signed certificate for `127.0.0.1` and `localhost` with its key, both as PEM. */
export interface SelfSignedCertificate {
  cert: string
  key: string
}

/** Builds the certificate by hand: Node creates keys but no certificates, and not every machine has the `openssl` command. */
export function selfSignedCertificate(): SelfSignedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const name = sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from('a partner in tests')))))
  const validity = sequence(...['20200101000000Z', '20990101000000Z'].map((time) => tagged(0x18, Buffer.from(time))))
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)))
  const isAuthority = sequence(tagged(0x01, Buffer.of(0xff)))
  const extensions = sequence(
    sequence(oid('551d11'), tagged(0x04, names)),
    sequence(oid('551d13'), tagged(0x01, Buffer.of(0xff)), tagged(0x04, isAuthority)),
  )
  const unsigned = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, extensions),
  )
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign('sha256', unsigned, privateKey)]))
  const der = sequence(unsigned, ecdsaWithSha256, signature)
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** A DER value: its tag, its length and its bytes. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const lengthBytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content])
}

function sequence(...contents: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(contents))
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}
