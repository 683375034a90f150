import { routeOf } from '#languages/path-patterns/methods.ts'
import { editDistance } from '#base/edit-distance.ts'
import { parsePathPattern, type PathSegment } from '#languages/path-patterns/pattern.ts'
import { DEFAULT_ROUTE } from '#languages/path-patterns/route-key.ts'

/** A resource as routing knows it. */
export interface PlannedResource {
  /** `/pets/{petId}` */
  readonly path: string
  readonly methods: readonly string[]
}

/** What routing made of one resource. */
export interface ConsideredResource {
  readonly resource: string
  readonly methods: readonly string[]
  /** `fits`: the path is one of its own; another resource takes it, or nobody for want of the method. */
  readonly outcome: 'chosen' | 'fits' | 'does not fit'
  readonly why: string
}

export interface ExplainedRouting {
  readonly resource: string | undefined
  readonly message: string
  /** The chosen one, those that fit as well, then the nearest others. */
  readonly considered: readonly ConsideredResource[]
}

const CONSIDERED_SHOWN_MAX = 10
/** Of a segment, when it is compared with what may have been meant. */
const COMPARED_CHARACTERS_MAX = 32

/** How specific a segment is: the lower one wins. Developer guide, "Set up a proxy resource". */
const RANK: Readonly<Record<PathSegment['kind'], number>> = { literal: 0, parameter: 1, greedy: 2 }

interface Candidate extends PlannedResource {
  readonly segments: readonly PathSegment[]
  /** Why it does not fit; undefined when it does. */
  readonly miss: string | undefined
  /** How far away it is. */
  readonly distance: number
}

/** What differs between kinds of API. */
interface RoutingRules {
  readonly segmentsOf: (path: string) => readonly string[]
  readonly greedyMayBeEmpty: boolean
  /** Whether paths that match in full come before all greedy ones. */
  readonly greedyLast: boolean
}

const restRules: RoutingRules = { segmentsOf: openSegments, greedyMayBeEmpty: false, greedyLast: false }
const httpRules: RoutingRules = {
  segmentsOf: (path) => path.slice(1).split('/'),
  greedyMayBeEmpty: true,
  greedyLast: true,
}

/**
 * Tells which resource a path is for, and why the others are not.
 * @param path as sent, without the stage
 */
export type ExplainRouting = (
  resources: readonly PlannedResource[],
  method: string,
  path: string,
) => ExplainedRouting

/** By the rules of `languages/path-patterns/rest-router.ts`, told rather than run. */
export const explainRouting: ExplainRouting = (resources, method, path) =>
  explainBy(restRules, resources, method, path)

/** By those of `http-router.ts`: `$default` takes what no other route does. */
export const explainHttpRouting: ExplainRouting = (resources, method, path) => {
  const keyed = resources.filter((resource) => resource.path !== DEFAULT_ROUTE)
  const explained = explainBy(httpRules, keyed, method, path)
  const fallback = resources.find((resource) => resource.path === DEFAULT_ROUTE)
  if (fallback === undefined || explained.resource !== undefined) return explained
  const taken: ConsideredResource = {
    resource: DEFAULT_ROUTE,
    methods: fallback.methods,
    outcome: 'chosen',
    why: 'takes what no other route does',
  }
  return {
    resource: DEFAULT_ROUTE,
    message: `${DEFAULT_ROUTE} takes it: ${explained.message}`,
    considered: [taken, ...explained.considered],
  }
}

function explainBy(
  rules: RoutingRules,
  resources: readonly PlannedResource[],
  method: string,
  path: string,
): ExplainedRouting {
  const sent = rules.segmentsOf(path)
  const candidates = resources.map((resource) => candidateOf(resource, sent, rules))
  const fitting = candidates
    .filter(({ miss }) => miss === undefined)
    .toSorted((a, b) => (rules.greedyLast ? isGreedy(a) - isGreedy(b) : 0) || bySpecificity(a, b))
  const chosen = fitting.find((candidate) => hasMethod(candidate, method))
  const missing = candidates
    .filter(({ miss }) => miss !== undefined)
    .toSorted((a, b) => a.distance - b.distance || a.path.length - b.path.length)
  return {
    resource: chosen?.path,
    message: messageOf(chosen, fitting, missing[0], method, path),
    considered: [...fitting, ...missing].slice(0, CONSIDERED_SHOWN_MAX).map((candidate) => ({
      resource: candidate.path,
      methods: candidate.methods,
      ...outcomeOf(candidate, chosen, method),
    })),
  }
}

/** One slash at the end is as none; the root has no segments. */
function openSegments(path: string): readonly string[] {
  const closed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return closed === '/' || closed === '' ? [] : closed.slice(1).split('/')
}

function isGreedy({ segments }: Candidate): number {
  return segments.at(-1)?.kind === 'greedy' ? 1 : 0
}

function candidateOf(
  resource: PlannedResource,
  sent: readonly string[],
  { greedyMayBeEmpty }: RoutingRules,
): Candidate {
  const all = parsePathPattern(resource.path).segments
  const segments = greedyMayBeEmpty
    ? all
    : all.filter((segment) => segment.kind !== 'literal' || segment.text !== '')
  let miss = resource.methods.length === 0 ? 'has no methods' : undefined
  let distance = miss === undefined ? 0 : 0.5
  const length = Math.max(segments.length, sent.length)
  for (let at = 0; at < length; at++) {
    const segment = segments[at]
    const text = sent[at]
    const isEmpty = text === '' && at + 1 === sent.length && !greedyMayBeEmpty
    if (segment?.kind === 'greedy' && text !== undefined && !isEmpty) break
    if (segment === undefined) {
      miss ??= `ends before ${quoted(text)}`
      distance++
    } else if (text === undefined) {
      miss ??= `has ${textOf(segment)} where the path ends`
      distance++
    } else if (segment.kind === 'literal' && segment.text !== text) {
      miss ??= `has ${segment.text} where the path has ${quoted(text)}`
      distance += far(segment.text, text)
    } else if (segment.kind !== 'literal' && text === '') {
      miss ??= `has ${textOf(segment)}, which is never empty, where the path has nothing`
      distance++
    }
  }
  return { ...resource, segments, miss, distance }
}

/** From 0 to 1. */
function far(a: string, b: string): number {
  const [first, second] = [a.slice(0, COMPARED_CHARACTERS_MAX), b.slice(0, COMPARED_CHARACTERS_MAX)]
  return editDistance(first, second) / Math.max(first.length, second.length, 1)
}

function bySpecificity(a: Candidate, b: Candidate): number {
  const at = differsAt(a, b)
  return rankAt(a, at) - rankAt(b, at)
}

function differsAt(a: Candidate, b: Candidate): number {
  const length = Math.max(a.segments.length, b.segments.length)
  for (let at = 0; at < length; at++) if (rankAt(a, at) !== rankAt(b, at)) return at
  return length
}

function rankAt({ segments }: Candidate, at: number): number {
  const segment = segments[at]
  return segment === undefined ? -1 : RANK[segment.kind]
}

function outcomeOf(
  candidate: Candidate,
  chosen: Candidate | undefined,
  method: string,
): Pick<ConsideredResource, 'outcome' | 'why'> {
  if (candidate.miss !== undefined) return { outcome: 'does not fit', why: candidate.miss }
  if (!hasMethod(candidate, method)) {
    return { outcome: 'fits', why: `has no method ${method}; methods there: ${listed(candidate.methods)}` }
  }
  if (candidate === chosen || chosen === undefined) {
    return { outcome: 'chosen', why: 'the most specific resource that fits and has the method' }
  }
  const at = differsAt(candidate, chosen)
  const [own, winning] = [candidate.segments[at], chosen.segments[at]]
  const why = `${chosen.path} is more specific: ${winning === undefined ? 'nothing' : textOf(winning)} comes before ${own === undefined ? 'nothing' : textOf(own)}`
  return { outcome: 'fits', why }
}

function messageOf(
  chosen: Candidate | undefined,
  [first]: readonly Candidate[],
  nearest: Candidate | undefined,
  method: string,
  path: string,
): string {
  if (chosen !== undefined) return `${chosen.path} matches ${path}`
  if (first === undefined) {
    const near =
      nearest === undefined
        ? 'the API has none'
        : `nearest is ${nearest.path}; methods there: ${listed(nearest.methods)}`
    return `no resource matches ${path}; ${near}`
  }
  return `${first.path} matches ${path}, but has no method ${method}; methods there: ${listed(first.methods)}`
}

function hasMethod({ methods }: Candidate, method: string): boolean {
  return routeOf(new Map(methods.map((each) => [each, each])), method) !== undefined
}

function listed(methods: readonly string[]): string {
  return methods.length === 0 ? 'none' : methods.join(', ')
}

function textOf(segment: PathSegment): string {
  if (segment.kind === 'literal') return segment.text
  return segment.kind === 'parameter' ? `{${segment.name}}` : `{${segment.name}+}`
}

function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? '')
}
