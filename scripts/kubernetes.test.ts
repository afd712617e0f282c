import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Job } from 'kubernetes-models/batch/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig, VARIABLE_NAMES } from '../apps/server/src/config/load-config.ts'

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string }
}

const folder = join(import.meta.dirname, '../ops/kubernetes')
/** Where the metrics have their names that a process knows of itself. */
const METRICS = join(import.meta.dirname, '../apps/server/src/observability/gauges.ts')
const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const KINDS = { ConfigMap, HorizontalPodAutoscaler, Job, PodDisruptionBudget, Secret, Service, StatefulSet }

const manifests = globSync('**/*.yaml', { cwd: folder })
  .filter((file) => basename(file) !== 'kustomization.yaml')
  .flatMap((file) => parseAllDocuments(read(file)).map((document) => ({ file, manifest: document.toJS() as Manifest })))
const { spec } = parse(read('stateful-set.yaml'))
const pod = spec.template.spec
const [server] = pod.containers
const job = parse(read('migration/job.yaml')).spec.template.spec
const settings = parse(read('settings.yaml')).data as Record<string, string>
const secrets = parse(read('secret.example.yaml')).stringData as Record<string, string>

it.each(manifests)('$file has what Kubernetes knows', ({ manifest }) => {
  expect(KINDS).toHaveProperty(manifest.kind)
  const Kind = KINDS[manifest.kind as keyof typeof KINDS]
  expect(manifest.apiVersion).toBe(Kind.apiVersion)
  expect(new Kind(manifest as never).validate()).toBeUndefined()
})

it('is applied whole, but for the secret, whose shape alone is here', () => {
  const { resources } = parse(read('kustomization.yaml')) as { resources: string[] }
  const files = new Set(manifests.map(({ file }) => file))
  expect(new Set([...resources, 'migration/job.yaml', 'secret.example.yaml'])).toEqual(files)
})

describe('each replica', () => {
  it('is configured so that it starts in production', () => {
    const fromSecrets = server.env.map(({ name, valueFrom }: { name: string; valueFrom: object }) => {
      expect(valueFrom).toMatchObject({ secretKeyRef: { name: 'registration-secrets', key: name } })
      return name
    })
    expect(fromSecrets.sort()).toEqual(Object.keys(secrets).sort())
    for (const name of [...fromSecrets, ...Object.keys(settings)]) expect(VARIABLE_NAMES).toContain(name)
    const known = {
      DATABASE_URL: 'postgres://registration@postgres.example/registration',
      ENCRYPTION_KEYS: `key:${Buffer.alloc(32, 1).toString('base64')}`,
      VERIFICATION_SECRET: 'x'.repeat(32),
    }
    expect(loadConfig({ ...settings, ...known, NODE_ENV: 'production' })).toMatchObject({ production: true })
    const webhooks = {
      WEBHOOK_ENDPOINTS: secrets['WEBHOOK_ENDPOINTS'],
      WEBHOOK_SECRETS: secrets['WEBHOOK_SECRETS']?.replace('…', Buffer.alloc(32, 1).toString('base64')),
    }
    expect(loadConfig({ ...settings, ...known, ...webhooks, NODE_ENV: 'production' }).webhooks).toHaveLength(1)
  })

  it('has no secret in the clear, and is given whatever is one', () => {
    for (const name of VARIABLE_NAMES.filter((name) => /SECRETS?$|_KEYS$/.test(name)))
      expect(secrets).toHaveProperty(name)
    for (const name of Object.keys(secrets)) expect(settings).not.toHaveProperty(name)
    for (const value of Object.values(secrets)) expect(value).toContain('…')
  })

  it('has a lasting volume of its own, where its image keeps the journal', () => {
    const [{ metadata }] = spec.volumeClaimTemplates
    expect(server.volumeMounts).toContainEqual({ name: metadata.name, mountPath: '/var/lib/registration' })
    expect(readFileSync(join(folder, '../../Dockerfile'), 'utf8')).toContain('DATA_DIR=/var/lib/registration')
    // It may hold results that are not in the database yet.
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' })
  })

  it('is given the time to finish what it has begun', () => {
    const { requestDeadlineMs, partnerTimeoutMs } = loadConfig({ ...settings, VERIFICATION: 'off' })
    const closingMs = 10_000
    const neededMs = server.lifecycle.preStop.sleep.seconds * 1_000 + requestDeadlineMs + partnerTimeoutMs + closingMs
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(neededMs)
  })

  it('is asked on routes that there are', () => {
    const routes = readFileSync(join(folder, '../../apps/server/src/http/create-server.ts'), 'utf8')
    const probes = [server.startupProbe, server.livenessProbe, server.readinessProbe]
    // An outage of the database must not restart every replica.
    expect(server.livenessProbe.httpGet.path).not.toBe(server.readinessProbe.httpGet.path)
    for (const { httpGet } of probes) {
      expect(routes).toContain(`server.get('${httpGet.path}'`)
      expect(server.ports).toContainEqual({ name: httpGet.port, containerPort: 3000 })
    }
  })
})

it.each([
  ['a replica', pod],
  ['the migration', job],
])(
  'keeps %s to the restricted Pod Security Standard, without a token of the cluster, and on a disk that is only read',
  (_, spec) => {
    const { securityContext, containers, automountServiceAccountToken } = spec
    expect(automountServiceAccountToken).toBe(false)
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    for (const container of containers) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    }
  },
)

it('migrates by a Job of the same image, with a command that there is, and by nothing else', () => {
  const [migrate] = job.containers
  expect(migrate.image).toBe(server.image)
  expect(settings['MIGRATE_ON_START']).toBe('false')
  const [node, script, command] = migrate.args
  const { bin } = JSON.parse(readFileSync(join(folder, '../../apps/server/package.json'), 'utf8'))
  expect([node, `./${script}`]).toEqual(['node', bin.registration])
  const cli = readFileSync(join(folder, '../../apps/server/src/cli/run-cli.ts'), 'utf8')
  expect(cli).toContain(`.command('${command}')`)
  const images = ['kustomization.yaml', 'migration/kustomization.yaml'].map((file) => parse(read(file)).images)
  expect(images[0]).toEqual(images[1])
})

it('keeps services and the disruption budget to the pods that there are', () => {
  const label = spec.template.metadata.labels
  expect(spec.selector.matchLabels).toEqual(label)
  const [outside, replicas] = parseAllDocuments(read('service.yaml')).map((document) => document.toJS())
  expect([outside.spec.selector, replicas.spec.selector]).toEqual([label, label])
  expect(replicas.metadata.name).toBe(spec.serviceName)
  expect(parse(read('disruption-budget.yaml')).spec.selector.matchLabels).toEqual(label)
})

it('scales the replicas that there are, never to one, and never beyond the database’s connections', () => {
  const { spec: scaling } = parse(read('autoscaler.yaml'))
  const { apiVersion, kind, metadata } = parse(read('stateful-set.yaml'))
  expect(scaling.scaleTargetRef).toEqual({ apiVersion, kind, name: metadata.name })
  expect(spec).not.toHaveProperty('replicas')
  const [{ pods }] = scaling.metrics
  expect(readFileSync(METRICS, 'utf8')).toContain(`'${pods.metric.name}'`)
  expect(scaling.minReplicas).toBeGreaterThanOrEqual(2)
  const byDefault = 100
  expect(scaling.maxReplicas * Number(settings['DATABASE_POOL'])).toBeLessThan(byDefault)
})
