import fc from 'fast-check'
import type { PlainApi } from './plain-api.ts'

const RESOURCES = ['root', 'r1', 'r2', 'r3', 'r4'] as const
const PARTS = ['a', 'b', '{x}', '{y}', '{z+}', 'a b'] as const
const VERBS = ['GET', 'ANY'] as const
const MODELS = ['Pet', 'Empty'] as const
const DEPLOYMENTS = ['d1', 'd2', 'd3'] as const
const STAGES = ['dev', 'prod'] as const

/** One operation; things go by labels, which stand for ids. */
export type Step =
  | { readonly op: 'createResource'; readonly label: string; readonly parent: string; readonly part: string }
  | { readonly op: 'moveResource'; readonly label: string; readonly parent: string; readonly part: string }
  | { readonly op: 'deleteResource'; readonly label: string }
  | {
      readonly op: 'putMethod' | 'deleteMethod' | 'deleteIntegration'
      readonly label: string
      readonly verb: string
    }
  | {
      readonly op: 'putIntegration'
      readonly label: string
      readonly verb: string
      readonly template: string
    }
  | { readonly op: 'createModel' | 'deleteModel'; readonly name: string }
  | { readonly op: 'createDeployment'; readonly label: string; readonly stage: string | undefined }
  | { readonly op: 'deleteDeployment'; readonly label: string }
  | { readonly op: 'createStage'; readonly stage: string; readonly deployment: string }
  | { readonly op: 'deleteStage'; readonly stage: string }

const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const label = one(RESOURCES)
const verb = one(VERBS)
const made = one(RESOURCES.slice(1))

/** Any operation, with labels that often mean something. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: one(['createResource'] as const),
      label: made,
      parent: label,
      part: one(PARTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['moveResource'] as const), label, parent: label, part: one(PARTS) }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteResource'] as const), label }) },
  { weight: 4, arbitrary: fc.record({ op: one(['putMethod'] as const), label, verb }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: one(['putIntegration'] as const), label, verb, template: one(['1', '2']) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['deleteMethod', 'deleteIntegration'] as const), label, verb }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: one(['createModel', 'deleteModel'] as const), name: one(MODELS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: one(['createDeployment'] as const),
      label: one(DEPLOYMENTS),
      stage: one([...STAGES, undefined]),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteDeployment'] as const), label: one(DEPLOYMENTS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: one(['createStage'] as const),
      stage: one(STAGES),
      deployment: one(DEPLOYMENTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: one(['deleteStage'] as const), stage: one(STAGES) }) },
)

/** Takes a step on the model. @throws Refusal */
export function runPlain(api: PlainApi, taken: Step): void {
  switch (taken.op) {
    case 'createResource':
      return api.createResource(taken.label, taken.parent, taken.part)
    case 'moveResource':
      return api.moveResource(taken.label, taken.parent, taken.part)
    case 'deleteResource':
      return api.deleteResource(taken.label)
    case 'putMethod':
      return api.putMethod(taken.label, taken.verb)
    case 'deleteMethod':
      return api.deleteMethod(taken.label, taken.verb)
    case 'putIntegration':
      return api.putIntegration(taken.label, taken.verb, taken.template)
    case 'deleteIntegration':
      return api.deleteIntegration(taken.label, taken.verb)
    case 'createModel':
      return api.createModel(taken.name)
    case 'deleteModel':
      return api.deleteModel(taken.name)
    case 'createDeployment':
      return api.createDeployment(taken.label, taken.stage)
    case 'deleteDeployment':
      return api.deleteDeployment(taken.label)
    case 'createStage':
      return api.createStage(taken.stage, taken.deployment)
    case 'deleteStage':
      return api.deleteStage(taken.stage)
  }
}
