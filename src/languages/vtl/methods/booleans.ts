import { methodTable, type MethodTable } from '#languages/vtl/scope.ts'
import { hashOf } from './objects.ts'

/** `java.lang.Boolean`. */
export const booleanMethods: MethodTable = methodTable<boolean>({
  'booleanValue/0': (self) => self,
  'toString/0': (self) => String(self),
  'hashCode/0': (self, _, budget) => hashOf(self, budget),
  'equals/1': (self, [other]) => self === other,
  'compareTo/1': (self, [other]) => {
    if (typeof other !== 'boolean') throw new Error('the argument is of another class')
    return Number(self) - Number(other)
  },
  'parseBoolean/1': (_, [text]) => isTrue(text),
  'valueOf/1': (_, [value]) => (typeof value === 'boolean' ? value : isTrue(value)),
  'toString/1': (_, [value]) => (typeof value === 'boolean' ? String(value) : undefined),
})

function isTrue(text: unknown): boolean | undefined {
  return typeof text === 'string' ? text.toLowerCase() === 'true' : text === null ? false : undefined
}
