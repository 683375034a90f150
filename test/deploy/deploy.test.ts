import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Ajv from 'ajv'
import { parse, parseAllDocuments } from 'yaml'
import { options, variableOf } from '#server/config.ts'
import manifest from '../../package.json' with { type: 'json' }
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { ChartTemplates, type Values } from './support/render-template.ts'

// What deploy/ says is what the gateway has: its settings, its addresses, its times.

const ROOT = join(import.meta.dir, '..', '..')
const read = (...path: string[]): string => readFileSync(join(ROOT, 'deploy', ...path), 'utf8')
const variables = new Set(Object.keys(options).map(variableOf))
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-deploy-'))
let gateway: GatewayProcess
beforeAll(async () => {
  gateway = await startGatewayProcess()
})
afterAll(async () => {
  await endGateways()
  rmSync(folder, { recursive: true })
})

function expectSettings(names: readonly string[]): void {
  expect(names.filter((name) => name.startsWith('GATEHOUSE_') && !variables.has(name))).toEqual([])
}

async function expectAnswers(path: string): Promise<void> {
  expect((await fetch(`${gateway.url}${path}`)).status).toBe(200)
}

describe('the systemd unit', () => {
  const lines = read('systemd', 'gatehouse.service')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => line.split(/=(.*)/s) as [string, string])
  const all = (name: string): string[] => lines.filter(([key]) => key === name).map(([, value]) => value)

  test('names settings that there are', () => {
    const names = [...all('Environment'), ...read('systemd', 'gatehouse.env').split('\n')]
    expectSettings(names.map((line) => line.split('=')[0] as string))
    expect(names.length).toBeGreaterThan(5)
  })

  test('waits for a drain to end', () => {
    const delayMs = Number(/GATEHOUSE_DRAIN_DELAY=(\d+)/.exec(all('Environment').join(' '))?.[1])
    const drainMs = delayMs + options.drainTimeout.fallback()
    expect(Number(all('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(drainMs)
  })

  test('is a closed one; and one for systemd-analyze, where that is there', () => {
    const closed = ['NoNewPrivileges', 'ProtectSystem', 'ProtectHome', 'PrivateTmp', 'SystemCallFilter']
    for (const name of closed) expect(all(name)).toHaveLength(1)
    expect(all('CapabilityBoundingSet')).toEqual([''])
    if (Bun.which('systemd-analyze') === null) return
    const file = join(folder, 'gatehouse.service')
    writeFileSync(file, read('systemd', 'gatehouse.service').replace('/usr/bin/node', process.execPath))
    const verified = Bun.spawnSync(['systemd-analyze', 'verify', '--man=no', file])
    expect(verified.stderr.toString()).not.toContain('gatehouse.service:')
    expect(verified.exitCode).toBe(0)
  })
})

describe('the image', () => {
  const instructions = read('docker', 'Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/ (.*)/s) as [string, string])
  const all = (name: string): string[] =>
    instructions.filter(([word]) => word === name).map(([, rest]) => rest)

  test('copies what is there, and is nobody in particular', () => {
    const sources = all('COPY').flatMap((rest) =>
      rest.startsWith('--from') ? [] : rest.split(' ').slice(0, -1),
    )
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
    expect(all('USER')).toEqual(['10001:10001'])
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM'])
    const known = 'FROM WORKDIR COPY RUN USER ENV VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD'.split(
      ' ',
    )
    expect(instructions.filter(([word]) => !known.includes(word))).toEqual([])
  })

  test('names settings, scripts and addresses that there are', async () => {
    expectSettings(
      all('ENV').flatMap((rest) => [...rest.matchAll(/(\w+)=/g)].map(([, name]) => name as string)),
    )
    const scripts = all('RUN').flatMap((rest) =>
      [...rest.matchAll(/npm run (\S+)/g)].map(([, name]) => name as string),
    )
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([])
    const [entry] = JSON.parse(all('ENTRYPOINT')[0] as string).slice(-1) as [string]
    expect(existsSync(join(ROOT, entry.replace('/opt/gatehouse/', '')))).toBe(true)
    await expectAnswers(/127\.0\.0\.1:4566(\/\w+\/\w+)/.exec(all('HEALTHCHECK').join(' '))?.[1] as string)
  })

  test('its check says what is, and what is not', () => {
    const [, , script = ''] = JSON.parse(
      /CMD (\[.*\])/.exec(all('HEALTHCHECK').join(' '))?.[1] as string,
    ) as string[]
    const exitCode = (port: number): number =>
      Bun.spawnSync(['node', '-e', script.replace('4566', String(port))]).exitCode
    expect([exitCode(gateway.port), exitCode(1)]).toEqual([0, 1])
  })
})

describe('the compose file', () => {
  interface Service {
    readonly environment?: Readonly<Record<string, unknown>>
    readonly volumes?: readonly string[]
    readonly networks?: readonly string[]
    readonly depends_on?: readonly string[] | Values
  }
  const file = parse(read('compose', 'compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>
    readonly volumes: Values
    readonly networks: Values
    readonly secrets: Values
  }
  const services = Object.values(file.services)

  test('names settings, volumes, networks and services that there are', () => {
    expectSettings(services.flatMap(({ environment = {} }) => Object.keys(environment)))
    const volumes = services.flatMap(({ volumes: each = [] }) =>
      each.map((text) => text.split(':')[0] as string),
    )
    for (const name of volumes) {
      expect(
        name.startsWith('./') ? existsSync(join(ROOT, 'deploy/compose', name)) : name in file.volumes,
      ).toBe(true)
    }
    for (const name of services.flatMap(({ networks = [] }) => networks))
      expect(name in file.networks).toBe(true)
    for (const { depends_on: needed = [] } of services) {
      for (const name of Array.isArray(needed) ? (needed as string[]) : Object.keys(needed)) {
        expect(name in file.services).toBe(true)
      }
    }
  })

  test('its load balancer asks for what is there, of its nodes', async () => {
    const config = read('compose', 'haproxy.cfg')
    await expectAnswers(/uri (\S+)/.exec(config)?.[1] as string)
    const names = [...config.matchAll(/^ {2}server (\w+) (\w+):4566/gm)].map(([, , host]) => host as string)
    expect(names).toEqual(Object.keys(file.services).filter((name) => name.startsWith('node')))
  })
})

describe('the chart', () => {
  const chart = join(ROOT, 'deploy', 'helm', 'gatehouse')
  const about = parse(read('helm', 'gatehouse', 'Chart.yaml')) as { readonly appVersion: string }
  const defaults = parse(read('helm', 'gatehouse', 'values.yaml')) as Values
  const templates = new ChartTemplates()
  templates.define(read('helm', 'gatehouse', 'templates', '_names.tpl'))
  const set = (name: string, changes: object): Values => ({
    ...defaults,
    [name]: { ...(defaults[name] as object), ...changes },
  })

  interface Resource {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string; readonly labels: Values }
    // oxlint-disable-next-line typescript/no-explicit-any
    readonly spec: any
  }
  function render(values: Values): ReadonlyMap<string, Resource> {
    const root = { Values: values, Release: { Name: 'shop' }, Chart: { AppVersion: about.appVersion } }
    const found = readdirSync(join(chart, 'templates'))
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) =>
        parseAllDocuments(templates.render(read('helm', 'gatehouse', 'templates', name), root)),
      )
      .flatMap((document) => {
        expect(document.errors).toEqual([])
        return (document.toJS() as Resource | null) ?? []
      })
    return new Map(found.map((resource) => [resource.kind, resource]))
  }

  test('is of this version, and its values are what their schema says', () => {
    expect(about.appVersion).toBe(manifest.version)
    const validate = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(read('helm', 'gatehouse', 'values.schema.json')) as object,
    )
    expect([validate(defaults), validate.errors]).toEqual([true, null])
    expect(validate({ ...defaults, settings: { port: '1' } })).toBe(false)
    expect(validate({ ...defaults, settings: { GATEHOUSE_CACHE_BYTES: 4_000_000_000 } })).toBe(false)
  })

  test('writes large numbers out', () => {
    const { spec } = render({ ...defaults, drainTimeoutMs: 3_000_000 }).get('Deployment') as Resource
    const { env } = spec.template.spec.containers[0] as { env: { name: string; value?: string }[] }
    expect(env.find(({ name }) => name === 'GATEHOUSE_DRAIN_TIMEOUT')?.value).toBe('3000000')
  })

  test('its parts fit together', async () => {
    const found = render(defaults)
    expect([...found.keys()].sort()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
    ])
    const { template, selector } = (found.get('Deployment') as Resource).spec
    const { labels } = template.metadata
    expect(selector.matchLabels).toEqual(labels)
    expect(found.get('Service')?.spec.selector).toEqual(labels)
    expect(found.get('PodDisruptionBudget')?.spec.selector.matchLabels).toEqual(labels)
    expect(found.get('NetworkPolicy')?.spec.podSelector.matchLabels).toEqual(labels)
    const [container] = template.spec.containers
    expect(found.get('Service')?.spec.ports[0].targetPort).toBe(container.ports[0].name)
    expectSettings(container.env.map(({ name }: { name: string }) => name))
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(container[probe].httpGet.port).toBe(container.ports[0].name)
      await expectAnswers(container[probe].httpGet.path)
    }
    const volumes = template.spec.volumes.map(({ name }: { name: string }) => name)
    expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes)
    expect(container.image).toBe(`gatehouse:${manifest.version}`)
    expect(container.resources).toEqual(defaults['resources'])
    const drainMs = Number(defaults['drainDelayMs']) + Number(defaults['drainTimeoutMs'])
    expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(drainMs)
    expect(found.get('PodDisruptionBudget')?.spec.minAvailable).toBeLessThan(
      found.get('Deployment')?.spec.replicas,
    )
    // A node serves on for longer than it takes to be seen that it is not ready.
    const { periodSeconds, failureThreshold } = container.readinessProbe
    expect(Number(defaults['drainDelayMs'])).toBeGreaterThan(periodSeconds * failureThreshold * 1000)
  })

  test('scales by itself when that is wanted, which then says how many there are', () => {
    const found = render(set('autoscaling', { enabled: true }))
    expect(found.get('Deployment')?.spec.replicas).toBeUndefined()
    expect(found.get('HorizontalPodAutoscaler')?.spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: found.get('Deployment')?.metadata.name },
      minReplicas: 2,
      maxReplicas: 10,
    })
  })

  test('has an ingress when that is wanted, with a certificate or without', () => {
    const plain = render(set('ingress', { enabled: true })).get('Ingress')
    expect(plain?.spec.tls).toBeUndefined()
    expect(plain?.spec.rules[0].http.paths[0].backend.service).toEqual({
      name: 'shop',
      port: { name: 'http' },
    })
    const closed = render(set('ingress', { enabled: true, tlsSecret: 'tls', className: 'nginx' })).get(
      'Ingress',
    )
    expect(closed?.spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['api.example.com'], secretName: 'tls' }],
    })
    expect(render(set('networkPolicy', { enabled: false })).has('NetworkPolicy')).toBe(false)
  })
})
