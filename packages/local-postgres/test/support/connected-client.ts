import { Client } from 'pg'

/** Opens a connection and holds it. `cut` resolves when the server, or its end, has closed it. */
export async function connectedClient(url: string): Promise<{ cut: Promise<void> }> {
  const client = new Client({ connectionString: url }).on('error', () => {})
  const cut = new Promise<void>((resolve) => client.once('end', resolve))
  await client.connect()
  return { cut }
}
