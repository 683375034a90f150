import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isSecretName, REDACTED, Redactor, shownPairs } from './redactor.ts'

test('names of secrets', () => {
  const secret =
    'Authorization Cookie Set-Cookie X-Api-Key x-amz-security-token X-Amz-Signature access_token sig key'
  expect(secret.split(' ').filter((name) => !isSecretName(name))).toEqual([])
  expect('Accept Host User-Agent q petId monkey author'.split(' ').filter(isSecretName)).toEqual([])
})

const told: readonly [what: string, header: string, text: string, shown: string][] = [
  ['a token', 'Bearer sesame-open', 'x sesame-open y', `x ${REDACTED} y`],
  ['the whole value', 'Bearer sesame-open', '"Bearer sesame-open"', `"${REDACTED}"`],
  [
    'the password of Basic',
    `Basic ${btoa('me:open-sesame')}`,
    'password=open-sesame',
    `password=${REDACTED}`,
  ],
  ['a cookie', 'a=1; session="swordfish-7"', 'swordfish-7', REDACTED],
  ['in base64', 'swordfish', btoa('swordfish').replace(/=+$/, ''), REDACTED],
  ['in a URI', 'sword fish/7', 'sword%20fish%2F7', REDACTED],
  ['in a form', 'sword fish/7', 'a=sword+fish%2F7', `a=${REDACTED}`],
  ['in JSON', 'sword"fish', JSON.stringify('sword"fish'), `"${REDACTED}"`],
  ['in JSON in JSON', 'sword"fish', JSON.stringify(JSON.stringify('sword"fish')), `"\\"${REDACTED}\\""`],
  ['cut off', 'Bearer sesame-open', 'auth = "sesame…', `auth = "${REDACTED}…`],
  ['a short text stays', 'ab', 'ab', 'ab'],
]

for (const [what, header, text, shown] of told) {
  test(what, () => {
    const redactor = new Redactor()
    redactor.addSecretsOf(['Authorization', header])
    expect(redactor.redacted({ [text]: [text] })).toEqual({ [shown]: [shown] })
  })
}

const bodies: readonly [text: string, shown: string][] = [
  ['{"password": "hunter2!", "author": "Tolkien"}', `{"password": "${REDACTED}", "author": "Tolkien"}`],
  ['{"a": "hunter2!", "userPassword": "hunter2!"}', `{"a": "${REDACTED}", "userPassword": "${REDACTED}"}`],
  ['{"pass": 1, "token": "ab"}', `{"pass": 1, "token": "${REDACTED}"}`],
  ['"{\\"access_token\\":\\"abc\\"}"', `"{\\"access_token\\":\\"${REDACTED}\\"}"`],
  ['user=me&password=hunter2&x=y', `user=me&password=${REDACTED}&x=y`],
]

for (const [text, shown] of bodies) {
  test(text, () => {
    expect(new Redactor().redacted([() => text])).toEqual([shown])
  })
}

test('values of secret names are hidden however short they are', () => {
  expect(shownPairs(['Cookie', 'a=1', 'Accept', '*/*'])).toEqual([
    ['Cookie', REDACTED],
    ['Accept', '*/*'],
  ])
})

test('bytes that hold a secret are not shown', () => {
  const redactor = new Redactor()
  redactor.add('swordfish')
  const base64 = Buffer.from('\xff swordfish', 'latin1').toString('base64')
  expect(redactor.redacted({ base64 })).toEqual({ base64: REDACTED })
})

test('no secret is left, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 6, unit: 'grapheme' }), fc.string(), fc.string(), (secret, a, b) => {
      const redactor = new Redactor()
      redactor.add(secret)
      const shown = JSON.stringify(redactor.redacted([a + secret + b, { deep: [secret] }]))
      const plain = JSON.stringify(secret).slice(1, -1)
      // What was there besides may be the same.
      if (!REDACTED.includes(secret) && !(a + REDACTED + b).includes(secret))
        expect(shown).not.toContain(plain)
    }),
    { seed: 1 },
  )
})
