import { expect, test } from 'bun:test'
import { parseJson } from '#languages/json/parse.ts'
import type { JsonObject } from '#languages/json/value.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { TemplateError } from '#languages/vtl/error.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import { defaultLimits } from '#languages/vtl/scope.ts'

const VARIABLES =
  '{"text":"foo","list":["z",1],"map":{"a":1,"b":2},"n":7,"d":1.5,"long":2147483648,"wide":123456789012345678901234,"exact":1.2345678901234567890123}'

function render(text: string): string {
  // Templates change lists and maps.
  const variables = parseJson(VARIABLES) as JsonObject
  return compileTemplate(parseTemplate(text).template)({
    missing: 'literal',
    limits: defaultLimits,
    variable: (name) => variables.get(name),
  })
}

// As Velocity 1.7 on Java 17 prints them.
test.each([
  // Types decide whether there is a method.
  ['$text.equalsIgnoreCase(3) $text.indexOf(true)', '$text.equalsIgnoreCase(3) $text.indexOf(true)'],
  ['$text.startsWith($nothing, {})', '$text.startsWith($nothing, {})'],
  ['$text.join(",", ["a","b"]) $text.join(",", "a")', 'a,b a'],
  ['$n.toHexString(-1) $long.toHexString(-1)', 'ffffffff ffffffffffffffff'],
  ['$n.toHexString($long) $n.max($long, 1) $n.max(2, 3)', '$n.toHexString($long) $n.max($long, 1) 3'],
  ['$n.sum(2147483647, 1) $d.sum(1, 2)', '-2147483648 3.0'],
  ['$d.isNaN(1) $n.valueOf(1.5)', 'false $n.valueOf(1.5)'],
  ['$wide.floatValue() $d.floatValue()', '1.2345679E23 1.5'],
  // A class lends its static methods.
  ['$text.class.name $n.class.parseInt("12") $n.getClass().max(1, 2)', 'java.lang.String 12 2'],
  ['$text.class.forName("x") $text.class.empty', '$text.class.forName("x") $text.class.empty'],
  ['$text.class.getClass()', 'class java.lang.Class'],
  // Arrays have what lists have, as long as they stay as long as they are.
  ['$text.split("").subList(0, 2) $text.toCharArray().subList(0, 1)', '[f, o] [f]'],
  [
    '$text.split("").remove("x") $text.split("").removeAll(["x"]) $text.split("").empty',
    'false false $text.split("").empty',
  ],
  // What a map gives.
  ['$map.keySet().clear()$map $map.values().addAll([])', '{} false'],
  ['$map.replace("a", 3) $map.replace("x", 1) $map', '1 $map.replace("x", 1) {a=3, b=2}'],
  ['#set($c = $map.clone())$c.put("c", 3)$c $map', '$c.put("c", 3){a=1, b=2, c=3} {a=1, b=2}'],
  // Decimals.
  ['#set($x = $wide * 1.5)$x', '185185183518518518351851.0'],
  ['#set($x = $wide / 0.1)$x', '1234567890123456720480055'],
  ['#set($x = $wide + 0.5)$x', '123456789012345678901234.5'],
  ['#set($x = $exact - 1)$x', '0.2345678901234567890123'],
  ['#set($x = 7.0 / $wide)$x', '0'],
  // What is no JSON, inside JSON.
  ['$list.add($text.charAt(0))$list', 'true["z",1,{}]'],
])('%s', (template, output) => {
  expect(render(template)).toBe(output)
})

test.each([
  ['$text.compareTo(3)', 'compareTo: the argument is of another class'],
  ['$text.charAt(0).compareTo("f")', 'compareTo: the argument is of another class'],
  ['$list.size(1)', 'size: it takes no arguments'],
  ['$text.length("x")', 'length: it takes no arguments'],
  ['$text.class.length()', 'length: it needs an object, not its class'],
  ['$text.split("").remove("f")', 'remove: an array cannot change its length'],
  ['$map.keySet().add("x")', 'add: what a map gives takes no new items'],
  ['$list.removeAll($nothing)', 'removeAll: the argument is null'],
  ['#set($x = $wide % 1.5)', 'decimal numbers of this length have no modulo'],
  [`#set($x = $wide * 0.1)#foreach($i in [1..100])#set($x = $x * $x)#end`, 'a decimal number of more than'],
])('%s fails', (template, message) => {
  expect(() => render(template)).toThrow(TemplateError)
  expect(() => render(template)).toThrow(message)
})
