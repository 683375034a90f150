import { describe, expect, test } from 'bun:test'
import { parseJson } from '#languages/json/parse.ts'
import type { JsonObject } from '#languages/json/value.ts'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './error.ts'
import { parseTemplate } from './parse.ts'
import { defaultLimits, type Scope } from './scope.ts'

/** Renders beside fresh variables, which templates may change. */
function render(text: string, missing: Scope['missing'] = 'literal'): string {
  const variables = parseJson(`{
    "name": "Ann", "empty": "", "yes": true, "no": false, "one": 1, "big": 2147483647, "half": 1.5,
    "list": ["a", "b/c", 3], "map": { "k": "v", "n": { "m": [1, [2]] } }, "null": null
  }`) as JsonObject
  const { template } = parseTemplate(text)
  return compileTemplate(template)({
    missing,
    limits: defaultLimits,
    variable: (name) => variables.get(name),
  })
}

const cases: Readonly<Record<string, readonly (readonly [template: string, output: string])[]>> = {
  references: [
    ['$name ${name} $!name $!{name}', 'Ann Ann Ann Ann'],
    ['$nope ${nope} $!nope $!{nope}|', '$nope ${nope}  |'],
    ['$nope.a.b() ${nope.c}', '$nope.a.b() ${nope.c}'],
    ['$name-x $name.-', '$name-x Ann.-'],
    ['${name}-x', 'Ann-x'],
    ['$map.n.m[1][0] $map["k"] $list[0] $list[-1]', '2 v a 3'],
    ['$map $list $map.n', '{k=v, n={m=[1,[2]]}} ["a","b\\/c",3] {m=[1,[2]]}'],
    ['$5 $ $. $[ a$ b', '$5 $ $. $[ a$ b'],
    ['$$name $#name', '$Ann $#name'],
    ['$null $!null', '$null '],
  ],
  escapes: [
    ['\\$name \\\\$name \\\\\\$name', '$name \\Ann \\$name'],
    ['\\$nope \\\\$nope', '\\$nope \\\\$nope'],
    ['\\#if($yes) \\#nothing \\#end', '#if(true) \\#nothing #end'],
    ['\\\\#if($yes)x#end', '\\x'],
    ['a\\b', 'a\\b'],
  ],
  sets: [
    ['#set($a = 1)$a', '1'],
    ['  #set($a = 1)  \n$a', '1'],
    ['x  #set($a = 1)\n$a', 'x  1'],
    ['#set($map.k = "w")#set($map["z"] = 2)$map.k$map.z', 'w2'],
    ['#set($list[0] = "q")#set($list[-1] = 9)$list', '["q","b\\/c",9]'],
    ['#set($name = $nope)$name', 'Ann'],
    ['#set($nope.x = 1)$nope', '$nope'],
    ["#set($a = 'it''s $name')$a", "it's $name"],
    ['#set($a = "a""b $name #if($yes)t#end")$a', 'a"b Ann t'],
    ['#set($a = "\\u0041")$a', 'A'],
    ['#set($a = [1, "b", [true]])$a', '[1, b, [true]]'],
    ['#set($a = {"x" : 1, "y" : {}})$a $a.x', '{x=1, y={}} 1'],
    ['#set($a = [3..1])$a', '[3, 2, 1]'],
  ],
  arithmetic: [
    ['#set($a = 7 / 2)$a #set($a = -7 % 3)$a', '3-1'],
    ['#set($a = $big + 1)$a', '2147483648'],
    ['#set($a = 9223372036854775807 + 1)$a', '9223372036854775808'],
    ['#set($a = 9007199254740993 * 3)$a', '27021597764222979'],
    ['#set($a = 1 + 2.0)$a #set($a = 1.0 / 3)$a', '3.00.3333333333333333'],
    ['#set($a = 10000000.0 * 1000)$a', '1.0E10'],
    ['#set($a = 1 / 0)$a #set($b = $name * 2)$b', '$a$b'],
    ['#set($a = "n" + 1 + 2)$a #set($a = 1 + 2 + "n")$a', 'n123n'],
    ['#set($a = 2 + 3 * 4 - (1 + 1))$a', '12'],
  ],
  conditions: [
    ['#if($yes)a#{else}b#end#if($no)a#{else}b#end', 'ab'],
    ['#if($empty)t#else f#end #if($nope)t#{else}f#end', 't f'],
    ['#if("x")t#{else}f#end#if(1)t#{else}f#end#if(1 + 1)t#{else}f#end', 'fff'],
    ['#if($one == 1.0)t#end#if("1" == 1)t#end#if($map == {"k":1})x#end', 'tt'],
    ['#if($one < 2 && $half >= 1.5 || $nope)t#end', 't'],
    ['#if($one lt 2 and not ($one ne 1))t#end', 't'],
    ['#if("a" < "b")t#{else}f#end', 'f'],
    ['#if($no)a#elseif($yes)b#elseif($yes)c#{else}d#end', 'b'],
    ['#if($yes)\n a\n#else\n b\n#end\nc', ' a\nc'],
    ['#if($list == ["a", "b/c", 3])t#end', 't'],
  ],
  loops: [
    ['#foreach($i in $list)$i#if($foreach.hasNext),#end#end', 'a,b/c,3'],
    ['#foreach($i in $map)$i;#end', 'v;{m=[1,[2]]};'],
    ['#foreach($e in $map.entrySet())$e.key=$e.value #end', 'k=v n={m=[1,[2]]} '],
    [
      '#foreach($i in [1..3])$foreach.index$foreach.count$velocityCount$foreach.first$foreach.last #end',
      '011truefalse 122falsefalse 233falsetrue ',
    ],
    [
      '#foreach($i in [1..3])#foreach($j in [1..2])$foreach.parent.index$foreach.index #end#end',
      '00 01 10 11 20 21 ',
    ],
    ['#foreach($i in [1..5])#if($i == 3)#break#end$i#end.', '12.'],
    ['#foreach($i in [1..3])#foreach($j in [1..3])#break($foreach.parent)#end$i#end.', '.'],
    ['#foreach($i in $nope)x#end#foreach($i in "text")x#end', ''],
    ['#set($i = "before")#foreach($i in [1])#end$i$!foreach', 'before'],
    ['#foreach($i in [1..2000])#set($n = $i)#end$n', '1000'],
    ['#foreach($i in [1..3])a#stop b#end c', 'a'],
  ],
  macros: [
    ['#macro(hi $who)Hi $who!#end#hi("Ann")#hi($name)', 'Hi Ann!Hi Ann!'],
    ['#hi("x")#macro(hi $who)<$who>#end', '<x>'],
    ['#macro(two $a $b)$a|$b#end#two(1)', '1|$b'],
    ['#macro(lit $a)$a#end#lit($nope)#lit($nope.x)', '$nope$nope.x'],
    ['#macro(wrap)<$bodyContent>#end#@wrap()in $name#end', '<in Ann>'],
    ['#macro(by $a)#set($name = "Bo")$a#end#by("$name")', 'Bo'],
    ['#macro(m)x#break y#end#m()z', 'xz'],
    ['#unknown #unknown(1 2)', '#unknown #unknown(1 2)'],
    ['\\#hi#macro(hi)h#end\\#hi#hi()', '\\#hi#hih'],
  ],
  blocks: [
    ['#define($d)Hi $name#end$d#set($name = "Bo")$d', 'Hi AnnHi Bo'],
    ['#define($d)x$d#end$d', 'xx$d'],
    ['#set($q = 5)#evaluate("$q")', '5'],
    ["#evaluate('#set($q = 1)$q$name')$q", '1Ann1'],
    ['#evaluate("#macro(e)in#end")#e()', 'in'],
    ['#literal()$name#*c*# b#end', '$name b'],
    ['#[[$name #end]]#', '$name #end'],
    ['a## comment\nb#* c *#d#** e *#f', 'abdf'],
  ],
}

describe.each(Object.keys(cases))('%s', (group) => {
  for (const [template, output] of cases[group] ?? []) {
    test(template, () => {
      expect(render(template)).toBe(output)
    })
  }
})

describe('API Gateway has no missing values, only empty texts', () => {
  test.each([
    ['[$nope][$!nope][${nope.a.b()}][$null]', '[][][][]'],
    ['\\$nope', '$nope'],
    ['#if($nope)t#{else}f#end', 't'],
    ['#if($nope == "")t#end#if($nope == $null)t#end', 'tt'],
    ['#set($a = $nope)[$a]', '[]'],
    ['#set($a = "x$nope" + $nope)$a', 'x'],
    ['#set($a = 1 / 0)[$a]', '[]'],
    ['$list.nope()$map.nope', ''],
  ])('%s', (template, output) => {
    expect(render(template, 'empty')).toBe(output)
  })
})

describe('methods', () => {
  test.each([
    ['$name.length() $name.toUpperCase() $name.substring(1) $name.substring(0,1)', '3 ANN nn A'],
    ['$name.replaceAll("n+$", "x") $name.replace("n","N") $name.contains("nn")', 'Ax ANN true'],
    ['$name.indexOf("n") $name.lastIndexOf("n") $name.charAt(0) $name.concat("!")', '1 2 A Ann!'],
    ['#set($s = "a,b,,")#foreach($p in $s.split(","))[$p]#end $s.split(",").size()', '[a][b] 2'],
    [
      '$name.equals("Ann") $name.equalsIgnoreCase("ANN") $name.hashCode() $name.compareTo("Bob")',
      'true true 65985 -1',
    ],
    ['$name.matches("[A-Z].*") $name.trim().isEmpty() $name.empty', 'true false false'],
    ['$list.size() $list.get(1) $list.contains("a") $list.indexOf(3) $list.isEmpty()', '3 b/c true 2 false'],
    ['$list.add("d") $list.remove(0) $list.subList(0, 2) $list', 'true a [b/c, 3] ["b\\/c",3,"d"]'],
    [
      '$map.size() $map.get("k") $map.containsKey("x") $map.keySet() $map.put("z", 1)',
      '2 v false [k, n] $map.put("z", 1)',
    ],
    ['$!map.put("z", 1)$map.z $map.remove("z") $map.getOrDefault("q", 2)', '1 1 2'],
    [
      '$one.toString() $half.intValue() $one.doubleValue() $one.parseInt("12") $half.compareTo(1.0)',
      '1 1 1.0 12 1',
    ],
    ['$yes.toString() $yes.equals(true) $one.equals(1.0)', 'true true false'],
    [
      '$name.class $name.class.name $list.class.name $map.class.name',
      'class java.lang.String java.lang.String net.minidev.json.JSONArray java.util.LinkedHashMap',
    ],
    ['$name.nosuch() $name.length $name.substring("1")', '$name.nosuch() $name.length $name.substring("1")'],
  ])('%s', (template, output) => {
    expect(render(template)).toBe(output)
  })

  test.each([
    ['$name.substring(9)', 'substring', 1, 7],
    ['a\n $name.charAt(-1)', 'begin -1', 2, 8],
    ['$list.get(3)', 'out of bounds', 1, 7],
    ['$list[7]', 'out of bounds', 1, 6],
    ['$one.parseInt("x")', 'parseInt', 1, 6],
    ['$name.replaceAll("(", "")', 'unclosed group', 1, 7],
    ['#foreach($i in $list)$list.add(1)#end', 'changed', 1, 1],
    ['#parse("x.vm")', '#parse', 1, 1],
    ['\n #include("/etc/passwd")', '#include', 2, 2],
    ["a #evaluate('#if')", 'evaluated', 1, 3],
  ])('%s fails', (template, message, line, column) => {
    let failure: unknown
    try {
      render(template)
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(TemplateError)
    expect(failure).toMatchObject({ line, column })
    expect((failure as TemplateError).message).toContain(message)
  })
})

test('a compiled template keeps nothing between renders', () => {
  const run = compileTemplate(
    parseTemplate(`$!x#set($x = 1)#evaluate('#set($y = 2)')$!y#macro(m)#end`).template,
  )
  const scope: Scope = { missing: 'literal', limits: defaultLimits, variable: () => undefined }
  expect(run(scope)).toBe('2')
  expect(run(scope)).toBe('2')
})
