import { parseInteger } from '#languages/json/number.ts'
import { Double, JsonObject } from '#languages/json/value.ts'
import { arithmetic, type ArithmeticOperator } from './arithmetic.ts'
import { compareNumbers, isNumber, looselyEqual } from './compare.ts'
import type { CompileContext } from './compile-context.ts'
import { compileReference } from './compile-reference.ts'
import { JavaList } from './java-lists.ts'
import { failAt, type Eval, type Render, type Test } from './render.ts'
import type { VtlValue } from './scope.ts'
import { textOf } from './text.ts'
import type { BinaryOperator, Expression } from './tree.ts'

type Binary = Extract<Expression, { kind: 'binary' }>

/** The value of an expression. */
export function compileValue(expression: Expression, context: CompileContext): Eval {
  switch (expression.kind) {
    case 'reference':
      return compileReference(expression, context)
    case 'string': {
      const { text } = expression
      return () => text
    }
    case 'interpolated':
      return compileInterpolated(expression, context)
    case 'integer': {
      const value = parseInteger(expression.digits)
      return () => value
    }
    case 'float': {
      const value = new Double(Number(expression.digits))
      return () => value
    }
    case 'boolean': {
      const { value } = expression
      return () => value
    }
    case 'list':
      return compileList(expression, context)
    case 'map':
      return compileMap(expression, context)
    case 'range':
      return compileRange(expression, context)
    case 'not':
      return compileTest(expression, context)
    case 'binary':
      return isArithmetic(expression.operator)
        ? compileArithmetic(expression, expression.operator, context)
        : compileTest(expression, context)
  }
}

function compileInterpolated(
  { body, padded, offset }: Extract<Expression, { kind: 'interpolated' }>,
  context: CompileContext,
): Eval {
  const run = context.blockAt(body, offset)
  return (render) => {
    const text = render.capture(run)
    render.work(1 + (text.length >> 6))
    return padded && text !== '' ? text.slice(0, -1) : text
  }
}

function compileList({ items }: Extract<Expression, { kind: 'list' }>, context: CompileContext): Eval {
  const values = items.map((item) => context.value(item))
  return (render) => {
    render.work(values.length)
    return new JavaList(values.map((value) => value(render)))
  }
}

function compileMap({ entries }: Extract<Expression, { kind: 'map' }>, context: CompileContext): Eval {
  const compiled = entries.map(([key, value]) => [context.value(key), context.value(value)] as const)
  return (render) => {
    render.work(compiled.length)
    const map = new JsonObject()
    for (const [key, value] of compiled) map.set(key(render), value(render))
    return map
  }
}

/** Items that a range may have: what a list literal in memory may reasonably hold. */
const RANGE_MAX = 100_000

/** @param inLoop whether only a `#foreach` reads it: then what it will not reach is not made */
export function compileRange(
  { from, to, offset }: Extract<Expression, { kind: 'range' }>,
  context: CompileContext,
  inLoop: boolean = false,
): Eval {
  const first = context.value(from)
  const last = context.value(to)
  const at = (): ReturnType<CompileContext['at']> => context.at(offset)
  return (render) => {
    const start = first(render)
    const end = last(render)
    if (start === null || end === null || !isNumber(start) || !isNumber(end)) return null
    try {
      return rangeOf(toInt(start), toInt(end), inLoop ? render.limits.roundsPerLoopMax + 1 : Infinity, render)
    } catch (thrown) {
      return failAt(thrown, at)
    }
  }
}

function toInt(value: number | bigint | Double): number {
  return value instanceof Double ? Math.trunc(value.value) | 0 : Number(BigInt.asIntN(32, BigInt(value)))
}

function rangeOf(start: number, end: number, itemsMax: number, render: Render): JavaList {
  const length = Math.min(itemsMax, Math.abs(end - start) + 1)
  if (length > RANGE_MAX) throw new RangeError(`a range of ${length} integers: at most ${RANGE_MAX}`)
  render.work(length >> 3)
  const step = start >= end ? -1 : 1
  return new JavaList(Array.from({ length }, (_, place) => start + place * step))
}

const ARITHMETIC: ReadonlySet<BinaryOperator> = new Set(['plus', 'minus', 'times', 'divide', 'modulo'])
const isArithmetic = (operator: BinaryOperator): operator is ArithmeticOperator => ARITHMETIC.has(operator)

function compileArithmetic(expression: Binary, operator: ArithmeticOperator, context: CompileContext): Eval {
  const left = context.value(expression.left)
  const right = context.value(expression.right)
  const at = () => context.at(expression.offset)
  return (render) => {
    const a = left(render)
    const b = right(render)
    try {
      render.work(1)
      if (operator === 'plus' && (typeof a === 'string' || typeof b === 'string')) {
        return concatenate(a ?? expression.left.literal, b ?? expression.right.literal, render)
      }
      return isNumber(a) && isNumber(b) ? arithmetic(operator, a, b) : null
    } catch (thrown) {
      return failAt(thrown, at)
    }
  }
}

function concatenate(left: VtlValue, right: VtlValue, render: Render): string {
  const text = textOf(left, render.textMax) + textOf(right, render.textMax)
  render.text(text.length)
  return text
}

/** Whether an expression holds: only references, booleans and comparisons can. */
export function compileTest(expression: Expression, context: CompileContext): Test {
  switch (expression.kind) {
    case 'reference': {
      const read = compileReference(expression, context)
      return (render) => {
        const value = read(render)
        return typeof value === 'boolean' ? value : value !== null
      }
    }
    case 'boolean': {
      const { value } = expression
      return () => value
    }
    case 'not': {
      const operand = context.test(expression.operand)
      return (render) => !operand(render)
    }
    case 'binary':
      return compileComparison(expression, context)
    default:
      return () => false
  }
}

function compileComparison(expression: Binary, context: CompileContext): Test {
  const { operator } = expression
  switch (operator) {
    case 'and':
    case 'or': {
      const left = context.test(expression.left)
      const right = context.test(expression.right)
      return operator === 'and'
        ? (render) => left(render) && right(render)
        : (render) => left(render) || right(render)
    }
    case 'equal':
    case 'not-equal': {
      const left = context.value(expression.left)
      const right = context.value(expression.right)
      const wanted = operator === 'equal'
      const at = () => context.at(expression.offset)
      return (render) => {
        const a = left(render)
        const b = right(render)
        try {
          render.work(1)
          return looselyEqual(a, b, render) === wanted
        } catch (thrown) {
          return failAt(thrown, at)
        }
      }
    }
    default: {
      const holds = ORDER[operator]
      // Arithmetic is never a condition, not even `#if(1 + 1)`.
      if (holds === undefined) return () => false
      const left = context.value(expression.left)
      const right = context.value(expression.right)
      return (render) => {
        const a = left(render)
        const b = right(render)
        return isNumber(a) && isNumber(b) && holds(compareNumbers(a, b))
      }
    }
  }
}

const ORDER: Partial<Record<BinaryOperator, (sign: number) => boolean>> = {
  less: (sign) => sign < 0,
  'less-equal': (sign) => sign <= 0,
  greater: (sign) => sign > 0,
  'greater-equal': (sign) => sign >= 0,
}
