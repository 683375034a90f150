import { expect, test } from 'bun:test'
import { parseTemplate } from '#languages/vtl/parse.ts'
import type { Argument, Expression, Node, ReferenceNode } from '#languages/vtl/tree.ts'
import { Random } from '../support/random.ts'
import { randomTemplate } from '../support/random-templates.ts'
import { isBraced, joinTexts, printTemplate, unpadded } from './support/print-template.ts'

// Random templates: what a tree prints as parses to the same tree, and prints the same again.

const ROUNDS = 1500
/** Some two seconds of work, on a machine that may be busy. */
const TEST_MS_MAX = 60_000

/** The text that `#literal` keeps is not all as it was written: backslashes and what else led to a `$` are gone. */
const LOSSY = /#\{?literal\}?[^]*(?:\\|#\*|[#$!]\$)/

/** A tree without places and without what repeats how it was written. */
function shapesOf(nodes: readonly Node[]): unknown[] {
  return joinTexts(nodes).map(shapeOf)
}

function shapeOf(node: Node): unknown {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'reference':
      return referenceShape(node)
    case 'set':
      return ['set', referenceShape(node.target), valueShape(node.value)]
    case 'if':
      return [
        'if',
        node.branches.map(({ condition, body }) => [condition && valueShape(condition), shapesOf(body)]),
      ]
    case 'directive': {
      const { name, args, body, bodyText, called } = node
      return ['directive', name, called, args.map(valueShape), body && shapesOf(body), bodyText]
    }
  }
}

function referenceShape(node: ReferenceNode): unknown {
  const { name, quiet, escaped, backslashes, prefix, computable } = node
  const steps = node.steps.map((step) => {
    if (step.kind === 'property') return step.name
    return step.kind === 'index' ? [valueShape(step.index)] : [step.name, ...step.args.map(valueShape)]
  })
  return { name, steps, quiet, escaped, backslashes, prefix, computable, braced: isBraced(node) }
}

function valueShape(value: Argument | Expression): unknown {
  switch (value.kind) {
    case 'word':
      return ['word', value.word]
    case 'reference':
      return value.name === undefined ? ['nothing', value.literal] : referenceShape(value)
    case 'string':
      return ['string', value.text]
    case 'interpolated': {
      const shapes = shapesOf(unpadded(value))
      const [only = '', ...more] = shapes
      return typeof only === 'string' && more.length === 0 ? ['string', only] : ['interpolated', shapes]
    }
    case 'integer':
    case 'float':
      return [value.kind, value.digits]
    case 'boolean':
      return value.value
    case 'list':
      return ['list', value.items.map(valueShape)]
    case 'map':
      return ['map', value.entries.map(([key, item]) => [valueShape(key), valueShape(item)])]
    case 'range':
      return ['range', valueShape(value.from), valueShape(value.to)]
    case 'not':
      return ['not', valueShape(value.operand)]
    case 'binary':
      return [value.operator, valueShape(value.left), valueShape(value.right)]
  }
}

test(
  'what a tree prints as parses to the same tree',
  () => {
    const random = new Random(2026)
    let parsed = 0
    for (let round = 0; round < ROUNDS; round++) {
      const text = randomTemplate(random)
      const { template } = parseTemplate(text)
      if (template.error !== undefined || LOSSY.test(text)) continue
      parsed++
      const printed = printTemplate(template.body)
      const again = parseTemplate(printed).template
      const told = { text, printed, error: again.error, tree: shapesOf(again.body) }
      expect(told).toEqual({ text, printed, error: undefined, tree: shapesOf(template.body) })
      expect(printTemplate(again.body)).toBe(printed)
    }
    expect(parsed).toBeGreaterThan(ROUNDS / 4)
  },
  TEST_MS_MAX,
)
