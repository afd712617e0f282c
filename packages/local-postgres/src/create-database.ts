import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

/** Makes an empty, randomly named database on the server behind `url`, whose role must be allowed to. Returns its URL. */
export async function createDatabase(url: string): Promise<string> {
  const name = `db_${randomUUID().replaceAll('-', '')}`
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}
