/** Reserved and soft keywords (Python language reference, "Keywords"), and what annotations name. */
export const pythonKeywords: readonly string[] =
  `False None True and as assert async await break class continue def del elif else except finally for from global if
import in is lambda nonlocal not or pass raise return try while with yield match case type
self str int float bool bytes super`.split(/\s+/)
