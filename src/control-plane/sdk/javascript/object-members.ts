/** What no function of a client may be called: members of every object, and what makes a value a promise. */
export const objectMembers: readonly string[] = [
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
  'then',
  'toJSON',
]
